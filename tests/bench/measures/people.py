"""Importing 100,000 people, against csv and sqlite3 alone; and finding some of them afterwards."""

import asyncio
import csv
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any, Final

import httpx2 as httpx
from pydantic import SecretStr

from analytics.figures import open_figures
from api.app import create_app
from api.cookies import Cookie, name_of
from survey.domain.accounts import Account, Grant, Method, Role, Stage
from survey.domain.audit import OPERATOR
from survey.ports import UnitOfWork
from survey.settings import Settings
from survey.wiring import Application, open_application
from tests.bench.answers import units
from tests.bench.machine import forget_peak, peak_megabytes, used_megabytes
from tests.bench.options import Options
from tests.bench.postgres import postgres
from tests.bench.processes import alone
from tests.bench.rounds import Line

_PEOPLE: Final = 100_000
_COLUMNS: Final = ("key", "name", "unit", "email", "roles", "language", "site", "start_date")
_TIMES: Final = 20

_FIRST: Final = (
    "Ann Ben Cai Dee Eve Fay Gus Hal Ivy Jon Kay Lee Mia Ned Oda Pat Ros Sam Tom Una Wyn"
)
_LAST: Final = "Brown Clarke Davies Evans Green Hall Jones Patel Roberts Smith Taylor Walker Wright"


@dataclass(frozen=True, slots=True)
class Imported:
    """Seconds of the first import and of the same again, megabytes before and at most; and the
    median milliseconds of each question about people, and of each page of them."""

    people: int
    seconds: float
    again: float
    before: float
    peak: float
    asked: Mapping[str, float]
    pages: Mapping[str, float]


