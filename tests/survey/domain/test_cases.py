"""Problem reports: which entry may follow which, and what a timeline says of its case."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.case_copy import after, retold
from survey.domain.cases import (
    Audience,
    Case,
    CaseKind,
    CaseState,
    Effect,
    Entry,
    EntryKind,
    Side,
    Verdict,
    follows,
    state_of,
)
from survey.errors import CaseRefused

NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)
CASE = UUID(int=1)
REPORT = Case(
    id=CASE,
    reference="P-4TK2",
    service="payroll",
    unit="oakfield",
    kind=CaseKind.WRONG_PAY,
    effect=Effect.UNPAID,
    opened_at=NOON,
)
E, S = EntryKind, CaseState


def an_entry(
    kind: EntryKind,
    *,
    number: int = 2,
    side: Side = Side.STAFF,
    audience: Audience = Audience.REPORTER,
    **data: Any,
) -> Entry:
    at = NOON + timedelta(minutes=number)
    return Entry(CASE, number, at, kind, audience, side, actor="account:1", data=data)


def told(*entries: tuple[EntryKind, Side, dict[str, Any]]) -> list[Entry]:
    return [
        an_entry(kind, number=number, side=side, **data)
        for number, (kind, side, data) in enumerate(entries, start=2)
    ]


US, THEM = Side.STAFF, Side.REPORTER


@pytest.mark.parametrize(
    ("timeline", "state"),
    [
        ([], S.NEW),
        ([(E.ACKNOWLEDGED, US, {})], S.ACKNOWLEDGED),
        ([(E.STARTED, US, {}), (E.ASKED, US, {})], S.WAITING),
        ([(E.ASKED, US, {}), (E.MESSAGE, US, {})], S.WAITING),
        ([(E.ASKED, US, {}), (E.MESSAGE, THEM, {})], S.IN_PROGRESS),
        ([(E.FIXED, US, {})], S.FIXED),
        ([(E.FIXED, US, {}), (E.JUDGED, THEM, {"verdict": "fixed"})], S.CONFIRMED),
        ([(E.FIXED, US, {}), (E.JUDGED, THEM, {"verdict": "partly"})], S.REOPENED),
        ([(E.FIXED, US, {}), (E.JUDGED, THEM, {"verdict": "not_fixed"})], S.REOPENED),
        ([(E.FIXED, US, {}), (E.ASKED_AGAIN, US, {}), (E.LAPSED, US, {})], S.NOT_CONFIRMED),
        (
            [(E.FIXED, US, {}), (E.LAPSED, US, {}), (E.JUDGED, THEM, {"verdict": "fixed"})],
            S.CONFIRMED,
        ),
        ([(E.MONITORED, US, {}), (E.FIXED, US, {})], S.FIXED),
        ([(E.DECLINED, US, {"reason": "duplicate"}), (E.REOPENED, US, {})], S.REOPENED),
        ([(E.MERGED, US, {"into": str(uuid4())})], S.MERGED),
    ],
)
def test_the_state_is_what_the_entries_say(
    timeline: list[tuple[EntryKind, Side, dict[str, Any]]], state: CaseState
) -> None:
    assert state_of(told(*timeline)) is state
    assert retold(REPORT, told(*timeline)).state is state


@pytest.mark.parametrize(
    ("timeline", "refused"),
    [
        ([(E.DECLINED, US, {"reason": "policy"})], E.FIXED),
        ([(E.DECLINED, US, {"reason": "policy"})], E.ASSIGNED),
        ([(E.ACKNOWLEDGED, US, {})], E.ACKNOWLEDGED),
        ([], E.ASKED_AGAIN),
        ([], E.LAPSED),
        ([(E.MERGED, US, {"into": str(uuid4())})], E.REOPENED),
    ],
)
def test_what_does_not_follow_is_refused(
    timeline: list[tuple[EntryKind, Side, dict[str, Any]]], refused: EntryKind
) -> None:
    case = retold(REPORT, told(*timeline))

    with pytest.raises(CaseRefused):
        after(case, an_entry(refused, number=case.revision + 1))


@pytest.mark.parametrize("verdict", list(Verdict))
def test_nobody_judges_what_was_never_said_to_be_fixed(verdict: Verdict) -> None:
    with pytest.raises(CaseRefused):
        after(REPORT, an_entry(E.JUDGED, side=THEM, verdict=verdict))


def test_the_copy_knows_what_figures_are_made_of() -> None:
    entries = told(
        (E.MESSAGE, US, {}),
        (E.FIXED, US, {}),
        (E.JUDGED, THEM, {"verdict": "not_fixed"}),
        (E.MESSAGE, US, {}),
        (E.FIXED, US, {}),
        (E.JUDGED, THEM, {"verdict": "fixed"}),
    )

    case = retold(REPORT, entries)

    assert case.acknowledged_at == entries[0].at
    assert (case.replies, case.reopenings) == (2, 1)
    assert case.fixed_at == entries[4].at
    assert case.ended_at == entries[5].at
    assert case.reporter_verdict is Verdict.FIXED


def test_the_copy_knows_from_when_its_provider_has_a_case() -> None:
    """Sorted to another service it is nobody's, until staff write to the provider of that one."""
    to_provider = Audience.PROVIDER
    entries = [
        an_entry(E.NOTE, number=2, audience=Audience.STAFF),
        an_entry(E.NOTE, number=3, audience=to_provider),
        an_entry(E.SORTED, number=4, side=Side.PROVIDER, audience=to_provider, verdict="fixed"),
        an_entry(E.SORTED, number=5, audience=Audience.STAFF, service="it"),
        an_entry(E.NOTE, number=6, audience=to_provider),
    ]

    given = [retold(REPORT, entries[:number]).handed_over for number in range(6)]

    assert given == [None, None, 3, 3, None, 6]


