"""What is said of a report: where it stands, how old it is, by when more is said."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from bot.case_words import age, by_when, stands
from bot.sentences import Sentences
from survey.domain.cases import Case, CaseKind, CaseState, Effect
from survey.locales import SPOKEN
from tests.support.application import NOON

LONDON = ZoneInfo("Europe/London")
EN = Sentences("en")
CASE = Case(
    id=uuid4(),
    reference="P-4TK2",
    service="payroll",
    unit="",
    kind=CaseKind.BROKEN,
    effect=Effect.SLOWS,
    opened_at=NOON,
)


def said(case: Case, *, now: datetime = NOON) -> str:
    return stands(EN, case, "Payroll", now=now, zone=LONDON)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOON, "today 13:00"),
        (NOON + timedelta(hours=20, minutes=30), "tomorrow 9:30"),
        (NOON + timedelta(days=4), "Monday 18 May 13:00"),
        (NOON - timedelta(days=1), "Wednesday 13 May 13:00"),
    ],
)
def test_a_moment_is_said_as_people_say_it(at: datetime, words: str) -> None:
    assert by_when(EN, at, now=NOON, zone=LONDON) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "reported today"), (1, "reported yesterday"), (2, "reported 2 days ago")],
)
def test_an_age_is_counted_in_days(days: int, words: str) -> None:
    assert age(EN, CASE, now=NOON + timedelta(days=days), zone=LONDON) == words


def test_the_clock_that_runs_out_next_for_the_reporter_is_told() -> None:
    promised = replace(
        CASE, acknowledge_by=NOON + timedelta(hours=1), update_by=NOON + timedelta(days=2)
    )
    assert said(promised) == "Payroll has received it. It answers by today 14:00."
    read = replace(promised, state=CaseState.ACKNOWLEDGED, acknowledge_by=None)
    assert said(read) == "Payroll has read it. Next update by Saturday 16 May 13:00."


def test_a_promise_that_was_not_kept_is_said_to_be_late() -> None:
    promised = replace(CASE, acknowledge_by=NOON)
    assert said(promised, now=NOON + timedelta(days=1)) == (
        "Payroll has received it. An answer was promised by Thursday 14 May 13:00, so it is late."
    )


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("state", CaseState)
def test_every_state_has_words_of_its_own_in_each_language(state: CaseState, language: str) -> None:
    say = Sentences(language)
    words = {
        each: stands(say, replace(CASE, state=each), "Payroll", now=NOON, zone=LONDON)
        for each in CaseState
    }
    assert words[state]
    assert list(words.values()).count(words[state]) == 1
