"""Many schedulers, one firing (A22); clocks that jump or disagree (A23, B60)."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from survey.domain.waves import WaveState
from survey.services.firing import Firing
from tests.support.application import NOON, Running, TestClock
from tests.support.cutting import cut_off
from tests.survey.services.campaigning import campaign, plan, put, the_campaign, waves_of

SLOTS = 60
DAY = timedelta(days=1)
START = datetime(2026, 5, 28, 13, 0, tzinfo=UTC)
"""14:00 in London; no bank holiday and no clock change in the 60 days after it."""


async def launched(here: Running, rrule: str) -> None:
    await here.publish("people-pulse")
    planned = plan(
        schedule={"start": "2026-05-28T14:00:00", "rrule": rrule}, hours={"weekends": True}
    )
    running = campaign(planned, next_slot="2026-05-28T14:00", next_at=START)
    await put(here, campaigns=[running])


def scheduler(here: Running, clock: TestClock) -> Firing:
    """Another process that looks for what is due, by a clock of its own."""
    known = here.core.waves._firing
    return Firing(here.core.begin, clock, known._catalogue, known._closed_days, known._zone)


@pytest.mark.parametrize("seed", [1, 2])
async def test_three_schedulers_that_die_at_random_fire_each_slot_once(
    here: Running, seed: int
) -> None:
    """A22 at commit scale: each is cut off at one of its waits, in each slot."""
    chance, cuts = Random(seed), 0
    await launched(here, f"FREQ=DAILY;COUNT={SLOTS}")
    schedulers = [scheduler(here, here.clock) for _ in range(3)]
    for slot in range(SLOTS):
        here.clock.time = START + slot * DAY
        cut = [True]
        while any(cut):
            cut = await cut_off(*((each.fire_due(), chance.randint(1, 40)) for each in schedulers))
            cuts += sum(cut)

    waves = await waves_of(here)
    assert [wave.number for wave in reversed(waves)] == list(range(1, SLOTS + 1))
    assert len({wave.slot for wave in waves}) == SLOTS
    assert {wave.state for wave in waves} == {WaveState.OPEN}
    assert (await the_campaign(here)).next_slot is None
    assert cuts >= 30


@pytest.mark.parametrize(
    "step",
    [timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)],
    ids=str,
)
async def test_a_clock_that_steps_forth_and_back_fires_no_slot_twice_and_misses_none(
    here: Running, step: timedelta
) -> None:
    """A23: weekly slots, the clock stepping before, at and after each of them."""
    await launched(here, "FREQ=WEEKLY;COUNT=4")
    for week in range(4):
        due = START + timedelta(days=7 * week)
        for around in (-step, timedelta(), step):
            for turned in (timedelta(), step, -step):
                here.clock.time = due + around + turned
                await here.core.waves.fire_due()

    assert [(wave.slot, wave.state) for wave in reversed(await waves_of(here))] == [
        (f"2026-{day}T14:00", WaveState.OPEN) for day in ("05-28", "06-04", "06-11", "06-18")
    ]


async def test_hosts_whose_clocks_differ_by_90_seconds_fire_each_slot_once(here: Running) -> None:
    """A23."""
    await launched(here, "FREQ=DAILY;COUNT=5")
    slow, fast = TestClock(NOON), TestClock(NOON)
    hosts = [scheduler(here, slow), scheduler(here, fast)]
    for day in range(5):
        for second in range(-120, 121, 10):
            slow.time = START + day * DAY + timedelta(seconds=second)
            fast.time = slow.time + timedelta(seconds=90)
            for host in hosts:
                await host.fire_due()

    waves = await waves_of(here)
    assert len({wave.slot for wave in waves}) == len(waves) == 5


async def test_what_is_due_is_told_by_the_clock_that_all_processes_share(here: Running) -> None:
    """B60: a host whose clock is wrong by an hour fires nothing early; its own clock is not asked.

    The shared one is the database's on PostgreSQL (`Clock.lease_now`).
    """

    class WrongByAnHour(TestClock):
        def now(self) -> datetime:
            return self.time + timedelta(hours=1)

    await launched(here, "FREQ=WEEKLY;COUNT=2")
    host = scheduler(here, WrongByAnHour(START - timedelta(minutes=1)))

    assert await host.fire_due() == 0
