"""Webhook mode: Telegram is told where to send updates, and looked after from then on.

The API stores what is sent; here is only whether it is sent. Setting the webhook is done at the
start. Where somebody else sets another address later, two programs would take it from each other
for ever, so that is said and left to the operator.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import WebhookInfo

from bot.dispatcher import UPDATES
from bot.hearing import Hearing
from bot.poller import TokenRefused, backoff
from bot.refusals import Meaning, asked_to_wait, meaning_of
from bot.screen import Sleep
from bot.state import Trouble
from survey.errors import Busy
from survey.settings import Settings

PATH: Final = "/telegram/webhook"

LOOK_SECONDS: Final = 30.0
"""How often Telegram is asked whether the webhook is ours and works."""


class Webhook:
    """One bot's webhook."""

    def __init__(
        self,
        bot: Bot,
        settings: Settings,
        hearing: Hearing,
        *,
        sleep: Sleep,
        chance: Callable[[], float],
    ) -> None:
        self._bot, self._hearing, self._sleep, self._chance = bot, hearing, sleep, chance
        self._url = f"{settings.base_url}{PATH}"
        self._secret = settings.telegram_webhook_secret.get_secret_value()
        self._set = False
        self._last_error: datetime | None = None
        self._waiting, self._failing = 0, False

    async def run(self) -> None:
        """Set the webhook and watch it until cancelled. Raises: TokenRefused."""
        failures = 0
        while True:
            try:
                await self._look()
            except (TelegramAPIError, Busy) as error:
                meaning = meaning_of(error)
                if meaning is Meaning.TOKEN:
                    raise TokenRefused from error
                if meaning is not None:
                    self._hearing.badly(Trouble.UNREACHABLE)
                failures += 1
                pause = min(backoff(failures, self._chance()), LOOK_SECONDS)
                await self._sleep(asked_to_wait(error) or pause)
            else:
                failures = 0
                await self._sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        if not self._set:
            await self._bot.set_webhook(
                self._url, secret_token=self._secret, allowed_updates=list(UPDATES)
            )
            self._set = True
        info = await self._bot.get_webhook_info()
        failing = self._is_failing(info)
        if info.url != self._url:
            self._hearing.badly(Trouble.WEBHOOK_REPLACED)
        elif failing:
            self._hearing.badly(Trouble.WEBHOOK_FAILING)
        else:
            await self._hearing.well()

    def _is_failing(self, info: WebhookInfo) -> bool:
        """Whether updates wait because of a new error, or still wait after one.

        Telegram never forgets the last error, and tries again more and more seldom.
        """
        waiting = info.pending_update_count
        new_error = info.last_error_date not in (None, self._last_error)
        stuck = self._failing and waiting >= self._waiting
        self._last_error, self._waiting = info.last_error_date, waiting
        self._failing = waiting > 0 and (new_error or stuck)
        return self._failing
