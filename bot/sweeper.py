"""Shows what a crash, or a Telegram that could not be reached, left unshown."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Final

import structlog
from aiogram.exceptions import TelegramAPIError

from bot.faults import describe
from bot.screen import Screen
from bot.sentences import speech
from bot.talk import Talk
from survey.domain.records import Chat, Conversation, chat_of
from survey.services.shown import Shown
from survey.wiring import Application

_log = structlog.get_logger()

PATIENCE: Final = timedelta(seconds=30)
"""A turn is swept when its reply is not shown after this long."""

AT_ONCE: Final = 200


Turn = Callable[[int], AbstractAsyncContextManager[bool]]
"""`async with turn(user) as mine:` keeps a person's updates waiting, where nobody is at them."""


@asynccontextmanager
async def _undisturbed(_user: int) -> AsyncIterator[bool]:
    yield True


class Sweeper:
    """One bot's conversations whose turn is owed, whichever process left them so."""

    def __init__(
        self, core: Application, screen: Screen, *, bot: int, turn: Turn = _undisturbed
    ) -> None:
        """`turn`: as in `Inbox.turn`; without it, nothing else must be at work."""
        self._core, self._screen, self._bot, self._turn = core, screen, bot, turn

    async def sweep(self) -> None:
        """Show each owed turn once; one that fails waits for the next sweep."""
        before = self._core.clock.now() - PATIENCE
        async with self._core.begin.read() as work:
            owed = await work.conversations.owed(self._bot, before=before, limit=AT_ONCE)
        chats = [(each, chat) for each in owed if (chat := chat_of(each.owner))]
        for conversation, (_, user) in chats:
            try:
                async with self._turn(user) as mine:
                    if mine:
                        await self._show(conversation, user)
            except (TelegramAPIError, TimeoutError) as error:
                _log.warning("sweep_failed", **describe(error))

    async def _show(self, conversation: Conversation, user: int) -> None:
        async with self._core.begin.read() as work:
            now = await work.conversations.get(conversation.id)
            chat = await work.chats.get(self._bot, user)
        if now is None or now.shown == now.revision:
            return  # somebody else was faster
        talk = Talk(core=self._core, screen=self._screen, chat=chat or Chat(self._bot, user))
        shown = await talk.resume(now.id)
        await talk.show(shown, at=now.message_id, hint=_tap_again(shown))


def _tap_again(shown: Shown) -> str | None:
    """What is said where the turn stands there already, and taps on it were lost."""
    if shown.shown is not None or shown.message_id is None:
        return None
    return speech(shown.state.language)._(
        "I was away for a while. If you tapped a button, please tap it again."
    )
