"""The simulated bot as part of a running program: the real handlers, inbox and sweeper.

    page ──► say, press ──► the inbox (committed) ──► the dispatcher ──► session ──► chats ──► page

What a visitor does is stored before it is acted on, like an update of Telegram's; a reply that a
crash swallowed is owed, and shown after the restart.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import structlog
from aiogram import Bot

from bot.channel import TelegramChannel
from bot.dispatcher import Handlers
from bot.fetching import Fetching
from bot.handlers.entering import come_back
from bot.handling import Handling
from bot.inbox import Inbox
from bot.markup import Look, Piece
from bot.pacing import Pacer
from bot.process import Nudged, fetched
from bot.screen import Screen, Sleep
from bot.simulator.chats import Numbers, Said
from bot.simulator.desk import Desk, Guest
from bot.simulator.mail import SimulatedMail
from bot.simulator.session import BOT, ME, TOKEN, SimulatedSession, overhear, query_of
from bot.sweeper import Sweeper
from bot.talk import Talk
from bot.ticking import Job, Ticker
from survey.domain.campaign import ChannelName
from survey.domain.records import Chat, owner_of
from survey.ports.channels import Channel
from survey.services.channels import Channels
from survey.wiring import Application

_log = structlog.get_logger()

_REPLY_SECONDS: Final = 5
"""How long a page waits for the reply; a later one is there when the page looks again."""

_DRAIN_SECONDS: Final = 15
_SWEEP: Final = timedelta(seconds=10)
_FETCH: Final = timedelta(seconds=2)
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
"""How the files begin that Telegram would send as photos."""


async def run_simulator(
    core: Application,
    worker: Nudged,
    desk: Desk,
    *,
    channels: Channels | None = None,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Answer the pages until cancelled; what was begun is finished first.

    Messages of campaigns come by `channels` too, as long as it runs: into the chats, unless they go
    to Telegram, and to mailboxes that nobody has.
    """
    numbers = Numbers(core.clock)
    session = SimulatedSession(desk.chats, numbers, core.clock, desk.drawer)
    async with Bot(TOKEN, session=session) as bot:
        screen = Screen(bot, sleep=sleep)
        handlers = Handlers(core, screen, bot, on_submission=worker.nudge, during=overhear)
        simulator = Simulator(core, desk, screen, handlers, numbers, sleep=sleep)
        sweeper = Sweeper(core, screen, bot=BOT, turn=simulator.inbox.turn)
        unplug = _plugged(channels, core, bot)
        fetching = Fetching(bot)
        jobs = [
            Job("simulated", _SWEEP, sweeper.sweep),
            Job("simulated_fetch", _FETCH, lambda: fetched(core, fetching, here=True)),
        ]
        async with Ticker(jobs), asyncio.TaskGroup() as tasks:
            applying = tasks.create_task(simulator.inbox.run())
            desk.begin(simulator)
            try:
                await asyncio.Event().wait()
            finally:
                unplug()
                desk.end()
                simulator.inbox.stop()
                await _drained(applying)


def _plugged(channels: Channels | None, core: Application, bot: Bot) -> Callable[[], None]:
    """Plug what stands in for the world outside; how to unplug it."""
    if channels is None:
        return _nothing
    organisation = core.settings.organisation
    simulated: list[Channel] = [SimulatedMail(core.begin)]
    if ChannelName.CHAT not in channels.plugged:
        pacer = Pacer(core.begin, core.clock, bot=BOT, shared=core.leases.shared)
        chat = TelegramChannel(core.begin, core.clock, bot, pacer, organisation=organisation)
        simulated.append(chat)
    for each in simulated:
        channels.plug(each)

    def unplug() -> None:
        for each in simulated:
            channels.unplug(each.name)

    return unplug


def _nothing() -> None:
    """There is nothing to unplug."""


async def _drained(applying: asyncio.Task[None]) -> None:
    """Wait for the updates under way; what does not end in time waits in the database."""
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            await applying
    except TimeoutError:
        _log.warning("drain_timed_out", seconds=_DRAIN_SECONDS)


