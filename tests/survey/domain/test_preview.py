"""How long sending takes, hours and closed days kept; and how a wave stands."""

from datetime import UTC, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.domain.campaign import ChannelName, Hours, Nation
from survey.domain.open_hours import ClosedDays
from survey.domain.preview import seconds_to_send, sent_by
from survey.domain.waves import Pause, PauseKind

LONDON = ZoneInfo("Europe/London")
DAYS = ClosedDays(Nation.ENGLAND, zone=LONDON)
FRIDAY = datetime(2026, 5, 22, 8, 0, tzinfo=UTC)
"""09:00 in London, before a weekend and a bank holiday."""


def end(begin: datetime, seconds: int, days: ClosedDays = DAYS) -> datetime | None:
    return sent_by(
        begin, seconds=seconds, hours=Hours(opens=time(9), until=time(17)), zone=LONDON, days=days
    )


def test_each_channel_takes_its_time_rounded_up_to_seconds() -> None:
    messages = {ChannelName.CHAT: 40_000, ChannelName.EMAIL: 6}

    assert seconds_to_send(messages) == {ChannelName.CHAT: 1_334, ChannelName.EMAIL: 2}
    assert seconds_to_send({ChannelName.CHAT: 0}) == {}


def test_sending_ends_the_same_day_where_it_fits() -> None:
    assert end(FRIDAY, 8 * 3600) == datetime(2026, 5, 22, 16, 0, tzinfo=UTC)
    assert end(FRIDAY, 0) == FRIDAY


def test_what_does_not_fit_into_the_day_goes_on_on_the_next_open_one() -> None:
    assert end(FRIDAY, 8 * 3600 + 60) == datetime(2026, 5, 26, 8, 1, tzinfo=UTC)


def test_sending_that_begins_at_night_waits_for_the_morning() -> None:
    assert end(datetime(2026, 5, 20, 22, 0, tzinfo=UTC), 60) == datetime(
        2026, 5, 21, 8, 1, tzinfo=UTC
    )


def test_no_end_is_told_where_a_pause_has_none() -> None:
    pause = Pause(UUID(int=1), PauseKind.BEREAVEMENT, "Mourning", FRIDAY, None)

    assert end(FRIDAY, 60, ClosedDays(None, pauses=[pause], zone=LONDON)) is None
