"""Counting what the bot and the worker do, for `/metrics`."""

from typing import Final

from aiogram import Bot
from aiogram.client.session.middlewares.base import (
    BaseRequestMiddleware,
    NextRequestMiddlewareType,
)
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.refusals import meaning_of
from survey.tally import Counted, Tally

_WELL: Final = "ok"


class CallsTallied(BaseRequestMiddleware):
    """Counts each call to Telegram by its method and what `bot.refusals` makes of the answer."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        outcome = "other"
        try:
            answer = await make_request(bot, method)
            outcome = _WELL
        except Exception as error:
            outcome = meaning_of(error) or outcome
            raise
        else:
            return answer
        finally:
            self._tally.count(Counted.TELEGRAM_CALLS, method.__api_method__, outcome)
