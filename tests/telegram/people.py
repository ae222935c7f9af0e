"""People who use the bot: what they do becomes updates, what they see is their screen."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.hostile.making import voice
from tests.support.pictures import photo
from tests.telegram.markup import Entity, utf16_length
from tests.telegram.updates import JSON
from tests.telegram.world import Chat, Reach, StoredMessage, Toast, World, unix

PHOTO = photo()
VOICE = voice()
MOST_OF_AN_ALBUM = 10

PATIENCE = 15.0
"""Seconds of wall time at most, on a machine that may be busy."""


class NotSeen(AssertionError):
    """The person waited and did not see it; says what they see instead."""


class NoSuchButton(AssertionError):
    """No visible button, or more than one, fits the description."""


@dataclass(frozen=True, kw_only=True)
class Button:
    label: str
    data: str | None
    url: str | None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A message as the person sees it now. `text` has no markup; `html` spells it out."""

    chat: int
    message_id: int
    by_bot: bool
    text: str
    entities: tuple[Entity, ...]
    rows: tuple[tuple[Button, ...], ...]
    edited: bool

    @property
    def buttons(self) -> tuple[tuple[str, ...], ...]:
        """Rows of labels."""
        return tuple(tuple(button.label for button in row) for row in self.rows)

    @property
    def html(self) -> str:
        from aiogram.types import MessageEntity
        from aiogram.utils.text_decorations import html_decoration

        entities = [MessageEntity.model_validate(entity) for entity in self.entities]
        return html_decoration.unparse(self.text, entities)

    def __str__(self) -> str:
        rows = "".join(f"\n    {' '.join(f'[ {label} ]' for label in row)}" for row in self.buttons)
        return f"{'bot' if self.by_bot else 'person'} {self.message_id}: {self.text}{rows}"


