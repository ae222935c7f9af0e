"""P10: what one recipient costs in the outbox, beside a job of APScheduler's; and an idle tick."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final
from uuid import uuid4

from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import text

from survey.db.engine import make_engine
from survey.domain.campaign import ChannelName
from survey.domain.waves import InvitationState, Outcome
from survey.ports.campaigns import Settled
from survey.services.sending import AT_ONCE, LEASE
from survey.wiring import Application
from tests.bench.options import Options
from tests.bench.postgres import postgres
from tests.bench.rounds import Goal, Line, Spread
from tests.support.application import NOON, running
from tests.support.outgoing import a_campaign

_SET: Final = 500
_FUTURE: Final = 1_000_000
_TICKS: Final = 200

_ON_SQLITE: Final = (
    "INSERT INTO invitations"
    " (id, wave, unit, body, state, reminders, about, about_service, made_on)"
    " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :number)"
    " SELECT lower(hex(randomblob(16))), :wave, 'oakfield', '', 'waiting', 0, '', '', '2026-05-14'"
    " FROM n"
)
_ON_POSTGRESQL: Final = (
    "INSERT INTO invitations"
    " (id, wave, unit, body, state, reminders, about, about_service, made_on)"
    " SELECT gen_random_uuid(), :wave, 'oakfield', '', 'waiting', 0, '', '', '2026-05-14'"
    " FROM generate_series(1, :number)"
)
_MESSAGES: Final = (
    "INSERT INTO deliveries (id, wave, invitation, number, due_at, attempts, repeats, failures)"
    " SELECT id, wave, id, 0, :due, 0, 0, 0 FROM invitations WHERE wave = :wave AND person IS NULL"
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds a recipient: in sets, as the sender does it, and a job of APScheduler's."""

    in_sets: list[float]
    as_sent: list[float]
    job: list[float]


def measure(options: Options) -> Iterator[Line]:
    future = _FUTURE // 10 if options.small else _FUTURE
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        for database in ("SQLite", "PostgreSQL"):
            urls = [
                f"sqlite:///{options.folder / f'{name}.sqlite'}"
                if database == "SQLite"
                else server.new_database()
                for name in ("outbox", "near", "far")
            ]
            cost = asyncio.run(_costs(urls[0], options))
            yield Line(
                f"P10 claim, begin and settle one recipient, {_SET} at once, {database}",
                "APScheduler's fetch and remove of a job (its SQLite store)",
                Spread.of([ours / its for ours, its in zip(cost.in_sets, cost.job, strict=True)]),
                f"{median(cost.in_sets) * 1e6:.0f} us against {median(cost.job) * 1e6:.0f} us; "
                f"{median(cost.as_sent) * 1e6:.0f} us as the sender does it, {AT_ONCE} claimed and "
                "2 begun at once",
                Goal(1 / 20, most=True),
            )
            near, far = asyncio.run(_ticks(urls[1], urls[2], options, future))
            yield Line(
                f"P10 idle tick with {future:,} messages to come, {database}",
                "with 1,000",
                Spread.of([b / a for a, b in zip(near, far, strict=True)]),
                f"{median(far) * 1e6:.0f} us against {median(near) * 1e6:.0f} us",
                Goal(1.2, most=True),
            )


async def _costs(url: str, options: Options) -> Cost:
    cost = Cost([], [], [])
    async with running(url, options.folder) as here:
        await here.publish("people-pulse")
        for number in range(options.rounds):
            campaign = {"questionnaire": "people-pulse", "people": _SET}
            await a_campaign(here.core, key=f"sets-{number}", **campaign)  # type: ignore[arg-type]
            in_sets = await _emptied(here.core, at_once=_SET, begun=_SET)
            await a_campaign(here.core, key=f"sent-{number}", **campaign)  # type: ignore[arg-type]
            as_sent = await _emptied(here.core, at_once=AT_ONCE, begun=2)
            job = _jobs(options.folder / f"jobs-{number}-{uuid4().hex}.sqlite", _SET)
            if number:
                cost.in_sets.append(in_sets)
                cost.as_sent.append(as_sent)
                cost.job.append(job)
    return cost


