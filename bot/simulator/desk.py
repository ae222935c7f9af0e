"""Where pages meet the simulated bot: its chats, and the bot itself once it has started.

aiogram takes seconds to import, so nothing here needs it: the pages are there at once.
"""

import asyncio
from dataclasses import dataclass
from typing import Final, Protocol

from bot.simulator.chats import Chats
from bot.simulator.drawer import Drawer
from survey.errors import Busy
from survey.ports import Clock, Ids

STARTING_SECONDS: Final = 20
"""How long somebody who writes to a bot that is still starting is kept waiting."""


@dataclass(frozen=True, slots=True)
class Guest:
    """A visitor: their number in this chat, and the language of their page."""

    user: int
    language: str


class Simulated(Protocol):
    """What a page can do with the bot; each call waits, for a while, until the bot has replied.

    Raises: Busy, where the update could not be stored.
    """

    async def say(self, guest: Guest, text: str) -> None:
        """Send a text or a command."""

    async def send(self, guest: Guest, name: str, content: bytes, caption: str) -> None:
        """Send a file with a text, which may be empty: as a photo where it is a picture, else as a
        document."""

    async def press(self, guest: Guest, message: int, data: str) -> None:
        """Tap a button: of what its message held, `data`; the message may be long gone."""

    async def come_back(self, guest: Guest) -> None:
        """Show who has no chat (any more) the survey that they are in the middle of."""

    async def forget(self, guest: Guest) -> None:
        """Delete what was not sent, what was chosen, and the chat."""


class Desk:
    """The chats with their files, and the bot while it runs.

    `run` is another in each run of the program.
    """

    def __init__(self, clock: Clock, ids: Ids, *, patience: float = STARTING_SECONDS) -> None:
        self.chats = Chats(clock)
        self.drawer = Drawer(clock, ids)
        self.run = ids.token()
        self.bot: Simulated | None = None
        self._patience, self._started = patience, asyncio.Event()

    def begin(self, bot: Simulated) -> None:
        self.bot = bot
        self._started.set()

    def end(self) -> None:
        self.bot = None
        self._started.clear()

    async def started(self) -> Simulated:
        """The bot, waited for while it starts. Raises: Busy."""
        if self.bot is None:
            try:
                async with asyncio.timeout(self._patience):
                    await self._started.wait()
            except TimeoutError:
                raise Busy("the simulated bot has not started") from None
        if self.bot is None:
            raise Busy("the simulated bot has stopped")
        return self.bot
