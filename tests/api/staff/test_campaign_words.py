"""A schedule on the pages of campaigns: one sentence that a person would say."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from api.staff.campaign_words import schedule_in_words
from survey.domain.campaign import Schedule

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            "FREQ=MONTHLY;INTERVAL=3",
            "Every three months on day 3 at 09:00, from 3 April 2026",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=3",
            "Every quarter on day 3 at 09:00, from 3 April 2026",
        ),
    ],
)
def test_a_rule_that_the_form_does_not_offer_is_told_in_words_too(rule: str, words: str) -> None:
    schedule = Schedule(start=datetime.fromisoformat("2026-04-03T09:00"), rrule=rule)

    assert schedule_in_words(schedule, LONDON, "en", str) == words
