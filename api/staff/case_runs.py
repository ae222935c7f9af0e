"""Acts on many reports under way in this process, each begun by somebody who watches it.

They live in memory: what was done to each report is kept with the report, the list of what was
refused is not. A process that ends leaves the rest undone, and what was done stands.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog

from survey.domain.audit import Actor
from survey.domain.case_access import Looker
from survey.domain.cases import Case, Said
from survey.errors import Busy
from survey.services.cases import Bulk
from survey.wiring import Application

MOST_UNDER_WAY: Final = 4
"""Whoever wants one more is told to come back."""

_KEPT: Final = timedelta(minutes=30)
_MOST_KEPT: Final = 50

_log = structlog.get_logger()


class Stage(StrEnum):
    """Where a run is."""

    UNDER_WAY = "under_way"
    OVER = "over"
    FAILED = "failed"


@dataclass(slots=True)
class Run:
    """One act on many: `share` of it is over, from 0 to 1; `result` is there once it is."""

    id: UUID
    by: Actor
    title: str
    number: int
    begun_at: datetime
    stage: Stage = Stage.UNDER_WAY
    share: float = 0.0
    result: Bulk | None = None


class CaseRuns:
    def __init__(self, core: Application, *, most: int = MOST_UNDER_WAY) -> None:
        self._core, self._most = core, most
        self._runs: dict[UUID, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(
        self,
        references: Sequence[str],
        said: Callable[[Case], Said | None],
        *,
        title: str,
        looker: Looker,
        by: Actor,
    ) -> Run:
        """Raises: Busy, where too many are under way already."""
        self._forget()
        if sum(each.stage is Stage.UNDER_WAY for each in self._runs.values()) >= self._most:
            raise Busy("acts on many reports are under way")
        run = Run(self._core.ids.uuid(), by, title, len(references), self._core.clock.now())
        self._runs[run.id] = run
        work = self._work(run, references, said, looker)
        task = asyncio.create_task(work)  # noqa: TID251 (keeps its error)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    def find(self, run: UUID, *, by: Actor) -> Run | None:
        """One that they have begun; None where it is forgotten, or another process does it."""
        self._forget()
        found = self._runs.get(run)
        return found if found is not None and found.by == by else None

    async def _work(
        self,
        run: Run,
        references: Sequence[str],
        said: Callable[[Case], Said | None],
        looker: Looker,
    ) -> None:
        def tell(share: float) -> None:
            run.share = share

        try:
            run.result = await self._core.cases.on_many(
                references, said, looker=looker, by=run.by, progress=tell
            )
        except Exception as error:
            _log.error("case_run_failed", exc_info=error)
            run.stage = Stage.FAILED
        else:
            run.stage = Stage.OVER

    def _forget(self) -> None:
        over = [key for key, each in self._runs.items() if each.stage is not Stage.UNDER_WAY]
        late = self._core.clock.now() - _KEPT
        spare = max(0, len(over) - _MOST_KEPT)
        for number, key in enumerate(over):
            if number < spare or self._runs[key].begun_at < late:
                del self._runs[key]
