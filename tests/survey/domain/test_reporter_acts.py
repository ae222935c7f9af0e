"""What a reporter does with their case, as entries to be."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from survey.domain import reporter_acts as acts
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
)
from survey.errors import CaseRefused, FieldsRejected

NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)
REPORT = Case(
    id=UUID(int=1),
    reference="P-4TK2",
    service="payroll",
    unit="oak",
    kind=CaseKind.OTHER,
    effect=Effect.NONE,
    opened_at=NOON,
)
FIXED, NOT_FIXED = Verdict.FIXED, Verdict.NOT_FIXED


def in_state(state: CaseState) -> Case:
    return replace(REPORT, state=state)


def said(kind: EntryKind, verdict: Verdict | None = None) -> Entry:
    data = {"verdict": verdict.value} if verdict else {}
    return Entry(REPORT.id, 2, NOON, kind, Audience.REPORTER, Side.REPORTER, "person:1", data=data)


@pytest.mark.parametrize("state", [CaseState.FIXED, CaseState.MONITORED, CaseState.NOT_CONFIRMED])
def test_who_is_told_that_it_is_fixed_says_whether_it_is(state: CaseState) -> None:
    told = acts.judged(in_state(state), [said(EntryKind.JUDGED, NOT_FIXED)], NOT_FIXED)

    assert told is not None
    assert (told.kind, told.side, told.data["verdict"]) == ("judged", Side.REPORTER, "not_fixed")


def test_a_second_tap_says_nothing_more() -> None:
    confirmed, reopened = in_state(CaseState.CONFIRMED), in_state(CaseState.REOPENED)

    assert acts.judged(confirmed, [said(EntryKind.JUDGED, FIXED)], FIXED) is None
    assert acts.judged(reopened, [said(EntryKind.JUDGED, NOT_FIXED)], NOT_FIXED) is None


def test_it_may_come_back_after_it_was_confirmed_and_is_asked_about_after_four_weeks() -> None:
    confirmed = in_state(CaseState.CONFIRMED)
    back = acts.judged(confirmed, [said(EntryKind.JUDGED, FIXED)], NOT_FIXED)
    asked = [said(EntryKind.JUDGED, FIXED), said(EntryKind.FOLLOWED_UP)]
    still = acts.judged(confirmed, asked, FIXED)

    assert back is not None
    assert still is not None
    assert back.kind is still.kind is EntryKind.CHECKED


@pytest.mark.parametrize("state", [CaseState.NEW, CaseState.IN_PROGRESS, CaseState.DECLINED])
def test_what_nobody_says_is_fixed_cannot_be_confirmed(state: CaseState) -> None:
    with pytest.raises(CaseRefused):
        acts.judged(in_state(state), [], FIXED)


@pytest.mark.parametrize(
    ("text", "code"), [(" \n", "required"), ("x" * 4_001, "too_long"), ("a\0", "bad_sign")]
)
def test_a_message_that_cannot_be_kept_is_refused(text: str, code: str) -> None:
    with pytest.raises(FieldsRejected) as refused:
        acts.message(text)
    assert [fault.code for fault in refused.value.faults] == [code]
