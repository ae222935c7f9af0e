"""The jobs that send messages of campaigns and to reporters, by the channels of this process."""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

import structlog

from bot.pacing import Pacer
from survey.domain.campaign import ChannelName
from survey.errors import Busy
from survey.services.bulletins import Bulletins
from survey.services.handing import Handing
from survey.services.messages import Messages
from survey.services.open_cases import OpenCases
from survey.services.sending import Sender
from survey.services.telling import Tellers
from survey.wiring import Application

if TYPE_CHECKING:
    from aiogram.client.session.base import BaseSession

_log = structlog.get_logger()


def pacer_of(core: Application) -> Pacer | None:
    """The pacer of this installation's bot; None where there is no bot."""
    number, _, secret = core.settings.telegram_token.get_secret_value().partition(":")
    if not secret:
        return None
    return Pacer(core.begin, core.clock, bot=int(number), shared=core.leases.shared)


class Outgoing:
    """`async with Outgoing(core):` has the channels of this process plugged; `send` is the job.

    Without a bot and without a mail server nothing is claimed: messages wait.
    """

    def __init__(
        self,
        core: Application,
        *,
        pacer: Pacer | None = None,
        session: "BaseSession | None" = None,
    ) -> None:
        """`pacer` is the one that the bot of this process tells of its replies, where it has one.

        `session` carries calls to Telegram in place of HTTP.
        """
        self._core, self._pacer, self._session = core, pacer or pacer_of(core), session
        self._open = AsyncExitStack()
        messages = Messages(
            core.begin,
            core.catalogue,
            core.invitation_links,
            core.calendar.days,
            OpenCases(),
            organisation=core.settings.organisation,
            zone=core.settings.zone,
        )
        self.sender = Sender(core.begin, core.clock, core.leases, messages, core.tally)
        self.tellers = Tellers(
            core.begin,
            core.clock,
            core.leases,
            Bulletins(core.begin, core.ids, core.case_links, core.settings.zone),
            Handing(core.begin, core.ids, core.attachments),
            self.sender.channels,
            core.tally,
        )

    async def send(self) -> bool:
        """Send what is due; whether there may be more by now. Raises: Busy."""
        return await self.sender.send_due()

    async def tell(self) -> bool:
        """Tell reporters what is due; whether there may be more by now. Raises: Busy."""
        return await self.tellers.tell_due()

    async def __aenter__(self) -> Self:
        if self._core.email_channel.set_up:
            self.sender.channels.plug(self._core.email_channel)
            self.tellers.plug(self._core.email_channel)
        if self._pacer is not None:
            await self._plug_telegram(self._pacer)
        return self

    async def _plug_telegram(self, pacer: Pacer) -> None:
        from aiogram import Bot  # it takes seconds to import

        from bot.channel import TelegramChannel
        from bot.session import Session
        from bot.tallying import CallsTallied

        settings = self._core.settings
        session = self._session or Session(settings.telegram_api_base)
        session.middleware(CallsTallied(self._core.tally))
        token = settings.telegram_token.get_secret_value()
        bot = await self._open.enter_async_context(Bot(token, session=session))
        channel = TelegramChannel(
            self._core.begin,
            self._core.clock,
            bot,
            pacer,
            organisation=settings.organisation,
            base_url=settings.base_url,
        )
        self.sender.channels.plug(channel)
        self.tellers.plug(channel)

    def stop(self) -> None:
        """Begin no message more; a run that goes on ends with those that are under way."""
        self.sender.stop()
        self.tellers.stop()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self.sender.leave()
        except Busy:
            _log.warning("sender_did_not_leave")
        self.sender.channels.unplug(ChannelName.CHAT)
        self.tellers.unplug(ChannelName.CHAT)
        await self._open.aclose()
