"""/staff/cases/new: reports that staff write down for somebody, or make of a letter that waits."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.staff.case_desk import PATH, TITLE, Worker, looker_of
from api.staff.case_fields import OPTIONAL, Field, Look
from api.staff.case_held import HELD
from api.staff.case_page import written
from api.staff.case_words import options
from api.staff.cases import reaches
from api.staff.shell import Crumb, Desk, Fault
from api.staff.tree import indented
from survey.case_labels import EFFECTS, KINDS
from survey.domain.cases import CaseKind, Effect
from survey.domain.language import N_
from survey.domain.structure import in_use
from survey.errors import Fault as Wrong
from survey.errors import FieldsRejected
from survey.services.second_hand import SecondHand

router = APIRouter(include_in_schema=False)

_NAMES: Final = ("service", "unit", "kind", "effect", "text", "email", "form")
_TITLE: Final = N_("Write down a report for somebody")
_OF_LETTER: Final = N_("Make a report of this letter")
_DIFFERENTLY: Final = N_("Choose from the list")
_KINDS: Final = frozenset(CaseKind) - {CaseKind.FEEDBACK}
"""All but what only a survey opens."""

_WRONG: Final[Mapping[tuple[str, str], str]] = {
    ("text", "required"): N_("Write what happened"),
    ("text", "too_long"): N_("Make this 4,000 characters or fewer"),
    ("text", "bad_sign"): N_("Take out the sign that cannot be printed"),
    ("service", "no_service"): N_("Choose a service"),
    ("service", "not_yours"): N_("Choose a service and school whose reports you work on"),
    ("unit", "no_unit"): N_("Choose a school or department from the list"),
    ("kind", "required"): N_("Choose what is wrong"),
    ("email", "address"): N_("Give an e-mail address such as name@school.example"),
}


@router.get(f"{PATH}/new")
async def form(desk: Worker) -> Response:
    return await _page(desk, f"{PATH}/new", _TITLE, {})


@router.post(f"{PATH}/new")
async def keep(desk: Worker) -> Response:
    typed = await _typed(desk)
    try:
        case = await desk.app.staff_reports.report(
            _told(typed), looker=looker_of(desk), by=desk.actor, form=_form_of(typed)
        )
    except FieldsRejected as rejected:
        return await _page(desk, f"{PATH}/new", _TITLE, typed, rejected)
    return desk.go(f"{PATH}/{case.reference}", "case_reported")


@router.get(HELD + "/{letter}/report")
async def letter_form(letter: str, desk: Worker) -> Response:
    """Raises: NotFound, for a letter that does not wait any more."""
    read = await desk.app.staff_reports.letter(letter, looker_of(desk))
    typed = {"text": read.text or read.subject, "email": read.sender or ""}
    return await _page(desk, f"{HELD}/{letter}/report", _OF_LETTER, typed)


@router.post(HELD + "/{letter}/report")
async def keep_letter(letter: str, desk: Worker) -> Response:
    typed = await _typed(desk)
    try:
        case = await desk.app.staff_reports.from_letter(
            letter, _told(typed), looker=looker_of(desk), by=desk.actor
        )
    except FieldsRejected as rejected:
        return await _page(desk, f"{HELD}/{letter}/report", _OF_LETTER, typed, rejected)
    return desk.go(f"{PATH}/{case.reference}", "case_reported")


async def _typed(desk: Desk) -> dict[str, str]:
    posted = await desk.form()
    return {name: written(posted, name) for name in _NAMES}


def _form_of(typed: Mapping[str, str]) -> UUID | None:
    """Which form was posted: posted again, as by going back, it makes no second report."""
    try:
        return UUID(typed["form"])
    except ValueError:
        return None


def _told(typed: Mapping[str, str]) -> SecondHand:
    """Raises: FieldsRejected."""
    if typed["kind"] not in _KINDS:
        raise FieldsRejected([Wrong(("kind",), "required", "choose what is wrong")])
    return SecondHand(
        service=typed["service"],
        kind=CaseKind(typed["kind"]),
        text=typed["text"],
        effect=Effect(typed["effect"]) if typed["effect"] in set(Effect) else Effect.SLOWS,
        unit=typed["unit"],
        email=typed["email"].strip(),
    )


async def _page(
    desk: Desk,
    action: str,
    title: str,
    typed: Mapping[str, str],
    rejected: FieldsRejected | None = None,
) -> Response:
    say = desk.say
    services = indented(
        [
            each
            for each in in_use(await desk.app.organisation.services())
            if reaches(desk, service=each.key)
        ]
    )
    units = indented(
        [each for each in await desk.app.units.choosable() if reaches(desk, unit=each.key)]
    )
    unsaid, unknown = ("", say(N_("Choose"))), ("", say(N_("Not known")))
    kinds = [each for each in options(KINDS, desk) if each[0] in _KINDS]
    fields = [
        Field("service", say(N_("Service")), Look.CHOICE, "", [unsaid, *services]),
        Field("kind", say(N_("What is wrong")), Look.CHOICE, "", [unsaid, *kinds]),
        Field("unit", say(N_("School or department")), Look.CHOICE, "", [unknown, *units]),
        Field(
            "effect",
            say(N_("What it does to them")),
            Look.CHOICE,
            "",
            options(EFFECTS, desk),
            Effect.SLOWS,
        ),
        Field("text", say(N_("What happened")), hint=say(N_("In their words. They can read it."))),
        Field(
            "email",
            say(N_("Their e-mail address")),
            Look.LINE,
            say(OPTIONAL) + " " + say(N_("With it they are told and asked, and can answer.")),
        ),
    ]
    faults = [
        Fault(each.path[0], say(_WRONG.get((each.path[0], each.code), _DIFFERENTLY)))
        for each in (rejected.faults if rejected else ())
    ]
    return desk.page(
        "staff/case_new.html",
        say(title),
        crumbs=[Crumb(say(TITLE), PATH)],
        faults=faults,
        fields=fields,
        form=typed.get("form") or str(desk.app.ids.uuid()),
        typed=typed,
        action=action,
        back=HELD if action.startswith(HELD) else PATH,
    )
