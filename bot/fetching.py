"""Files that people sent in chat, got from Telegram as they were sent."""

import asyncio
from io import BytesIO
from typing import Final

import aiohttp
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramNotFound

from survey.domain.file_kinds import MOST_BYTES, Refusal
from survey.errors import Busy, FileRefused, NotFound

_SECONDS: Final = 60
"""For one file, from its first byte to its last."""

_GONE: Final = frozenset({403, 404, 410})


class _Bounded(BytesIO):
    """Takes no more than one file may have, whatever its sender said of its size."""

    def write(self, part: object) -> int:
        written = super().write(part)  # type: ignore[arg-type]
        if self.tell() > MOST_BYTES:
            raise FileRefused(Refusal.TOO_LARGE, "")
        return written


class Fetching:
    """Gets what `Attachments.fetch` asks for. Source: core.telegram.org/bots/api#getfile."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def get(self, source: str) -> bytes:
        """The bytes of a file by its id.

        The address of a file has the token in it, so no error of the way there is passed on.

        Raises: Busy, where it may work later; NotFound; FileRefused.
        """
        try:
            file = await self._bot.get_file(source)
            if file.file_path is None:
                raise NotFound("file")
            if (file.file_size or 0) > MOST_BYTES:
                raise FileRefused(Refusal.TOO_LARGE, "")
            content = _Bounded()
            async with asyncio.timeout(_SECONDS):
                await self._bot.download_file(file.file_path, content, timeout=_SECONDS)
        except (TelegramBadRequest, TelegramNotFound) as refused:
            if "too big" in refused.message:
                raise FileRefused(Refusal.TOO_LARGE, "") from None
            raise NotFound("file") from None
        except aiohttp.ClientResponseError as answered:
            if answered.status in _GONE:
                raise NotFound("file") from None
            raise Busy("Telegram does not give the file out now") from None
        except (AiogramError, aiohttp.ClientError, TimeoutError):
            raise Busy("Telegram does not give the file out now") from None
        return content.getvalue()
