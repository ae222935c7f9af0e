"""The clock of due work: APScheduler only ticks, what is due is a row, and a tick asks.

A job never overlaps itself; ticks and nudges that come while it runs make one more run.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from types import TracebackType
from typing import Self

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.faults import describe
from survey.tally import Counted, Moment
from survey.wiring import Application

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """Work to look for: at once, then after each `every`, and whenever it is nudged."""

    name: str
    every: timedelta
    run: Callable[[], Awaitable[object]]


class Ticker:
    """`async with Ticker(jobs):` runs the jobs; leaving finishes the runs that have begun."""

    def __init__(
        self, jobs: Sequence[Job], *, ended: Callable[[str, bool], object] | None = None
    ) -> None:
        """`ended` hears the name of each run that ended, and whether it ended well."""
        self._jobs, self._ended = tuple(jobs), ended
        self._due = {job.name: asyncio.Event() for job in jobs}
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._tasks = asyncio.TaskGroup()
        self._stopping = False

    def nudge(self, name: str) -> None:
        """There may be work for this job now."""
        self._due[name].set()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        for job in self._jobs:
            self.nudge(job.name)
            self._tasks.create_task(self._work(job))
            self._scheduler.add_job(
                self._tick,
                "interval",
                args=[job.name],
                seconds=job.every.total_seconds(),
                coalesce=True,
                max_instances=1,
            )
        self._scheduler.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._scheduler.shutdown(wait=False)
        self._stopping = True
        for due in self._due.values():
            due.set()
        await self._tasks.__aexit__(None, None, None)

    async def _tick(self, name: str) -> None:
        self.nudge(name)

    async def _work(self, job: Job) -> None:
        due = self._due[job.name]
        while True:
            await due.wait()
            if self._stopping:
                return
            due.clear()
            try:
                await job.run()
            except Exception as error:
                _log.error("job_failed", job=job.name, **describe(error))
                well = False
            else:
                well = True
            if self._ended:
                self._ended(job.name, well)


def jobs_tallied(core: Application) -> Callable[[str, bool], None]:
    """What a ticker calls when a run has ended: it is counted, and when it went well last."""

    def ended(job: str, well: bool) -> None:
        core.tally.count(Counted.JOBS, job, "well" if well else "failed")
        if well:
            core.tally.mark(Moment.JOB_SUCCEEDED, job, at=core.clock.now())

    return ended
