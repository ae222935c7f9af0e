"""The application over HTTP in a process of its own, as `tellback serve` runs it.

    python -m tests.bench.server KIND DATABASE_URL FOLDER

KIND is "durable" (the application as it is), "validating" (the same, with a writer that writes
nothing), "by hand" (see `tests.bench.by_hand`) or "demo". Writes one line of JSON when it listens,
`{"port", "key"}`, and serves until SIGTERM. There is no worker: a box is opened where a line of
standard input says so. `fill N` puts so many sealed submissions into it, `open` opens it and
publishes what it touches. `people N` puts so many people on the list, `launch N` launches campaign
N for all of them and writes its invitations. Each is answered by a line of JSON.
"""

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from uvicorn.loops.auto import auto_loop_factory

from api.app import create_app
from api.demonstration import load_demonstration
from api.limiting import Rates
from survey.domain.campaign import CampaignPlan, CampaignState
from survey.domain.local_time import local_of
from survey.domain.people import Person
from survey.domain.records import InboxRow, Receipt, ShownTurn, Step, Submission, UpdateKey
from survey.domain.waves import Campaign
from survey.services.api_keys import Scope
from survey.services.catalogue import Published
from survey.services.intake import Answers, Intake
from survey.services.memory import Memory
from survey.services.responses import Responses
from survey.tally import Tally
from survey.wiring import Application
from tests.bench import by_hand
from tests.bench.answers import QUESTIONNAIRE, given, units
from tests.bench.commands import Command, obey, tell
from tests.bench.machine import forget_peak, peak_megabytes, used_megabytes
from tests.support.application import Running, running
from tests.support.server import serving

_AT_ONCE: Final = 256
_PEOPLE_AT_ONCE: Final = 2_000
UNLIMITED: Final = Rates.all(10**9)


class Kind(StrEnum):
    DURABLE = "durable"
    VALIDATING = "validating"
    BY_HAND = "by hand"
    DEMO = "demo"


class WritesNothing:
    """A `Writer` that acknowledges at once."""

    async def submit(self, op: Submission) -> Receipt:
        return op.receipt

    async def apply(self, op: Step) -> Receipt | None:
        return op.submission.receipt if op.submission else None

    async def shown(self, op: ShownTurn) -> None:
        pass

    async def keep(self, rows: Sequence[InboxRow]) -> None:
        pass

    async def settle(self, key: UpdateKey) -> None:
        pass


def validating_only(core: Application) -> Application:
    """The same application up to the writer: access, limits, parsing, expressions and sealing."""
    writer = WritesNothing()
    zone = core.settings.zone
    intake = Intake(core.begin, core.clock, core.ids, core.keys, zone)
    responses = Responses(
        core.begin,
        Memory(core.begin),
        writer,
        core.clock,
        core.catalogue,
        intake,
        zone=zone,
        digest_keys=(bytes(32),),
        tally=Tally(),
    )
    return replace(core, writer=writer, responses=responses)


@dataclass(frozen=True, slots=True)
class _Ready:
    """What is served, a key that may submit responses, and what a line on standard input does."""

    app: Any
    key: str
    commands: Mapping[str, Command] = field(default_factory=dict)


async def _serve(kind: Kind, url: str, folder: Path) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with _application(kind, url, folder) as ready:
        gc.collect()
        gc.freeze()
        async with serving(ready.app) as address, asyncio.TaskGroup() as tasks:
            tell({"port": urlsplit(address).port, "key": ready.key})
            obeying = tasks.create_task(obey(ready.commands))
            await stop.wait()
            obeying.cancel()


@asynccontextmanager
async def _application(kind: Kind, url: str, folder: Path) -> AsyncIterator[_Ready]:
    async with running(url, folder, elapsed=monotonic, demo=kind is Kind.DEMO) as here:
        if kind is Kind.DEMO:
            await load_demonstration(here.core, here.figures)
            here.figures.charts.start()
        else:
            await furnish(here)
        key = await here.core.api_keys.add("bench", frozenset({Scope.WRITE}))
        if kind is not Kind.BY_HAND:
            core = validating_only(here.core) if kind is Kind.VALIDATING else here.core
            app = create_app(core, here.figures, rates=UNLIMITED)
            commands = {
                "fill": partial(_fill, here),
                "open": partial(_open, here),
                "people": partial(_people, here),
                "launch": partial(_launch, here),
            }
            yield _Ready(app, key.secret, commands)
            return
    yield _Ready(by_hand.create_app(url, key=key.secret), key.secret)


