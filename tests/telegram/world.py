"""What Telegram remembers: chats, their messages, presses of buttons."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from tests.telegram.clock import VirtualClock
from tests.telegram.keyboards import Keyboard
from tests.telegram.ledger import Labels, Ledger
from tests.telegram.markup import Entity
from tests.telegram.refusal import Refusal, bad_request, forbidden, upgraded
from tests.telegram.updates import JSON, UpdateQueue

BOT_ID = 4_200_000_001
CALLBACK_ANSWERED_WITHIN = timedelta(seconds=15)

# Above 32 bits, as new accounts are.
_FIRST_PERSON = 5_000_000_001
_FIRST_GROUP = -4_000_000_001
_FIRST_SUPERGROUP = -1_002_000_000_001


class Reach(StrEnum):
    """Whether the bot may write to a person."""

    STRANGER = "stranger"
    OPEN = "open"
    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"


_UNREACHABLE = {
    Reach.STRANGER: "bot can't initiate conversation with a user",
    Reach.BLOCKED: "bot was blocked by the user",
    Reach.DEACTIVATED: "user is deactivated",
}


@dataclass(kw_only=True)
class StoredMessage:
    """`content` holds what a person sends besides text: photo, sticker, caption..."""

    chat: int
    message_id: int
    author: JSON
    date: datetime
    text: str = ""
    entities: tuple[Entity, ...] = ()
    keyboard: Keyboard = field(default_factory=list)
    edited_at: datetime | None = None
    content: JSON = field(default_factory=dict)
    replies_to: int | None = None

    @property
    def by_bot(self) -> bool:
        return bool(self.author["is_bot"])

    @property
    def labels(self) -> Labels:
        return tuple(tuple(button["text"] for button in row) for row in self.keyboard)


@dataclass(kw_only=True)
class StoredFile:
    """What somebody or the bot uploaded, under `name` where it has one.

    `size` may be more than there are bytes: nobody sends 50 MB here.

    `path` is where it may be had from until `path_ends`, once the bot has asked for it.
    """

    file_id: str
    content: bytes
    size: int
    ending: str = ""
    name: str = ""
    path: str | None = None
    path_ends: datetime | None = None

    @property
    def unique_id(self) -> str:
        return f"unique-{self.file_id}"


@dataclass(frozen=True, kw_only=True)
class Toast:
    """What a press was answered with; an empty `text` only stops the spinner."""

    query_id: str
    text: str
    alert: bool


@dataclass(kw_only=True)
class Query:
    """A press of a button that wants an answer."""

    query_id: str
    chat: int
    pressed_at: datetime
    answered: bool = False


@dataclass(kw_only=True)
class Chat:
    """A private chat of one person with the bot; its id is the person's.

    `changed` is notified when the person could see a difference.
    """

    user: JSON
    reach: Reach = Reach.STRANGER
    messages: dict[int, StoredMessage] = field(default_factory=dict)
    toasts: list[Toast] = field(default_factory=list)
    spinning: list[str] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def id(self) -> int:
        return int(self.user["id"])

    def as_json(self) -> JSON:
        names: JSON = {
            key: self.user[key] for key in ("first_name", "username") if key in self.user
        }
        return {"id": self.id, "type": "private", **names}

    def refusal(self) -> Refusal | None:
        """Why the bot may not write here."""
        return None if self.reach is Reach.OPEN else forbidden(_UNREACHABLE[self.reach])

    async def announce(self) -> None:
        async with self.changed:
            self.changed.notify_all()


class Standing(StrEnum):
    """What the bot is in a group or channel."""

    LEFT = "left"
    KICKED = "kicked"
    RESTRICTED = "restricted"
    MEMBER = "member"
    ADMINISTRATOR = "administrator"


@dataclass(kw_only=True)
class GroupChat(Chat):
    """A group, supergroup or channel; `user` holds no more than its id."""

    kind: str
    title: str
    standing: Standing = Standing.LEFT
    upgraded_to: int | None = None

    def as_json(self) -> JSON:
        return {"id": self.id, "type": self.kind, "title": self.title}

    def refusal(self) -> Refusal | None:
        if self.upgraded_to is not None:
            return upgraded(self.upgraded_to)
        if self.standing is Standing.KICKED:
            return forbidden(f"bot was kicked from the {self.kind} chat")
        if self.standing is Standing.LEFT:
            return forbidden(f"bot is not a member of the {self.kind} chat")
        if self.standing is Standing.RESTRICTED:
            return bad_request("not enough rights to send text messages to the chat")
        if self.kind == "channel" and self.standing is not Standing.ADMINISTRATOR:
            return bad_request("need administrator rights in the channel chat")
        return None


class World:
    """All state of one fake; the methods of the Bot API and the people both work on it."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.ledger = Ledger()
        self.updates = UpdateQueue(self.clock)
        self.bot: JSON = {
            "id": BOT_ID,
            "is_bot": True,
            "first_name": "Tellback",
            "username": "tellback_test_bot",
        }
        self.chats: dict[int, Chat] = {}
        self.queries: dict[str, Query] = {}
        self.files: dict[str, StoredFile] = {}
        self._last_message_id = 0
        self._last_query_id = 7_000_000_000_000_000_000

    def new_chat(self, *, name: str, language_code: str | None, username: str | None) -> Chat:
        user: JSON = {
            "id": _FIRST_PERSON + len(self.chats),
            "is_bot": False,
            "first_name": name,
        }
        if language_code is not None:
            user["language_code"] = language_code
        if username is not None:
            user["username"] = username
        chat = Chat(user=user)
        self.chats[chat.id] = chat
        return chat

    def new_group(self, *, title: str, kind: str) -> GroupChat:
        """`kind` is "group", "supergroup" or "channel"."""
        first = _FIRST_GROUP if kind == "group" else _FIRST_SUPERGROUP
        chat = GroupChat(user={"id": first - len(self.chats)}, kind=kind, title=title)
        self.chats[chat.id] = chat
        return chat

    def reachable(self, chat_id: int | str) -> Chat:
        """The chat that the bot may write to.

        Raises:
            Refusal: 400 for an unknown chat, 403 where the person does not let it.
        """
        chat = self.chats.get(number_of(chat_id))
        if chat is None:
            raise bad_request("chat not found")
        if refusal := chat.refusal():
            raise refusal
        return chat

    def keep(self, chat: Chat, *, author: JSON, **content: Any) -> StoredMessage:
        """A new message; ids grow over all chats, as they do for one account of Telegram."""
        self._last_message_id += 1
        message = StoredMessage(
            chat=chat.id,
            message_id=self._last_message_id,
            author=author,
            date=self.clock.now(),
            **content,
        )
        chat.messages[message.message_id] = message
        return message

    def new_query(self, chat: Chat) -> Query:
        self._last_query_id += 1
        query = Query(query_id=str(self._last_query_id), chat=chat.id, pressed_at=self.clock.now())
        self.queries[query.query_id] = query
        chat.spinning.append(query.query_id)
        return query

    def open_query(self, query_id: str) -> Query:
        """A press that can still be answered.

        Raises:
            Refusal: unknown, answered already, or more than 15 seconds old.
        """
        query = self.queries.get(query_id)
        oldest = self.clock.now() - CALLBACK_ANSWERED_WITHIN
        if query is None or query.answered or query.pressed_at < oldest:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        return query

    def upload(
        self, content: bytes, *, size: int | None = None, ending: str = "", name: str = ""
    ) -> StoredFile:
        """A file that somebody, or the bot, sends."""
        file_id = f"file-{len(self.files) + 1}"
        size = len(content) if size is None else size
        stored = StoredFile(file_id=file_id, content=content, size=size, ending=ending, name=name)
        self.files[file_id] = stored
        return stored

    def message_json(self, message: StoredMessage, *, inside: bool = False) -> JSON:
        """`Message` of the Bot API; `inside` another one that answers it."""
        shown: JSON = {
            "message_id": message.message_id,
            "from": message.author,
            "chat": self.chats[message.chat].as_json(),
            "date": unix(message.date),
            **message.content,
        }
        if message.replies_to is not None and not inside:
            # What is gone is left out, and one message deep is all that Telegram shows.
            replied = self.chats[message.chat].messages.get(message.replies_to)
            if replied is not None:
                shown["reply_to_message"] = self.message_json(replied, inside=True)
        if message.text:
            shown["text"] = message.text
        if message.entities:
            shown["entities"] = [dict(entity) for entity in message.entities]
        if message.edited_at is not None:
            shown["edit_date"] = unix(message.edited_at)
        if message.keyboard:
            shown["reply_markup"] = {"inline_keyboard": message.keyboard}
        return shown


def number_of(chat_id: int | str) -> int:
    """0, which is nobody's, for what is no number."""
    try:
        return int(chat_id)
    except ValueError:
        return 0


def unix(at: datetime) -> int:
    return int(at.timestamp())
