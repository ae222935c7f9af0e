"""The worker: opens boxes, publishes figures, scores comments and forgets what is over."""

from datetime import timedelta
from types import TracebackType
from typing import Final, Self

from analytics.figures import Figures
from bot.ticking import Job, Ticker
from survey.wiring import Application

_SOON: Final = timedelta(seconds=1)
_IN_A_WHILE: Final = timedelta(seconds=10)
_HOURLY: Final = timedelta(hours=1)


class Worker:
    """`async with Worker(core, figures):` does due work until left; a run begun is finished."""

    def __init__(self, core: Application, figures: Figures) -> None:
        self._core, self._figures = core, figures
        self._ticker = Ticker(
            [
                Job("boxes", _SOON, self._open_boxes),
                Job("publication", _SOON, figures.publication.publish_due),
                Job("tone", _IN_A_WHILE, figures.toning.score_due),
                Job("forgetting", _HOURLY, core.boxes.forget_spent),
            ]
        )

    def nudge(self) -> None:
        """A response was submitted: look now instead of at the next tick."""
        self._ticker.nudge("boxes")

    async def _open_boxes(self) -> None:
        if await self._core.boxes.open_due():
            self._ticker.nudge("publication")
            self._ticker.nudge("tone")

    async def __aenter__(self) -> Self:
        await self._ticker.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._ticker.__aexit__(kind, error, trace)