async def _emptied(core: Application, *, at_once: int, begun: int) -> float:
    """Seconds for each message to be claimed, begun and settled as sent, one after another."""
    holder, done, started = uuid4(), 0, perf_counter()
    while True:
        async with core.begin() as work:
            claimed = await work.outbox.claim(holder, now=NOON, limit=at_once, lease=LEASE)
            await work.commit()
        if not claimed:
            break
        settled: list[Settled] = []
        for first in range(0, len(claimed) + begun, begun):
            some = [each.id for each in claimed[first : first + begun]]
            async with core.begin() as work:
                await work.outbox.settle(holder, settled, now=NOON)
                await work.outbox.begin(holder, some, now=NOON)
                await work.commit()
            settled = [
                Settled(
                    each,
                    Outcome.SENT,
                    state=InvitationState.DELIVERED,
                    channel=ChannelName.CHAT,
                )
                for each in some
            ]
            done += len(some)
    if done != _SET:
        raise RuntimeError(f"{done} messages of {_SET} were sent")
    return (perf_counter() - started) / done


def _jobs(file: Path, number: int) -> float:
    """Seconds for each due job to be fetched and removed, as the scheduler does it."""
    store = SQLAlchemyJobStore(url=f"sqlite:///{file}")
    scheduler = BackgroundScheduler(jobstores={"default": store}, timezone="UTC")
    scheduler.start(paused=True)
    for _ in range(number):
        scheduler.add_job(str, "date", run_date=NOON, args=["somebody"])
    started = perf_counter()
    due: list[Job] = store.get_due_jobs(NOON + timedelta(seconds=1))
    for job in due:
        store.remove_job(job.id)
    seconds = perf_counter() - started
    scheduler.shutdown(wait=False)
    if len(due) != number:
        raise RuntimeError(f"{len(due)} jobs of {number} were due")
    return seconds / number


async def _ticks(
    near_url: str, far_url: str, options: Options, future: int
) -> tuple[list[float], list[float]]:
    async with (
        running(near_url, options.folder / "near") as near,
        running(far_url, options.folder / "far") as far,
    ):
        for here, url, number in ((near, near_url, 1_000), (far, far_url, future)):
            await here.publish("people-pulse")
            sending = await a_campaign(here.core, questionnaire="people-pulse", people=0)
            await _fill(url, sending.wave, number)
        seconds: tuple[list[float], list[float]] = ([], [])
        for number in range(options.rounds):
            for found, here in zip(seconds, (near, far), strict=True):
                taken = await _tick(here.core)
                if number:
                    found.append(taken)
    return seconds


async def _fill(url: str, wave: str, number: int) -> None:
    """Messages that are due next week."""
    engine = make_engine(url, patient=True).execution_options(begin="IMMEDIATE")
    on_sqlite = engine.dialect.name == "sqlite"
    due = NOON + timedelta(days=7)
    bound = due.replace(tzinfo=None).isoformat(" ") if on_sqlite else due
    insert = text(_ON_SQLITE if on_sqlite else _ON_POSTGRESQL)
    async with engine.connect() as connection:
        for _ in range(max(1, number // 100_000)):
            await connection.execute(insert, {"wave": wave, "number": min(number, 100_000)})
        await connection.execute(text(_MESSAGES), {"wave": wave, "due": bound})
        await connection.commit()
        if not on_sqlite:
            await connection.execute(text("ANALYZE"))
            await connection.commit()
    await engine.dispose()


async def _tick(core: Application) -> float:
    taken = []
    for _ in range(_TICKS):
        started = perf_counter()
        async with core.begin.read() as work:
            if await work.outbox.any_due(now=NOON):
                raise RuntimeError("nothing was to be due")
        taken.append(perf_counter() - started)
    return median(taken)
