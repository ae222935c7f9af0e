"""Cases of an older system, as a file tells them: a row for the report, one for each word since.

The first row of a reference is the report and says what the case is; rows of the same reference
after it are what was said later, and tell `when`, `from` and `text` alone.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from survey.domain.cases import (
    Audience,
    Case,
    CaseKind,
    CaseState,
    Effect,
    Entry,
    EntryKind,
    Priority,
    Side,
    Verdict,
    Weight,
)
from survey.domain.csvfile import Row
from survey.domain.named import named_person
from survey.domain.reporting import sorted_first
from survey.domain.suggest import did_you_mean
from survey.domain.texts import LONGEST_MESSAGE
from survey.errors import Fault

REQUIRED: Final = ("reference", "when", "service", "state", "text")
COLUMNS: Final = (
    *REQUIRED, "from", "unit", "kind", "effect", "priority", "weight", "system", "reporter",
    "ended", "reason",
)  # fmt: skip

FAULTS_LISTED: Final = 20

_IDS: Final = uuid5(NAMESPACE_URL, "tellback:old-case")
_LONGEST_NAME: Final = 120
_MOMENT: Final = re.compile(
    r"(?:(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)|(?P<d>\d\d?)/(?P<m>\d\d?)/(?P<y>\d{4}))"
    r"(?:[ T](?P<hour>\d\d?):(?P<minute>\d\d)(?::\d\d)?)?"
)
_STATES: Final[Mapping[str, CaseState]] = {
    "new": CaseState.NEW,
    "open": CaseState.NEW,
    "acknowledged": CaseState.ACKNOWLEDGED,
    "in progress": CaseState.IN_PROGRESS,
    "waiting": CaseState.WAITING,
    # Nobody asked whether it was fixed, and nobody is asked now.
    "fixed": CaseState.NOT_CONFIRMED,
    "resolved": CaseState.NOT_CONFIRMED,
    "closed": CaseState.NOT_CONFIRMED,
    "confirmed": CaseState.CONFIRMED,
    "declined": CaseState.DECLINED,
    "rejected": CaseState.DECLINED,
    "cancelled": CaseState.DECLINED,
}
_SIDES: Final[Mapping[str, Side]] = {
    "": Side.REPORTER,
    "reporter": Side.REPORTER,
    "staff": Side.STAFF,
    "provider": Side.PROVIDER,
}
_OF_THE_REPORT: Final = frozenset(COLUMNS) - {"reference", "when", "from", "text"}
_E = TypeVar("_E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class _Word:
    at: datetime
    side: Side
    text: str


@dataclass(slots=True)
class OldCase:
    """One case of the file; `row` is that of its report. `ended` is None where it is open."""

    row: int
    reference: str
    service: str
    unit: str
    kind: CaseKind
    effect: Effect
    priority: Priority
    weight: Weight | None
    system: str
    reporter: str
    state: CaseState
    ended: datetime | None
    reason: str
    words: list[_Word] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        """The same whenever the reference comes."""
        return uuid5(_IDS, self.reference)

    def told(self, person: UUID | None, *, by: str) -> tuple[Case, tuple[Entry, ...]]:
        """The case as it was reported, without a reference, and its whole timeline.

        Its old reference stands in a note. What the reporter did not write is `by` whoever brings
        the file: people of the older system have no accounts here.
        """
        report, *later = sorted(self.words, key=lambda word: word.at)
        _, for_few = sorted_first(self.kind, self.effect, [each.text for each in self.words])
        case = Case(
            id=self.id,
            reference="",
            service=self.service,
            unit=self.unit,
            kind=self.kind,
            effect=self.effect,
            opened_at=report.at,
            system=self.system,
            priority=self.priority,
            weight=self.weight,
            person=person,
            restricted=for_few,
        )
        first = _entry(case, report.at, EntryKind.REPORTED, Side.REPORTER, report.text)
        noted = _entry(case, report.at, EntryKind.NOTE, Side.SERVICE, self.reference)
        timeline = [first, replace(noted, audience=Audience.STAFF)]
        timeline += [
            _entry(case, each.at, EntryKind.MESSAGE, each.side, each.text) for each in later
        ]
        at = self.ended or timeline[-1].at
        timeline += self._end(case, at)
        reporter = by if person is None else named_person(person)
        return case, tuple(
            replace(each, number=number, actor=reporter if each.side is Side.REPORTER else by)
            for number, each in enumerate(timeline, start=1)
        )

    def _end(self, case: Case, at: datetime) -> Iterator[Entry]:
        """What led to the state in which it was left."""
        staff, reporter = Side.STAFF, Side.REPORTER
        match self.state:
            case CaseState.ACKNOWLEDGED:
                yield _entry(case, at, EntryKind.ACKNOWLEDGED, staff)
            case CaseState.IN_PROGRESS:
                yield _entry(case, at, EntryKind.STARTED, staff)
            case CaseState.WAITING:
                yield _entry(case, at, EntryKind.ASKED, staff)
            case CaseState.DECLINED:
                said = _entry(case, at, EntryKind.DECLINED, staff)
                yield replace(said, data={"reason": self.reason or "other"})
            case CaseState.NOT_CONFIRMED:
                yield _entry(case, at, EntryKind.FIXED, staff)
                yield _entry(case, at, EntryKind.LAPSED, Side.SERVICE)
            case CaseState.CONFIRMED:
                yield _entry(case, at, EntryKind.FIXED, staff)
                judged = _entry(case, at, EntryKind.JUDGED, reporter)
                yield replace(judged, data={"verdict": Verdict.FIXED.value})


def _entry(case: Case, at: datetime, kind: EntryKind, side: Side, text: str = "") -> Entry:
    return Entry(case.id, 0, at, kind, Audience.REPORTER, side, "", text)


class Reading:
    """Reads rows one by one, and remembers what is wrong with them.

    `cases` are those without a fault, by reference; `faults` are the first ones, `faulty` is how
    many rows have any.
    """

    def __init__(
        self,
        file: str,
        *,
        services: Collection[str],
        units: Collection[str],
        people: Collection[str],
        now: datetime,
        zone: ZoneInfo,
    ) -> None:
        self._file, self._now, self._zone = file, now, zone
        self._known = {"service": services, "unit": units, "reporter": people}
        self.cases: dict[str, OldCase] = {}
        self._seen = set[str]()
        self.faults: list[Fault] = []
        self.faulty = 0

    def take(self, row: Row) -> None:
        reader = _Cells(row.cells, self._zone, self._now)
        reference = reader.plain("reference", _LONGEST_NAME, needed=True)
        word = _Word(
            reader.moment("when") or self._now,
            reader.one_of("from", _SIDES),
            reader.plain("text", LONGEST_MESSAGE, needed=True),
        )
        if reference in self._seen:
            self._go_on(reference, word, reader)
        else:
            self._seen.add(reference)
            self._begin(row.number, reference, word, reader)
        if reader.faults:
            self.faulty += 1
            self.faults += [
                replace(each, path=(self._file, str(row.number), *each.path))
                for each in reader.faults
            ]
            del self.faults[FAULTS_LISTED:]

    def _go_on(self, reference: str, word: _Word, reader: "_Cells") -> None:
        for column in sorted(_OF_THE_REPORT):
            if reader.cells.get(column):
                reader.fault(column, "not_of_the_report", "only the first row of a case says this")
        case = self.cases.get(reference)
        if case is None:
            return  # its report is faulty, which says enough
        if word.at < case.words[0].at:
            reader.fault("when", "before_the_report", "it lies before the report")
        elif case.ended is not None and word.at > case.ended:
            reader.fault("when", "after_the_end", "it lies after the end of the case")
        case.words.append(word)

    def _begin(self, number: int, reference: str, word: _Word, reader: "_Cells") -> None:
        for column in ("service", "unit", "reporter"):
            reader.known(column, self._known[column], needed=column == "service")
        if word.side is not Side.REPORTER:
            reader.fault("from", "not_a_report", "the first row of a case is the report")
        state = reader.one_of("state", _STATES)
        ended = reader.moment("ended", needed=not state.open)
        if state.open and ended is not None:
            reader.fault("ended", "still_open", "a case in this state has not ended")
        if ended is not None and ended < word.at:
            reader.fault("ended", "before_the_report", "it lies before the report")
        case = OldCase(
            row=number,
            reference=reference,
            service=reader.cells["service"],
            unit=reader.cells.get("unit", ""),
            kind=reader.choice("kind", CaseKind, CaseKind.OTHER),
            effect=reader.choice("effect", Effect, Effect.NONE),
            priority=reader.choice("priority", Priority, Priority.NORMAL),
            weight=Weight(reader.choice("weight", Weight, Weight.SNAG))
            if reader.cells.get("weight")
            else None,
            system=reader.plain("system", _LONGEST_NAME),
            reporter=reader.cells.get("reporter", ""),
            state=state,
            ended=ended,
            reason=reader.plain("reason", _LONGEST_NAME),
            words=[word],
        )
        if not reader.faults:
            self.cases[reference] = case


class _Cells:
    """The cells of a row, read one by one; what is wrong is in `faults`."""

    def __init__(self, cells: Mapping[str, str], zone: ZoneInfo, now: datetime) -> None:
        self.cells, self._zone, self._now = cells, zone, now
        self.faults: list[Fault] = []

    def fault(self, column: str, code: str, message: str) -> None:
        self.faults.append(Fault((column,), code, message))

    def plain(self, column: str, longest: int, *, needed: bool = False) -> str:
        said = self.cells.get(column, "")
        if needed and not said:
            self.fault(column, "required", "it is empty")
        if len(said) > longest:
            self.fault(column, "too_long", f"it is longer than {longest:,} characters")
        return said

    def known(self, column: str, known: Collection[str], *, needed: bool) -> None:
        said = self.cells.get(column, "")
        if (said or needed) and said not in known:
            near = did_you_mean(said, known)
            self.fault(column, "unknown", f"there is no '{said[:40]}'{near}")

    def moment(self, column: str, *, needed: bool = True) -> datetime | None:
        said = self.cells.get(column, "")
        if not said and not needed:
            return None
        try:
            moment = _moment(said, self._zone)
        except ValueError:
            told = f"'{said[:40]}' is no date: write it as 2026-11-02, or 2026-11-02 14:30"
            self.fault(column, "bad_date", told)
            return None
        if moment > self._now:
            self.fault(column, "in_the_future", "it lies in the future")
        return moment

    def one_of(self, column: str, meanings: Mapping[str, _E]) -> _E:
        said = self.cells.get(column, "").casefold().replace("_", " ").replace("-", " ")
        if said in meanings:
            return meanings[said]
        named = ", ".join(each for each in meanings if each)
        self.fault(column, "not_one_of", f"'{said[:40]}' is none of: {named}")
        return next(iter(meanings.values()))

    def choice(self, column: str, of: type[_E], otherwise: _E) -> _E:
        """A value of a column that may be left out."""
        said = self.cells.get(column, "")
        if not said:
            return otherwise
        return self.one_of(column, {each.value.replace("_", " "): each for each in of})


def _moment(said: str, zone: ZoneInfo) -> datetime:
    """Raises: ValueError."""
    found = _MOMENT.fullmatch(said)
    if found is None:
        raise ValueError(said)
    year, month, day = (
        int(found[iso] or found[day_first])
        for iso, day_first in (("year", "y"), ("month", "m"), ("day", "d"))
    )
    hour, minute = int(found["hour"] or 0), int(found["minute"] or 0)
    return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)
