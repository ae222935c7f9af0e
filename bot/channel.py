"""A bot in private chats as a channel: `survey.ports.channels.Channel`, and `HandingChannel`."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from aiogram import Bot
from aiogram.enums import ParseMode
from aiogram.exceptions import AiogramError, TelegramBadRequest
from aiogram.types import BufferedInputFile, Message

from bot.inviting import invitation
from bot.markup import Piece, View, bold, to_html
from bot.pacing import Blocked, Pacer, Unwanted
from bot.refusals import not_delivered
from bot.screen import NO_PREVIEW, keyboard
from bot.sentences import speech
from bot.telling import telling
from survey.domain.campaign import ChannelName
from survey.domain.people import Person
from survey.domain.records import Reachable
from survey.errors import Busy
from survey.ports import Begin, Clock
from survey.ports.channels import Address, Asking, Delivered, NotDelivered, Refusal
from survey.ports.tellings import Bulletin, Handed, Whom

_UNCLEAR_TRIES: Final = 3
_UNCLEAR_FOR: Final = timedelta(hours=24)
_A_MOMENT: Final = 1.0
_CHATS_KEPT: Final = 1_000
_FILE_SECONDS: Final = 40
_LARGEST_PHOTO: Final = 10_000_000
_BAD: Final = "Bad Request: "
_NO_PHOTO: Final = ("PHOTO_", "IMAGE_PROCESS_FAILED")

_log = structlog.get_logger()


class TelegramChannel:
    """Sends to whoever has joined in a chat with this bot, has not blocked it and not said stop."""

    name = ChannelName.CHAT

    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        bot: Bot,
        pacer: Pacer,
        *,
        organisation: str,
        base_url: str = "",
    ) -> None:
        """`base_url` is where people reach the pages."""
        self._begin, self._clock, self._bot, self._pacer = begin, clock, bot, pacer
        self._organisation, self._base_url = organisation, base_url
        self._reached: dict[int, Reachable] = {}

    async def address_of(self, person: Person) -> Address | None:
        return (await self.addresses_of([person])).get(person.id)

    async def addresses_of(self, people: list[Person]) -> dict[UUID, Address]:
        async with self._begin.read() as work:
            found = await work.chats.reachable(self._bot.id, [each.id for each in people])
        self._keep({each.user: each for each in found.values()})
        return {
            person: Address(self.name, chat=each.user, language=each.language)
            for person, each in found.items()
        }

    def _keep(self, reached: Mapping[int, Reachable]) -> None:
        if len(self._reached) > _CHATS_KEPT:
            self._reached.clear()
        self._reached |= reached

    async def send(self, address: Address, asking: Asking, *, at: datetime) -> Delivered:
        """Send one message, when its turn among all messages of the bot comes.

        Raises: NotDelivered.
        """
        if address.chat is None:
            raise NotDelivered(Refusal.FAULT, "address")
        try:
            await self._slot(address.chat, stopped=lambda: self._stopped(asking))
        except Unwanted:
            raise NotDelivered(Refusal.STOPPED, "stopped") from None
        known = self._reached.get(address.chat, Reachable(address.chat))
        view = invitation(speech(asking.language), asking, organisation=self._organisation)
        return await self._delivered(known, lambda: self._shown(known.user, view), at)

    async def address_for(self, whom: Whom) -> Address | None:
        """The chat of a person, or the one from which nobody known reported it."""
        async with self._begin.read() as work:
            if whom.person is not None:
                found = await work.chats.answered(self._bot.id, person=whom.person)
            elif (user := self._user(whom.chat)) is not None:
                found = await work.chats.answered(self._bot.id, user=user)
            else:
                return None
        if found is None:
            return None
        self._keep({found.user: found})
        return Address(self.name, chat=found.user, language=found.language)

    def _user(self, chat: str | None) -> int | None:
        """Whose private chat with this bot it is ("telegram:BOT:USER")."""
        match (chat or "").split(":"):
            case ["telegram", bot, user] if bot == str(self._bot.id) and user.isdigit():
                return int(user)
        return None

    async def tell(self, address: Address, bulletin: Bulletin, *, at: datetime) -> Delivered:
        """Tell a reporter something, in the lane of campaigns: replies go first.

        Raises: NotDelivered.
        """
        if address.chat is None:
            raise NotDelivered(Refusal.FAULT, "address")
        await self._slot(address.chat)
        known = self._reached.get(address.chat, Reachable(address.chat))
        view = telling(speech(bulletin.language), bulletin, base_url=self._base_url)
        return await self._delivered(known, lambda: self._shown(known.user, view), at)

    async def hand(self, address: Address, file: Handed, *, at: datetime) -> Delivered:
        """Send a file that came with what was told: a picture as a photo, all else as it is.

        Raises: NotDelivered.
        """
        if address.chat is None:
            raise NotDelivered(Refusal.FAULT, "address")
        await self._slot(address.chat)
        known = self._reached.get(address.chat, Reachable(address.chat))
        return await self._delivered(known, lambda: self._handed(known.user, file), at)

    async def _handed(self, user: int, file: Handed) -> Message:
        """Raises: AiogramError."""
        content = BufferedInputFile(file.content, file.name)
        says = to_html([bold(file.reference), Piece(f": {file.name}")])
        if file.is_picture and len(file.content) <= _LARGEST_PHOTO:
            try:
                return await self._bot.send_photo(
                    user,
                    content,
                    caption=says,
                    parse_mode=ParseMode.HTML,
                    request_timeout=_FILE_SECONDS,
                )
            except TelegramBadRequest as error:
                # It was refused, so it is not there: a long strip, say. As a file it goes.
                if not error.message.removeprefix(_BAD).startswith(_NO_PHOTO):
                    raise
        return await self._bot.send_document(
            user,
            content,
            caption=says,
            parse_mode=ParseMode.HTML,
            request_timeout=_FILE_SECONDS,
        )

    async def _slot(
        self, chat: int, *, stopped: Callable[[], Awaitable[bool]] | None = None
    ) -> None:
        """Wait for its turn. Raises: NotDelivered; Unwanted."""
        try:
            await self._pacer.slot(chat, stopped=stopped)
        except Blocked as blocked:
            raise NotDelivered(Refusal.BUSY, "busy", seconds=blocked.seconds) from None
        except Busy:
            raise NotDelivered(Refusal.BUSY, "no_slot", seconds=_A_MOMENT) from None

    async def _shown(self, user: int, view: View) -> Message:
        """Raises: AiogramError."""
        return await self._bot.send_message(
            user,
            view.text,
            parse_mode=ParseMode.HTML,
            reply_markup=keyboard(view),
            link_preview_options=NO_PREVIEW,
        )

    async def _delivered(
        self, known: Reachable, send: Callable[[], Awaitable[Message]], at: datetime
    ) -> Delivered:
        """Raises: NotDelivered."""
        message = await self._sent(known, send, at)
        if known.failures:
            with suppress(Busy):  # whatever becomes of the note, the message has left
                async with self._begin() as work:
                    await work.chats.note_reached(self._bot.id, known.user)
                    await work.commit()
        return Delivered(message)

    async def _stopped(self, asking: Asking) -> bool:
        """Whether somebody stopped or paused it, or it was answered, since it was begun."""
        async with self._begin.read() as work:
            now = await self._clock.lease_now(work.leases)
            return await work.outbox.stopped(asking.invitation, asking.number, now=now)

    async def _sent(
        self, to: Reachable, send: Callable[[], Awaitable[Message]], at: datetime
    ) -> int:
        """The id of the message. Raises: NotDelivered."""
        try:
            sent = await send()
        except AiogramError as error:
            refused = not_delivered(error)
            try:
                refused = await self._noted(to, refused, at)
            except Busy:
                _log.warning("refusal_not_noted", refusal=str(refused.refusal))
            raise refused from None
        if sent.chat.id != to.user or sent.message_id <= to.newest:
            # Whichever message that is, its id must not stand for ours.
            _log.error("message_unknown", other_chat=sent.chat.id != to.user)
            raise NotDelivered(Refusal.UNKNOWN, "message_unknown")
        return sent.message_id

    async def _noted(self, to: Reachable, refused: NotDelivered, at: datetime) -> NotDelivered:
        """The same, after what it says of the chat or of the bot is kept."""
        match refused.refusal:
            case Refusal.BUSY:
                await self._pacer.block(refused.seconds)
            case Refusal.GONE:
                await self._block(to, at)
            case Refusal.UNCLEAR:
                async with self._begin() as work:
                    times, since = await work.chats.note_unclear(self._bot.id, to.user, at=at)
                    await work.commit()
                if times >= _UNCLEAR_TRIES and at - since >= _UNCLEAR_FOR:
                    await self._block(to, at)
                    return NotDelivered(Refusal.GONE, refused.reason)
        return refused

    async def _block(self, to: Reachable, at: datetime) -> None:
        async with self._begin() as work:
            await work.chats.note_blocked(self._bot.id, to.user, at=at)
            await work.commit()

    async def probe(self) -> None:
        try:
            await self._bot.get_me()
        except AiogramError as error:
            refused = not_delivered(error)
            if refused.refusal is Refusal.BUSY:
                await self._pacer.block(refused.seconds)
                raise refused from None
            raise NotDelivered(Refusal.DOWN, refused.reason) from None
