"""Publishing the demonstration's figures, and the time that its trends page and charts take."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter
from typing import Final

from api.demonstration import load_demonstration
from tests.bench.answers import units
from tests.bench.machine import forget_peak, peak_megabytes, used_megabytes
from tests.bench.options import Options
from tests.bench.processes import Served, alone, served
from tests.bench.rounds import Line, Spread
from tests.bench.server import Kind
from tests.support.application import running

_PAGES: Final = 60
_CHARTS: Final = 12


@dataclass(frozen=True, slots=True)
class Loaded:
    """Seconds to invent and store the answers, and to publish their figures; megabytes."""

    inventing: float
    publishing: float
    before: float
    peak: float


def measure(options: Options) -> Iterator[Line]:
    url = f"sqlite:///{options.folder / 'demonstration.sqlite'}"
    loaded = alone(load, url, options.folder / "demonstration")
    options.tell(f"    inventing {loaded.inventing:.1f} s, publishing {loaded.publishing:.1f} s")
    yield Line(
        "publishing the demonstration, SQLite",
        "-",
        None,
        f"{loaded.publishing:.1f} s after {loaded.inventing:.1f} s of inventing; "
        f"{loaded.before:.0f} MB before, {loaded.peak:.0f} MB at most",
    )
    with served(Kind.DEMO, url, options.folder / "served") as server:
        count = _PAGES // 4 if options.small else _PAGES
        charts = _CHARTS // 2 if options.small else _CHARTS
        addresses = [f"/staff/trends?unit={unit.key}" for unit in units()]
        _asked(server, addresses[:1])
        pages = _asked(server, (addresses * count)[:count])
        pictures = [
            f"/staff/trends/chart.svg?measure={measure}&by={by}"
            for measure in ("satisfaction", "nps", "ease", "net_satisfaction", "engagement_index")
            for by in ("month", "quarter", "year")
        ][: charts + 1]
        _asked(server, pictures[:1])  # its process has loaded by then
        drawn = _asked(server, pictures[1:])
        kept = _asked(server, pictures[1:])
    yield Line("trends page, 95th percentile", "-", None, _told(pages))
    yield Line(
        "chart that is kept",
        "one that is drawn",
        _over(kept, drawn),
        f"{_told(kept)}, against {_told(drawn)}",
    )


def load(url: str, folder: Path) -> Loaded:
    folder.mkdir()
    return asyncio.run(_load(url, folder))


async def _load(url: str, folder: Path) -> Loaded:
    moments: list[float] = []
    async with running(url, folder, demo=True) as here:
        before = used_megabytes()
        forget_peak()
        begun = perf_counter()
        await load_demonstration(
            here.core, here.figures, tell=lambda _: moments.append(perf_counter())
        )
        ended = perf_counter()
        # The last thing told is that the figures are being worked out.
        return Loaded(moments[-1] - begun, ended - moments[-1], before, peak_megabytes())


def _asked(server: Served, addresses: Sequence[str]) -> list[float]:
    """Seconds that each address took, one after the other over one connection."""
    taken = []
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        for address in addresses:
            begun = perf_counter()
            connection.request("GET", address)
            answer = connection.getresponse()
            answer.read()
            taken.append(perf_counter() - begun)
            if answer.status != 200:
                raise RuntimeError(f"{address}: {answer.status}")
    finally:
        connection.close()
    return taken


def _over(one: Sequence[float], other: Sequence[float]) -> Spread:
    """Address by address."""
    return Spread.of([mine / theirs for mine, theirs in zip(one, other, strict=True)])


def _at(taken: Sequence[float], percent: int) -> float:
    return sorted(taken)[min(len(taken) - 1, len(taken) * percent // 100)]


def _told(taken: Sequence[float]) -> str:
    late, half = _at(taken, 95) * 1e3, _at(taken, 50) * 1e3
    return f"{late:.0f} ms (half within {half:.0f} ms, {len(taken)} asked)"
