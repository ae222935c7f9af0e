"""Shows what a crash, or a Telegram that could not be reached, left unshown."""

from datetime import timedelta
from typing import Final

import structlog
from aiogram.exceptions import TelegramAPIError

from bot.faults import describe
from bot.screen import Screen
from bot.talk import Talk, parts_of
from survey.domain.records import Chat, Conversation
from survey.wiring import Application

_log = structlog.get_logger()

PATIENCE: Final = timedelta(seconds=30)
"""A turn is swept when its reply is not shown after this long."""

AT_ONCE: Final = 200


class Sweeper:
    """One bot's conversations whose turn is owed."""

    def __init__(self, core: Application, screen: Screen, *, bot: int) -> None:
        self._core, self._screen, self._bot = core, screen, bot

    async def sweep(self) -> None:
        """Show each owed turn once; one that fails waits for the next sweep."""
        before = self._core.clock.now() - PATIENCE
        async with self._core.begin.read() as work:
            owed = await work.conversations.owed(before=before, limit=AT_ONCE)
        for conversation in owed:
            bot, user = parts_of(conversation.owner)
            if bot != self._bot:
                continue
            try:
                await self._show(conversation, user)
            except TelegramAPIError as error:
                _log.warning("sweep_failed", **describe(error))

    async def _show(self, conversation: Conversation, user: int) -> None:
        async with self._core.begin.read() as work:
            chat = await work.chats.get(self._bot, user)
        talk = Talk(core=self._core, screen=self._screen, chat=chat or Chat(self._bot, user))
        await talk.show(await talk.resume(conversation.id), at=conversation.message_id)
