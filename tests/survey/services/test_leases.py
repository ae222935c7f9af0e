"""Work that one process does at a time."""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest

from survey.errors import LeaseLost
from survey.services import leases
from survey.services.leases import LEASE, Held, Leases
from tests.bot.rig import until
from tests.support.application import Running

A_SECOND = timedelta(seconds=1)


def process(here: Running, *, shared: bool = True) -> Leases:
    """One of several processes on the database."""
    return Leases(here.core.begin, here.core.clock, uuid4(), shared=shared)


class Work:
    """Is under way until it may end."""

    def __init__(self) -> None:
        self.begun, self.end = asyncio.Event(), asyncio.Event()
        self.held: Held | None = None

    async def __call__(self, held: Held) -> str:
        self.held = held
        self.begun.set()
        await self.end.wait()
        return "done"


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once; whose turn it is hangs on the clock of the test alone."""
    monkeypatch.setattr(leases, "RENEWAL_SECONDS", 0.01)
    monkeypatch.setattr(leases, "ASK_SECONDS", 0.01)


async def test_the_second_process_waits_until_the_first_has_ended(here: Running) -> None:
    first, second = Work(), Work()
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        one = tasks.create_task(process(here).alone("poller", first))
        await first.begun.wait()
        tasks.create_task(process(here).alone("poller", second))
        await asyncio.sleep(0.05)
        assert not second.begun.is_set()
        first.end.set()
        await second.begun.wait()
        second.end.set()

    assert one.result() == "done"


async def test_work_of_another_name_waits_for_nobody(here: Running) -> None:
    first, second = Work(), Work()
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(process(here).alone("poller", first))
        tasks.create_task(process(here).alone("figures", second))
        await first.begun.wait()
        await second.begun.wait()
        first.end.set()
        second.end.set()


async def test_what_a_dead_process_held_is_taken_over_when_its_time_is_up(here: Running) -> None:
    async with here.core.begin() as work:
        now = here.clock.now()
        await work.leases.take("poller", uuid4(), now=now, until=now + LEASE)
        await work.commit()
    successor = Work()
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(process(here).alone("poller", successor))
        here.clock.advance(LEASE - A_SECOND)
        await asyncio.sleep(0.05)
        assert not successor.begun.is_set()
        here.clock.advance(A_SECOND)
        await successor.begun.wait()
        successor.end.set()


async def test_a_lease_is_renewed_for_as_long_as_the_work_takes(here: Running) -> None:
    first, second = Work(), Work()
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(process(here).alone("poller", first))
        await first.begun.wait()
        tasks.create_task(process(here).alone("poller", second))
        for _ in range(3):
            here.clock.advance(LEASE - A_SECOND)
            await until(partial(_is_kept_until, here, here.clock.now() + LEASE))
        assert not second.begun.is_set()
        first.end.set()
        second.end.set()


async def _is_kept_until(here: Running, time: datetime | None) -> bool:
    async with here.core.begin.read() as work:
        lease = await work.leases.get("poller")
    return (lease.until if lease else None) == time


async def test_who_comes_back_after_another_took_over_is_stopped_and_may_write_nothing(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEWAL_SECONDS", 0.5)
    paused, successor = Work(), Work()
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        first = tasks.create_task(_lost(process(here), paused))
        await paused.begun.wait()
        tasks.create_task(process(here).alone("poller", successor))

        async def taken_over() -> bool:
            here.clock.advance(LEASE)
            return successor.begun.is_set()

        await until(taken_over)
        assert paused.held
        assert successor.held
        async with here.core.begin() as work:
            with pytest.raises(LeaseLost):
                await paused.held.require(work)
            await successor.held.require(work)
        assert await first
        successor.end.set()


async def _lost(leases: Leases, work: Work) -> bool:
    try:
        await leases.alone("poller", work)
    except LeaseLost:
        return True
    return False


async def test_a_process_that_cannot_renew_stops_by_its_own_clock(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=0.05))
    monkeypatch.setattr(leases, "RENEWAL_SECONDS", 60.0)
    async with asyncio.timeout(10):
        assert await _lost(process(here), Work())


async def test_what_the_work_raises_is_raised_as_it_is_and_the_lease_is_free(
    here: Running,
) -> None:
    async def fails(_: Held) -> None:
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await process(here).alone("poller", fails)


async def test_who_has_the_database_to_itself_asks_nobody(here: Running) -> None:
    both = Work(), Work()
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        for work in both:
            tasks.create_task(process(here, shared=False).alone("poller", work))
        for work in both:
            await work.begun.wait()
            assert work.held
            async with here.core.begin() as writing:
                await work.held.require(writing)
            work.end.set()

    assert await _is_kept_until(here, None)
