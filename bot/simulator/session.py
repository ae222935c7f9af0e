"""aiogram's way to Telegram, ending in `Chats`: what the bot says is kept and nothing is sent.

It takes the methods that `Screen` uses and refuses as Telegram does: an edit that changes nothing,
a message that is not there, markup that cannot be read, a method that it does not know.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Never, cast
from urllib.parse import unquote

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.enums import ParseMode
from aiogram.exceptions import TelegramBadRequest, TelegramNotFound
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageReplyMarkup,
    EditMessageText,
    GetFile,
    GetMe,
    SendMessage,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType
from aiogram.types import Chat, File, InlineKeyboardMarkup, Message, User

from bot.markup import Piece
from bot.simulator.chats import Chats, Gone, Key, Keys, Numbers, Said, Unchanged
from bot.simulator.drawer import Drawer
from bot.simulator.reading import CannotParse, pieces_of
from bot.talk import Talk
from survey.ports import Clock

BOT: Final = 0
"""The number of the simulated bot; Telegram's own begin above it."""

TOKEN: Final = f"{BOT}:simulated"
ME: Final = User(id=BOT, is_bot=True, first_name="Tellback", username="tellback_simulated_bot")

_talking: ContextVar[Talk | None] = ContextVar("talking", default=None)

_Method = TelegramMethod[Any]


class SimulatedSession(BaseSession):
    """The simulated bot's messages end in the chats of the visitors."""

    def __init__(self, chats: Chats, numbers: Numbers, clock: Clock, drawer: Drawer) -> None:
        super().__init__()
        self._chats, self._numbers, self._clock = chats, numbers, clock
        self._drawer = drawer

    async def close(self) -> None:
        """Nothing is open."""

    async def make_request(
        self,
        bot: Bot,  # noqa: ARG002
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ARG002, ASYNC109 (aiogram's)
    ) -> TelegramType:
        return cast(TelegramType, self._do(method))

    async def stream_content(self, url: str, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        """What a visitor sent, by the address that `GetFile` led to; one that is gone is empty."""
        yield self._drawer.get(unquote(url.rpartition("/")[2])) or b""

    def _do(self, method: _Method) -> object:
        try:
            match method:
                case SendMessage():
                    return self._send(method)
                case EditMessageText() | EditMessageReplyMarkup():
                    return self._edit(method)
                case DeleteMessage():
                    self._chats.remove(_number(method.chat_id), method.message_id)
                    return True
                case AnswerCallbackQuery():
                    self._chats.toast(visitor_of(method.callback_query_id), method.text or "")
                    return True
                case GetFile():
                    return self._file(method)
                case GetMe():
                    return ME
        except Gone:
            _refuse(method, "message to edit or delete not found")
        except Unchanged:
            _refuse(method, "message is not modified")
        except CannotParse as fault:
            _refuse(method, f"can't parse entities: {fault}")
        raise TelegramNotFound(method=method, message="Not Found: method not found")

    def _send(self, method: SendMessage) -> Message:
        user = _number(method.chat_id)
        said = Said(
            id=self._numbers.next(),
            at=self._clock.now(),
            by_bot=True,
            pieces=_pieces(method),
            keys=_keys(method.reply_markup),
            language=_language(),
            answers=method.reply_parameters.message_id if method.reply_parameters else None,
        )
        self._chats.add(user, said)
        return _message(user, said)

    def _file(self, method: GetFile) -> File:
        name = method.file_id
        content = self._drawer.get(name)
        if content is None:
            _refuse(method, "wrong file_id or the file is temporarily unavailable")
        return File(file_id=name, file_unique_id=name, file_size=len(content), file_path=name)

    def _edit(self, method: EditMessageText | EditMessageReplyMarkup) -> Message:
        user = _number(method.chat_id)
        said = self._chats.edit(
            user,
            _number(method.message_id),
            keys=_keys(method.reply_markup),
            pieces=_pieces(method) if isinstance(method, EditMessageText) else None,
            language=_language(),
        )
        return _message(user, said)


@contextmanager
def overhear(talk: Talk) -> Iterator[None]:
    """Let the session know in which language the bot is talking."""
    before = _talking.set(talk)
    try:
        yield
    finally:
        _talking.reset(before)


def query_of(user: int, update: int) -> str:
    """The id of a tap; it leads back to whose it is, also after a restart."""
    return f"{user}-{update}"


def visitor_of(query: str) -> int:
    return int(query.partition("-")[0])


def _language() -> str | None:
    talk = _talking.get()
    return talk.say.language if talk else None


def _number(value: object) -> int:
    """Visitors and messages go by number here."""
    if not isinstance(value, int):
        raise Gone
    return value


def _pieces(method: SendMessage | EditMessageText) -> tuple[Piece, ...]:
    """Raises: CannotParse."""
    text = method.text or ""
    return pieces_of(text) if method.parse_mode == ParseMode.HTML else (Piece(text),)


def _keys(markup: object) -> Keys:
    if not isinstance(markup, InlineKeyboardMarkup):
        return ()
    return tuple(
        tuple(Key(each.text, each.callback_data or "", each.url or "") for each in row)
        for row in markup.inline_keyboard
    )


def _message(user: int, said: Said) -> Message:
    text = "".join(piece.text for piece in said.pieces)
    chat = Chat(id=user, type="private")
    return Message(message_id=said.id, date=said.at, chat=chat, from_user=ME, text=text)


def _refuse(method: _Method, why: str) -> Never:
    raise TelegramBadRequest(method=method, message=f"Bad Request: {why}")
