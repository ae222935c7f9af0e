"""Sentences about when a campaign sends."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.staff.calendar_words import first_messages

LONDON = ZoneInfo("Europe/London")
LATE = datetime(2026, 11, 22, 23, 30, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(0), "The first messages are leaving now."),
        (timedelta(minutes=5), "The first messages leave today at 23:35."),
        (timedelta(minutes=45), "The first messages leave tomorrow at 00:15."),
        (timedelta(days=2), "The first messages leave on Tuesday 24 November at 23:30."),
    ],
)
def test_when_the_first_messages_leave_is_said_as_near_as_it_is(
    ahead: timedelta, said: str
) -> None:
    found = first_messages(LATE + ahead, now=LATE, zone=LONDON, say=str, language="en")
    assert found == said
