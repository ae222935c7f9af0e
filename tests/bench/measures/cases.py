"""P14: lists and searches of problem reports, with filters, as roles reach, at two sizes.

What is timed is what a page asks `Cases`: how many there are, and some of them; the first page and
the one after it. Every question is asked with another school, service, owner or words each time, by
whoever sees everything, a service, all schools, a service of theirs, or a school and a service.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any, Final
from uuid import UUID, uuid5

from pydantic import SecretStr
from sqlalchemy import func, insert, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.tables import case_words, cases, entries
from survey.domain.access import Trees
from survey.domain.accounts import Account, Grant, Role
from survey.domain.case_access import Looker
from survey.domain.case_records import CaseQuery, CaseSort
from survey.domain.cases import CaseKind, CaseState, Effect, Priority
from survey.domain.records import Unit
from survey.settings import Settings
from survey.wiring import Application, open_application
from tests.bench.options import Options
from tests.bench.postgres import postgres
from tests.bench.processes import alone
from tests.bench.rounds import Goal, Line, Spread

_CASES: Final = 200_000
_ENTRIES_EACH: Final = 10
_OPEN: Final = 0.04
"""Of all that are kept: six years of them."""

_DAYS: Final = 2_000
_SCHOOLS: Final = 120
_DEPARTMENTS: Final = 12
_OWNERS: Final = 40
_WORDS: Final = 4_000
_WORDS_EACH: Final = 60
_LOOKED_FOR: Final = (30, 1_500)
"""The ranks of words that are looked for: the first of them stands in one of five cases."""

_TIMES: Final = 40
_AT_ONCE: Final = 2_000
_IDS: Final = UUID("5c1d2f2e-7f9b-4d57-9a55-0a4c8a4f9f11")

_SERVICES: Final = ("hr", "payroll", "pensions", "finance", "it", "procurement", "estates", "other")
_OPEN_STATES: Final = tuple(state for state in CaseState if state.open)
_ENDED_STATES: Final = tuple(state for state in CaseState if not state.open)


@dataclass(frozen=True, slots=True)
class Asked:
    """Seconds of each asking, by what was asked."""

    cases: int
    lists: Mapping[str, Sequence[float]]
    searches: Mapping[str, Sequence[float]]


def measure(options: Options) -> Iterator[Line]:
    many = _CASES // 10 if options.small else _CASES
    with postgres() as server:
        for name, aim in (("PostgreSQL", 50), ("SQLite", 100)):
            few_and_many = []
            for size in (many // 10, many):
                folder = options.folder / f"cases-{name}-{size}"
                folder.mkdir()
                on_file = f"sqlite:///{folder / 'cases.sqlite'}"
                url = on_file if name == "SQLite" else server.new_database()
                asked = alone(partial(_measured, url, folder, size))
                options.tell(f"    {name}, {size:,}: {_told(asked.lists)}")
                few_and_many.append(asked)
            yield from _lines(name, aim, *few_and_many)


def _lines(name: str, aim: int, few: Asked, many: Asked) -> Iterator[Line]:
    for what, asks, most in (("list", "lists", aim), ("search", "searches", 150)):
        one, ten = getattr(few, asks), getattr(many, asks)
        ours = _p95(each for took in ten.values() for each in took)
        yield Line(
            f"P14 {what} of {many.cases:,} cases with {many.cases * _ENTRIES_EACH:,} entries, "
            f"a page with its count, p95, {name}",
            f"{most} ms",
            Spread.of([ours * 1_000 / most]),
            f"{ours * 1_000:.1f} ms; by question: {_told(ten)}",
            Goal(1.0, most=True),
        )
        before = _p95(each for took in one.values() for each in took)
        yield Line(
            f"P14 the same {what}, {name}",
            f"that of {few.cases:,} cases",
            Spread.of([ours / before]),
            f"{ours * 1_000:.1f} ms against {before * 1_000:.1f} ms; there: {_told(one)}",
            Goal(1.5, most=True) if what == "list" else None,
        )


def _told(asked: Mapping[str, Sequence[float]]) -> str:
    return "; ".join(f"{name} {_p95(took) * 1_000:.1f} ms" for name, took in asked.items())


def _p95(took: Any) -> float:
    ordered = sorted(took)
    return float(ordered[len(ordered) * 95 // 100])


# --- what is there ---


def units() -> Iterator[Unit]:
    yield Unit("schools", "Schools", "department")
    for number in range(_DEPARTMENTS):
        yield Unit(f"department-{number}", f"Department {number}", "department")
    for number in range(_SCHOOLS):
        yield Unit(f"school-{number}", f"School {number}", "school", "schools")


def owner(number: int) -> UUID:
    return uuid5(_IDS, f"owner {number}")


def _word(chance: Random, weights: Sequence[float]) -> Iterator[str]:
    """Words of a language: the first of them are in most texts, most are in few."""
    for number in chance.choices(range(_WORDS), cum_weights=weights, k=_WORDS_EACH):
        yield _spelt(number)


def _spelt(number: int) -> str:
    return f"{'bcdfghjklmnprstvw'[number % 17]}{'aeiou'[number % 5]}{number:x}"


async def fill(core: Application, size: int) -> None:
    """So many cases of a borough, as years of reports would leave them, with who owns them."""
    now = core.clock.now()
    async with core.begin() as work:
        await work.organisation.put_units(list(units()))
        for number in range(_OWNERS):
            email = f"owner.{number}@borough.example"
            await work.accounts.put(
                Account(owner(number), email, f"Owner {number}", frozenset(), now)
            )
        await work.commit()
    async with core.database.writing() as connection:
        await _fill(connection, size, now)
    async with core.database.writing() as connection:
        await _keep_house(connection)


async def _fill(connection: AsyncConnection, size: int, now: datetime) -> None:
    chance = Random("cases")
    weights = list(accumulate(1 / (number + 2) for number in range(_WORDS)))
    places = [unit.key for unit in units()]
    owners = [owner(number) for number in range(_OWNERS)]
    for start in range(0, size, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, size))
        rows = [_case(chance, number, size, now, places, owners) for number in numbers]
        await connection.execute(insert(cases), rows)
        words = [
            {"case": row["id"], "words": " ".join(dict.fromkeys(_word(chance, weights)))}
            for row in rows
        ]
        await connection.execute(insert(case_words), words)
        await _say(connection, [row["id"] for row in rows], now)
    await connection.commit()


async def _keep_house(connection: AsyncConnection) -> None:
    """As PostgreSQL's own housekeeping does within a minute; SQLite has none."""
    if connection.dialect.name == "postgresql":
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM (ANALYZE)"))


