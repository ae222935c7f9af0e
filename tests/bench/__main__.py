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
    comments,
    demonstration,
    expressions,
    imports,
    openings,
    submissions,
)
from tests.bench.options import Options
from tests.bench.rounds import ROUNDS, Line

MEASURES: Final[Mapping[str, Callable[[Options], Iterator[Line]]]] = MappingProxyType(
    {
        "expressions": expressions.measure,
        "comments": comments.measure,
        "submissions": submissions.measure,
        "openings": openings.measure,
        "imports": imports.measure,
        "demonstration": demonstration.measure,
    }
)

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
            lines += MEASURES[name](options)
    except RuntimeError as error:
        _tell(f"bench: {error}")
        return 1
    finally:
        shutil.rmtree(folder)
    sys.stdout.write("\n".join([*_table(lines), "", *machine, ""]))
    _tell(f"Took {perf_counter() - begun:.0f} s in {options.rounds} rounds, the first not counted.")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute, and less exact")
    parser.add_argument(
        "--only", action="append", choices=list(MEASURES), help="measure this; may be repeated"
    )
    return parser.parse_args()


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _table(lines: list[Line]) -> Iterator[str]:
    """Markdown: the ratio is the median, with the smallest and largest of any round."""
    yield "| measure | against | ratio (smallest to largest) | seen |"
    yield "|---|---|---|---|"
    for line in lines:
        ratio = "-"
        if line.ratio:
            ratio = f"{_short(line.ratio.middle)} ({_short(line.ratio.low)} to "
            ratio += f"{_short(line.ratio.high)})"
        yield f"| {line.measure} | {line.against} | {ratio} | {line.seen} |"


def _short(number: float) -> str:
    """Two or three digits that count."""
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"


if __name__ == "__main__":
    sys.exit(main())
