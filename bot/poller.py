"""Long polling: an update is acknowledged (by the next offset) only once it is stored."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod

from bot.dispatcher import UPDATES
from bot.inbox import Inbox
from bot.screen import Sleep
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


class Poller:
    """Fetches updates for one bot."""

    def __init__(
        self, bot: Bot, inbox: Inbox, *, sleep: Sleep, chance: Callable[[], float]
    ) -> None:
        """`chance` gives numbers from 0 to 1, so that many bots do not come back at once."""
        self._bot, self._inbox, self._sleep, self._chance = bot, inbox, sleep, chance
        self._offset: int | None = None

    async def run(self) -> None:
        """Fetch and store until cancelled. Raises: TokenRefused."""
        failures = 0
        while True:
            await self._inbox.room()
            try:
                await self._fetch()
            except (TelegramUnauthorizedError, TelegramNotFound) as refused:
                raise TokenRefused from refused
            except (TelegramAPIError, ClientDecodeError, Busy) as error:
                failures += 1
                await self._sleep(self._wait(error, failures))
            else:
                failures = 0

    async def _fetch(self) -> None:
        updates = await self._bot(
            GetRawUpdates(offset=self._offset, timeout=POLL_SECONDS, allowed_updates=list(UPDATES)),
            request_timeout=POLL_SECONDS + _GRACE_SECONDS,
        )
        numbered = [update for update in updates if _is_numbered(update)]
        if len(numbered) < len(updates):
            _log.error("updates_without_number", ignored=len(updates) - len(numbered))
        if numbered:
            await self._inbox.keep(numbered)
            self._offset = max(update["update_id"] for update in numbered) + 1

    def _wait(self, error: Exception, failures: int) -> float:
        """Seconds until the next try."""
        if isinstance(error, TelegramRetryAfter):
            return error.retry_after
        if isinstance(error, TelegramConflictError):
            _log.error(
                "polling_conflict",
                told="another program reads this bot's updates, or a webhook is set: stop it",
            )
        else:
            _log.warning("polling_failed", error=type(error).__name__, failures=failures)
        return backoff(failures, self._chance())


def backoff(failures: int, chance: float) -> float:
    """Seconds to wait: 1, 2, 4 ... 60, of which a random half."""
    whole = min(2.0 ** (failures - 1), _LONGEST_BACKOFF)
    return whole / 2 + chance * whole / 2


def _is_numbered(update: Mapping[str, Any]) -> bool:
    return type(update.get("update_id")) is int
