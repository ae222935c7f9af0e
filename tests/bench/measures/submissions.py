"""Durable submissions over HTTP, against the same application when it only validates.

On PostgreSQL also against one transaction a request, written by hand.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Final

import asyncpg

from tests.bench.answers import submitting
from tests.bench.load import write_requests
from tests.bench.options import Options
from tests.bench.postgres import BenchPostgres, postgres
from tests.bench.processes import Served, asked, served
from tests.bench.rounds import Goal, Line, Sample, Spread, middle, ratio, visit
from tests.bench.server import Kind

CLIENTS: Final = 32
_REQUESTS: Final = 500
_KEEPING: Final = (Kind.DURABLE, Kind.BY_HAND)
_SIZE: Final = "SELECT round(avg(octet_length(blob))) FROM sealed"
_DATABASES: Final = ("SQLite, synchronous=FULL", "PostgreSQL, synchronous_commit=on")


def measure(options: Options) -> Iterator[Line]:
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        urls: dict[str, str] = {}
        variants: dict[str, Callable[[], Sample]] = {}
        accepted: Counter[str] = Counter()
        for database in _DATABASES:
            by_hand = () if database.startswith("SQLite") else (Kind.BY_HAND,)
            for kind in (Kind.DURABLE, Kind.VALIDATING, *by_hand):
                name = f"{database}, {kind}"
                folder = options.folder / name.replace(" ", "-").replace(",", "")
                sqlite = database.startswith("SQLite")
                path = options.folder / f"{folder.name}.sqlite"
                urls[name] = f"sqlite:///{path}" if sqlite else server.new_database()
                running = stack.enter_context(served(kind, urls[name], folder))
                requests = prepared(running, folder)
                of_postgres = None if sqlite else server
                run = partial(submitted, running, requests, of_postgres, options)
                variants[name] = partial(counted, run, accepted, name)
        samples = visit(variants, rounds=options.rounds, tell=options.tell)
        for name, url in urls.items():
            check_rows(url, 0 if name.endswith(Kind.VALIDATING) else accepted[name])
        ours, theirs = (asked_of(urls[f"{_DATABASES[1]}, {kind}"], _SIZE) for kind in _KEEPING)
        if ours != theirs:
            raise RuntimeError(f"sealed answers have {ours} bytes, those by hand {theirs}")
    for database in _DATABASES:
        yield from _lines(database, samples)
    yield _by_hand(_DATABASES[1], samples)


def prepared(server: Served, folder: Path) -> Path:
    """A file of requests that this server accepts."""
    requests = folder / "requests.json"
    write_requests(requests, submitting(_REQUESTS, key=server.key))
    return requests


def submitted(
    server: Served, requests: Path, database: BenchPostgres | None, options: Options
) -> Sample:
    """One round. Raises: RuntimeError, where anything but a 201 was answered."""

    def cpu() -> float:
        return server.cpu_seconds() + (database.cpu_seconds() if database else 0)

    before = cpu()
    found = asked(server.port, requests, clients=CLIENTS, seconds=options.seconds)
    spent = cpu() - before
    statuses: Mapping[str, int] = found["statuses"]
    if set(statuses) != {"201"}:
        raise RuntimeError(f"not every submission was accepted: {statuses}")
    return Sample(
        statuses["201"],
        found["seconds"],
        spent,
        p50=found["p50"],
        p99=found["p99"],
        asking=found["cpu"],
    )


def counted(round_: Callable[[], Sample], accepted: Counter[str], name: str) -> Sample:
    """The round, its units added up over all rounds."""
    sample = round_()
    accepted[name] += sample.units
    return sample


def _lines(database: str, samples: Mapping[str, list[Sample]]) -> Iterator[Line]:
    durable = samples[f"{database}, {Kind.DURABLE}"]
    validating = samples[f"{database}, {Kind.VALIDATING}"]
    sqlite = database.startswith("SQLite")
    busiest = max(each.asking / each.seconds for each in (*durable, *validating))
    asking = middle(validating, lambda each: each.asking / each.units) * 1e6
    yield Line(
        f"{'P3' if sqlite else 'P1'} durable submissions a second, {CLIENTS} clients, {database}",
        "the same application validating only",
        ratio(durable, validating, lambda each: each.rate),
        f"{_rate(durable)}, against {_rate(validating)}; clients {asking:.0f} µs CPU a request, "
        f"{busiest:.0%} of their core at most",
        Goal(0.55 if sqlite else 0.60),
    )
    by_cpu = ratio(validating, durable, lambda each: each.cpu_each)
    yield Line(
        f"the same by CPU time, which neighbours disturb less, {database}",
        "the same application validating only",
        by_cpu,
        f"{_micro(validating)} over {_micro(durable)}, database included",
    )
    yield Line(
        f"{'99th percentile of P3' if sqlite else 'P2 99th percentile of P1'}, {database}",
        "that of validating only",
        ratio(durable, validating, lambda each: each.p99),
        f"{_milliseconds(durable)} against {_milliseconds(validating)}",
        Goal(2, most=True),
    )


def _by_hand(database: str, samples: Mapping[str, list[Sample]]) -> Line:
    durable = samples[f"{database}, {Kind.DURABLE}"]
    by_hand = samples[f"{database}, {Kind.BY_HAND}"]
    return Line(
        f"P5 CPU of application and database for one durable submission, {database}",
        "one transaction a request by hand, asyncpg, storing the same facts",
        ratio(durable, by_hand, lambda each: each.cpu_each),
        f"{_micro(durable)} against {_micro(by_hand)}; {_rate(durable)} against {_rate(by_hand)}",
        Goal(0.40, most=True),
    )


def _rate(samples: list[Sample]) -> str:
    return f"{middle(samples, lambda each: each.rate):,.0f}/s"


def _micro(samples: list[Sample]) -> str:
    return f"{middle(samples, lambda each: each.cpu_each) * 1e6:,.0f} µs"


def _milliseconds(samples: list[Sample]) -> str:
    seen = Spread.of([each.p99 * 1e3 for each in samples])
    half = middle(samples, lambda each: each.p50) * 1e3
    return f"{seen.middle:.0f} ms (half within {half:.0f} ms)"


def check_rows(url: str, expected: int) -> None:
    """Raises: RuntimeError, where what was acknowledged and what is stored differ."""
    for table in ("receipts", "sealed"):
        rows = asked_of(url, f"SELECT count(*) FROM {table}")
        if rows != expected:
            raise RuntimeError(f"{table}: {rows} rows for {expected} accepted submissions")


def asked_of(url: str, question: str) -> int:
    """The one number that the database answers."""
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
