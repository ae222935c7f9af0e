"""Answers given in chat and stored durably, against aiogram dispatchers that store nothing.

Ours is the whole way of a tap: fetched, stored in the inbox, applied in its person's turn, a step
of the engine made durable, the next question shown. `Telegram` answers at once on both sides.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any, Final

from tests.bench.chatting import AT_ONCE, Kind
from tests.bench.options import Options
from tests.bench.postgres import BenchPostgres, postgres
from tests.bench.processes import Commanded, commanded
from tests.bench.rounds import Goal, Line, Sample, Spread, middle, ratio, visit

_MODULE: Final = "tests.bench.chatting"
_PEOPLE: Final = 128
_ECHOES: Final = 5_000
_DATABASES: Final = ("SQLite, synchronous=FULL", "PostgreSQL, synchronous_commit=on")
_AT_LEAST: Final = Goal(0.45)


def measure(options: Options) -> Iterator[Line]:
    people = _PEOPLE // 4 if options.small else _PEOPLE
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        echo = stack.enter_context(commanded(_MODULE, Kind.ECHO))
        answered: Counter[str] = Counter()
        bots: dict[str, Commanded] = {}
        variants: dict[str, Callable[[], Sample]] = {
            "echo": partial(_echoed, echo, "echo", _ECHOES),
            "taps": partial(_echoed, echo, "taps", _ECHOES // 5),
        }
        for database in _DATABASES:
            sqlite = database.startswith("SQLite")
            folder = options.folder / f"chats-{database.partition(',')[0]}"
            url = f"sqlite:///{folder}.sqlite" if sqlite else server.new_database()
            bots[database] = stack.enter_context(
                commanded(_MODULE, Kind.ANSWERING, url, str(folder))
            )
            variants[database] = partial(
                _answered, bots[database], None if sqlite else server, people, answered, database
            )
        samples = visit(variants, rounds=options.rounds, tell=options.tell)
        for database, bot in bots.items():
            stored = bot.does("check")["answers"]
            if stored != answered[database]:
                raise RuntimeError(f"{stored} answers are stored of {answered[database]} taps")
    for database in _DATABASES:
        yield from _lines(database, samples)


def _answered(
    bot: Commanded,
    database: BenchPostgres | None,
    people: int,
    answered: Counter[str],
    name: str,
) -> Sample:
    bot.does(f"prepare {people}")
    before = database.cpu_seconds() if database else 0.0
    found = bot.does("answer")
    spent = (database.cpu_seconds() if database else 0.0) - before
    answered[name] += found["units"]
    return _sample(found, spent)


def _echoed(bot: Commanded, command: str, count: int) -> Sample:
    return _sample(bot.does(f"{command} {count}"), 0.0)


def _sample(found: Mapping[str, Any], of_database: float) -> Sample:
    cpu = found["cpu"] + of_database
    return Sample(found["units"], found["seconds"], cpu, p50=found["p50"], p99=found["p99"])


def _lines(database: str, samples: Mapping[str, list[Sample]]) -> Iterator[Line]:
    ours = samples[database]
    late = Spread.of([each.p99 * 1e3 for each in ours]).middle
    told = (
        f"{middle(ours, _rate):,.0f}/s ({middle(ours, _cpu) * 1e6:,.0f} µs CPU each, database "
        f"included; 99 in 100 within {late:,.0f} ms)"
    )
    for name, against, goal in (
        ("echo", "a bare aiogram dispatcher that repeats a text, `feed_update`", _AT_LEAST),
        ("taps", "one that reads the same taps, answers and edits, and stores nothing", None),
    ):
        theirs = samples[name]
        yield Line(
            f"P7 chat answers stored durably a second, {AT_ONCE} people at once, {database}",
            against,
            ratio(ours, theirs, _rate),
            f"{told}, against {middle(theirs, _rate):,.0f}/s "
            f"({middle(theirs, _cpu) * 1e6:,.0f} µs)",
            goal,
        )


def _rate(sample: Sample) -> float:
    return sample.rate


def _cpu(sample: Sample) -> float:
    return sample.cpu_each
