"""What staff can do with a report: for each act its form, and the entry that it makes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from uuid import UUID

from api.staff.case_fields import (
    END_OF_DAY,
    OPTIONAL,
    PLAIN,
    Around,
    Field,
    Typed,
    assign_fields,
    day_field,
    link_fields,
    message,
    only,
    reason_field,
    sort_fields,
    sure,
    time_field,
    why,
)
from api.staff.case_words import REASONS
from survey.domain import case_acts
from survey.domain.case_access import Looker, may_restrict
from survey.domain.case_records import TellingKind
from survey.domain.cases import (
    Case,
    Entry,
    EntryKind,
    Priority,
    Said,
    Verdict,
    Weight,
    follows,
)
from survey.domain.language import N_
from survey.errors import CaseRefused, Fault, FieldsRejected


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to do: `entry` is the entry that it makes, `told` what a reporter hears of it."""

    key: str
    entry: EntryKind
    title: str
    button: str
    fields: Callable[[Case, Around], Sequence[Field]]
    made: Callable[[Case, Typed, Around], Said | None]
    told: TellingKind | None = None
    explained: str = ""
    ends: bool = False
    open_only: bool = True
    few: bool | None = None
    """Makes it a report for few, or lifts that: an act of those alone who see such reports."""

    def is_theirs(self, case: Case, looker: Looker) -> bool:
        return self.few is None or may_restrict(looker, case)

    def possible(self, case: Case) -> bool:
        """Whether it may come now."""
        if self.open_only and not case.state.open:
            return False
        if self.few is case.restricted:
            return False
        made = case_acts.note("-")
        data = {} if self.few is None else {"restricted": self.few}
        entry = Entry(
            case.id, 0, case.opened_at, self.entry, made.audience, made.side, "", data=data
        )
        try:
            follows(case.state, entry)
        except CaseRefused:
            return False
        return True


def _assigned(_: Case, typed: Typed, around: Around) -> Said:
    owner = typed.get("owner", "")
    if owner and owner not in {key for key, _ in around.owners}:
        raise FieldsRejected([Fault(("owner",), "not_a_choice", "they may not work on it")])
    return case_acts.assigned(UUID(owner) if owner else None, typed.get("team", ""))


def _sorted(case: Case, typed: Typed, around: Around) -> Said | None:
    def chosen(name: str) -> str | None:
        return typed.get(name) or None

    service, impact, likelihood = chosen("service"), chosen("impact"), chosen("likelihood")
    if service not in (None, case.service, *(key for key, _ in around.services)):
        raise FieldsRejected([Fault(("service",), "not_a_choice", "there is no such service")])
    try:
        return case_acts.sorted_(
            case,
            service=service,
            system=typed.get("system"),
            priority=Priority(typed["priority"]) if chosen("priority") else None,
            weight=Weight(typed["weight"]) if chosen("weight") else None,
            cause=typed.get("cause"),
            impact=int(impact) if impact else None,
            likelihood=int(likelihood) if likelihood else None,
            verdict=Verdict(typed["verdict"]) if chosen("verdict") else None,
        )
    except ValueError as error:
        raise FieldsRejected(
            [Fault(("priority",), "not_a_choice", "choose from the list")]
        ) from error


def _moment(typed: Typed, around: Around, *, at: time | None = None) -> datetime:
    """The day (and time) that was typed. Raises: FieldsRejected ("required", "day", "past")."""
    if not typed.get("day"):
        raise FieldsRejected([Fault(("day",), "required", "give a day")])
    try:
        day = date.fromisoformat(typed["day"])
        hour = at or time.fromisoformat(typed.get("time") or END_OF_DAY.isoformat())
    except ValueError as error:
        raise FieldsRejected([Fault(("day",), "day", "give a day and a time")]) from error
    moment = around.moment(datetime.combine(day, hour.replace(tzinfo=None)))
    if moment <= around.now:
        raise FieldsRejected([Fault(("day",), "past", "it is over")])
    return moment


def _linked(case: Case, typed: Typed, around: Around) -> Said | None:
    chosen = next(
        (each.id for each in around.problems if str(each.id) == typed.get("problem")), None
    )
    return None if chosen == case.problem else case_acts.linked(chosen)


def _declined(_: Case, typed: Typed, _around: Around) -> Said:
    reason = typed.get("reason", "")
    return case_acts.declined(reason if reason in REASONS else "other", typed.get("text", ""))


def _texted(make: Callable[[str], Said]) -> Callable[[Case, Typed, Around], Said]:
    return lambda _case, typed, _around: make(typed.get("text", ""))


def _started(_case: Case, _typed: Typed, _around: Around) -> Said:
    return case_acts.started()


def _planned(_: Case, typed: Typed, around: Around) -> Said:
    return case_acts.planned(_moment(typed, around), typed.get("text", ""))


