"""What the list of problem reports is asked for by its address, and what each line of it says."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar
from uuid import UUID

from api.staff.case_desk import PATH, Names
from api.staff.case_words import STATE_TAGS, Told, age_of, next_clock
from api.staff.listing import Column, Link, Listing, listing
from api.staff.shell import Desk
from survey.case_labels import KINDS, PRIORITIES, STATES
from survey.domain.case_records import CaseQuery, CaseSort
from survey.domain.cases import Case, CaseKind, CaseState, Entry, Priority
from survey.domain.language import N_
from survey.domain.local_time import moment_of

ME: Final = "me"
NOBODY: Final = "nobody"
YES: Final = "1"

FILTERS: Final = (
    "find",
    "state",
    "kind",
    "service",
    "unit",
    "priority",
    "owner",
    "late",
    "risk",
    "from",
    "until",
    "order",
)
"""The names of the filters in the address."""

_Each = TypeVar("_Each", bound=StrEnum)

_EXCERPT: Final = 140
"""Characters of a report that its line shows."""


class Show(StrEnum):
    """Groups of states, as the address says them; a single state is asked for by its name."""

    OPEN = ""
    OURS = "ours"
    THEIRS = "theirs"
    OVER = "over"
    ALL = "all"


SHOWN: Final[Mapping[Show, str]] = {
    Show.OPEN: N_("All that are open"),
    Show.OURS: N_("Waiting for us"),
    Show.THEIRS: N_("Waiting for the reporter"),
    Show.OVER: N_("All that are over"),
    Show.ALL: N_("All"),
}

OURS: Final = frozenset(
    {CaseState.NEW, CaseState.ACKNOWLEDGED, CaseState.IN_PROGRESS, CaseState.REOPENED}
)
THEIRS: Final = frozenset(state for state in CaseState if state.answered_for)

ORDERS: Final[Mapping[CaseSort, str]] = {
    CaseSort.TOUCHED: N_("What nobody touched for longest"),
    CaseSort.DUE: N_("What is due first"),
    CaseSort.NEWEST: N_("The newest"),
}


@dataclass(frozen=True, slots=True)
class Shipped:
    """A queue that everybody has: its name, and the query part of its address."""

    name: str
    query: Mapping[str, str]


QUEUES: Final = (
    Shipped(N_("Late"), {"late": YES, "order": CaseSort.DUE}),
    Shipped(N_("Mine"), {"owner": ME}),
    Shipped(N_("Nobody's"), {"owner": NOBODY}),
    Shipped(N_("Waiting for us"), {"state": Show.OURS}),
    Shipped(N_("Waiting for reporter"), {"state": Show.THEIRS}),
    Shipped(N_("Risks"), {"risk": YES}),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    reference: str
    link: Link
    what: str
    excerpt: str
    service: str
    unit: str
    state: Told
    marks: tuple[Told, ...]
    owner: str
    clock: Told | None
    age: str


def asked_of(query: Mapping[str, str], desk: Desk) -> Listing:
    """Raises: BadQuery."""
    columns = [Column(desk.say(N_("Report")), "case")]
    return listing(query, PATH, columns, filters=FILTERS)


def query_of(filters: Mapping[str, str], desk: Desk) -> CaseQuery:
    """What the filters ask for; one that says nothing that there is does not narrow it."""
    owner, state = filters.get("owner", ""), filters.get("state", "")
    asked = CaseQuery(
        kinds=_those(CaseKind, filters.get("kind", "")),
        priorities=_those(Priority, filters.get("priority", "")),
        unit=filters.get("unit", ""),
        service=filters.get("service", ""),
        owner=desk.account.id if owner == ME else _uuid(owner),
        nobodys=owner == NOBODY,
        late=filters.get("late") == YES,
        risks=filters.get("risk") == YES,
        restricted=True,
        words=filters.get("find", ""),
        sort=_order(filters.get("order", "")),
        since=_day(filters.get("from", ""), desk),
        until=_day(filters.get("until", ""), desk, after=True),
    )
    return replace(asked, **_states(state))


def _states(state: str) -> Mapping[str, Any]:
    match state:
        case Show.ALL:
            return {}
        case Show.OVER:
            return {"open": False}
        case Show.OURS:
            return {"states": OURS}
        case Show.THEIRS:
            return {"states": THEIRS}
    if state in set(CaseState):
        return {"states": frozenset({CaseState(state)})}
    return {"open": True}


def _order(order: str) -> CaseSort:
    return CaseSort(order) if order in set(CaseSort) else CaseSort.TOUCHED


def _those(kind: type[_Each], value: str) -> frozenset[_Each]:
    return frozenset({kind(value)}) if value in set(kind) else frozenset()


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _day(text: str, desk: Desk, *, after: bool = False) -> datetime | None:
    """The first moment of a day (ISO), or that of the day after it."""
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
    except (ValueError, OverflowError):
        return None
    return moment_of(datetime(day.year, day.month, day.day), desk.app.settings.zone)  # noqa: DTZ001


def rows_of(
    cases: Collection[Case], reports: Mapping[UUID, Entry], names: Names, desk: Desk
) -> list[Row]:
    return [_row(case, reports.get(case.id), names, desk) for case in cases]


def _row(case: Case, report: Entry | None, names: Names, desk: Desk) -> Row:
    return Row(
        reference=case.reference,
        link=Link(case.reference, f"{PATH}/{case.reference}"),
        what=" · ".join(filter(None, (desk.say(KINDS[case.kind]), case.system))),
        excerpt=_short(report.text) if report else "",
        service=names.service(case.service),
        unit=names.unit(case.unit),
        state=Told(desk.say(STATES[case.state]), tag=STATE_TAGS.get(case.state, "")),
        marks=marks_of(case, desk),
        owner=names.owner(case, desk),
        clock=next_clock(case, desk),
        age=age_of(case, desk),
    )


def marks_of(case: Case, desk: Desk) -> tuple[Told, ...]:
    """What sets it apart from others, each as a tag."""
    marks = [
        (case.restricted, N_("For few"), "govuk-tag--purple"),
        (case.priority is Priority.URGENT, PRIORITIES[Priority.URGENT], "govuk-tag--red"),
        (case.priority is Priority.HIGH, PRIORITIES[Priority.HIGH], "govuk-tag--orange"),
        (case.priority is Priority.LOW, PRIORITIES[Priority.LOW], "govuk-tag--grey"),
        (case.is_risk, N_("Risk"), "govuk-tag--orange"),
        (case.reopenings > 0, N_("Came back"), "govuk-tag--red"),
    ]
    return tuple(Told(desk.say(text), tag=tag) for applies, text, tag in marks if applies)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _EXCERPT else plain[: _EXCERPT - 1].rstrip() + "…"