async def _say(connection: AsyncConnection, some: Sequence[UUID], now: datetime) -> None:
    """The entries of these, with texts of their words."""
    names = ["case", "number", "at", "kind", "audience", "side", "actor", "text"]
    said = [literal(each) for each in ("note", "staff", "staff", "account:x")]
    for number in range(1, _ENTRIES_EACH + 1):
        text_of_it = func.substr(case_words.c.words, number, 200)
        chosen = select(case_words.c.case, literal(number), literal(now), *said, text_of_it)
        of_them = chosen.where(case_words.c.case.in_(some))
        await connection.execute(insert(entries).from_select(names, of_them))


def _case(
    chance: Random,
    number: int,
    size: int,
    now: datetime,
    places: Sequence[str],
    owners: Sequence[UUID],
) -> dict[str, Any]:
    opened_at = now - timedelta(days=_DAYS) * (1 - number / size)
    is_open = chance.random() < _OPEN
    state = chance.choice(_OPEN_STATES if is_open else _ENDED_STATES)
    touched_at = min(now, opened_at + timedelta(days=chance.expovariate(1 / 15)))
    due_at = now + timedelta(hours=chance.uniform(-60, 240)) if is_open else None
    return {
        "id": uuid5(_IDS, str(number)),
        "link": uuid5(_IDS, f"link {number}"),
        "reference": f"P-{number:x}",
        "service": chance.choice(_SERVICES),
        "unit": chance.choice(places),
        "kind": chance.choice(list(CaseKind)).value,
        "effect": chance.choice(list(Effect)).value,
        "priority": chance.choice(list(Priority)).value,
        "language": "en",
        "restricted": chance.random() < 0.01,
        "state": state.value,
        "revision": _ENTRIES_EACH,
        "owner": chance.choice(owners) if chance.random() < 0.8 else None,
        "impact": chance.randint(1, 5) if chance.random() < 0.1 else None,
        "likelihood": chance.randint(1, 5),
        "opened_at": opened_at,
        "touched_at": touched_at,
        "ended_at": None if is_open else touched_at,
        "fix_by": due_at,
        "due_at": due_at,
    }


# --- what is asked ---

_Ask = Callable[[Random, datetime], CaseQuery]


def _school(chance: Random) -> str:
    return f"school-{chance.randrange(_SCHOOLS)}"


def _owner(chance: Random) -> UUID:
    return owner(chance.randrange(_OWNERS))


