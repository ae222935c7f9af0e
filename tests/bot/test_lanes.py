"""Several processes on one database: who applies whose updates, and what a lost lease can do."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast
from uuid import uuid4

import pytest
from sqlalchemy import select

from bot import lanes
from bot.handling import Handling
from bot.inbox import Inbox
from bot.lanes import LeasedLanes
from bot.markup import View
from bot.screen import Screen
from bot.talk import Talk
from survey.db import tables
from survey.domain.records import Chat, InboxRow
from survey.services.leases import LEASE, Leases
from tests.bot.rig import no_wait, until
from tests.bot.test_inbox import BOT, Applied, update
from tests.support.application import Running

A_SECOND = timedelta(seconds=1)


class Held:
    """Applies updates once it may go on."""

    def __init__(self) -> None:
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()
        self.seen: list[int] = []

    async def __call__(self, payload: Mapping[str, Any], handling: Handling) -> None:
        self.reached.set()
        await self.go_on.wait()
        self.seen.append(payload["update_id"])


@asynccontextmanager
async def process(here: Running, apply: Any) -> AsyncIterator[Inbox]:
    """The inbox of one of several processes."""
    core = here.core
    leases = Leases(core.begin, core.clock, uuid4(), shared=True)
    inbox = Inbox(
        core, bot=BOT, apply=apply, sleep=no_wait,
        lanes=LeasedLanes(core.begin, core.clock, leases, bot=BOT),
    )  # fmt: skip
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(inbox.run())
        try:
            yield inbox
        finally:
            inbox.stop()


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LeasedLanes, "look_seconds", 0.01)


async def _wait(here: Running, *, waiting: int = 0) -> None:
    """Until so many updates wait."""

    async def holds() -> bool:
        async with here.core.begin.read() as work:
            return (await work.inbox.backlog()).waiting == waiting

    await until(holds)


async def _has_lane(inbox: Inbox, *, lane: bool = True) -> None:
    async def holds() -> bool:
        return bool(inbox._lanes) is lane

    await until(holds)


async def test_three_processes_apply_each_update_once_and_in_order_a_person(
    here: Running,
) -> None:
    seen: defaultdict[int, list[int]] = defaultdict(list)

    async def apply(payload: Mapping[str, Any], handling: Handling) -> None:
        await asyncio.sleep(0)
        seen[payload["message"]["from"]["id"]].append(payload["update_id"])

    numbers = [(number, 1 + number % 12) for number in range(180)]
    async with process(here, apply) as one, process(here, apply) as two, process(here, apply):
        for begin in range(0, 180, 20):
            batch = [update(number, user) for number, user in numbers[begin : begin + 20]]
            await asyncio.gather(one.keep(batch), two.keep(batch[::-1]))
        await _wait(here)

    assert seen == {user: [number for number, of in numbers if of == user] for user in range(1, 13)}


async def test_a_person_whose_updates_are_applied_elsewhere_waits_for_that_process(
    here: Running,
) -> None:
    slow, other = Applied(), Applied()
    slow.held["slow"] = asyncio.Event()
    async with process(here, slow) as busy:
        await busy.keep([update(1, user=7, text="slow")])
        await _has_lane(busy)
        async with process(here, other) as idle:
            await idle.keep([update(2, user=7), update(3, user=8)])
            await _wait(here, waiting=2)
            slow.held["slow"].set()
            await _wait(here)

    assert 2 not in other.seen
    assert sorted(slow.seen + other.seen) == [1, 2, 3]


async def test_the_updates_of_a_dead_process_are_taken_over_within_twenty_seconds(
    here: Running,
) -> None:
    applied = Applied()
    async with process(here, applied) as successor:
        async with here.core.begin() as work:
            now = here.clock.now()
            assert await work.lanes.take(BOT, 7, uuid4(), now=now, until=now + LEASE)
            await work.commit()
        await successor.keep([update(1, user=7), update(2, user=8)])
        await applied.until(2)
        here.clock.advance(LEASE - A_SECOND)
        await successor.keep([update(3, user=8)])
        await applied.until(3)
        assert 1 not in applied.seen
        here.clock.advance(A_SECOND)
        await applied.until(1)


async def test_a_process_that_stops_leaves_its_people_to_others_at_once(here: Running) -> None:
    first, second = Held(), Applied()
    async with process(here, first) as stopping:
        await stopping.keep([update(1, user=7), update(2, user=7)])
        await first.reached.wait()
        stopping.stop()
        first.go_on.set()
    async with process(here, second):
        await second.until(2)

    assert (first.seen, second.seen) == ([1], [2])


class Chooses(Held):
    """Keeps a language for the person, as the handlers do: an effect that is no step."""

    def __init__(self, here: Running, language: str) -> None:
        super().__init__()
        self.here, self.language = here, language
        self.sleeps = asyncio.Event()
        self.refused = False

    async def asleep(self, **_: object) -> Sequence[InboxRow]:
        """Stands where the process would look for updates, were it awake."""
        self.sleeps.set()
        await self.go_on.wait()
        return ()

    async def __call__(self, payload: Mapping[str, Any], handling: Handling) -> None:
        await super().__call__(payload, handling)
        async with self.here.core.begin() as work:
            self.refused = True
            await work.inbox.require_waiting(handling.key)
            self.refused = False
            await work.chats.put(Chat(BOT, 7, language=self.language))
            await work.commit()


async def overtaken(
    here: Running, paused: Chooses, successor: Chooses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One process stands still over an update, another applies it, and the first goes on."""
    successor.go_on.set()
    async with process(here, paused) as first:
        await first.keep([update(1, user=7)])
        await paused.reached.wait()
        monkeypatch.setattr(first._ours, "waiting", paused.asleep)
        await paused.sleeps.wait()
        here.clock.advance(LEASE)
        async with process(here, successor):
            await _wait(here)
        paused.go_on.set()
        await _has_lane(first, lane=False)


