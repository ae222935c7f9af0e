"""A real aiogram bot pointed at the fake."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiogram import Bot

    from tests.telegram.server import FakeTelegram


@asynccontextmanager
async def bot_of(telegram: "FakeTelegram", *, token: str | None = None) -> "AsyncIterator[Bot]":
    """A bot over HTTP, its session closed at the end."""
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer

    class Session(AiohttpSession):
        """Without the quarter of a second that aiogram gives TLS to say goodbye."""

        async def close(self) -> None:
            if self._session is not None:
                await self._session.close()

    session = Session(api=TelegramAPIServer.from_base(telegram.base_url))
    bot = Bot(token or telegram.token, session=session)
    try:
        yield bot
    finally:
        await session.close()
