"""What the program does about a case as time goes by: each thing once, however late it looks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from survey.domain.case_copy import after
from survey.domain.cases import (
    Audience,
    Case,
    CaseKind,
    CaseState,
    Effect,
    Entry,
    EntryKind,
    Said,
    Side,
    Verdict,
    Weight,
)
from survey.domain.follow_up import follow_up

NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
REPORT = Case(
    id=UUID(int=1),
    reference="P-4TK2",
    service="payroll",
    unit="oak",
    kind=CaseKind.OTHER,
    effect=Effect.NONE,
    opened_at=NOON,
)


class Told:
    """A case with its timeline, to which entries are added at a time."""

    def __init__(self, case: Case = REPORT) -> None:
        self.case, self.timeline = case, list[Entry]()

    def add(self, said: Said, at: datetime) -> None:
        number = self.case.revision + 1
        fields = said.kind, said.audience, said.side
        entry = Entry(self.case.id, number, at, *fields, "service", said.text, said.data)
        self.case = after(self.case, entry)
        self.timeline.append(entry)

    def look(self, now: datetime) -> list[str]:
        """What is done at a look; it is done."""
        due, _ = follow_up(self.case, self.timeline, now=now)
        for said in due:
            self.add(said, now)
        return [f"{said.kind}" for said in due]

    @property
    def next(self) -> datetime | None:
        last = self.timeline[-1].at if self.timeline else NOON
        return follow_up(self.case, self.timeline, now=last)[1]


def fixed(weight: Weight | None = None) -> Told:
    told = Told(replace(REPORT, weight=weight))
    told.add(Said(kind=EntryKind.FIXED, side=Side.STAFF, text="Paid"), NOON)
    return told


def judge(told: Told, at: datetime) -> None:
    verdict = {"verdict": Verdict.FIXED.value}
    told.add(Said(kind=EntryKind.JUDGED, side=Side.REPORTER, data=verdict), at)


def test_who_does_not_answer_is_asked_once_more_and_then_it_is_closed_as_not_confirmed() -> None:
    told = fixed()

    assert told.next == NOON + 3 * DAY
    assert told.look(NOON + 2 * DAY) == []
    assert told.look(NOON + 3 * DAY) == ["asked_again"]
    assert told.look(NOON + 3 * DAY) == []
    assert told.next == NOON + 7 * DAY
    assert told.look(NOON + 7 * DAY) == ["lapsed"]
    assert told.case.state is CaseState.NOT_CONFIRMED
    assert told.next is None


def test_who_is_late_still_asks_before_it_closes() -> None:
    """A service that was off for a month closes nothing that nobody was asked about twice."""
    told = fixed()

    assert told.look(NOON + 30 * DAY) == ["asked_again"]
    assert told.look(NOON + 31 * DAY) == []
    assert told.look(NOON + 34 * DAY) == ["lapsed"]


def test_a_second_fix_is_asked_about_as_the_first_was() -> None:
    told = fixed()
    told.look(NOON + 3 * DAY)
    told.add(Said(kind=EntryKind.REOPENED, side=Side.STAFF, text="No"), NOON + 4 * DAY)
    told.add(Said(kind=EntryKind.FIXED, side=Side.STAFF, text="Now"), NOON + 5 * DAY)

    assert told.look(NOON + 7 * DAY) == []
    assert told.look(NOON + 8 * DAY) == ["asked_again"]


def test_four_weeks_later_a_problem_of_substance_is_asked_about_and_a_snag_is_not() -> None:
    large, small = fixed(Weight.SUBSTANTIVE), fixed(Weight.SNAG)
    judge(large, NOON + HOUR)
    judge(small, NOON + HOUR)

    assert large.next == NOON + HOUR + 28 * DAY
    assert large.look(NOON + 29 * DAY) == ["followed_up"]
    assert large.look(NOON + 60 * DAY) == []
    assert small.look(NOON + 29 * DAY) == []


def watched(until: datetime | None) -> Told:
    told = Told()
    data = {"until": until.isoformat()} if until else {}
    told.add(Said(kind=EntryKind.MONITORED, side=Side.STAFF, data=data), NOON)
    return told


def test_what_was_watched_is_asked_about_when_that_is_over_as_any_fix_is() -> None:
    told = watched(NOON + 5 * DAY)

    assert told.look(NOON + 5 * DAY - HOUR) == []
    assert told.look(NOON + 5 * DAY) == [EntryKind.FIXED]
    assert told.case.state is CaseState.FIXED
    assert told.case.fixed_at == NOON + 5 * DAY
    assert told.look(NOON + 8 * DAY) == [EntryKind.ASKED_AGAIN]
    assert told.look(NOON + 12 * DAY) == [EntryKind.LAPSED]


def test_what_is_watched_without_a_day_is_asked_about_after_four_weeks() -> None:
    told = watched(None)

    assert told.look(NOON + 27 * DAY) == []
    assert told.look(NOON + 28 * DAY) == [EntryKind.FIXED]


def test_whoever_said_meanwhile_that_it_is_fixed_is_not_asked() -> None:
    told = watched(NOON + 5 * DAY)
    judge(told, NOON + DAY)

    assert told.look(NOON + 6 * DAY) == []
    assert (told.case.state, told.case.fixed_at) == (CaseState.CONFIRMED, NOON + DAY)


def test_the_question_is_the_news_that_was_promised_for_the_end_of_watching() -> None:
    told = watched(NOON + 5 * DAY)
    told.case = replace(told.case, update_by=NOON + 5 * DAY)

    assert told.look(NOON + 5 * DAY - HOUR) == []
    assert told.look(NOON + 9 * DAY) == [EntryKind.FIXED]


def test_a_clock_is_told_once_before_it_runs_out_and_once_when_it_has() -> None:
    told = Told(replace(REPORT, fix_by=NOON + 10 * HOUR))

    assert told.next == NOON + 6 * HOUR
    assert told.look(NOON + 6 * HOUR) == ["breached"]
    assert told.timeline[-1].data["stage"] == "warning"
    assert told.look(NOON + 7 * HOUR) == []
    assert told.look(NOON + 10 * HOUR) == ["breached"]
    assert told.timeline[-1].audience is Audience.STAFF
    assert told.look(NOON + 90 * DAY) == []
    told.case = replace(told.case, fix_by=NOON + 100 * DAY)
    assert told.look(NOON + 100 * DAY) == ["breached"]
    assert told.timeline[-1].data["stage"] == "breach"


@given(looks=st.lists(st.integers(0, 60 * 24), min_size=1, max_size=12))
def test_however_often_somebody_looks_each_thing_is_done_once(looks: list[int]) -> None:
    told = Told(replace(REPORT, fix_by=NOON + 9 * HOUR, update_by=NOON + 5 * HOUR))
    told.add(Said(kind=EntryKind.FIXED, side=Side.STAFF, text="Paid"), NOON)
    for hours in sorted(looks):
        told.look(NOON + hours * HOUR)
        told.look(NOON + hours * HOUR)

    done = [
        (entry.kind, entry.data.get("clock"), entry.data.get("stage"))
        for entry in told.timeline[1:]
    ]
    assert len(done) == len(set(done))