LISTS: Final[Mapping[str, _Ask]] = {
    "all": lambda chance, now: CaseQuery(),
    "newest": lambda chance, now: CaseQuery(sort=CaseSort.NEWEST),
    "open": lambda chance, now: CaseQuery(open=True),
    "open, newest": lambda chance, now: CaseQuery(open=True, sort=CaseSort.NEWEST),
    "open, by clock": lambda chance, now: CaseQuery(open=True, sort=CaseSort.DUE),
    "closed": lambda chance, now: CaseQuery(open=False, sort=CaseSort.NEWEST),
    "late": lambda chance, now: CaseQuery(late=True, sort=CaseSort.DUE),
    "mine": lambda chance, now: CaseQuery(owner=_owner(chance), open=True),
    "nobody's": lambda chance, now: CaseQuery(nobodys=True, open=True),
    "new": lambda chance, now: CaseQuery(states=frozenset({CaseState.NEW})),
    "waiting": lambda chance, now: CaseQuery(
        states=frozenset({CaseState.WAITING, CaseState.FIXED}), sort=CaseSort.DUE
    ),
    "risks": lambda chance, now: CaseQuery(risks=True, open=True),
    "a service": lambda chance, now: CaseQuery(service=chance.choice(_SERVICES), open=True),
    "a school": lambda chance, now: CaseQuery(unit=_school(chance), sort=CaseSort.NEWEST),
    "a school, longest untouched": lambda chance, now: CaseQuery(unit=_school(chance)),
    "of a kind": lambda chance, now: CaseQuery(
        kinds=frozenset({chance.choice(list(CaseKind))}),
        priorities=frozenset({Priority.URGENT, Priority.HIGH}),
        open=True,
    ),
    "of a month": lambda chance, now: CaseQuery(
        since=now - timedelta(days=60), until=now - timedelta(days=30), sort=CaseSort.NEWEST
    ),
    "for few": lambda chance, now: CaseQuery(restricted=True, open=True, sort=CaseSort.DUE),
}
"""As the queues that a page comes with, and those that staff keep."""

_LOOKERS: Final[Mapping[str, Callable[[Random], list[Grant]]]] = {
    "everything": lambda chance: [Grant(Role.ADMINISTRATOR)],
    "a service": lambda chance: [Grant(Role.CASE_WORKER, "", chance.choice(_SERVICES))],
    "all schools": lambda chance: [Grant(Role.SERVICE_MANAGER, "schools", "")],
    "a service for schools": lambda chance: [
        Grant(Role.CASE_WORKER, "schools", chance.choice(_SERVICES))
    ],
    "a school and a service": lambda chance: [
        Grant(Role.CASE_WORKER, _school(chance)),
        Grant(Role.CASE_WORKER, "", "estates"),
    ],
}


def _search(chance: Random, *, number: int) -> str:
    """Some words: not the few that stand in most texts, which nobody looks for."""
    return " ".join(_spelt(chance.randrange(*_LOOKED_FOR)) for _ in range(number))


SEARCHES: Final[Mapping[str, _Ask]] = {
    "a word": lambda chance, now: CaseQuery(words=_search(chance, number=1)),
    "a word, open": lambda chance, now: CaseQuery(words=_search(chance, number=1), open=True),
    "two words": lambda chance, now: CaseQuery(words=_search(chance, number=2)),
    "three words, newest": lambda chance, now: CaseQuery(
        words=_search(chance, number=3), sort=CaseSort.NEWEST
    ),
    "the beginning of a word": lambda chance, now: CaseQuery(words=_search(chance, number=1)[:3]),
}


# --- how long it takes ---


def _measured(url: str, folder: Path, size: int) -> Asked:
    return asyncio.run(_measure(url, folder, size))


async def _measure(url: str, folder: Path, size: int) -> Asked:
    settings = Settings(
        database_url=url,
        key_dir=folder / "keys",
        secret_key=SecretStr("of a bench, 32 letters long"),
    )
    async with open_application(settings) as core:
        await fill(core, size)
        trees = await core.organisation.trees()
        return Asked(
            size,
            {name: await _times(core, trees, ask) for name, ask in LISTS.items()},
            {name: await _times(core, trees, ask) for name, ask in SEARCHES.items()},
        )


async def _times(core: Application, trees: Trees, ask: _Ask) -> list[float]:
    chance, took = Random("asked"), list[float]()
    lookers = list(_LOOKERS.values())
    for number in range(-len(lookers), _TIMES):
        query = ask(chance, core.clock.now())
        grants = lookers[number % len(lookers)](chance)
        looker = Looker(_owner(chance), frozenset(grants), trees)
        seconds, later = await _page(core, query, looker, None)
        if number < 0:
            continue
        took.append(seconds)
        if later is not None:
            seconds, _ = await _page(core, query, looker, later)
            took.append(seconds)
    return took


async def _page(
    core: Application, query: CaseQuery, looker: Looker, after: str | None
) -> tuple[float, str | None]:
    """Seconds that a page takes with how many there are, and where the next one begins."""
    begun = perf_counter()
    page = await core.cases.listed(query, looker, after=after)
    await core.cases.count(query, looker)
    return perf_counter() - begun, page.after
