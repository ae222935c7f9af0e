"""The words of the pages of campaigns: sentences that a person would say."""

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import survey
from api.staff.campaign_words import FAILURES, schedule_in_words
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
            "Every three months on day 3 at 09:00, from 3 April 2026",
        ),
    ],
)
def test_a_rule_that_the_form_does_not_offer_is_told_in_words_too(rule: str, words: str) -> None:
    schedule = Schedule(start=datetime.fromisoformat("2026-04-03T09:00"), rrule=rule)

    assert schedule_in_words(schedule, LONDON, "en", str) == words


_FINAL = re.compile(
    r'Refusal\.(?:GONE|FAULT|UNCLEAR), "([a-z_]+)"'
    r'|failed\(each\.id, "([a-z_]+)"\)'
    r'|BOUNCED: Final = "(.*)"'
)


def test_every_reason_why_a_message_did_not_arrive_has_words_of_its_own() -> None:
    house = Path(survey.__file__).parents[1]
    sources = [
        house / "bot" / "refusals.py",
        house / "bot" / "channel.py",
        *(house / "survey" / "mail").glob("*.py"),
        *(house / "survey" / "services").glob("*.py"),
    ]
    said = {
        next(filter(None, found))
        for source in sources
        for found in _FINAL.findall(source.read_text("utf-8"))
    }

    assert said == set(FAILURES)
