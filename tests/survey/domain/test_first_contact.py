"""First contact: confirmed fixed, at the first reply, and not opened again in 14 days."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from survey.domain.cases import Audience, Entry, EntryKind, Side
from survey.domain.first_contact import REOPENS_WITHIN, FirstContact, first_contact, rate

NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LATER = NOON + 60 * DAY

REPLY, ASKED, NOTE = EntryKind.MESSAGE, EntryKind.ASKED, EntryKind.NOTE
FIXED, REOPENED = EntryKind.FIXED, EntryKind.REOPENED


def an_entry(kind: EntryKind, day: int, side: Side = Side.STAFF, **more: Any) -> Entry:
    audience = more.pop("audience", Audience.REPORTER)
    at = NOON + day * DAY
    return Entry(UUID(int=1), 1, at, kind, audience, side, "account:1", data=more)


def judged(day: int, verdict: str, kind: EntryKind = EntryKind.JUDGED) -> Entry:
    return an_entry(kind, day, Side.REPORTER, verdict=verdict)


def case(*after: Entry) -> list[Entry]:
    return [an_entry(EntryKind.REPORTED, 0, Side.REPORTER), *after]


YES = judged(2, "fixed")


@pytest.mark.parametrize(
    "before",
    [
        [an_entry(FIXED, 1)],
        [an_entry(REPLY, 1), an_entry(FIXED, 1)],
        [an_entry(NOTE, 1, audience=Audience.STAFF), an_entry(FIXED, 1)],
        [an_entry(REPLY, 1, Side.REPORTER), an_entry(REPLY, 1), an_entry(FIXED, 1)],
        [an_entry(REPLY, 1, audience=Audience.STAFF), an_entry(REPLY, 1), an_entry(FIXED, 1)],
        [an_entry(FIXED, 1), an_entry(EntryKind.ASKED_AGAIN, 1, Side.SERVICE)],
    ],
)
def test_one_reply_and_a_confirmed_fix_are_first_contact(before: list[Entry]) -> None:
    assert first_contact(case(*before, YES), now=LATER) is FirstContact.YES


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
    assert first_contact(case(*before, YES), now=LATER) is FirstContact.NO


@pytest.mark.parametrize("verdict", ["partly", "not_fixed"])
def test_a_fix_that_is_none_is_no_first_contact_however_it_ends(verdict: str) -> None:
    entries = case(an_entry(FIXED, 1), judged(2, verdict), an_entry(FIXED, 3), judged(4, "fixed"))

    assert first_contact(entries, now=LATER) is FirstContact.NO


@pytest.mark.parametrize(
    "again", [an_entry(REOPENED, 15), judged(15, "not_fixed", EntryKind.CHECKED)]
)
def test_what_is_opened_again_within_14_days_was_not_solved(again: Entry) -> None:
    assert first_contact(case(an_entry(FIXED, 1), YES, again), now=LATER) is FirstContact.NO


def test_what_comes_back_after_them_is_another_matter() -> None:
    entries = case(an_entry(FIXED, 1), YES, an_entry(REOPENED, 16))

    assert first_contact(entries, now=LATER) is FirstContact.YES


def test_until_they_are_over_nobody_can_say() -> None:
    entries = case(an_entry(FIXED, 1), YES)
    over = YES.at + REOPENS_WITHIN

    assert first_contact(entries, now=over - timedelta(seconds=1)) is FirstContact.NOT_YET
    assert first_contact(entries, now=over) is FirstContact.YES


@pytest.mark.parametrize("end", [EntryKind.LAPSED, EntryKind.DECLINED, EntryKind.MERGED])
def test_what_the_reporter_did_not_judge_is_neither(end: EntryKind) -> None:
    entries = case(an_entry(FIXED, 1), an_entry(end, 2))

    assert first_contact(entries, now=LATER) is FirstContact.NONE
    assert first_contact(case(), now=LATER) is FirstContact.NONE


def test_the_rate_is_of_those_that_are_decided() -> None:
    yes, no = FirstContact.YES, FirstContact.NO
    others = [FirstContact.NONE, FirstContact.NOT_YET]

    assert rate([yes, yes, no, *others]) == Fraction(2, 3)
    assert rate(others) is None
