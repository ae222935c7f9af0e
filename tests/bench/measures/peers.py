"""Submissions against two survey packages for Django, each in an environment of its own.

The same seven scales and a comment on the same core and the same PostgreSQL. A peer takes the way
of its public: a posted form with the token of its page, answered by a redirect. Opening the page
before is not counted. gunicorn's sync workers close each connection, so that its clients connect
anew; ours keep theirs, and send JSON with a key.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tests.bench.load import write_requests
from tests.bench.measures.submissions import (
    CLIENTS,
    asked_of,
    check_rows,
    counted,
    prepared,
    submitted,
)
from tests.bench.options import Options
from tests.bench.peers.sites import Site, site
from tests.bench.postgres import BenchPostgres, postgres
from tests.bench.processes import asked, served
from tests.bench.rounds import Goal, Line, Sample, middle, ratio, visit
from tests.bench.server import Kind

PEERS: Final[Mapping[str, Goal]] = MappingProxyType(
    {"survey-and-report": Goal(40), "form-surveys": Goal(25)}
)
_OURS: Final = "ours"
_REQUESTS: Final = 500


def measure(options: Options) -> Iterator[Line]:
    accepted: Counter[str] = Counter()
    sites: dict[str, Site] = {}
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        urls = {_OURS: server.new_database()} | {peer: server.empty_database() for peer in PEERS}
        folder = options.folder / _OURS
        running = stack.enter_context(served(Kind.DURABLE, urls[_OURS], folder))
        run = partial(submitted, running, prepared(running, folder), server, options)
        variants: dict[str, Callable[[], Sample]] = {_OURS: partial(counted, run, accepted, _OURS)}
        for peer in PEERS:
            sites[peer] = stack.enter_context(site(peer, urls[peer]))
            requests = options.folder / f"{peer}.json"
            write_requests(requests, sites[peer].requests(_REQUESTS))
            run = partial(_posted, sites[peer], requests, server, options)
            variants[peer] = partial(counted, run, accepted, peer)
        samples = visit(variants, rounds=options.rounds, tell=options.tell)
        check_rows(urls[_OURS], accepted[_OURS])
        for peer, theirs in sites.items():
            _check_rows(urls[peer], theirs, accepted[peer])
    for peer, goal in PEERS.items():
        yield _line(sites[peer].versions, peer, samples, goal)


def _posted(site: Site, requests: Path, database: BenchPostgres, options: Options) -> Sample:
    """One round. Raises: RuntimeError, where anything but a redirect was answered."""

    def cpu() -> float:
        return site.cpu_seconds() + database.cpu_seconds()

    before = cpu()
    found = asked(site.port, requests, clients=CLIENTS, seconds=options.seconds)
    spent = cpu() - before
    statuses: Mapping[str, int] = found["statuses"]
    if set(statuses) != {"302"}:
        raise RuntimeError(f"not every form was accepted: {statuses}")
    return Sample(statuses["302"], found["seconds"], spent, found["p50"], found["p99"])


def _check_rows(url: str, site: Site, expected: int) -> None:
    """Raises: RuntimeError, where what was acknowledged and what is stored differ."""
    for table, rows in ((site.submissions, expected), (site.answers, expected * len(site.fields))):
        stored = asked_of(url, f"SELECT count(*) FROM {table}")
        if stored != rows:
            raise RuntimeError(f"{table}: {stored} rows for {expected} accepted submissions")


def _line(
    versions: Mapping[str, str], peer: str, samples: Mapping[str, list[Sample]], goal: Goal
) -> Line:
    ours, theirs = samples[_OURS], samples[peer]
    package = f"django-{peer}"
    return Line(
        f"P4 durable submissions a second, {CLIENTS} clients, PostgreSQL",
        f"{package} {versions[package]}, Django {versions['django']}, gunicorn with 3 sync "
        "workers, form post with CSRF token and redirect (ours: JSON with a key)",
        ratio(ours, theirs, lambda each: each.rate),
        f"{_told(ours)} against {_told(theirs)}",
        goal,
    )


def _told(samples: list[Sample]) -> str:
    return (
        f"{middle(samples, lambda each: each.rate):,.0f}/s "
        f"({middle(samples, lambda each: each.cpu_each) * 1e6:,.0f} µs CPU each, half within "
        f"{middle(samples, lambda each: each.p50) * 1e3:.0f} ms)"
    )
