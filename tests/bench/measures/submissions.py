"""Durable submissions over HTTP, against the same application when it only validates."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Final

import asyncpg

from tests.bench.answers import bodies
from tests.bench.options import Options
from tests.bench.postgres import BenchPostgres, postgres
from tests.bench.processes import Served, asked, served
from tests.bench.rounds import Line, Sample, Spread, middle, ratio, visit
from tests.bench.server import Kind

CLIENTS: Final = 32
_BODIES: Final = 500
_DATABASES: Final = ("SQLite, synchronous=FULL", "PostgreSQL, synchronous_commit=on")


def measure(options: Options) -> Iterator[Line]:
    _bodies(options).write_bytes(b"\n".join(bodies(_BODIES)))
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        urls: dict[str, str] = {}
        variants: dict[str, Callable[[], Sample]] = {}
        accepted: Counter[str] = Counter()
        for database in _DATABASES:
            for kind in (Kind.DURABLE, Kind.VALIDATING):
                name = f"{database}, {kind}"
                folder = options.folder / name.replace(" ", "-").replace(",", "")
                sqlite = database.startswith("SQLite")
                path = options.folder / f"{folder.name}.sqlite"
                urls[name] = f"sqlite:///{path}" if sqlite else server.new_database()
                running = stack.enter_context(served(kind, urls[name], folder))
                variants[name] = partial(
                    _round, running, None if sqlite else server, options, accepted, name
                )
        samples = visit(variants, rounds=options.rounds, tell=options.tell)
        for name, url in urls.items():
            _check_rows(url, accepted[name] if name.endswith(Kind.DURABLE) else 0)
    for database in _DATABASES:
        yield from _lines(database, samples)


def _bodies(options: Options) -> Path:
    return options.folder / "bodies"


def _round(
    running: Served,
    database: BenchPostgres | None,
    options: Options,
    accepted: Counter[str],
    name: str,
) -> Sample:
    def cpu() -> float:
        return running.cpu_seconds() + (database.cpu_seconds() if database else 0)

    before = cpu()
    found = asked(running, _bodies(options), clients=CLIENTS, seconds=options.seconds)
    spent = cpu() - before
    statuses: Mapping[str, int] = found["statuses"]
    if set(statuses) != {"201"}:
        raise RuntimeError(f"{name}: not every submission was accepted: {statuses}")
    accepted[name] += statuses["201"]
    return Sample(statuses["201"], found["seconds"], spent, p50=found["p50"], p99=found["p99"])


def _lines(database: str, samples: Mapping[str, list[Sample]]) -> Iterator[Line]:
    durable = samples[f"{database}, {Kind.DURABLE}"]
    validating = samples[f"{database}, {Kind.VALIDATING}"]
    yield Line(
        f"durable submissions a second, {CLIENTS} clients, {database}",
        "the same application validating only",
        ratio(durable, validating, lambda each: each.rate),
        f"{middle(durable, lambda each: each.rate):,.0f}/s "
        f"({middle(durable, lambda each: each.cpu_each) * 1e6:,.0f} µs CPU each), "
        f"against {middle(validating, lambda each: each.rate):,.0f}/s "
        f"({middle(validating, lambda each: each.cpu_each) * 1e6:,.0f} µs)",
    )
    yield Line(
        f"99th percentile of these, {database}",
        "that of validating only",
        ratio(durable, validating, lambda each: each.p99),
        f"{_milliseconds(durable)} against {_milliseconds(validating)}",
    )


def _milliseconds(samples: list[Sample]) -> str:
    seen = Spread.of([each.p99 * 1e3 for each in samples])
    half = middle(samples, lambda each: each.p50) * 1e3
    return f"{seen.middle:.0f} ms (half within {half:.0f} ms)"


def _check_rows(url: str, expected: int) -> None:
    """Raises: RuntimeError, where what was acknowledged and what is stored differ."""
    for table in ("receipts", "sealed"):
        rows = _rows(url, table)
        if rows != expected:
            raise RuntimeError(f"{table}: {rows} rows for {expected} accepted submissions")


def _rows(url: str, table: str) -> int:
    question = f"SELECT count(*) FROM {table}"
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(Path(url.removeprefix("sqlite:///")))) as file:
            return int(file.execute(question).fetchone()[0])

    async def count() -> int:
        connection = await asyncpg.connect(url)
        try:
            return int(await connection.fetchval(question))
        finally:
            await connection.close()

    return asyncio.run(count())
