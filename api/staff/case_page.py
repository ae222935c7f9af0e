"""/staff/cases/P-…: a report with its clocks and timeline, and the form to write in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from api.files import file_response
from api.staff.case_acts import ACTS
from api.staff.case_desk import PATH, TITLE, Names, Reader, looker_of, names_for
from api.staff.case_entries import shown_entries
from api.staff.case_list import marks_of
from api.staff.case_telling import (
    NOBODY_TOLD,
    files_how,
    not_told,
    provider_told,
    reporter_called,
    told_how,
)
from api.staff.case_words import STATE_TAGS, Told, age_of, clock_told, clocks_of
from api.staff.listing import Link
from api.staff.shell import Crumb, Desk, Fault
from survey.case_labels import EFFECTS, KINDS, PRIORITIES, STATES, VERDICTS, WEIGHTS
from survey.domain.access import Action
from survey.domain.case_access import may_see
from survey.domain.case_records import Attachment, TellingKind
from survey.domain.cases import Case, CaseState
from survey.domain.language import N_
from survey.errors import FieldsRejected, NotFound
from survey.services.cases import CaseFile

router = APIRouter(include_in_schema=False)

WENT_ON: Final = N_(
    "This report went on while you wrote. Nothing was sent. Read what is new, then send again."
)
WRONG: Final[Mapping[tuple[str, str], str]] = {
    ("text", "required"): N_("Write something"),
    ("text", "too_long"): N_("Make this 4,000 characters or fewer"),
    ("text", "bad_sign"): N_("Take out the sign that cannot be printed"),
    ("team", "too_long"): N_("Make the team 120 characters or fewer"),
    ("system", "too_long"): N_("Make the system 120 characters or fewer"),
    ("cause", "too_long"): N_("Make this 4,000 characters or fewer"),
    ("owner", "not_a_choice"): N_("Choose somebody who may work on it"),
    ("service", "not_a_choice"): N_("Choose a service"),
    ("day", "required"): N_("Give a day"),
    ("day", "day"): N_("Give a real day and time"),
    ("day", "past"): N_("Give a day and time that are still to come"),
    ("what", "required"): N_("Choose who reads it"),
    ("sure", "required"): N_("Tick the box if you are sure"),
}
_DIFFERENTLY: Final = N_("Choose from the list")


class Writing(StrEnum):
    """What is done with what was written."""

    REPLY = "reply"
    ASK = "ask"
    NOTE = "note"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form: `kept` are files that are here already and go with the message."""

    text: str = ""
    what: str = ""
    kept: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """One of them, as the form offers it: its name and who is told what, and when."""

    value: str
    text: str
    hint: str
    chosen: bool


@router.get(PATH + "/{reference}")
async def case_page(reference: str, desk: Reader) -> Response:
    found = await desk.app.cases.get(reference, looker_of(desk))
    return await show(desk, found)


@router.get(PATH + "/{reference}/files/{file:uuid}")
async def file(reference: str, file: UUID, desk: Reader) -> Response:
    """A file of the report: to be saved, but for pictures that we drew ourselves.

    Raises: NotFound, also where the report is not theirs to see; Busy.
    """
    found = await desk.app.cases.get(reference, looker_of(desk))
    named = next((each for each in found.files if each.id == file), None)
    if named is None:
        raise NotFound("file")
    shown = bool(desk.request.query_params.get("show"))
    return file_response(await desk.app.attachments.read(named), show=shown)


async def workable(reference: str, desk: Desk) -> CaseFile:
    """Raises: NotFound, where it is not theirs to work."""
    found = await desk.app.cases.get(reference, looker_of(desk))
    if not may_see(looker_of(desk), found.case, Action.WORK_CASES):
        raise NotFound("case")
    return found


def written(form: FormData, name: str) -> str:
    """What was typed, with one sign for each line end; a browser sends two."""
    value = form.get(name)
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""


def seen_by(form: FormData) -> int:
    """The revision that the form was filled in on; 0, which nothing has, where it names none."""
    text = written(form, "seen")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def faults_of(rejected: FieldsRejected, desk: Desk) -> list[Fault]:
    """What was wrong, one for each field at most, in words."""
    found: dict[str, Fault] = {}
    for fault in rejected.faults:
        words = WRONG.get((fault.path[0], fault.code), _DIFFERENTLY)
        found.setdefault(fault.path[0], Fault(fault.path[0], desk.say(words)))
    return list(found.values())


