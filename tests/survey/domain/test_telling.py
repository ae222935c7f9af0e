"""Which entries a reporter is told of, and when."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from survey.domain.case_records import TellingKind
from survey.domain.cases import Audience, Entry, EntryKind, Side
from survey.domain.telling import due, told

NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)


def an_entry(
    kind: EntryKind, side: Side = Side.STAFF, audience: Audience = Audience.REPORTER
) -> Entry:
    return Entry(UUID(int=1), 2, NOON, kind, audience, side, "account:1")


def test_a_reporter_is_told_of_what_they_may_read_and_did_not_write() -> None:
    assert told(an_entry(EntryKind.MESSAGE)) is TellingKind.REPLY
    assert told(an_entry(EntryKind.MESSAGE, Side.REPORTER)) is None
    assert told(an_entry(EntryKind.MESSAGE, audience=Audience.STAFF)) is None
    assert told(an_entry(EntryKind.MESSAGE, audience=Audience.PROVIDER)) is None
    assert told(an_entry(EntryKind.MESSAGE, audience=Audience.PUBLIC)) is TellingKind.REPLY
    assert told(an_entry(EntryKind.REPORTED, Side.REPORTER)) is TellingKind.RECEIVED


@pytest.mark.parametrize(
    "kind",
    [
        EntryKind.NOTE,
        EntryKind.ASSIGNED,
        EntryKind.SORTED,
        EntryKind.BREACHED,
        EntryKind.LINKED,
        EntryKind.JUDGED,
        EntryKind.RATED,
    ],
)
def test_work_among_staff_is_told_to_nobody(kind: EntryKind) -> None:
    assert told(an_entry(kind)) is None


@pytest.mark.parametrize(
    "kind",
    [TellingKind.QUESTION, TellingKind.FIXED, TellingKind.ASKED_AGAIN, TellingKind.CHECK],
)
def test_what_asks_the_reporter_something_leaves_at_once(kind: TellingKind) -> None:
    assert due(kind, now=NOON, last_told=NOON) == NOON


def test_news_waits_until_a_day_after_the_last_message() -> None:
    hour, day = timedelta(hours=1), timedelta(days=1)
    assert due(TellingKind.UPDATE, now=NOON, last_told=None) == NOON
    assert due(TellingKind.UPDATE, now=NOON, last_told=NOON - hour) == NOON + day - hour
    assert due(TellingKind.REPLY, now=NOON, last_told=NOON - 2 * day) == NOON
