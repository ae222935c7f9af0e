"""The real bot over HTTP against the fake Bot API, on the application's own wiring."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr
from sqlalchemy import text

from bot.simulator.desk import Desk, Simulated
from survey.domain.records import Chat
from survey.services.channels import Channels
from survey.wiring import Application
from tests.support.application import Running, TestClock, running
from tests.support.asked import Asked
from tests.telegram.people import Person, Shown
from tests.telegram.server import FakeTelegram

if TYPE_CHECKING:
    from aiogram import Bot


@dataclass
class Nudges:
    """Stands where the worker does."""

    count: int = 0

    def nudge(self) -> None:
        self.count += 1


async def no_wait(_seconds: float) -> None:
    """Time that need not pass."""
    await asyncio.sleep(0)


async def until(holds: Callable[[], Awaitable[bool]], *, within: float = 60) -> None:
    """Wait for what is seen in another process's database, or inside a running part."""
    async with asyncio.timeout(within):
        while not await holds():  # noqa: ASYNC110 (nothing announces it)
            await asyncio.sleep(0.01)


@asynccontextmanager
async def bot_on(core: Application, worker: Nudges | None = None) -> AsyncIterator[None]:
    """The bot, stopped as `tellback serve` stops it."""
    from bot.process import run_bot

    async with asyncio.TaskGroup() as tasks:
        bot = tasks.create_task(run_bot(core, worker or Nudges(), sleep=no_wait))
        try:
            yield
        finally:
            bot.cancel()


@asynccontextmanager
async def house(
    database_url: str,
    folder: Path,
    telegram: FakeTelegram,
    *questionnaires: str,
    demo: bool = False,
    clock: TestClock | None = None,
) -> AsyncIterator[Running]:
    """The application with its bot running; once more on the same database is a restart."""
    async with running(
        database_url,
        folder,
        clock=clock,
        telegram_token=SecretStr(telegram.token),
        telegram_api_base=telegram.base_url,
        demo=demo,
    ) as here:
        for key in questionnaires:
            await here.publish(key)
        async with bot_on(here.core):
            yield here


@asynccontextmanager
async def caller(telegram: FakeTelegram) -> "AsyncIterator[Bot]":
    """Calls the fake as the program does, errors read as it reads them."""
    from aiogram import Bot

    from bot.session import Session

    async with Bot(telegram.token, session=Session(telegram.base_url)) as bot:
        yield bot


_WAITING: Final = "SELECT count(*) FROM inbox WHERE payload IS NOT NULL AND NOT parked"


async def settled(here: Running, *, within: float = 20) -> None:
    """Wait until every stored update is applied or parked: replies are seen a moment before.

    Raises: TimeoutError, after so many seconds of wall time.
    """
    async with asyncio.timeout(within):
        while await _waiting(here):
            await no_wait(0)


async def _waiting(here: Running) -> int:
    async with here.core.database.reading() as connection:
        found = await connection.execute(text(_WAITING))
        return int(found.scalar_one())


def newest(person: Person) -> Shown:
    """The bot's message at the bottom of the chat."""
    return [each for each in person.screen if each.by_bot][-1]


async def joins(here: Running, telegram: FakeTelegram, person: Person, who: Asked) -> None:
    """The person of the chat is known to be whoever was asked."""
    bot = int(telegram.token.partition(":")[0])
    async with here.core.begin() as work:
        if await work.chats.get(bot, person.id) is None:
            await work.chats.put(Chat(bot, person.id))
        await work.chats.link(bot, person.id, who.person.id)
        await work.commit()


async def says(person: Person, text: str) -> Shown:
    """Send a text and wait for the bot's message below it."""
    sent = await person.sends(text)
    await person.until(
        lambda: any(each.by_bot and each.message_id > sent.message_id for each in person.screen),
        what=f"an answer to {text!r}",
    )
    return newest(person)


async def presses(person: Person, label: str) -> Shown:
    """Tap a button of the newest message and wait until the tap is answered."""
    query = await person.taps(label)
    await person.until(lambda: query not in person.spinning, what=f"an answer to {label!r}")
    return newest(person)


@asynccontextmanager
async def simulator_on(
    core: Application,
    desk: Desk,
    worker: Nudges | None = None,
    *,
    channels: Channels | None = None,
) -> AsyncIterator[Simulated]:
    """The simulated bot, begun and stopped as `tellback serve` does; again is a restart."""
    from bot.simulator.process import run_simulator

    async with asyncio.TaskGroup() as tasks:
        running = run_simulator(core, worker or Nudges(), desk, channels=channels, sleep=no_wait)
        bot = tasks.create_task(running)
        try:
            yield await desk.started()
        finally:
            bot.cancel()