async def test_a_paused_process_that_comes_back_changes_nothing(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused, successor = Chooses(here, "cy"), Chooses(here, "en")
    await overtaken(here, paused, successor, monkeypatch)

    async with here.core.begin.read() as work:
        chat = await work.chats.get(BOT, 7)
        assert (await work.inbox.backlog()).parked == 0
    assert chat is not None
    assert (chat.language, paused.refused) == ("en", True)


class Answers(Chooses):
    """Answers with a page, to nobody but the test."""

    def __init__(self, here: Running) -> None:
        super().__init__(here, "en")
        self.told: list[str] = []

    async def __call__(self, payload: Mapping[str, Any], handling: Handling) -> None:
        await Held.__call__(self, payload, handling)
        talk = Talk(self.here.core, cast("Screen", self), Chat(BOT, 7), handling=handling)
        await talk.tell(View("No survey is open here."))

    async def send(self, _chat: int, view: View, *, about: int | None) -> None:
        assert about is None
        self.told.append(view.text)


async def test_a_paused_process_that_comes_back_answers_nothing_that_another_has_answered(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused, successor = Answers(here), Answers(here)
    await overtaken(here, paused, successor, monkeypatch)

    assert (successor.told, paused.told) == (["No survey is open here."], [])


async def test_a_lane_ends_by_the_process_s_own_clock_where_it_cannot_be_renewed(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied = Applied()
    applied.held["slow"] = asyncio.Event()
    monkeypatch.setattr(lanes, "LEASE", timedelta(seconds=0.05))
    monkeypatch.setattr(lanes, "RENEWAL_SECONDS", 60.0)
    async with process(here, applied) as alone:
        await alone.keep([update(1, user=7, text="slow")])
        await _has_lane(alone)
        await _has_lane(alone, lane=False)
        assert applied.seen == []
        applied.held["slow"].set()
        here.clock.advance(LEASE)
        await applied.until(1)


async def test_a_lane_under_way_is_renewed_until_it_ends(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, other = Applied(), Applied()
    slow.held["slow"] = asyncio.Event()
    monkeypatch.setattr(lanes, "RENEWAL_SECONDS", 0.0)
    async with process(here, slow) as busy:
        await busy.keep([update(1, user=7, text="slow"), update(2, user=7)])
        await _has_lane(busy)
        async with process(here, other):
            for _ in range(3):
                here.clock.advance(LEASE - A_SECOND)
                await until(partial(_is_leased_until, here, here.clock.now() + LEASE))
            assert other.seen == []
            slow.held["slow"].set()
            await _wait(here)


async def _is_leased_until(here: Running, time: datetime) -> bool:
    async with here.core.database.reading() as connection:
        return await connection.scalar(select(tables.lanes.c.until)) == time


async def test_a_turn_is_had_by_one_and_keeps_updates_waiting(here: Running) -> None:
    applied = Applied()
    async with process(here, applied) as one, process(here, Applied()) as two:
        async with one.turn(7) as mine, one.turn(7) as again, two.turn(7) as elsewhere:
            assert (mine, again, elsewhere) == (True, False, False)
            await one.keep([update(1, user=7), update(2, user=8)])
            await _wait(here, waiting=1)
        await _wait(here)


async def test_it_is_nobody_s_turn_while_an_update_is_applied(here: Running) -> None:
    applied = Held()
    async with process(here, applied) as one, process(here, applied) as two:
        await one.keep([update(1, user=7)])
        await applied.reached.wait()
        async with one.turn(7) as mine, two.turn(7) as theirs:
            assert (mine, theirs) == (False, False)
        applied.go_on.set()
