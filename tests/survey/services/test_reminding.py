"""Reminders (A19): two at most, to who was sent the survey and is silent; none after closing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from survey.domain.waves import Delivery, Invitation, InvitationState, WaveState
from survey.services.reminding import Reminding
from tests.support.application import NOON, Running, TestClock
from tests.survey.services.campaigning import (
    campaign,
    hold,
    invitation,
    messages,
    person,
    plan,
    put,
    sent,
    wave,
)

DAY = timedelta(days=1)


async def set_up(here: Running, **given: object) -> Invitation:
    """A wave of a month in which one person was sent the survey at noon."""
    await here.publish("people-pulse")
    opened = replace(wave(closes_at=NOON + 30 * DAY), **given)  # type: ignore[arg-type]
    one = invitation(person(1))
    await put(here, campaigns=[campaign(plan())], waves=[opened], people=[person(1)], asked=[one])
    await sent(here, one, 0, at=NOON)
    return one


async def test_a_reminder_is_written_seven_days_after_the_first_message_left(
    here: Running,
) -> None:
    await set_up(here)

    here.clock.advance(7 * DAY - timedelta(seconds=1))
    early = await here.core.waves.remind()
    here.clock.advance(timedelta(seconds=1))

    assert (early, await here.core.waves.remind()) == (0, 1)


class Wrong(TestClock):
    """Of a host that is a week ahead of the database."""

    def now(self) -> datetime:
        return self.time + 7 * DAY


async def test_a23_a_host_whose_clock_is_ahead_reminds_nobody_before_their_time(
    here: Running,
) -> None:
    await set_up(here)
    wrong = Reminding(here.core.begin, Wrong(NOON), here.core.ids, here.core.settings.zone)

    assert await wrong.remind() == 0


async def test_nobody_gets_more_than_two_reminders(here: Running) -> None:
    """A19."""
    one = await set_up(here)
    written = []

    for number, days in ((1, 7), (2, 7), (3, 7), (3, 7)):
        here.clock.advance(days * DAY)
        written.append(await here.core.waves.remind())
        await sent(here, one, number, at=here.clock.now())

    assert written == [1, 1, 0, 0]


async def test_the_second_waits_as_long_after_a_late_first_as_the_plan_puts_between_them(
    here: Running,
) -> None:
    one = await set_up(here)
    here.clock.advance(7 * DAY)
    await here.core.waves.remind()
    here.clock.advance(5 * DAY)
    await sent(here, one, 1, at=here.clock.now())

    here.clock.advance(2 * DAY)
    on_day_14 = await here.core.waves.remind()
    here.clock.advance(5 * DAY)

    assert (on_day_14, await here.core.waves.remind()) == (0, 1)


async def test_no_second_is_written_while_the_first_waits(here: Running) -> None:
    await set_up(here)
    here.clock.advance(7 * DAY)
    await here.core.waves.remind()

    here.clock.advance(10 * DAY)

    assert await here.core.waves.remind() == 0


@pytest.mark.parametrize("state", [each for each in InvitationState if not each.may_be_reminded])
async def test_nobody_is_reminded_who_answered_refused_or_cannot_be_reached(
    here: Running, state: InvitationState
) -> None:
    one = await set_up(here)
    async with here.core.begin() as work:
        await work.invitations.set_state(one.id, state, was=list(InvitationState))
        await work.commit()

    here.clock.advance(8 * DAY)

    assert await here.core.waves.remind() == 0


async def test_nobody_is_reminded_who_asked_not_to_be_asked_or_left(here: Running) -> None:
    await set_up(here)
    async with here.core.begin() as work:
        await work.people.save(replace(person(1), opted_out_at=NOON), expected_revision=1)
        await work.commit()

    here.clock.advance(8 * DAY)

    assert await here.core.waves.remind() == 0


async def test_who_snoozed_is_not_reminded_before_their_time(here: Running) -> None:
    one = await set_up(here)
    async with here.core.begin() as work:
        now = await work.invitations.get(one.id)
        assert now is not None
        await work.invitations.save(replace(now, snoozed_until=NOON + 9 * DAY))
        await work.commit()

    here.clock.advance(8 * DAY)
    snoozed = await here.core.waves.remind()
    here.clock.advance(DAY)

    assert (snoozed, await here.core.waves.remind()) == (0, 1)


async def test_nobody_is_reminded_at_or_after_closing(here: Running) -> None:
    """Closed wins, also where the job that closes comes later than the one that reminds."""
    await set_up(here, closes_at=NOON + 7 * DAY)

    here.clock.advance(7 * DAY)

    assert await here.core.waves.remind() == 0


@pytest.mark.parametrize("state", [WaveState.PAUSED, WaveState.CLOSED, WaveState.STOPPED])
async def test_nobody_is_reminded_while_a_wave_is_paused_or_after_its_end(
    here: Running, state: WaveState
) -> None:
    await set_up(here, state=state)

    here.clock.advance(8 * DAY)

    assert await here.core.waves.remind() == 0


async def test_a_restored_backup_reminds_nobody_until_it_is_told_to(here: Running) -> None:
    await set_up(here)
    await hold(here)

    here.clock.advance(8 * DAY)

    assert await here.core.waves.remind() == 0


async def test_a_reminder_keeps_its_local_time_over_a_clock_change(here: Running) -> None:
    here.clock.time = datetime(2026, 10, 22, 8, 0, tzinfo=UTC)  # 09:00 in London
    start = here.clock.time
    one = await set_up(here, opened_at=start, closes_at=start + 30 * DAY)
    await sent(here, one, 0, at=start)

    here.clock.time = datetime(2026, 10, 29, 8, 59, 59, tzinfo=UTC)
    early = await here.core.waves.remind()
    here.clock.time = datetime(2026, 10, 29, 9, 0, tzinfo=UTC)

    assert (early, await here.core.waves.remind()) == (0, 1)


async def test_two_processes_that_remind_at_once_write_each_reminder_once(here: Running) -> None:
    """The loser of the race finds the row there."""
    one = await set_up(here)
    here.clock.advance(7 * DAY)
    await here.core.waves.remind()
    async with here.core.begin.read() as work:
        there = await work.invitations.get(one.id)
    assert there is not None

    async with here.core.begin() as work:
        again = Delivery(here.core.ids.uuid(), one.wave, one.id, 1, due_at=here.clock.now())
        await work.invitations.add_messages([again])
        await work.commit()

    assert [number for number, _ in await messages(here)] == [0, 1]
