"""The worker: fires and ends waves, opens boxes, publishes figures, scores comments, sends letters
and messages, tells reporters, takes letters, looks after cases, and forgets.
"""

import asyncio
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

import structlog

from analytics.figures import Figures
from bot.outgoing import Outgoing
from bot.pacing import Pacer
from bot.ticking import Job, Ticker, jobs_tallied
from survey.errors import LeaseLost
from survey.mail.lmtp import listening
from survey.services.channels import Channels
from survey.services.leases import Held
from survey.wiring import Application

_log = structlog.get_logger()

_SOON: Final = timedelta(seconds=1)
_IN_A_WHILE: Final = timedelta(seconds=10)
_MINUTELY: Final = timedelta(minutes=1)
_HOURLY: Final = timedelta(hours=1)


class Worker:
    """`async with Worker(core, figures):` does due work until left; a run begun is finished.

    Several may run: a box is opened by whoever locks it first, a wave is fired and filled by
    whoever is first, and figures are made by one of them at a time.
    """

    def __init__(self, core: Application, figures: Figures, *, pacer: Pacer | None = None) -> None:
        """`pacer` is the one that the bot of this process tells of its replies."""
        self._core, self._figures = core, figures
        self._outgoing = Outgoing(core, pacer=pacer)
        self._leading: Held | None = None
        self._open, self._listens, self._was_told = AsyncExitStack(), False, False
        self._tasks = asyncio.TaskGroup()
        self._candidate: asyncio.Task[None] | None = None
        self._ticker = Ticker(
            [
                Job("boxes", _SOON, self._open_boxes),
                Job("publication", _SOON, self._publish),
                Job("tone", _IN_A_WHILE, self._score),
                # The key of a wave that has ended goes within a minute of its last answer.
                Job("forgetting", _MINUTELY, core.boxes.forget_spent),
                Job("audit", _HOURLY, core.audit.anchor),
                Job("retention", _HOURLY, core.retention.forget_due),
                Job("files", _HOURLY, core.attachments.sweep),
                Job("letters", _SOON, self._send_letters),
                Job("waves", _SOON, self._fire_waves),
                Job("invitations", _SOON, self._write_invitations),
                Job("endings", _SOON, self._end_waves),
                Job("dropping", _MINUTELY, core.waves.drop_unsent),
                Job("successions", _MINUTELY, core.waves.pass_on),
                Job("reminders", _MINUTELY, self._write_reminders),
                Job("outgoing", _SOON, self._send_messages),
                Job("cases", _IN_A_WHILE, self._look_at_cases),
                Job("announcements", _SOON, self._announce),
                Job("tellings", _SOON, self._tell_reporters),
                Job("inbound", _IN_A_WHILE, self._take_letters),
            ],
            ended=jobs_tallied(core),
        )

    @property
    def channels(self) -> Channels:
        """By which its messages leave."""
        return self._outgoing.sender.channels

    def nudge(self) -> None:
        """A response was submitted: look now instead of at the next tick."""
        self._ticker.nudge("boxes")

    async def _open_boxes(self) -> None:
        if await self._core.boxes.open_due():
            self._nudge_figures()

    def _nudge_figures(self) -> None:
        self._ticker.nudge("publication")
        self._ticker.nudge("tone")

    async def _publish(self) -> None:
        if self._leading:
            with suppress(LeaseLost):
                await self._figures.publication.publish_due(self._leading.require)

    async def _score(self) -> None:
        if self._leading:
            await self._figures.toning.score_due()

    async def _send_letters(self) -> None:
        if await self._core.letters.send_due():
            self._ticker.nudge("letters")

    async def _fire_waves(self) -> None:
        if await self._core.waves.fire_due():
            self._ticker.nudge("invitations")

    async def _write_invitations(self) -> None:
        """A thousand, then whoever else waits has their turn."""
        if await self._core.waves.expand_due():
            self._ticker.nudge("invitations")
            self._ticker.nudge("outgoing")

    async def _end_waves(self) -> None:
        if await self._core.waves.close_due():
            self._ticker.nudge("boxes")
            self._ticker.nudge("dropping")

    async def _write_reminders(self) -> None:
        if await self._core.waves.remind():
            self._ticker.nudge("reminders")

    async def _send_messages(self) -> None:
        if await self._outgoing.send():
            self._ticker.nudge("outgoing")

    async def _look_at_cases(self) -> None:
        if await self._core.case_rounds.look():
            self._ticker.nudge("cases")

    async def _announce(self) -> None:
        """Some of the reports, then whoever else waits has their turn."""
        if await self._core.announcing.tell_due():
            self._ticker.nudge("announcements")
            self._ticker.nudge("tellings")

    async def _tell_reporters(self) -> None:
        if await self._outgoing.tell():
            self._ticker.nudge("tellings")

    async def _take_letters(self) -> None:
        """Listen for letters, where nobody else on this machine does."""
        where = self._core.settings.lmtp
        if where is None or self._listens or self._core.settings.demo:
            return
        try:
            await self._open.enter_async_context(listening(self._core.inbound, where))
        except OSError:
            if not self._was_told:
                _log.warning("letters_are_not_taken")
            self._was_told = True
        else:
            self._listens = True
            if not self._core.settings.mail_authserv_id:
                _log.warning("senders_are_not_checked", set="TELLBACK_MAIL_AUTHSERV_ID")

    async def _stand(self) -> None:
        """Make the figures whenever nobody else does."""
        while True:
            with suppress(LeaseLost):
                await self._core.leases.alone("figures", self._lead)

    async def _lead(self, held: Held) -> None:
        self._leading = held
        self._nudge_figures()
        try:
            await asyncio.Event().wait()
        finally:
            self._leading = None

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._candidate = self._tasks.create_task(self._stand())
        await self._outgoing.__aenter__()
        await self._ticker.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._outgoing.stop()
        await self._open.aclose()
        try:
            await self._ticker.__aexit__(kind, error, trace)
        finally:
            await self._outgoing.__aexit__(kind, error, trace)
            if self._candidate:
                self._candidate.cancel()
            await self._tasks.__aexit__(None, None, None)
