"""/staff/handed-over: what whoever provides a service sees of problem reports, and answers."""

from collections.abc import Sequence
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff.case_desk import Names, looker_of, names_for
from api.staff.case_entries import shown_entries
from api.staff.case_list import marks_of
from api.staff.case_page import WENT_ON, faults_of, seen_by, written
from api.staff.case_words import STATE_TAGS, Told, age_of, clock_told, clocks_of, next_clock
from api.staff.shell import Crumb, Desk, Fault, staffed
from survey.case_labels import EFFECTS, KINDS, PRIORITIES, STATES, VERDICTS
from survey.domain import provider_acts
from survey.domain.access import Action
from survey.domain.case_records import CaseQuery, CaseSort
from survey.domain.cases import Case, Said, Verdict
from survey.domain.language import N_
from survey.errors import CaseRefused, ChangedMeanwhile, FieldsRejected
from survey.services.case_reading import ReadCase

router = APIRouter(include_in_schema=False)

PATH: Final = "/staff/handed-over"
TITLE: Final = N_("Reports handed to you")
_MOST: Final = 50

Provider = Annotated[Desk, Depends(staffed(Action.ANSWER_HANDED_OVER))]


@router.get(PATH)
async def handed_over(desk: Provider) -> Response:
    """The newest first, fifty a page; with `all` also those that are over. Raises: BadQuery."""
    asked = desk.request.query_params
    every = bool(asked.get("all"))
    query = CaseQuery(open=None if every else True, sort=CaseSort.NEWEST)
    page = await desk.app.handed_over.listed(
        query, looker_of(desk), limit=_MOST, after=asked.get("after") or None
    )
    names = await names_for(desk, page.cases, accounts=False)
    kept = {"all": "1"} if every else {}
    return desk.page(
        "staff/handed_over.html",
        desk.say(TITLE),
        rows=[_row(case, names, desk) for case in page.cases],
        every=every,
        path=PATH,
        here=_address(**kept),
        further=bool(asked.get("after")),
        next=_address(**kept, after=page.after) if page.after else "",
    )


def _address(**asked: str) -> str:
    return f"{PATH}?{urlencode(asked)}" if asked else PATH


def _row(case: Case, names: Names, desk: Desk) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "href": f"{PATH}/{case.reference}",
        "what": desk.say(KINDS[case.kind]),
        "marks": marks_of(case, desk),
        "service": names.service(case.service),
        "unit": names.unit(case.unit),
        "state": _state(case, desk),
        "age": age_of(case, desk),
        "clock": next_clock(case, desk),
    }


def _state(case: Case, desk: Desk) -> Told:
    return Told(desk.say(STATES[case.state]), tag=STATE_TAGS.get(case.state, ""))


@router.get(PATH + "/{reference}")
async def handed_case(reference: str, desk: Provider) -> Response:
    """Raises: NotFound, also where it was not handed to them."""
    return await _show(desk, await desk.app.handed_over.get(reference, looker_of(desk)))


@router.post(PATH + "/{reference}")
async def answer(reference: str, desk: Provider) -> Response:
    """Keep a note, or what they say of the fix. Raises: NotFound."""
    form = await desk.form()
    found = await desk.app.handed_over.get(reference, looker_of(desk))
    text, verdict = written(form, "text"), written(form, "verdict")
    try:
        await desk.app.handed_over.add(
            reference,
            _said(text, verdict),
            looker=looker_of(desk),
            by=desk.actor,
            seen_at=seen_by(form),
        )
    except FieldsRejected as rejected:
        faults = faults_of(rejected, desk)
        return await _show(desk, found, faults, text=text, verdict=verdict, seen=seen_by(form))
    except (ChangedMeanwhile, CaseRefused):
        found = await desk.app.handed_over.get(reference, looker_of(desk))
        faults = [Fault("new", desk.say(WENT_ON))]
        return await _show(
            desk, found, faults, text=text, verdict=verdict, seen=seen_by(form), status=409
        )
    return desk.go(f"{PATH}/{found.case.reference}", "case_provider")


def _said(text: str, verdict: str) -> Said:
    """Raises: FieldsRejected."""
    if verdict in set(Verdict):
        return provider_acts.judged(Verdict(verdict), text)
    return provider_acts.note(text)


async def _show(
    desk: Desk,
    found: ReadCase,
    faults: Sequence[Fault] = (),
    *,
    text: str = "",
    verdict: str = "",
    seen: int | None = None,
    status: int = 200,
) -> Response:
    case = found.case
    names = await names_for(desk, [case], accounts=False)
    entries = shown_entries(found.timeline, (), names, desk, seen=seen)
    ways = [
        ("", desk.say(N_("Say nothing of that"))),
        *((each, desk.say(VERDICTS[each])) for each in Verdict),
    ]
    return desk.page(
        "staff/handed_case.html",
        f"{case.reference}: {desk.say(KINDS[case.kind])}",
        crumbs=[Crumb(desk.say(TITLE), PATH)],
        faults=faults,
        status=status,
        case=case,
        here=f"{PATH}/{case.reference}",
        state=_state(case, desk),
        marks=marks_of(case, desk),
        age=age_of(case, desk),
        clocks=[clock_told(clock, by, desk) for clock, by in clocks_of(case)],
        facts=_facts(case, names, desk),
        entries=entries,
        first_new=next((each.number for each in entries if each.is_new), None),
        ways=[{"value": value, "text": told, "checked": value == verdict} for value, told in ways],
        text=text,
    )


def _facts(case: Case, names: Names, desk: Desk) -> list[tuple[str, Any]]:
    say = desk.say
    told: list[tuple[str, Any]] = [
        (N_("Service"), names.service(case.service)),
        (N_("School or department"), names.unit(case.unit) or say(N_("Not known"))),
        (N_("Reported"), case.opened_at),
        (N_("What it does to them"), say(EFFECTS[case.effect])),
        (N_("Priority"), say(PRIORITIES[case.priority])),
        (
            N_("The provider says"),
            say(VERDICTS[case.provider_verdict]) if case.provider_verdict else None,
        ),
        (
            N_("The reporter says"),
            say(VERDICTS[case.reporter_verdict]) if case.reporter_verdict else None,
        ),
    ]
    return [(say(name), value) for name, value in told if value]
