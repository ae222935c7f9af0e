"""A held installation sends nothing: a restored copy, until somebody says that it is the one."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import structlog

from bot.ticking import Job, Ticker
from survey.wiring import Application

_log = structlog.get_logger()

LOOK_AGAIN: Final = timedelta(seconds=10)


async def while_released(core: Application, talk: Callable[[], Awaitable[None]]) -> None:
    """Talk to people, but not while sending is held; return when `talk` does.

    A hold that begins meanwhile ends the talk as a stop does: updates under way are finished,
    others wait with Telegram or in the database.
    """
    state = _State(core)
    async with Ticker([Job("hold", LOOK_AGAIN, state.look)]), asyncio.TaskGroup() as tasks:
        while True:
            await state.released.wait()
            talking = tasks.create_task(_talk(talk))
            holding = tasks.create_task(state.held.wait())
            try:
                await asyncio.wait({talking, holding}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                holding.cancel()
                talking.cancel()
            if talking.done() and not talking.cancelled():
                return
            await asyncio.wait({talking})


async def _talk(talk: Callable[[], Awaitable[None]]) -> None:
    await talk()


class _State:
    """Whether sending is held, as of the last look."""

    def __init__(self, core: Application) -> None:
        self._core = core
        self.held, self.released = asyncio.Event(), asyncio.Event()

    async def look(self) -> None:
        async with self._core.begin.read() as work:
            since = await work.installation.held()
        if since and not self.held.is_set():
            _log.warning("sending_held", since=since.isoformat(), told="tellback db release")
        for event, true in ((self.held, since is not None), (self.released, since is None)):
            if true:
                event.set()
            else:
                event.clear()
