"""Opening a full box and publishing the cells it touches: how long it takes, and who waits."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from tests.bench.answers import QUESTIONNAIRE
from tests.bench.machine import forget_peak, peak_megabytes, used_megabytes
from tests.bench.measures.submissions import CLIENTS, asked_of, prepared
from tests.bench.options import Options
from tests.bench.postgres import postgres
from tests.bench.processes import alone, asked, asked_while, served
from tests.bench.rounds import Goal, Line, Spread
from tests.bench.server import Kind, fill, furnish
from tests.support.application import running

_WAITING: Final = 10_000
_AT_MOST_SECONDS: Final = 300.0


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
        server = stack.enter_context(postgres())
        for database in ("SQLite", "PostgreSQL"):
            places = [options.folder / f"{name}-{database}" for name in ("opening", "meanwhile")]
            urls = [
                f"sqlite:///{place}.sqlite" if database == "SQLite" else server.new_database()
                for place in places
            ]
            found = alone(open_full_box, urls[0], places[0], waiting)
            options.tell(f"    {database}: {found.opening:.1f} s and {found.publishing:.1f} s")
            yield Line(
                f"P9 opening a box of {waiting:,} and publishing what it touches, {database}",
                "-",
                None,
                f"opening {found.opening:.1f} s, publishing {found.publishing:.1f} s for "
                f"{found.cells:,} cells; {found.before:.0f} MB before, {found.peak:.0f} MB at most",
            )
            yield _meanwhile(urls[1], places[1], database, waiting, options)


def _meanwhile(url: str, folder: Path, database: str, waiting: int, options: Options) -> Line:
    """Submissions to a process that opens a full box, and to the same before.

    Raises: RuntimeError, where one was refused, or is neither sealed nor opened afterwards.
    """
    with served(Kind.DURABLE, url, folder) as running:
        requests = prepared(running, folder)
        running.commands.does(f"fill {waiting}")
        warming, before = (
            asked(running.port, requests, clients=CLIENTS, seconds=options.seconds)
            for _ in range(2)
        )
        during, opened = asked_while(
            running.port,
            requests,
            lambda: running.commands.does("open"),
            clients=CLIENTS,
            at_most=_AT_MOST_SECONDS,
        )
    accepted = waiting
    for told in (warming, before, during):
        if set(told["statuses"]) != {"201"}:
            raise RuntimeError(f"not every submission was accepted: {told['statuses']}")
        accepted += told["statuses"]["201"]
    kept = sum(asked_of(url, f"SELECT count(*) FROM {table}") for table in ("responses", "sealed"))
    if kept != accepted or asked_of(url, "SELECT count(*) FROM receipts") != accepted:
        raise RuntimeError(f"{kept} submissions are stored of {accepted}")
    return Line(
        f"99th percentile of submissions, {CLIENTS} clients, while that box is opened in the same "
        f"process, {database}",
        "before",
        Spread.of([during["p99"] / before["p99"]]),
        f"{during['p99'] * 1e3:,.0f} ms (half within {during['p50'] * 1e3:,.0f} ms) against "
        f"{before['p99'] * 1e3:,.0f} ms ({before['p50'] * 1e3:,.0f} ms); "
        f"{opened['opened']:,} opened in {opened['opening']:.1f} s, published in "
        f"{opened['publishing']:.1f} s; {_a_second(during)} against {_a_second(before)} a second",
        None if options.small else Goal(2, most=True),  # a small box keeps nobody long
    )


def _a_second(told: Mapping[str, Any]) -> str:
    return f"{told['statuses']['201'] / told['seconds']:,.0f}"


def open_full_box(url: str, folder: Path, waiting: int) -> Opened:
    """Raises: RuntimeError, where not every sealed submission became a response."""
    folder.mkdir()
    return asyncio.run(_open_full_box(url, folder, waiting))


async def _open_full_box(url: str, folder: Path, waiting: int) -> Opened:
    async with running(url, folder) as here:
        core = here.core
        await furnish(here)
        await fill(here, waiting)
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
