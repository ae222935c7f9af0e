"""What a chat shows: sending, editing in place, and what Telegram answers to that.

Network calls only; no transaction is open here. Messages are private chats', whose id is the
person's.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog
from aiogram import Bot
from aiogram.enums import ParseMode
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramRetryAfter,
)
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)

from bot.markup import MOST_TOAST, View, cut
from bot.pacing import Pacer

_log = structlog.get_logger()

LONGEST_WAIT: Final = 30
"""Seconds that a reply waits where Telegram asks for patience; the sweeper shows it later."""

NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
# To copy a model costs a third of making one, and a keyboard is most of what is sent.
_BUTTON: Final = InlineKeyboardButton(text="", callback_data="")
_KEYBOARD: Final = InlineKeyboardMarkup(inline_keyboard=[])

Sleep = Callable[[float], Awaitable[None]]
T = TypeVar("T")


class Unreachable(Exception):
    """The person has blocked the bot or left; nothing can be shown until they write again."""


class Screen:
    """One bot's messages."""

    def __init__(self, bot: Bot, *, sleep: Sleep, pacer: Pacer | None = None) -> None:
        """`pacer` hears of each message: campaigns give way."""
        self._bot, self._sleep, self._pacer = bot, sleep, pacer

    async def pause(self, seconds: float) -> None:
        """Let some time pass before a reply."""
        await self._sleep(seconds)

    async def send(
        self, chat: int, view: View, *, after: int = 0, about: int | None = None
    ) -> int | None:
        """A new message at the bottom; returns its id. Raises: Unreachable, TelegramAPIError.

        Ids of a chat grow. Where Telegram's answer names another chat, or an id that the chat has
        had before (up to `after`), nobody can say which message it is: None. `about` is the message
        that this one answers, where it is still there.
        """

        answered = None
        if about is not None:
            answered = ReplyParameters(message_id=about, allow_sending_without_reply=True)

        async def send() -> Message:
            return await self._bot.send_message(
                chat,
                view.text,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard(view),
                reply_parameters=answered,
                link_preview_options=NO_PREVIEW,
            )

        sent = await self._patiently(chat, send)
        if sent.chat.id != chat or sent.message_id <= after:
            _log.error("message_unknown", other_chat=sent.chat.id != chat)
            return None
        return sent.message_id

    async def replace(self, chat: int, message: int, view: View) -> int | None:
        """Edit the message; where Telegram refuses, a new one takes its place.

        Returns the id of the message that shows the view, None where it is not known.
        Raises: Unreachable, TelegramAPIError.
        """

        async def edit() -> object:
            return await self._bot.edit_message_text(
                view.text,
                chat_id=chat,
                message_id=message,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard(view),
                link_preview_options=NO_PREVIEW,
            )

        try:
            await self._patiently(chat, edit)
        except TelegramBadRequest as refused:
            if "not modified" in refused.message:
                return message
            _log.info("edit_refused", reason=refused.message)
            return await self.send(chat, view, after=message)
        return message

    async def retire(self, chat: int, message: int, *, keep: bool) -> None:
        """Take a message out of play: its buttons, or (unless kept) the whole of it.

        A failure changes nothing that matters: what its buttons name has passed.
        """

        async def strip() -> object:
            return await self._bot.edit_message_reply_markup(chat_id=chat, message_id=message)

        async def delete() -> object:
            return await self._bot.delete_message(chat, message)

        if not keep and await self._worked(delete):
            return
        await self._worked(strip, chat)

    async def remove(self, chat: int, message: int) -> bool:
        """Delete a message, also one of theirs; False where Telegram no longer allows it."""

        async def delete() -> object:
            return await self._bot.delete_message(chat, message)

        return await self._worked(delete)

    async def answer(self, query: str, text: str = "") -> None:
        """Stop the spinner of a tap, with words or without; an old tap takes no answer."""

        async def answer() -> object:
            return await self._bot.answer_callback_query(query, text=cut(text, MOST_TOAST) or None)

        await self._worked(answer)

    async def mention(self, chat: int, view: View) -> None:
        """Say something in passing, where nobody waits for it: in a group."""

        async def say() -> object:
            return await self._bot.send_message(chat, view.text, parse_mode=ParseMode.HTML)

        await self._worked(say, chat)

    async def _worked(self, call: Callable[[], Awaitable[object]], chat: int | None = None) -> bool:
        """Try what nobody would miss; `chat` where it counts as a message."""
        try:
            await self._patiently(chat, call)
        except (TelegramAPIError, Unreachable) as refused:
            _log.info("telegram_refused", reason=type(refused).__name__)
            return False
        return True

    async def _patiently(self, chat: int | None, call: Callable[[], Awaitable[T]]) -> T:
        """Once more after the wait that Telegram asks for."""
        try:
            try:
                return await self._paced(chat, call)
            except TelegramRetryAfter as busy:
                if busy.retry_after > LONGEST_WAIT:
                    raise
                await self._sleep(busy.retry_after)
                return await self._paced(chat, call)
        except TelegramForbiddenError as forbidden:
            raise Unreachable from forbidden

    async def _paced(self, chat: int | None, call: Callable[[], Awaitable[T]]) -> T:
        """Now, whatever waits; messages of campaigns come after it."""
        if self._pacer is None or chat is None:
            return await call()
        self._pacer.replied(chat)
        try:
            return await call()
        except TelegramRetryAfter as busy:
            self._pacer.refused(busy.retry_after)
            raise


def keyboard(view: View) -> InlineKeyboardMarkup | None:
    if not view.rows:
        return None
    rows = [
        [_BUTTON.model_copy(update={"text": each.text, "callback_data": each.data}) for each in row]
        for row in view.rows
    ]
    return _KEYBOARD.model_copy(update={"inline_keyboard": rows})
