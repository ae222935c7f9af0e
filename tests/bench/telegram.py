"""Telegram without a network: a session that answers at once, and people who tap what it shows.

The session stands where aiogram's HTTP session does. Whoever polls it is given what people did
meanwhile; what the bot shows reaches the person's chat, and wakes the person who waits for it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final, cast

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Chat, InlineKeyboardMarkup, Message, User

BOT: Final = 42
TOKEN: Final = f"{BOT}:bench-bench-bench-bench-bench-bench"

_ME: Final = User(id=BOT, is_bot=True, first_name="Bench", username="bench_bot")
_SENT_AT: Final = 1_778_760_000
_SENT: Final = Message(
    message_id=1,
    date=datetime.fromtimestamp(_SENT_AT, UTC),
    chat=Chat(id=1, type="private"),
    from_user=_ME,
)
_MOST_UPDATES: Final = 100
"""In one answer. Source: core.telegram.org/bots/api#getupdates."""

_PATIENCE_SECONDS: Final = 60


Buttons = list[list[dict[str, str]]]
"""The rows of a keyboard, as Telegram sends them."""


class Telegram(BaseSession):
    """One bot's updates, numbered from 1, and the chats that it shows."""

    def __init__(self) -> None:
        super().__init__()
        self.chats: dict[int, Person] = {}
        self.updates = 0
        self._messages = count(10)
        self._waiting: list[dict[str, Any]] = []
        self._arrived = asyncio.Event()

    def add(self, kind: str, content: dict[str, Any]) -> None:
        """Something that a person did."""
        self.updates += 1
        self._waiting.append({"update_id": self.updates, kind: content})
        self._arrived.set()

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's name
    ) -> TelegramType:
        return cast(TelegramType, await self._answer(method))

    async def _answer(self, method: Any) -> Any:
        match method.__api_method__:
            case "getUpdates":
                return await self._updates()
            case "getMe":
                return _ME
            case "sendMessage":
                return self._shows(method, next(self._messages))
            case "editMessageText":
                return self._shows(method, method.message_id)
            case "answerCallbackQuery":
                if person := self.chats.get(int(method.callback_query_id.partition("/")[0])):
                    person.is_answered()
        return True

    def _shows(self, method: Any, message: int) -> Message:
        if not self.chats:
            # Nobody looks: an echo gets an answer that is ready, which costs nothing.
            return _SENT
        if person := self.chats.get(method.chat_id):
            person.sees(method.text, method.reply_markup, message)
        chat = Chat.model_construct(id=method.chat_id, type="private")
        return _SENT.model_copy(update={"message_id": message, "chat": chat})

    async def _updates(self) -> list[dict[str, Any]]:
        await self._arrived.wait()
        given, self._waiting = self._waiting[:_MOST_UPDATES], self._waiting[_MOST_UPDATES:]
        if not self._waiting:
            self._arrived.clear()
        return given

    async def close(self) -> None:
        """There is nothing to close."""

    def stream_content(self, *args: Any, **kwargs: Any) -> AsyncGenerator[bytes, None]:
        raise NotImplementedError("nobody here downloads files")


class Person:
    """Somebody in a private chat, who does one thing at a time."""

    def __init__(self, telegram: Telegram, number: int) -> None:
        self.number = number
        self.text = ""
        self.buttons: Buttons = []
        self.message = 1
        self._telegram = telegram
        self._taps = count(1)
        self._awaits: set[str] = set()
        self._done: asyncio.Future[None] | None = None
        telegram.chats[number] = self

    def leave(self) -> None:
        """What the bot shows from now on is not looked at."""
        del self._telegram.chats[self.number]

    async def says(self, text: str) -> None:
        """Send a text and wait until the bot has shown something."""
        await self._until({"shown"}, "message", a_text(self.number, text))

    async def taps(self, chosen: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        """Tap the first such button; wait until something is shown and the spinner has stopped.

        Returns the button. Raises: RuntimeError, where no button is such.
        """
        for row in self.buttons:
            for button in row:
                if chosen(button):
                    tap = a_tap(
                        f"{self.number}/{next(self._taps)}",
                        self.number,
                        button["callback_data"],
                        at=self.message,
                        below=self.text,
                        among=self.buttons,
                    )
                    await self._until({"shown", "answered"}, "callback_query", tap)
                    return button
        raise RuntimeError(f"no such button below {self.text!r}")

    async def _until(self, awaited: set[str], kind: str, content: dict[str, Any]) -> None:
        self._awaits = awaited
        self._done = asyncio.get_running_loop().create_future()
        self._telegram.add(kind, content)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await self._done

    def sees(self, text: str, keyboard: InlineKeyboardMarkup | None, message: int) -> None:
        self.text, self.message = text, message
        self.buttons = [
            [{"text": each.text, "callback_data": each.callback_data or ""} for each in row]
            for row in (keyboard.inline_keyboard if keyboard else ())
        ]
        self._is_done("shown")

    def is_answered(self) -> None:
        self._is_done("answered")

    def _is_done(self, what: str) -> None:
        self._awaits.discard(what)
        if not self._awaits and self._done is not None and not self._done.done():
            self._done.set_result(None)


def a_text(person: int, text: str) -> dict[str, Any]:
    """The message of an update."""
    message = {
        "message_id": 2,
        "date": _SENT_AT,
        "chat": _private(person),
        "from": _user(person),
        "text": text,
    }
    if text.startswith("/"):
        length = len(text.partition(" ")[0])
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
    return message


def a_tap(
    query: str, person: int, data: str, *, at: int = 1, below: str, among: Buttons
) -> dict[str, Any]:
    """The callback query of an update: Telegram sends the whole message with it."""
    message = {
        "message_id": at,
        "date": _SENT_AT,
        "chat": _private(person),
        "from": {"id": BOT, "is_bot": True, "first_name": "Bench", "username": "bench_bot"},
        "text": below,
        "reply_markup": {"inline_keyboard": among},
    }
    return {
        "id": query,
        "from": _user(person),
        "chat_instance": "1",
        "data": data,
        "message": message,
    }


def _user(person: int) -> dict[str, Any]:
    return {"id": person, "is_bot": False, "first_name": "Siân", "language_code": "en"}


def _private(person: int) -> dict[str, Any]:
    return {"id": person, "type": "private", "first_name": "Siân"}