class Person:
    """One account of Telegram in its private chat with the bot."""

    def __init__(self, world: World, chat: Chat, *, menu_of: Callable[[JSON], list[JSON]]) -> None:
        self._world = world
        self._chat = chat
        self._menu_of = menu_of

    @property
    def id(self) -> int:
        """Of the person and of the chat."""
        return self._chat.id

    @property
    def user(self) -> JSON:
        """`User` of the Bot API."""
        return self._chat.user

    @property
    def screen(self) -> tuple[Shown, ...]:
        """Messages as they stand now, oldest first."""
        return tuple(shown_of(message) for message in self._chat.messages.values())

    @property
    def toasts(self) -> tuple[Toast, ...]:
        """Answers to presses that had words, oldest first."""
        return tuple(toast for toast in self._chat.toasts if toast.text)

    @property
    def spinning(self) -> tuple[str, ...]:
        """Ids of presses that nobody has answered yet."""
        return tuple(self._chat.spinning)

    @property
    def menu(self) -> dict[str, str]:
        """Commands offered to this person, with their descriptions."""
        return {each["command"]: each["description"] for each in self._menu_of(self._chat.user)}

    async def sees(self, what: str | Callable[[Shown], bool], within: float = PATIENCE) -> Shown:
        """The newest message of the bot that holds the text, or fits; waits `within` seconds.

        Raises:
            NotSeen: it did not appear.
        """
        fits = (lambda shown: what in shown.text) if isinstance(what, str) else what
        found: list[Shown] = []

        def look() -> bool:
            found[:] = [each for each in self.screen if each.by_bot and fits(each)]
            return bool(found)

        await self.until(look, within, what if isinstance(what, str) else "what was looked for")
        return found[-1]

    async def until(
        self, holds: Callable[[], bool], within: float = PATIENCE, what: str = "what was awaited"
    ) -> None:
        """Wait, looking again whenever this chat changes, until `holds`.

        Raises:
            NotSeen: it did not come true within that time.
        """

        try:
            async with asyncio.timeout(within), self._chat.changed:
                await self._chat.changed.wait_for(holds)
        except TimeoutError:
            raise NotSeen(f"no sight of {what!r} in {within} s.\n{self._described()}") from None

    async def sends(self, text: str) -> Shown:
        """Type and send; the first message opens the chat to the bot."""
        return await self.sends_other({}, text=text, entities=command_in(text))

    async def sends_photo(self, caption: str | None = None, *, content: bytes = PHOTO) -> Shown:
        return await self.sends_other(self._photo(content, caption))

    async def sends_album(self, *photos: bytes, caption: str | None = None) -> list[Shown]:
        """Photos chosen together: a message each, of one group; the words are with the first."""
        if not 2 <= len(photos) <= MOST_OF_AN_ALBUM:
            raise NotSeen(f"an album has 2 to {MOST_OF_AN_ALBUM} photos")
        album = {"media_group_id": f"album-{self.id}-{len(self._chat.messages)}"}
        async with self._world.updates.held():
            return [
                await self.sends_other(self._photo(each, None if number else caption) | album)
                for number, each in enumerate(photos)
            ]

    async def sends_voice(self, *, content: bytes = VOICE, seconds: int = 7) -> Shown:
        about = {"duration": seconds, "mime_type": "audio/ogg"}
        return await self.sends_other({"voice": {**self._upload(content, "oga"), **about}})

    async def sends_document(
        self,
        name: str,
        *,
        content: bytes = b"",
        size: int | None = None,
        kind: str = "application/pdf",
        caption: str | None = None,
    ) -> Shown:
        """A file; `size` is what Telegram says of it, where there are fewer bytes here."""
        uploaded = self._upload(content, name.rpartition(".")[2], size=size)
        document = {**uploaded, "file_name": name, "mime_type": kind}
        return await self.sends_other(
            {"document": document} | ({"caption": caption} if caption else {})
        )

    async def replies(self, shown: Shown, text: str) -> Shown:
        """Answer a message by Telegram's own reply."""
        return await self.sends_other({}, text=text, replies_to=shown.message_id)

    def _photo(self, content: bytes, caption: str | None) -> JSON:
        """In two sizes, the smaller first, as Telegram makes them."""
        small = {**self._upload(content[:1], "jpg"), "width": 90, "height": 67}
        large = {**self._upload(content, "jpg"), "width": 1280, "height": 960}
        return {"photo": [small, large]} | ({"caption": caption} if caption else {})

    def _upload(self, content: bytes, ending: str, *, size: int | None = None) -> JSON:
        stored = self._world.upload(content, size=size, ending=ending)
        return {
            "file_id": stored.file_id,
            "file_unique_id": stored.unique_id,
            "file_size": stored.size,
        }

    async def sends_sticker(self, emoji: str = "👍") -> Shown:
        look = {"type": "regular", "width": 512, "height": 512, "emoji": emoji}
        kind = {"is_animated": False, "is_video": False}
        return await self.sends_other({"sticker": {**self._file("sticker"), **look, **kind}})

    async def sends_other(self, content: JSON, **stored: Any) -> Shown:
        """Any other message; `content` is fields of the Bot API's Message."""
        self._must_be_here()
        self._chat.reach = Reach.OPEN
        message = self._world.keep(self._chat, author=self._chat.user, content=content, **stored)
        self._did("message", message.text or ", ".join(content))
        await self._tell("message", self._world.message_json(message))
        await self._chat.announce()
        return shown_of(message)

    async def edits(self, shown: Shown, text: str) -> Shown:
        """Change a message of their own."""
        self._must_be_here()
        message = self._chat.messages[shown.message_id]
        if message.by_bot:
            raise NotSeen("people edit their own messages only")
        message.text, message.entities = text, command_in(text)
        message.edited_at = self._world.clock.now()
        self._did("edited_message", text)
        await self._tell("edited_message", self._world.message_json(message))
        await self._chat.announce()
        return shown_of(message)

    async def taps(
        self, label: str | None = None, *, message: Shown | None = None, data: str | None = None
    ) -> str:
        """Press the button with this label or data, in this message or else in the newest
        that has one; the id of the press.

        Raises:
            NoSuchButton: none is visible, two fit, or it is a link.
        """
        shown, button = self._button(label, message=message, data=data)
        if button.data is None:
            raise NoSuchButton(f"{button.label!r} opens {button.url}: `opens` it")
        return await self.forge_callback(button.data, shown)

    def opens(self, label: str, *, message: Shown | None = None) -> str:
        """The address behind a button."""
        _, button = self._button(label, message=message)
        if button.url is None:
            raise NoSuchButton(f"{label!r} is no link: tap it")
        return button.url

    async def forge_callback(self, data: str, message: Shown | int) -> str:
        """A press that no button here may offer: any data, on any message, of another chat or
        an id that leads to none; the id of the press."""
        self._must_be_here()
        query = self._world.new_query(self._chat)
        self._did("callback_query", data)
        await self._tell(
            "callback_query",
            {
                "id": query.query_id,
                "from": self._chat.user,
                "message": self._message_json(message),
                "chat_instance": str(-self.id),
                "data": data,
            },
        )
        return query.query_id

    async def blocks(self) -> None:
        """Block the bot: it may not write any more, and is told so."""
        await self._turns(Reach.BLOCKED, before="member", after="kicked")

    async def unblocks(self) -> None:
        await self._turns(Reach.OPEN, before="kicked", after="member")

    def leaves_telegram(self) -> None:
        """Delete the account; the bot finds out when it writes."""
        self._chat.reach = Reach.DEACTIVATED

    async def _turns(self, reach: Reach, *, before: str, after: str) -> None:
        self._chat.reach = reach
        until = {"member": {}, "kicked": {"until_date": 0}}
        await self._tell(
            "my_chat_member",
            {
                "chat": self._chat.as_json(),
                "from": self._chat.user,
                "date": unix(self._world.clock.now()),
                "old_chat_member": {"user": self._world.bot, "status": before, **until[before]},
                "new_chat_member": {"user": self._world.bot, "status": after, **until[after]},
            },
        )

    def _button(
        self, label: str | None, *, message: Shown | None, data: str | None = None
    ) -> tuple[Shown, Button]:
        if label is None and data is None:
            raise NoSuchButton("say which button, by label or by data")
        for shown in reversed(self.screen):
            if message is not None and message.message_id != shown.message_id:
                continue
            fitting = [
                button
                for row in shown.rows
                for button in row
                if label in (None, button.label) and data in (None, button.data)
            ]
            if len(fitting) > 1:
                raise NoSuchButton(f"{len(fitting)} buttons {label or data!r} in one message")
            if fitting:
                return shown, fitting[0]
        raise NoSuchButton(f"no visible button {label or data!r}.\n{self._described()}")

    def _message_json(self, message: Shown | int) -> JSON:
        if isinstance(message, int):
            chat, message_id = self._chat, message
        else:
            chat, message_id = self._world.chats[message.chat], message.message_id
        stored = chat.messages.get(message_id)
        if stored is None:
            return {"chat": chat.as_json(), "message_id": message_id, "date": 0}
        return self._world.message_json(stored)

    async def _tell(self, kind: str, content: JSON) -> None:
        await self._world.updates.add(kind, content, sender=self.id)

    def _did(self, kind: str, text: str) -> None:
        now = self._world.clock.now()
        self._world.ledger.note_act(at=now, chat=self.id, kind=kind, text=text)

    def _file(self, kind: str) -> JSON:
        name = f"{kind}-{self.id}-{len(self._chat.messages)}"
        return {"file_id": name, "file_unique_id": f"unique-{name}"}

    def _must_be_here(self) -> None:
        if self._chat.reach in (Reach.BLOCKED, Reach.DEACTIVATED):
            raise NotSeen("somebody who blocked the bot or left Telegram cannot act in the chat")

    def _described(self) -> str:
        lines = "\n".join(str(shown) for shown in self.screen) or "nothing"
        return f"The screen of {self._chat.user['first_name']}:\n{lines}"


def shown_of(message: StoredMessage) -> Shown:
    """The message as whoever is in its chat sees it."""
    rows = tuple(
        tuple(
            Button(label=button["text"], data=button.get("callback_data"), url=button.get("url"))
            for button in row
        )
        for row in message.keyboard
    )
    return Shown(
        chat=message.chat,
        message_id=message.message_id,
        by_bot=message.by_bot,
        text=message.text or message.content.get("caption", ""),
        entities=message.entities,
        rows=rows,
        edited=message.edited_at is not None,
    )


def command_in(text: str) -> tuple[Entity, ...]:
    """Telegram marks a command; only the leading one matters to bots."""
    command = text.split(maxsplit=1)[0] if text.startswith("/") else ""
    if len(command) < 2:
        return ()
    return ({"type": "bot_command", "offset": 0, "length": utf16_length(command)},)