class Simulator:
    """See `Simulated`."""

    def __init__(
        self,
        core: Application,
        desk: Desk,
        screen: Screen,
        handlers: Handlers,
        numbers: Numbers,
        *,
        sleep: Sleep,
    ) -> None:
        self._core, self._desk, self._screen = core, desk, screen
        self._handlers, self._numbers = handlers, numbers
        self._replies: dict[int, asyncio.Event] = {}
        self.inbox = Inbox(core, bot=BOT, apply=self._apply, sleep=sleep)

    async def say(self, guest: Guest, text: str) -> None:
        # Like Telegram, which shows no payload of a link.
        seen = "/start" if text.startswith("/start ") else text
        await self._write(guest, (Piece(seen),), text=text)

    async def send(self, guest: Guest, name: str, content: bytes, caption: str) -> None:
        file = {"file_id": self._desk.drawer.put(content), "file_size": len(content)}
        file["file_unique_id"] = file["file_id"]
        sent: dict[str, Any] = {"document": {**file, "file_name": name}}
        if content.startswith(_PICTURES):
            # Telegram tells the size in pixels too; of one size, it chooses nothing.
            sent = {"photo": [{**file, "width": 1, "height": 1}]}
        if caption:
            sent["caption"] = caption
        words = (Piece(f"\n{caption}"),) if caption else ()
        await self._write(guest, (Piece(name, Look.ITALIC), *words), **sent)

    async def _write(self, guest: Guest, pieces: tuple[Piece, ...], **sent: Any) -> None:
        number, at = self._numbers.next(), self._core.clock.now()
        message = {
            "message_id": number,
            "date": int(at.timestamp()),
            "chat": _chat(guest),
            "from": _person(guest),
            **sent,
        }
        said = Said(id=number, at=at, by_bot=False, pieces=pieces, update=message)
        await self._take(guest, said, message=message)

    async def press(self, guest: Guest, message: int, data: str) -> None:
        below = self._desk.chats.said(guest.user, message)
        answers = below.answers if below else None
        answered = self._desk.chats.said(guest.user, answers) if answers else None
        replied = {"reply_to_message": answered.update} if answered and answered.update else {}
        tap = {
            "id": query_of(guest.user, self._numbers.next()),
            "chat_instance": str(guest.user),
            "from": _person(guest),
            "data": data,
            "message": {
                "message_id": message,
                "date": int(self._core.clock.now().timestamp()),
                "chat": _chat(guest),
                "from": {"id": BOT, "is_bot": True, "first_name": ME.first_name},
                "text": _text(below),
                **replied,
            },
        }
        await self._take(guest, None, callback_query=tap)

    async def come_back(self, guest: Guest) -> None:
        self._desk.chats.open(guest.user)
        talk = await self._talk(guest)
        shown = await talk.open_conversation()
        if shown is not None:
            await come_back(talk, shown, at=None)
            self._desk.chats.open(guest.user).cut = True

    async def forget(self, guest: Guest) -> None:
        await self._core.conversations.forget(owner_of(BOT, guest.user))
        async with self._core.begin() as work:
            await work.chats.put(Chat(BOT, guest.user))
            await work.chats.link(BOT, guest.user, None)
            await work.commit()
        self._desk.chats.close(guest.user)

    async def _talk(self, guest: Guest) -> Talk:
        async with self._core.begin.read() as work:
            chat = await work.chats.get(BOT, guest.user)
        return Talk(
            core=self._core,
            screen=self._screen,
            chat=chat or Chat(BOT, guest.user),
            telegram_language=guest.language,
        )

    async def _take(self, guest: Guest, said: Said | None, **content: Mapping[str, Any]) -> None:
        """Keep the update, show what the visitor wrote, and wait for the reply. Raises: Busy."""
        number = self._numbers.next()
        replied = self._replies[number] = asyncio.Event()
        # Before the inbox has it, because the reply may come before `keep` returns.
        self._desk.chats.toast(guest.user, "")
        if said is not None:
            self._desk.chats.add(guest.user, said)
        try:
            await self._keep(guest, said, {"update_id": number, **content})
            with suppress(TimeoutError):
                async with asyncio.timeout(_REPLY_SECONDS):
                    await replied.wait()
        finally:
            del self._replies[number]

    async def _keep(self, guest: Guest, said: Said | None, update: Mapping[str, Any]) -> None:
        """What could not be kept is not shown either. Raises: Busy."""
        try:
            await self.inbox.keep([update])
        except BaseException:
            if said is not None:
                self._desk.chats.take_back(guest.user, said.id)
            raise

    async def _apply(self, payload: Mapping[str, Any], handling: Handling) -> None:
        try:
            await self._handlers.handle(payload, handling)
        finally:
            if replied := self._replies.get(handling.key.update_id):
                replied.set()


def _text(said: Said | None) -> str:
    return "".join(piece.text for piece in said.pieces) if said else ""


def _chat(guest: Guest) -> dict[str, Any]:
    return {"id": guest.user, "type": "private", "first_name": "Visitor"}


def _person(guest: Guest) -> dict[str, Any]:
    return {
        "id": guest.user,
        "is_bot": False,
        "first_name": "Visitor",
        "language_code": guest.language,
    }
