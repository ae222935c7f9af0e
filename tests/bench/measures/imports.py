"""Importing a responses file, against csv and sqlite3 putting the same rows into one table."""

import asyncio
import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Final

from tests.bench.answers import QUESTIONNAIRE, SCALES, given, units
from tests.bench.machine import forget_peak, peak_megabytes, used_megabytes
from tests.bench.options import Options
from tests.bench.postgres import postgres
from tests.bench.processes import alone
from tests.bench.rounds import Line
from tests.support.application import running

_ROWS: Final = 100_000
_COLUMNS: Final = ("submitted_on", "unit", "language", *SCALES, "comment")


@dataclass(frozen=True, slots=True)
class Imported:
    """Seconds of wall and CPU time, and megabytes held before and at most."""

    rows: int
    seconds: float
    cpu: float
    before: float
    peak: float


def measure(options: Options) -> Iterator[Line]:
    file = options.folder / "responses.csv"
    write_file(file, _ROWS // 10 if options.small else _ROWS)
    with postgres() as server:
        ways = {
            "SQLite": partial(
                import_by_us,
                f"sqlite:///{options.folder / 'import.sqlite'}",
                options.folder / "i1",
                file,
            ),
            "PostgreSQL": partial(import_by_us, server.new_database(), options.folder / "i2", file),
            "bare": partial(import_bare, options.folder / "bare.sqlite", file),
        }
        found: dict[str, Imported] = {}
        for name, work in ways.items():
            found[name] = alone(work)
            options.tell(f"    {name}: {found[name].seconds:.1f} s")
    if len({each.rows for each in found.values()}) != 1:
        raise RuntimeError("the imports kept different numbers of rows")
    bare = found.pop("bare")
    for database, ours in found.items():
        yield Line(
            f"importing {ours.rows:,} responses, {database}",
            "csv and `executemany` into one SQLite table: no check, no counts",
            None,
            f"{ours.seconds:.1f} s ({ours.seconds / bare.seconds:.0f} times {bare.seconds:.1f} s); "
            f"{ours.before:.0f} MB before, {ours.peak:.0f} MB at most, against {bare.peak:.0f} MB",
        )


def write_file(path: Path, rows: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        for number, (unit, said) in enumerate(given(rows, seed="import")):
            day = f"2026-{number % 4 + 1:02}-{number % 28 + 1:02}"
            writer.writerow({"submitted_on": day, "unit": unit, "language": "en", **said})


def import_by_us(url: str, folder: Path, file: Path) -> Imported:
    folder.mkdir()
    return asyncio.run(_import_by_us(url, folder, file))


async def _import_by_us(url: str, folder: Path, file: Path) -> Imported:
    async with running(url, folder) as here:
        async with here.core.begin() as work:
            await work.organisation.put_units(units())
            await work.commit()
        await here.publish(QUESTIONNAIRE)
        before = used_megabytes()
        forget_peak()
        begun, cpu = perf_counter(), process_time()
        await here.core.responses.import_file(
            QUESTIONNAIRE, lambda: file.open("rb"), name=file.name
        )
        seconds, spent, peak = perf_counter() - begun, process_time() - cpu, peak_megabytes()
        async with here.core.begin.read(one_state=True) as work:
            kept = 0
            async for _ in work.responses.all(QUESTIONNAIRE):
                kept += 1
    return Imported(kept, seconds, spent, before, peak)


def import_bare(path: Path, file: Path) -> Imported:
    before = used_megabytes()
    forget_peak()
    begun, cpu = perf_counter(), process_time()
    with (
        closing(sqlite3.connect(path)) as database,
        file.open(newline="", encoding="utf-8") as lines,
    ):
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute(f"CREATE TABLE responses ({', '.join(_COLUMNS)})")
        rows = csv.reader(lines)
        next(rows)
        marks = ", ".join("?" for _ in _COLUMNS)
        database.executemany(f"INSERT INTO responses VALUES ({marks})", rows)
        database.commit()
        seconds, spent = perf_counter() - begun, process_time() - cpu
        kept = database.execute("SELECT count(*) FROM responses").fetchone()[0]
    return Imported(kept, seconds, spent, before, peak_megabytes())