def test_no_word_but_one_of_staff_gives_a_case_to_its_provider_and_none_while_it_is_for_few() -> (
    None
):
    to_provider = Audience.PROVIDER
    entries = [
        an_entry(E.NOTE, number=2, side=Side.PROVIDER, audience=to_provider),
        an_entry(E.SORTED, number=3, audience=Audience.STAFF, restricted=True),
        an_entry(E.NOTE, number=4, audience=to_provider),
        an_entry(E.SORTED, number=5, audience=Audience.STAFF, restricted=False),
    ]

    assert retold(REPORT, entries).handed_over is None
    again = an_entry(E.NOTE, number=6, audience=to_provider)
    assert retold(REPORT, [*entries, again]).handed_over == 6


@pytest.mark.parametrize("state", list(CaseState))
def test_wherever_a_case_has_gone_it_can_be_made_one_for_few(state: CaseState) -> None:
    assert follows(state, an_entry(E.SORTED, restricted=True)) is state


READERS = {
    Audience.STAFF: {"staff"},
    Audience.PROVIDER: {"staff", "provider"},
    Audience.REPORTER: {"staff", "reporter"},
    Audience.PUBLIC: {"staff", "provider", "reporter", "public"},
}


@pytest.mark.parametrize("audience", list(Audience))
def test_an_entry_is_read_by_whom_it_is_for(audience: Audience) -> None:
    entry = an_entry(E.NOTE, audience=audience)

    assert {str(each) for each in Audience if entry.for_(each)} == READERS[audience]


@st.composite
def timelines(draw: st.DrawFn) -> list[Entry]:
    """Whatever may follow, in any order."""
    case, entries = REPORT, list[Entry]()
    data = {
        E.JUDGED: {"verdict": draw(st.sampled_from(Verdict))},
        E.CHECKED: {"verdict": draw(st.sampled_from(Verdict))},
        E.MERGED: {"into": str(UUID(int=2))},
        E.LINKED: {"problem": str(UUID(int=3))},
        E.HANDED_ON: {"to": str(UUID(int=4))},
        E.ASSIGNED: {"owner": str(UUID(int=5)), "team": "pay"},
        E.SORTED: {"priority": "high", "impact": 4, "likelihood": 3},
    }
    for kind in draw(st.lists(st.sampled_from(EntryKind), max_size=12)):
        side = draw(st.sampled_from(Side))
        entry = an_entry(kind, number=case.revision + 1, side=side, **data.get(kind, {}))
        try:
            case = after(case, entry)
        except CaseRefused:
            continue
        entries.append(entry)
    return entries


@given(timelines())
def test_state_and_end_agree_whatever_happened(timeline: list[Entry]) -> None:
    case = retold(REPORT, timeline)

    assert case.state is state_of(timeline)
    assert (case.ended_at is None) is case.state.open
    assert case.revision == 1 + len(timeline)
