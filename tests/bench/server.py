"""The application over HTTP in a process of its own, as `tellback serve` runs it.

    python -m tests.bench.server KIND DATABASE_URL FOLDER

KIND is "durable" (the application as it is), "validating" (the same, with a writer that writes
nothing), "by hand" (see `tests.bench.by_hand`) or "demo". Writes one line of JSON when it listens,
`{"port", "key"}`, and serves until SIGTERM. There is no worker: no box is opened while submissions
are measured.
"""

import asyncio
import gc
import json
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from uvicorn.loops.auto import auto_loop_factory

from api.app import create_app
from api.demonstration import load_demonstration
from api.limiting import Rates
from survey.domain.records import InboxRow, Receipt, ShownTurn, Step, Submission, UpdateKey
from survey.services.api_keys import Scope
from survey.services.intake import Answers, Intake
from survey.services.memory import Memory
from survey.services.responses import Responses
from survey.wiring import Application
from tests.bench import by_hand
from tests.bench.answers import QUESTIONNAIRE, given, units
from tests.support.application import Running, running
from tests.support.server import serving

UNLIMITED: Final = Rates(per_key=10**9, per_link=10**9, per_address=10**9)


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
        digest_key=bytes(32),
    )
    return replace(core, writer=writer, responses=responses)


async def _serve(kind: Kind, url: str, folder: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with _application(kind, url, folder) as (app, key):
        gc.collect()
        gc.freeze()
        async with serving(app) as address:
            line = {"port": urlsplit(address).port, "key": key}
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
            await stop.wait()


@asynccontextmanager
async def _application(kind: Kind, url: str, folder: Path) -> AsyncIterator[tuple[Any, str]]:
    """The application and a key that may submit responses."""
    async with running(url, folder, demo=kind is Kind.DEMO) as here:
        if kind is Kind.DEMO:
            await load_demonstration(here.core, here.figures)
            here.figures.charts.start()
        else:
            await _furnish(here)
        key = await here.core.api_keys.add("bench", frozenset({Scope.WRITE}))
        if kind is not Kind.BY_HAND:
            core = validating_only(here.core) if kind is Kind.VALIDATING else here.core
            yield create_app(core, here.figures, rates=UNLIMITED), key.secret
            return
    yield by_hand.create_app(url, key=key.secret), key.secret


async def _furnish(here: Running) -> None:
    """The borough's units, the questionnaire, and its box with nothing in it."""
    core = here.core
    async with core.begin() as work:
        await work.organisation.put_units(units())
        await work.commit()
    await here.publish(QUESTIONNAIRE)
    published = (await core.catalogue.get(QUESTIONNAIRE)).published
    intake = Intake(core.begin, core.clock, core.ids, core.keys, core.settings.zone)
    unit, said = next(given(1, seed="furnish"))
    await intake.submission(published, Answers(unit, "en", said))


def main() -> None:
    kind, url, folder = sys.argv[1:]
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(_serve(Kind(kind), url, Path(folder)))


if __name__ == "__main__":
    main()
