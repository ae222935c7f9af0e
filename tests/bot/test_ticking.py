"""The clock of due work, and the worker on the application's own wiring."""

import asyncio
from datetime import timedelta

import structlog

from analytics.publication import Require
from bot.ticking import Job, Ticker
from bot.worker import Worker
from tests.support.application import Running

NEVER = timedelta(days=1)
SOON = timedelta(milliseconds=5)


class Work:
    """Counts its runs; the first `faults` of them fail, and each waits while `held`."""

    def __init__(self, *, faults: int = 0) -> None:
        self.runs, self.at_once, self.most_at_once = 0, 0, 0
        self.faults = faults
        self.free = asyncio.Event()
        self.free.set()
        self.changed = asyncio.Condition()

    async def __call__(self) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        async with self.changed:
            self.runs += 1
            self.changed.notify_all()
        await self.free.wait()
        self.at_once -= 1
        if self.runs <= self.faults:
            raise ZeroDivisionError("an answer could stand here")

    async def until(self, runs: int) -> None:
        async with asyncio.timeout(5), self.changed:
            await self.changed.wait_for(lambda: self.runs >= runs)


async def test_work_is_looked_for_at_once_and_after_each_tick() -> None:
    work = Work()
    async with Ticker([Job("work", SOON, work)]):
        await work.until(3)


async def test_a_nudge_does_not_wait_for_the_tick() -> None:
    work = Work()
    async with Ticker([Job("work", NEVER, work)]) as ticker:
        await work.until(1)
        ticker.nudge("work")
        await work.until(2)


async def test_a_job_never_overlaps_itself() -> None:
    work = Work()
    work.free.clear()
    async with Ticker([Job("work", SOON, work)]) as ticker:
        await work.until(1)
        for _ in range(10):
            ticker.nudge("work")
            await asyncio.sleep(0)
        work.free.set()
        await work.until(2)
    assert work.most_at_once == 1


async def test_a_failure_is_logged_without_its_words_and_stops_nothing() -> None:
    work = Work(faults=1)
    with structlog.testing.capture_logs() as lines:
        async with Ticker([Job("work", NEVER, work)]) as ticker:
            await work.until(1)
            ticker.nudge("work")
            await work.until(2)
    [line] = lines
    assert (line["event"], line["job"], line["error"]) == (
        "job_failed",
        "work",
        "ZeroDivisionError",
    )
    assert "answer" not in str(line)


async def test_leaving_finishes_the_run_that_has_begun() -> None:
    work = Work()
    work.free.clear()
    async with asyncio.TaskGroup() as tasks:
        async with Ticker([Job("work", NEVER, work)]):
            await work.until(1)
            tasks.create_task(_free_later(work))
        assert work.at_once == 0


async def _free_later(work: Work) -> None:
    await asyncio.sleep(0)
    work.free.set()


async def test_the_worker_opens_boxes_and_publishes_when_it_is_nudged(here: Running) -> None:
    asked = asyncio.Queue[str]()
    boxes, publication = here.core.boxes, here.figures.publication
    here_boxes, here_publication = boxes.open_due, publication.publish_due

    async def open_due() -> int:
        await asked.put("boxes")
        await here_boxes()
        return 1

    async def publish_due(require: Require | None = None) -> int:
        await asked.put("publication")
        return await here_publication(require)

    boxes.open_due = open_due  # type: ignore[method-assign]
    publication.publish_due = publish_due  # type: ignore[method-assign]
    async with Worker(here.core, here.figures) as worker, asyncio.timeout(5):
        first = {await asked.get(), await asked.get()}
        worker.nudge()
        while await asked.get() != "boxes":
            pass
        assert await asked.get() == "publication"
    assert first == {"boxes", "publication"}


async def test_the_worker_scores_comments_as_soon_as_a_box_is_open(here: Running) -> None:
    scoring = Work()

    async def open_due() -> int:
        return 1 if scoring.runs else 0

    here.core.boxes.open_due = open_due  # type: ignore[method-assign]
    here.figures.toning.score_due = scoring  # type: ignore[assignment,method-assign]
    async with Worker(here.core, here.figures) as worker:
        await scoring.until(1)
        worker.nudge()
        await scoring.until(2)
