"""Launching a wave to 100,000 people: how long it takes, what it holds, and who waits."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any, Final

from tests.bench.measures.submissions import CLIENTS, asked_of, prepared
from tests.bench.options import Options
from tests.bench.postgres import postgres
from tests.bench.processes import asked, asked_while, served
from tests.bench.rounds import Line
from tests.bench.server import Kind

_PEOPLE: Final = 100_000
_AT_MOST_SECONDS: Final = 600.0
_AIMS: Final = {"SQLite": 120, "PostgreSQL": 60}
_AIM_MEGABYTES: Final = 300


def measure(options: Options) -> Iterator[Line]:
    people = _PEOPLE // 10 if options.small else _PEOPLE
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        for database, aim in _AIMS.items():
            place = options.folder / f"launch-{database}"
            url = f"sqlite:///{place}.sqlite" if database == "SQLite" else server.new_database()
            with served(Kind.DURABLE, url, place) as running:
                requests = prepared(running, place)
                running.commands.does(f"people {people}")
                alone = running.commands.does("launch 1")
                before = asked(running.port, requests, clients=CLIENTS, seconds=options.seconds)
                during, busy = asked_while(
                    running.port,
                    requests,
                    partial(running.commands.does, "launch 2"),
                    clients=CLIENTS,
                    at_most=_AT_MOST_SECONDS,
                )
            _check(url, people, [before, during])
            options.tell(f"    {database}: {alone['seconds']:.1f} s and {busy['seconds']:.1f} s")
            yield Line(
                f"P12 {people:,} invitations and messages written at launch, {database}",
                f"aimed at {aim} s and {_AIM_MEGABYTES} MB",
                None,
                f"{alone['seconds']:.1f} s; {alone['before']:.0f} MB before, "
                f"{alone['peak']:.0f} MB at most",
            )
            yield Line(
                f"the same while {CLIENTS} clients submit as fast as they can, {database}",
                "before",
                None,
                f"{busy['seconds']:.1f} s; 99th percentile of submissions "
                f"{during['p99'] * 1e3:,.0f} ms (half within {during['p50'] * 1e3:,.0f} ms) "
                f"against {before['p99'] * 1e3:,.0f} ms ({before['p50'] * 1e3:,.0f} ms); "
                f"{_a_second(during)} against {_a_second(before)} a second",
            )


def _a_second(told: dict[str, Any]) -> str:
    return f"{told['statuses']['201'] / told['seconds']:,.0f}"


def _check(url: str, people: int, told: list[dict[str, Any]]) -> None:
    """Raises: RuntimeError, where somebody is missing or twice, or an answer was refused."""
    for each in told:
        if set(each["statuses"]) != {"201"}:
            raise RuntimeError(f"not every submission was accepted: {each['statuses']}")
    for table in ("invitations", "deliveries"):
        written = asked_of(url, f"SELECT count(*) FROM {table}")
        if written != 2 * people:
            raise RuntimeError(f"{written} {table} of twice {people} people")