async def _fill(here: Running, waiting: int) -> dict[str, Any]:
    await fill(here, waiting)
    return {"waiting": waiting}


async def _open(here: Running, _: int) -> dict[str, Any]:
    """What the worker does once it is due; seconds of wall time."""
    begun = perf_counter()
    opened = await here.core.boxes.open_due()
    middle = perf_counter()
    cells = await here.figures.publication.publish_due()
    ended = perf_counter()
    return {
        "opened": opened,
        "cells": cells,
        "opening": middle - begun,
        "publishing": ended - middle,
    }


async def _people(here: Running, number: int) -> dict[str, Any]:
    places, now = [unit.key for unit in units()], here.core.clock.now()
    for start in range(0, number, _PEOPLE_AT_ONCE):
        some = [
            Person(
                id=here.core.ids.uuid(),
                key=f"E{each:06}",
                name=f"Person {each}",
                units=(places[each % len(places)],),
                created_at=now,
                email=f"{each}@borough.example",
            )
            for each in range(start, min(start + _PEOPLE_AT_ONCE, number))
        ]
        async with here.core.begin() as work:
            await work.people.put(some)
            await work.commit()
    return {"people": number}


async def _launch(here: Running, number: int) -> dict[str, Any]:
    """What the worker does once the time of a campaign has come; seconds and megabytes."""
    now, key = here.core.clock.now(), f"launch-{number}"
    zone = here.core.settings.zone
    start = local_of(now, zone)
    schedule = {"start": start.isoformat()}
    plan = CampaignPlan.model_validate(
        {"key": key, "questionnaire": QUESTIONNAIRE, "schedule": schedule}
    )
    before = now - timedelta(hours=1)
    campaign = Campaign(
        plan, CampaignState.RUNNING, 1, before, "bench", 1, now, f"{start:%Y-%m-%dT%H:%M}", before
    )
    async with here.core.begin() as work:
        await work.campaigns.add(campaign)
        await work.commit()
    held = used_megabytes()
    forget_peak()
    begun = perf_counter()
    await here.core.waves.fire_due()
    while await here.core.waves.expand_due():
        pass
    seconds = perf_counter() - begun
    async with here.core.begin.read() as work:
        standing = await work.invitations.standing(f"{key}.1")
    return {
        "seconds": seconds,
        "before": held,
        "peak": peak_megabytes(),
        "invited": standing.invited,
    }


async def furnish(here: Running) -> None:
    """The borough's units, the questionnaire, and its box with nothing in it."""
    async with here.core.begin() as work:
        await work.organisation.put_units(units())
        await work.commit()
    await here.publish(QUESTIONNAIRE)
    unit, said = next(given(1, seed="furnish"))
    await _intake(here).submission(await _published(here), Answers(unit, "en", said))


async def fill(here: Running, waiting: int) -> None:
    """Put so many sealed submissions into the box, by the writer."""
    published, intake = await _published(here), _intake(here)
    people = [Answers(unit, "en", said) for unit, said in given(waiting, seed="opening")]
    for start in range(0, waiting, _AT_ONCE):
        ops = [await intake.submission(published, one) for one in people[start : start + _AT_ONCE]]
        await asyncio.gather(*(here.core.writer.submit(op) for op in ops))


def _intake(here: Running) -> Intake:
    core = here.core
    return Intake(core.begin, core.clock, core.ids, core.keys, core.settings.zone)


async def _published(here: Running) -> Published:
    return (await here.core.catalogue.get(QUESTIONNAIRE)).published


def main() -> None:
    kind, url, folder = sys.argv[1:]
    # Standard output is for what is asked for.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(_serve(Kind(kind), url, Path(folder)))


if __name__ == "__main__":
    main()