def _monitored(_: Case, typed: Typed, around: Around) -> Said:
    return case_acts.monitored(_moment(typed, around, at=END_OF_DAY), typed.get("text", ""))


def _for_few(few: bool) -> Callable[[Case, Typed, Around], Said | None]:
    def made(case: Case, typed: Typed, _: Around) -> Said | None:
        faults = [] if typed.get("sure") else [Fault(("sure",), "required", "it is not ticked")]
        try:
            said = case_acts.for_few(case, few, typed.get("text", ""))
        except FieldsRejected as rejected:
            raise FieldsRejected([*rejected.faults, *faults]) from rejected
        if faults:
            raise FieldsRejected(faults)
        return said

    return made


ACTS: Final[tuple[Act, ...]] = (
    Act(
        "acknowledge",
        EntryKind.ACKNOWLEDGED,
        N_("Acknowledge it"),
        N_("Acknowledge"),
        only(message(OPTIONAL)),
        _texted(case_acts.acknowledged),
        TellingKind.UPDATE,
    ),
    Act(
        "assign",
        EntryKind.ASSIGNED,
        N_("Say who looks after it"),
        N_("Give it to them"),
        assign_fields,
        _assigned,
    ),
    Act(
        "sort",
        EntryKind.SORTED,
        N_("Sort it"),
        N_("Save"),
        sort_fields,
        _sorted,
        explained=N_("Another service or priority sets its clocks anew, counted from the report."),
        open_only=False,
    ),
    Act(
        "start",
        EntryKind.STARTED,
        N_("Start work on it"),
        N_("Start"),
        only(),
        _started,
        TellingKind.UPDATE,
    ),
    Act(
        "plan",
        EntryKind.PLANNED,
        N_("Plan the next reply"),
        N_("Plan it"),
        only(day_field, time_field, message(OPTIONAL)),
        _planned,
        TellingKind.UPDATE,
        N_("They are promised news by then, whatever there is to say."),
    ),
    Act(
        "monitor",
        EntryKind.MONITORED,
        N_("Watch it for a while"),
        N_("Watch it"),
        only(day_field, message(OPTIONAL)),
        _monitored,
        TellingKind.UPDATE,
        N_("It seems to be fixed. At the end of that day the reporter is asked whether it is."),
    ),
    Act(
        "fix",
        EntryKind.FIXED,
        N_("Say that it is fixed"),
        N_("Say it is fixed"),
        only(message(PLAIN, N_("What was done"))),
        _texted(case_acts.fixed),
        TellingKind.FIXED,
        N_("They are asked whether it is: fixed, partly or not. A no opens it again."),
    ),
    Act(
        "decline",
        EntryKind.DECLINED,
        N_("Close it without a fix"),
        N_("Close it"),
        only(reason_field, message(PLAIN)),
        _declined,
        TellingKind.UPDATE,
        ends=True,
    ),
    Act(
        "reopen",
        EntryKind.REOPENED,
        N_("Open it again"),
        N_("Open it again"),
        only(message(PLAIN)),
        _texted(case_acts.reopened),
        TellingKind.UPDATE,
        open_only=False,
    ),
    Act(
        "link",
        EntryKind.LINKED,
        N_("Link it to a known problem"),
        N_("Save"),
        link_fields,
        _linked,
        explained=N_("Everybody who reports the same problem is told once when it changes."),
    ),
    Act(
        "restrict",
        EntryKind.SORTED,
        N_("Let only few see it"),
        N_("Let only few see it"),
        only(
            why(N_("Why only few are to see it")),
            sure(N_("Yes, hide it from everybody else who works on reports")),
        ),
        _for_few(True),
        explained=N_(
            "From now on administrators, the data-protection contact and whoever looks after it "
            "see it, and nobody else: it leaves lists, searches and its known problem, and "
            "colleagues of the reporter do not see it either. Its clocks run on."
        ),
        ends=True,
        open_only=False,
        few=True,
    ),
    Act(
        "lift",
        EntryKind.SORTED,
        N_("Let everybody see it who works on reports"),
        N_("Lift the restriction"),
        only(
            why(N_("Why it need not be for few any more")),
            sure(N_("Yes, show all that was written in it, also before")),
        ),
        _for_few(False),
        explained=N_(
            "From now on everybody sees it whose role reaches its service and school, with its "
            "whole timeline, your reason and all files, and a search finds its words. Take care "
            "that nothing in it is still for few. Its clocks run on."
        ),
        ends=True,
        open_only=False,
        few=False,
    ),
)
"""What is done by one entry; merging and splitting take two, and have pages of their own."""

ACTS_ON_MANY: Final = ("acknowledge", "assign", "link", "decline")
"""Those that can be done to many reports at once."""

BY_KEY: Final[Mapping[str, Act]] = {act.key: act for act in ACTS}
