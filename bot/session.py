"""Calls to Telegram over HTTP, so that whatever comes back is one of the errors that we know."""

import json
from http import HTTPStatus
from typing import Any, Final

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramRetryAfter,
)
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import ClientTimeout

from bot.refusals import Unreadable

CALL_SECONDS: Final = 15.0
"""No call takes longer, but for the long poll, which says so itself."""

CONNECT_SECONDS: Final = 5.0
"""Where nobody even answers the call, nothing has been sent: that is to be known apart."""

_LEAST_PATIENCE: Final = 1


class Session(AiohttpSession):
    """Reads answers as `bot.refusals` has them."""

    def __init__(self, api_base: str) -> None:
        api = TelegramAPIServer.from_base(api_base.rstrip("/"))
        super().__init__(api=api, timeout=CALL_SECONDS)

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 (aiogram's signature)
    ) -> TelegramType:
        try:
            patience = ClientTimeout(total=timeout or CALL_SECONDS, sock_connect=CONNECT_SECONDS)
            return await super().make_request(bot, method, patience)  # type: ignore[arg-type]
        except UnicodeDecodeError:
            raise Unreadable(method, "the answer is not UTF-8") from None

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """Raises: TelegramAPIError."""
        answer = _read(content)
        if answer is None:
            raise Unreadable(method, f"an answer without sense, status {status_code}")
        if answer.get("ok") is True and status_code < HTTPStatus.MULTIPLE_CHOICES:
            try:
                return super().check_response(bot, method, status_code, content)
            except ClientDecodeError:
                # Not chained: its text is what people wrote.
                raise Unreadable(method, "a result of another kind") from None
        return self._refuse(bot, method, status_code, answer)

    def _refuse(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        status_code: int,
        answer: dict[str, Any],
    ) -> Response[TelegramType]:
        code = answer.get("error_code")
        code = code if type(code) is int else status_code
        said = answer.get("description")
        said = said if isinstance(said, str) else ""
        if code == HTTPStatus.TOO_MANY_REQUESTS:
            parameters = answer.get("parameters")
            asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
            asked = asked if type(asked) is int else 0
            raise TelegramRetryAfter(method, said, max(asked, _LEAST_PATIENCE))
        if code < HTTPStatus.BAD_REQUEST:
            raise TelegramAPIError(method, said)
        plain = json.dumps({"ok": False, "error_code": code, "description": said})
        return super().check_response(bot, method, code, plain)


def _read(content: str) -> dict[str, Any] | None:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) and isinstance(answer.get("ok"), bool) else None