async def show(
    desk: Desk,
    found: CaseFile,
    *,
    faults: Sequence[Fault] = (),
    draft: Draft | None = None,
    seen: int | None = None,
    status: int = 200,
) -> Response:
    """The page of a report; `seen` is the revision that somebody looked at before."""
    draft = draft or Draft()
    case, working = found.case, may_see(looker_of(desk), found.case, Action.WORK_CASES)
    names = await names_for(desk, [case], found.timeline)
    here = f"{PATH}/{case.reference}"
    entries = shown_entries(found.timeline, found.files, names, desk, seen=seen)
    return desk.page(
        "staff/case.html",
        f"{case.reference}: {desk.say(KINDS[case.kind])}",
        crumbs=[Crumb(desk.say(TITLE), PATH)],
        faults=faults,
        status=status,
        case=case,
        here=here,
        state=Told(desk.say(STATES[case.state]), tag=STATE_TAGS.get(case.state, "")),
        marks=marks_of(case, desk),
        clocks=[clock_told(clock, by, desk) for clock, by in clocks_of(case)],
        age=age_of(case, desk),
        facts=await _facts(case, names, desk),
        entries=entries,
        first_new=next((each.number for each in entries if each.is_new), None),
        working=working,
        acts=[
            Link(desk.say(act.title), f"{here}/do/{act.key}")
            for act in ACTS
            if working and act.possible(case) and act.is_theirs(case, looker_of(desk))
        ],
        more=_more(case, here, desk) if working else [],
        ways=await _ways(found, names, draft.what, desk) if working else [],
        templates=[
            (str(each.id), each.name)
            for each in await desk.app.case_desk.templates_for(case.service)
        ]
        if working
        else [],
        draft=draft,
        files_hint=await files_how(case, desk) if working else "",
        templates_page=f"{PATH}/templates",
    )


def _more(case: Case, here: str, desk: Desk) -> list[Link]:
    """What takes two entries."""
    if not case.state.open:
        return []
    return [
        Link(desk.say(N_("Merge it into another report")), f"{here}/merge"),
        Link(desk.say(N_("Split off a part")), f"{here}/split"),
    ]


async def _ways(found: CaseFile, names: Names, what: str, desk: Desk) -> list[Way]:
    case = found.case
    chosen = what if what in set(Writing) else Writing.REPLY
    staff = desk.say(N_("Only staff read it.")) + " " + desk.say(NOBODY_TOLD)
    provider = await provider_told(case, desk) + " " + desk.say(NOBODY_TOLD)
    asks = await told_how(found, TellingKind.QUESTION, names, desk)
    ways = [
        (Writing.REPLY, N_("Reply"), await told_how(found, TellingKind.REPLY, names, desk)),
        (
            Writing.ASK,
            N_("Ask, and wait for the answer"),
            asks + " " + desk.say(N_("The clock for the fix stands still until they answer.")),
        ),
        (Writing.NOTE, N_("Note for staff"), staff),
        (Writing.PROVIDER, N_("Note for the provider"), provider),
    ]
    asking = case.state.open and case.state not in (CaseState.FIXED, CaseState.MONITORED)
    return [
        Way(value, desk.say(text), hint, value == chosen)
        for value, text, hint in ways
        if asking or value is not Writing.ASK
    ]


async def _facts(case: Case, names: Names, desk: Desk) -> list[tuple[str, Any]]:
    """What is known of it by now."""
    say = desk.say
    risk = None
    if case.impact and case.likelihood:
        risk = f"{case.impact} × {case.likelihood} = {case.impact * case.likelihood}"
    told: list[tuple[str, Any]] = [
        (N_("Service"), names.service(case.service)),
        (N_("System"), case.system),
        (N_("School or department"), names.unit(case.unit) or say(N_("Not known"))),
        (N_("Reported by"), _reporter(case, names, desk)),
        (N_("Told that it came in"), await not_told(case, desk)),
        (N_("Reported"), case.opened_at),
        (N_("What it does to them"), say(EFFECTS[case.effect])),
        (N_("Who looks after it"), names.owner(case, desk)),
        (N_("Priority"), say(PRIORITIES[case.priority])),
        (N_("Weight"), say(WEIGHTS[case.weight]) if case.weight else None),
        (N_("Cause"), case.cause or None),
        (N_("Impact × likelihood"), risk),
        (
            N_("The provider says"),
            say(VERDICTS[case.provider_verdict]) if case.provider_verdict else None,
        ),
        (
            N_("The reporter says"),
            say(VERDICTS[case.reporter_verdict]) if case.reporter_verdict else None,
        ),
        (N_("Known problem"), await _problem(case.problem, desk)),
    ]
    return [(say(name), value) for name, value in told if value]


def _reporter(case: Case, names: Names, desk: Desk) -> str | Link:
    """Whoever works on a report knows who made it; only some may open their page."""
    if case.person is not None:
        name = reporter_called(case, names, desk)
        if desk.caller.may(Action.READ_PEOPLE, unit=case.unit):
            return Link(name, f"/staff/people/{case.person}")
        return name
    if case.chat:
        return desk.say(N_("Somebody in Telegram who is not known to us"))
    return case.email or desk.say(N_("Somebody who gave no name"))


async def _problem(problem: UUID | None, desk: Desk) -> str | None:
    if problem is None:
        return None
    async with desk.app.begin.read() as work:
        found = await work.problems.get(problem)
    return found.title if found else None
