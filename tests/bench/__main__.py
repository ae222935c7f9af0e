"""python -m tests.bench [--quick] [--only NAME ...]: measure the hot paths and print a table.

Ratios of the same round are what to compare between machines and days; the figures beside them
are of this machine, shared as it is, at this hour. Ends with 1 where an answer was refused or what
was stored does not agree with what was acknowledged.
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import mkdtemp
from time import perf_counter
from types import MappingProxyType
from typing import Final

from tests.bench.machine import described
from tests.bench.measures import (
    campaigns,
    cases,
    chats,
    comments,
    demonstration,
    expressions,
    imports,
    launches,
    memory,
    openings,
    outbox,
    peers,
    people,
    replies,
    reports,
    submissions,
)
from tests.bench.options import Options
from tests.bench.rounds import ROUNDS, Line, table

MEASURES: Final[Mapping[str, Callable[[Options], Iterator[Line]]]] = MappingProxyType(
    {
        "expressions": expressions.measure,
        "comments": comments.measure,
        "submissions": submissions.measure,
        "chats": chats.measure,
        "openings": openings.measure,
        "imports": imports.measure,
        "people": people.measure,
        "launches": launches.measure,
        "demonstration": demonstration.measure,
        "outbox": outbox.measure,
        "campaigns": campaigns.measure,
        "replies": replies.measure,
        "reports": reports.measure,
        "cases": cases.measure,
    }
)

ASKED_FOR: Final[Mapping[str, Callable[[Options], Iterator[Line]]]] = MappingProxyType(
    {"memory": memory.measure, "peers": peers.measure}
)
"""Measures that take long or install other software, and are run where they are named."""

_SECONDS: Final = 3.0
_QUICK_SECONDS: Final = 0.8
_QUICK_ROUNDS: Final = 4


def main() -> int:
    arguments = _arguments()
    folder = Path(mkdtemp(prefix="tellback-bench-"))
    options = Options(
        folder=folder,
        rounds=_QUICK_ROUNDS if arguments.quick else ROUNDS,
        seconds=_QUICK_SECONDS if arguments.quick else _SECONDS,
        small=arguments.quick,
        tell=_tell,
    )
    machine = list(described(folder))
    lines: list[Line] = []
    begun = perf_counter()
    try:
        for number, name in enumerate(arguments.only or MEASURES, start=1):
            _tell(f"[{number}/{len(arguments.only or MEASURES)}] {name} ...")
            lines += {**MEASURES, **ASKED_FOR}[name](options)
    except RuntimeError as error:
        _tell(f"bench: {error}")
        return 1
    finally:
        shutil.rmtree(folder)
    sys.stdout.write("\n".join([*table(lines), "", *machine, ""]))
    _tell(f"Took {perf_counter() - begun:.0f} s in {options.rounds} rounds, the first not counted.")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter, smaller and less exact")
    parser.add_argument(
        "--only",
        action="append",
        choices=[*MEASURES, *ASKED_FOR],
        help=f"measure this; may be repeated ({', '.join(ASKED_FOR)}: only where named)",
    )
    return parser.parse_args()


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
