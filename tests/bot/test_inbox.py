"""Updates: stored before they are acknowledged, applied once, in order a person."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import ValidationError

from bot.handling import Handling
from bot.inbox import ATTEMPTS, Inbox
from bot.lanes import OwnLanes
from bot.mailbox import sender
from survey.domain.records import UpdateKey
from survey.errors import Busy, NotFound
from survey.ports import UnitOfWork
from tests.bot.rig import no_wait
from tests.support.application import Running

BOT = 42


def update(number: int, user: int, text: str = "") -> dict[str, Any]:
    return {"update_id": number, "message": {"from": {"id": user}, "text": text}}


class Applied:
    """Stands where the dispatcher does; `faults` are raised in turn by the text named."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.faults: dict[str, list[Exception]] = {}
        self.held: dict[str, asyncio.Event] = {}
        self.changed = asyncio.Condition()

    async def __call__(self, payload: Mapping[str, Any], handling: Handling) -> None:
        text = payload["message"]["text"]
        if text in self.held:
            await self.held[text].wait()
        if self.faults.get(text):
            raise self.faults[text].pop(0)
        async with self.changed:
            self.seen.append(payload["update_id"])
            self.changed.notify_all()

    async def until(self, *seen: int) -> None:
        async with asyncio.timeout(5), self.changed:
            await self.changed.wait_for(lambda: set(self.seen) >= set(seen))


@asynccontextmanager
async def inbox_on(here: Running, applied: Applied) -> AsyncIterator[Inbox]:
    core = here.core
    inbox = Inbox(core, bot=BOT, apply=applied, sleep=no_wait, lanes=OwnLanes(core.begin, bot=BOT))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(inbox.run())
        try:
            yield inbox
        finally:
            inbox.stop()


async def _waiting(here: Running) -> list[int]:
    async with here.core.begin.read() as work:
        return [row.key.update_id for row in await work.inbox.waiting(BOT, limit=100)]


async def test_updates_of_one_person_are_applied_in_order(here: Running) -> None:
    applied = Applied()
    async with inbox_on(here, applied) as inbox:
        await inbox.keep([update(number, user=7) for number in range(1, 30)])
        await inbox.keep([update(number, user=7) for number in range(30, 60)])
        await applied.until(*range(1, 60))
    assert applied.seen == list(range(1, 60))
    assert await _waiting(here) == []


async def test_an_update_that_comes_twice_is_applied_once(here: Running) -> None:
    applied = Applied()
    async with inbox_on(here, applied) as inbox:
        await inbox.keep([update(1, user=7)])
        await applied.until(1)
        await inbox.keep([update(1, user=7), update(2, user=7)])
        await applied.until(2)
    assert applied.seen == [1, 2]


async def test_an_update_settled_while_the_waiting_are_read_is_not_applied_again(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied = Applied()
    applied.held["slow"] = asyncio.Event()
    async with inbox_on(here, applied) as inbox:
        await inbox.keep([update(1, user=7, text="slow")])
        while await _waiting(here) != [1] or not inbox._under_way:
            await no_wait(0)
        reading = here.core.begin.read

        @asynccontextmanager
        async def slow_read() -> AsyncIterator[UnitOfWork]:
            async with reading() as work:
                rows = await work.inbox.waiting(BOT, limit=100)

                async def waiting(_bot: int, *, limit: int) -> Any:
                    applied.held["slow"].set()
                    while inbox._under_way:
                        await no_wait(0)
                    return rows

                monkeypatch.setattr(work.inbox, "waiting", waiting)
                yield work

        monkeypatch.setattr(here.core.begin, "read", slow_read)
        inbox._changed.set()
        await applied.until(1)
        monkeypatch.setattr(here.core.begin, "read", reading)
        await inbox.keep([update(2, user=7)])
        await applied.until(2)
    assert applied.seen == [1, 2]


async def test_a_slow_person_holds_up_nobody_else(here: Running) -> None:
    applied = Applied()
    applied.held["slow"] = asyncio.Event()
    async with inbox_on(here, applied) as inbox:
        await inbox.keep([update(1, user=7, text="slow"), update(2, user=8), update(3, user=7)])
        await applied.until(2)
        assert applied.seen == [2]
        applied.held["slow"].set()
        await applied.until(1, 3)
    assert applied.seen == [2, 1, 3]


async def test_a_poisoned_update_is_parked_after_three_tries_and_the_next_goes_on(
    here: Running,
) -> None:
    applied = Applied()
    applied.faults["poison"] = [ZeroDivisionError() for _ in range(ATTEMPTS)]
    async with inbox_on(here, applied) as inbox:
        await inbox.keep([update(1, user=7, text="poison"), update(2, user=7)])
        await applied.until(2)
    assert applied.seen == [2]
    assert applied.faults["poison"] == []
    assert await _waiting(here) == []


@pytest.mark.parametrize(
    "fault", [ZeroDivisionError(), NotFound("unit")], ids=lambda fault: type(fault).__name__
)
async def test_an_update_that_fails_once_is_tried_again(here: Running, fault: Exception) -> None:
    applied = Applied()
    applied.faults["once"] = [fault]
    async with inbox_on(here, applied) as inbox:
        await inbox.keep([update(1, user=7, text="once")])
        await applied.until(1)
    assert applied.seen == [1]


async def test_a_busy_database_is_waited_for_and_never_parks_an_update(here: Running) -> None:
    applied = Applied()
    applied.faults["busy"] = [Busy("locked") for _ in range(ATTEMPTS + 2)]
    async with inbox_on(here, applied) as inbox:
        await inbox.keep([update(1, user=7, text="busy")])
        await applied.until(1)
    assert applied.seen == [1]


async def test_what_no_handler_can_read_is_parked_at_once(here: Running) -> None:
    applied = Applied()
    applied.faults["malformed"] = [ValidationError.from_exception_data("Update", [])]
    async with inbox_on(here, applied) as inbox:
        await inbox.keep([update(1, user=7, text="malformed"), update(2, user=7)])
        await applied.until(2)
    assert applied.seen == [2]


async def test_a_restart_applies_first_what_was_waiting(here: Running) -> None:
    silent = Applied()
    core = here.core
    stored = Inbox(core, bot=BOT, apply=silent, sleep=no_wait)
    await stored.keep([update(1, user=7), update(2, user=7)])

    applied = Applied()
    async with inbox_on(here, applied) as inbox:
        await inbox.keep([update(3, user=7)])
        await applied.until(1, 2, 3)
    assert applied.seen == [1, 2, 3]


async def test_a_waiting_update_cannot_be_read_in_the_database(here: Running) -> None:
    core = here.core
    stored = Inbox(core, bot=BOT, apply=Applied(), sleep=no_wait)
    await stored.keep([update(1, user=7, text="my answer")])

    async with core.begin.read() as work:
        [row] = await work.inbox.waiting(BOT, limit=1)
    assert row.key == UpdateKey(BOT, 1)
    assert b"my answer" not in row.payload
    opened = json.loads(core.keys.decrypt(row.payload_key, row.payload))
    assert opened["message"]["text"] == "my answer"


@pytest.mark.parametrize(
    ("raw", "user"),
    [
        (update(1, user=7), 7),
        ({"update_id": 1, "callback_query": {"from": {"id": 8}}}, 8),
        ({"update_id": 1, "poll": {"id": "x"}}, 0),
        ({"update_id": 1, "message": {"from": {"id": "7"}}}, 0),
        ({"update_id": 1, "message": None}, 0),
    ],
)
def test_an_update_belongs_to_whoever_sent_it(raw: dict[str, Any], user: int) -> None:
    assert sender(raw) == user
