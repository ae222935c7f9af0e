"""The worker: opens boxes, publishes figures, scores comments, sends letters, and forgets."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

from analytics.figures import Figures
from bot.ticking import Job, Ticker, jobs_tallied
from survey.errors import LeaseLost
from survey.services.leases import Held
from survey.wiring import Application

_SOON: Final = timedelta(seconds=1)
_IN_A_WHILE: Final = timedelta(seconds=10)
_HOURLY: Final = timedelta(hours=1)


class Worker:
    """`async with Worker(core, figures):` does due work until left; a run begun is finished.

    Several may run: a box is opened by whoever locks it first, and figures are made by one of them
    at a time.
    """

    def __init__(self, core: Application, figures: Figures) -> None:
        self._core, self._figures = core, figures
        self._leading: Held | None = None
        self._tasks = asyncio.TaskGroup()
        self._candidate: asyncio.Task[None] | None = None
        self._ticker = Ticker(
            [
                Job("boxes", _SOON, self._open_boxes),
                Job("publication", _SOON, self._publish),
                Job("tone", _IN_A_WHILE, self._score),
                Job("forgetting", _HOURLY, core.boxes.forget_spent),
                Job("audit", _HOURLY, core.audit.anchor),
                Job("retention", _HOURLY, core.retention.forget_due),
                Job("letters", _SOON, self._send_letters),
            ],
            ended=jobs_tallied(core),
        )

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
        await self._ticker.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._ticker.__aexit__(kind, error, trace)
        finally:
            if self._candidate:
                self._candidate.cancel()
            await self._tasks.__aexit__(None, None, None)
