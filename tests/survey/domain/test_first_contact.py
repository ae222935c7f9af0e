"""First contact: confirmed fixed, at the first reply, and not opened again in 14 days."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from survey.domain.case_copy import retold
from survey.domain.cases import (
    Audience,
    Case,
    CaseKind,
    Effect,
    Entry,
    EntryKind,
    FirstContact,
    Side,
)

NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CASE = Case(UUID(int=1), "P-R1GZ", "payroll", "", CaseKind.BROKEN, Effect.SLOWS, NOON)

REPLY, ASKED, NOTE = EntryKind.MESSAGE, EntryKind.ASKED, EntryKind.NOTE
FIXED, REOPENED = EntryKind.FIXED, EntryKind.REOPENED


def an_entry(kind: EntryKind, day: int, side: Side = Side.STAFF, **more: Any) -> Entry:
    audience = more.pop("audience", Audience.REPORTER)
    at = NOON + day * DAY
    return Entry(UUID(int=1), 1, at, kind, audience, side, "account:1", data=more)


def judged(day: int, verdict: str, kind: EntryKind = EntryKind.JUDGED) -> Entry:
    return an_entry(kind, day, Side.REPORTER, verdict=verdict)


def told(*after: Entry) -> tuple[FirstContact | None, datetime | None]:
    """What the copy of a case says after these."""
    timeline = [replace(each, number=number) for number, each in enumerate(after, start=2)]
    case = retold(CASE, timeline)
    return case.first_contact, case.judged_at


YES = judged(2, "fixed")
AT_ONCE = (FirstContact.CONFIRMED, YES.at)


@pytest.mark.parametrize(
    "before",
    [
        [an_entry(FIXED, 1)],
        [an_entry(REPLY, 1), an_entry(FIXED, 1)],
        [an_entry(NOTE, 1, audience=Audience.STAFF), an_entry(FIXED, 1)],
        [an_entry(REPLY, 1, Side.REPORTER), an_entry(REPLY, 1), an_entry(FIXED, 1)],
        [an_entry(REPLY, 1, audience=Audience.STAFF), an_entry(REPLY, 1), an_entry(FIXED, 1)],
        [an_entry(FIXED, 1), an_entry(REPLY, 1), an_entry(REPLY, 1)],
        [an_entry(FIXED, 1), an_entry(EntryKind.ASKED_AGAIN, 1, Side.SERVICE)],
    ],
)
def test_one_reply_and_a_confirmed_fix_are_first_contact(before: list[Entry]) -> None:
    assert told(*before, YES) == AT_ONCE


@pytest.mark.parametrize(
    "before",
    [
        [an_entry(REPLY, 1), an_entry(REPLY, 1), an_entry(FIXED, 1)],
        [an_entry(REPLY, 1), an_entry(REPLY, 1, Side.PROVIDER), an_entry(FIXED, 1)],
        [an_entry(ASKED, 1), an_entry(REPLY, 1, Side.REPORTER), an_entry(FIXED, 1)],
        [an_entry(FIXED, 1), an_entry(REOPENED, 1), an_entry(FIXED, 1)],
    ],
)
def test_a_second_reply_a_question_or_a_second_fix_is_more_than_first_contact(
    before: list[Entry],
) -> None:
    assert told(*before, YES)[0] is FirstContact.NO


@pytest.mark.parametrize("verdict", ["partly", "not_fixed"])
def test_a_fix_that_is_none_is_no_first_contact_however_it_ends(verdict: str) -> None:
    entries = an_entry(FIXED, 1), judged(2, verdict), an_entry(FIXED, 3), judged(4, "fixed")

    assert told(*entries) == (FirstContact.NO, NOON + 2 * DAY)


@pytest.mark.parametrize(
    "again", [an_entry(REOPENED, 15), judged(15, "not_fixed", EntryKind.CHECKED)]
)
def test_what_is_opened_again_within_14_days_was_not_solved(again: Entry) -> None:
    assert told(an_entry(FIXED, 1), YES, again)[0] is FirstContact.NO


def test_what_comes_back_after_them_is_another_matter() -> None:
    assert told(an_entry(FIXED, 1), YES, an_entry(REOPENED, 16)) == AT_ONCE


def test_saying_once_more_that_it_is_fixed_changes_nothing() -> None:
    again = judged(5, "fixed", EntryKind.CHECKED)

    assert told(an_entry(FIXED, 1), YES, again) == AT_ONCE


@pytest.mark.parametrize("end", [EntryKind.LAPSED, EntryKind.DECLINED])
def test_what_the_reporter_did_not_judge_is_neither(end: EntryKind) -> None:
    assert told(an_entry(FIXED, 1), an_entry(end, 2)) == (None, None)
    asked = an_entry(ASKED, 1), an_entry(FIXED, 1), an_entry(end, 2)
    assert told(*asked) == (FirstContact.ASKED, None)
