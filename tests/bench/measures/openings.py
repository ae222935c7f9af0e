"""Opening a full box and publishing the cells that it touches, in a process of its own."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from survey.services.intake import Answers, Intake
from tests.bench.answers import QUESTIONNAIRE, given, units
from tests.bench.machine import forget_peak, peak_megabytes, used_megabytes
from tests.bench.options import Options
from tests.bench.postgres import postgres
from tests.bench.processes import alone
from tests.bench.rounds import Line
from tests.support.application import running

_WAITING: Final = 10_000
_AT_ONCE: Final = 256


@dataclass(frozen=True, slots=True)
class Opened:
    """Seconds of wall time, and megabytes held before and at most."""

    opening: float
    publishing: float
    cells: int
    before: float
    peak: float


def measure(options: Options) -> Iterator[Line]:
    waiting = _WAITING // 10 if options.small else _WAITING
    with ExitStack() as stack:
        urls = {
            "SQLite": f"sqlite:///{options.folder / 'opening.sqlite'}",
            "PostgreSQL": stack.enter_context(postgres()).new_database(),
        }
        for database, url in urls.items():
            found = alone(open_full_box, url, options.folder / f"opening-{database}", waiting)
            options.tell(f"    {database}: {found.opening:.1f} s and {found.publishing:.1f} s")
            yield Line(
                f"opening a box of {waiting:,} and publishing what it touches, {database}",
                "-",
                None,
                f"opening {found.opening:.1f} s, publishing {found.publishing:.1f} s for "
                f"{found.cells:,} cells; {found.before:.0f} MB before, {found.peak:.0f} MB at most",
            )


def open_full_box(url: str, folder: Path, waiting: int) -> Opened:
    """Raises: RuntimeError, where not every sealed submission became a response."""
    folder.mkdir()
    return asyncio.run(_open_full_box(url, folder, waiting))


async def _open_full_box(url: str, folder: Path, waiting: int) -> Opened:
    async with running(url, folder) as here:
        core = here.core
        async with core.begin() as work:
            await work.organisation.put_units(units())
            await work.commit()
        await here.publish(QUESTIONNAIRE)
        published = (await core.catalogue.get(QUESTIONNAIRE)).published
        intake = Intake(core.begin, core.clock, core.ids, core.keys, core.settings.zone)
        people = [Answers(unit, "en", said) for unit, said in given(waiting, seed="opening")]
        for start in range(0, waiting, _AT_ONCE):
            ops = [
                await intake.submission(published, one) for one in people[start : start + _AT_ONCE]
            ]
            await asyncio.gather(*(core.writer.submit(op) for op in ops))
        before = used_megabytes()
        forget_peak()
        begun = perf_counter()
        opened = await core.boxes.open_due()
        middle = perf_counter()
        cells = await here.figures.publication.publish_due()
        ended = perf_counter()
        async with core.begin.read(one_state=True) as work:
            kept = len([each async for each in work.responses.all(QUESTIONNAIRE)])
        if not opened == kept == waiting:
            raise RuntimeError(f"{kept} responses of {waiting} sealed submissions")
        return Opened(middle - begun, ended - middle, cells, before, peak_megabytes())