def measure(options: Options) -> Iterator[Line]:
    file = options.folder / "people.csv"
    write_file(file, _PEOPLE // 10 if options.small else _PEOPLE)
    bare = alone(partial(import_bare, options.folder / "bare-people.sqlite", file))
    with postgres() as server:
        databases = {
            "SQLite": f"sqlite:///{options.folder / 'people.sqlite'}",
            "PostgreSQL": server.new_database(),
        }
        for name, url in databases.items():
            ours = alone(partial(import_by_us, url, options.folder / f"people-{name}", file))
            options.tell(f"    {name}: {ours.seconds:.1f} s")
            yield Line(
                f"importing {ours.people:,} people, {name}",
                "csv and `executemany` into one SQLite table: no check, no units",
                None,
                f"{ours.seconds:.1f} s ({ours.seconds / bare:.0f} times {bare:.1f} s), the same "
                f"again {ours.again:.1f} s; {ours.before:.0f} MB before, "
                f"{ours.peak:.0f} MB at most",
            )
            yield Line(
                f"a page of {ours.people:,} people, {name}",
                "none: the time of the database and of its rows",
                None,
                "; ".join(f"{asked} {took:.1f} ms" for asked, took in ours.asked.items()),
            )
            yield Line(
                f"the page of {ours.people:,} people as the server makes it, {name}",
                "none: aimed at 50 ms",
                None,
                "; ".join(f"{asked} {took:.0f} ms" for asked, took in ours.pages.items()),
            )


def write_file(path: Path, people: int) -> None:
    chance = Random("people")
    places = [unit.key for unit in units()]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for number in range(people):
            first, last = chance.choice(_FIRST.split()), chance.choice(_LAST.split())
            writer.writerow(
                (
                    f"E{number:06}",
                    f"{first} {last}-{number:x}",
                    "|".join(chance.sample(places, 2 if chance.random() < 0.02 else 1)),
                    f"{first}.{last}.{number}@borough.example".lower(),
                    "superuser" if chance.random() < 0.05 else "",
                    chance.choice(("en", "en", "en", "cy")),
                    f"Site {chance.randrange(40)}",
                    f"20{chance.randrange(10, 26)}-{chance.randrange(1, 13):02}-01",
                )
            )


def import_by_us(url: str, folder: Path, file: Path) -> Imported:
    folder.mkdir()
    return asyncio.run(_import_by_us(url, folder, file))


async def _import_by_us(url: str, folder: Path, file: Path) -> Imported:
    settings = Settings(
        database_url=url,
        key_dir=folder / "keys",
        secret_key=SecretStr("of a bench, 32 letters long"),
    )
    async with open_application(settings) as core:
        async with core.begin() as work:
            await work.organisation.put_units(units())
            await work.commit()
        before = used_megabytes()
        forget_peak()
        added, seconds = await _import(core, file)
        twice, repeated = await _import(core, file)
        if twice:
            raise RuntimeError("the same list again added somebody")
        peak = peak_megabytes()
        asked = {name: await _asked(core, ask) for name, ask in _QUESTIONS.items()}
        pages = await _pages(core)
    return Imported(added, seconds, repeated, before, peak, asked, pages)


async def _import(core: Application, file: Path) -> tuple[int, float]:
    begun = perf_counter()
    plan = await core.importing.import_people(
        lambda: file.open("rb"), file.name, by=OPERATOR, confirmed=0
    )
    return len(plan.added), perf_counter() - begun


async def _page(work: UnitOfWork, **asked: Any) -> object:
    """What the page of people asks: how many there are, and the first of them."""
    await work.people.count(**asked)
    return await work.people.find(**asked)


async def _later(work: UnitOfWork) -> object:
    (middle,) = (await work.people.find(text="j", limit=1)).people
    return await work.people.find(after=middle)


_QUESTIONS: Final[Mapping[str, Callable[[UnitOfWork], Awaitable[object]]]] = {
    "everybody": _page,
    "by a part of the name": partial(_page, text="wri"),
    "by a key": partial(_page, text="e004242"),
    "nobody": partial(_page, text="qqqq"),
    "of one school": partial(_page, units=["oakfield"]),
    "who left": partial(_page, ended=True),
    "a later page": _later,
    "how many a unit": lambda work: work.people.count_by_unit(),
}


async def _asked(core: Application, ask: Callable[[UnitOfWork], Awaitable[object]]) -> float:
    took = []
    for _ in range(_TIMES):
        begun = perf_counter()
        async with core.begin.read() as work:
            await ask(work)
        took.append(perf_counter() - begun)
    return median(took) * 1_000


_PAGES: Final[Mapping[str, str]] = {
    "everybody": "/staff/people",
    "by a part of the name": "/staff/people?find=wri",
    "nobody": "/staff/people?find=qqqq",
    "of one school": "/staff/people?unit=oakfield",
    "backwards by key": "/staff/people?sort=-key",
}


async def _pages(core: Application) -> Mapping[str, float]:
    """Median milliseconds from request to answer, without a network."""
    account = Account(
        id=core.ids.uuid(),
        email="bench@borough.example",
        name="Bench",
        grants=frozenset({Grant(Role.ADMINISTRATOR)}),
        created_at=core.clock.now(),
    )
    async with core.begin() as work:
        await work.accounts.put(account)
        await work.commit()
    begun = await core.staff_sessions.start(account, stage=Stage.WHOLE, method=Method.PASSWORD)
    async with open_figures(core) as figures:
        transport = httpx.ASGITransport(create_app(core, figures))
        cookies = {name_of(Cookie.STAFF, core.settings): begun.secret}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://bench", cookies=cookies
        ) as client:
            return {name: await _page_time(client, path) for name, path in _PAGES.items()}


async def _page_time(client: httpx.AsyncClient, path: str) -> float:
    took = []
    for _ in range(_TIMES):
        begun = perf_counter()
        answer = await client.get(path)
        took.append(perf_counter() - begun)
        answer.raise_for_status()
    return median(took) * 1_000


def import_bare(path: Path, file: Path) -> float:
    """Seconds."""
    begun = perf_counter()
    with (
        closing(sqlite3.connect(path)) as database,
        file.open(newline="", encoding="utf-8") as lines,
    ):
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute(f"CREATE TABLE people ({', '.join(_COLUMNS)})")
        rows = csv.reader(lines)
        next(rows)
        marks = ", ".join("?" for _ in _COLUMNS)
        database.executemany(f"INSERT INTO people VALUES ({marks})", rows)
        database.commit()
    return perf_counter() - begun
