"""Dry runs under way in this process: one is played at a time, others wait for their turn.

They live in memory: nothing of a dry run is kept. Where several processes serve pages, each that is
asked for one plays it for itself; so does one that was started meanwhile.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib import import_module
from typing import Final

import structlog

from bot.dry_run import DryRun
from survey.domain.campaign import CampaignPlan
from survey.errors import Busy, CampaignRefused, NotFound
from survey.wiring import Application

MOST_UNDER_WAY: Final = 4
"""Whoever wants one more is told to come back."""

_KEPT: Final = timedelta(minutes=30)
_MOST_KEPT: Final = 20

_log = structlog.get_logger()


class Stage(StrEnum):
    """Where a dry run is."""

    WAITING = "waiting"
    PLAYING = "playing"
    PLAYED = "played"
    IMPOSSIBLE = "impossible"
    FAILED = "failed"


@dataclass(slots=True)
class Run:
    """One dry run: `share` of it is over, from 0 to 1; `result` is there once it is played."""

    campaign: str
    by: str
    begun_at: datetime
    stage: Stage = Stage.WAITING
    share: float = 0.0
    result: DryRun | None = None

    @property
    def under_way(self) -> bool:
        return self.stage in (Stage.WAITING, Stage.PLAYING)


class DryRuns:
    """The newest of each campaign and of who began it."""

    def __init__(self, core: Application, *, most: int = MOST_UNDER_WAY) -> None:
        self._core, self._most = core, most
        self._turn = asyncio.Lock()
        self._runs: dict[tuple[str, str], Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, plan: CampaignPlan, *, by: str) -> Run:
        """Play this plan as soon as it is its turn; the one under way, where there is one.

        Raises: Busy, where too many wait already.
        """
        self._forget()
        known = self._runs.get((plan.key, by))
        if known is not None and known.under_way:
            return known
        if sum(each.under_way for each in self._runs.values()) >= self._most:
            raise Busy("dry runs are waiting")
        run = self._runs[plan.key, by] = Run(plan.key, by, self._core.clock.now())
        task = asyncio.create_task(self._play(run, plan))  # noqa: TID251 (keeps its error)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    def find(self, campaign: str, *, by: str) -> Run | None:
        """The newest that they have begun; None where it is forgotten, or there was none."""
        self._forget()
        return self._runs.get((campaign, by))

    def is_kept(self, begun_at: datetime | None) -> bool:
        """Whether what was begun then is still to be seen."""
        now = self._core.clock.now()
        return begun_at is not None and now - _KEPT <= begun_at <= now

    async def _play(self, run: Run, plan: CampaignPlan) -> None:
        async with self._turn:
            run.stage = Stage.PLAYING
            try:
                run.result = await dry_run(self._core, plan, progress=_told(run))
            except (CampaignRefused, NotFound):
                run.stage = Stage.IMPOSSIBLE
            except Exception as error:
                _log.error("dry_run_failed", exc_info=error)
                run.stage = Stage.FAILED
            else:
                run.stage = Stage.PLAYED

    def _forget(self) -> None:
        over = [key for key, each in self._runs.items() if not each.under_way]
        late = self._core.clock.now() - _KEPT
        spare = max(0, len(over) - _MOST_KEPT)
        for number, key in enumerate(over):
            if number < spare or self._runs[key].begun_at < late:
                del self._runs[key]


async def dry_run(
    core: Application, plan: CampaignPlan, *, progress: Callable[[float], None]
) -> DryRun:
    """As `bot.dry_run.play` has it; aiogram takes seconds to import, and pages go on meanwhile.

    Raises: CampaignRefused, NotFound.
    """
    await asyncio.to_thread(import_module, "bot.dry_run.play")
    from bot.dry_run.play import dry_run as play

    return await play(core, plan, progress=progress)


def _told(run: Run) -> Callable[[float], None]:
    def tell(share: float) -> None:
        run.share = share

    return tell
