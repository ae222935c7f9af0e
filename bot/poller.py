"""Long polling: an update is acknowledged (by the next offset) only once it is stored."""

from collections.abc import Callable
from typing import Any, Final

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.methods import TelegramMethod

from bot.dispatcher import UPDATES
from bot.hearing import Hearing
from bot.inbox import Inbox
from bot.mailbox import is_numbered
from bot.refusals import Meaning, asked_to_wait, meaning_of
from bot.screen import Sleep
from bot.state import Trouble
from survey.errors import Busy

_log = structlog.get_logger()

POLL_SECONDS: Final = 30
"""How long Telegram holds a request open while nothing comes."""

_GRACE_SECONDS: Final = 10
_LONGEST_BACKOFF: Final = 60.0


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates without reading the updates, so that a bad one does not hide the others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int | None = None
    allowed_updates: list[str] | None = None


class TokenRefused(Exception):
    """Telegram does not know the bot's token."""


class _NothingToAcknowledge(Exception):
    """Updates came of which none has a number: the same would come again at once."""


class Poller:
    """Fetches updates for one bot."""

    def __init__(
        self,
        bot: Bot,
        inbox: Inbox,
        *,
        sleep: Sleep,
        chance: Callable[[], float],
        hearing: Hearing | None = None,
    ) -> None:
        """`chance` gives numbers from 0 to 1, so that many bots do not come back at once."""
        self._bot, self._inbox, self._sleep, self._chance = bot, inbox, sleep, chance
        self._hearing = hearing
        self._offset: int | None = None
        self._sure = False

    async def run(self) -> None:
        """Fetch and store until cancelled. Raises: TokenRefused."""
        # What another process fetched meanwhile is nothing to acknowledge here.
        self._offset = None
        self._sure = False
        failures = 0
        unhooked = False
        while True:
            await self._inbox.room()
            try:
                if not unhooked:
                    await self._bot.delete_webhook()
                    unhooked = True
                await self._fetch()
                if self._hearing:
                    await self._hearing.well()
            except (TelegramAPIError, Busy, _NothingToAcknowledge) as error:
                if meaning_of(error) is Meaning.TOKEN:
                    raise TokenRefused from error
                self._sure = False
                failures += 1
                self._say(error, failures)
                await self._sleep(asked_to_wait(error) or backoff(failures, self._chance()))
            else:
                failures = 0

    async def _fetch(self) -> None:
        """Fetch once and store.

        The offset is sent in the one call that acknowledges the updates before it. After a week
        without any, Telegram goes on at a random number, which may be below the last offset: were
        that still sent, it would throw away what comes.
        """
        updates = await self._bot(
            GetRawUpdates(
                offset=self._offset,
                # The first is not held open: that it works at all is news.
                timeout=POLL_SECONDS if self._sure else 0,
                allowed_updates=list(UPDATES),
            ),
            request_timeout=POLL_SECONDS + _GRACE_SECONDS,
        )
        self._offset, self._sure = None, True
        if not updates:
            return
        await self._inbox.keep(updates)
        numbers = [update["update_id"] for update in updates if is_numbered(update)]
        if not numbers:
            raise _NothingToAcknowledge
        self._offset = max(numbers) + 1

    def _say(self, error: Exception, failures: int) -> None:
        meaning = meaning_of(error)
        if meaning is None:
            _log.warning("polling_failed", error=type(error).__name__, failures=failures)
            return
        trouble = Trouble.UNREACHABLE
        if meaning is Meaning.OTHER_READER:
            trouble = Trouble.OTHER_READER
        if self._hearing:
            self._hearing.badly(trouble)
        _log.warning("polling_failed", error=meaning.value, failures=failures)


def backoff(failures: int, chance: float) -> float:
    """Seconds to wait: 1, 2, 4 ... 60, of which a random half."""
    doublings = min(failures - 1, 10)  # after a day of failures the power would overflow
    whole = min(2.0**doublings, _LONGEST_BACKOFF)
    return whole / 2 + chance * whole / 2
