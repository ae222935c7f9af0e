"""Long runs: how long, where to begin, and what was covered.

    make soak ARGS="--minutes 30"                 all of them, the time shared among them
    make soak ARGS="--minutes 30 -k kills"        one of them
    make soak ARGS="--minutes 30 --seed 17 -k kills"    goes on where an earlier run ended

A round follows from its seed alone, as far as the machine lets it; a failure names the seed.
"""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

import pytest

_MARK: Final = "soak"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("soak", "long runs")
    group.addoption("--minutes", type=float, default=2.0, help="of all long runs together (2)")
    group.addoption("--seed", type=int, default=1, help="of the first round (1)")


@dataclass(slots=True)
class Soak:
    """Rounds of one long run, until the time is up; the first is always played."""

    minutes: float
    first: int
    capture: pytest.CaptureFixture[str]
    covered: Counter[str] = field(default_factory=Counter)

    def play(self, one: Callable[[int], Counter[str]]) -> None:
        """Play rounds, each by its seed, and say what all of them covered and where to go on."""
        begun, seed = monotonic(), self.first
        while seed == self.first or monotonic() - begun < self.minutes * 60:
            try:
                self.covered += one(seed)
            except Exception as error:
                error.add_note(f"--seed {seed} repeats it")
                raise
            seed += 1
            self._tell(f"seeds {self.first} to {seed - 1}: {self._listed()}; go on with {seed}")

    def _listed(self) -> str:
        return ", ".join(f"{number:,} {what}" for what, number in sorted(self.covered.items()))

    def _tell(self, line: str) -> None:
        with self.capture.disabled():
            sys.stdout.write(f"\n{line}")
            sys.stdout.flush()


@pytest.fixture
def soak(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Soak:
    """This test's share of the time."""
    sharing = [each for each in request.session.items if each.get_closest_marker(_MARK)]
    minutes = float(request.config.getoption("--minutes")) / max(1, len(sharing))
    return Soak(minutes, int(request.config.getoption("--seed")), capsys)
