"""Variants visited in turn, round after round, and what is told of them: ratios in the same round.

Other programs share the machine, so that a figure by itself says little; two figures of the same
round met the same neighbours.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Self

ROUNDS: Final = 5
"""Of which the first warms up and is not counted."""

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one variant did in one round.

    `cpu` is user and system time in seconds of the processes that did the work, not of those that
    asked for it, which is `asking`; `p50` and `p99` are seconds that one request took, where there
    are requests.
    """

    units: int
    seconds: float
    cpu: float
    p50: float = 0.0
    p99: float = 0.0
    asking: float = 0.0

    @property
    def rate(self) -> float:
        """Units a second of wall time."""
        return self.units / self.seconds

    @property
    def cpu_each(self) -> float:
        """CPU seconds of one unit."""
        return self.cpu / self.units


@dataclass(frozen=True, slots=True)
class Spread:
    """The median over the rounds, with the smallest and the largest."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Goal:
    """What a ratio should come to: at least, or at most, so much."""

    at: float
    most: bool = False

    def reached(self, ratio: Spread) -> bool:
        """By the median."""
        return ratio.middle <= self.at if self.most else ratio.middle >= self.at


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table.

    `ratio` is None where there is nothing to compare with; `seen` has the figures of this machine
    on this day in words.
    """

    measure: str
    against: str
    ratio: Spread | None
    seen: str
    goal: Goal | None = None


def visit(
    variants: Mapping[str, Callable[[], Sample]], *, rounds: int, tell: Tell
) -> dict[str, list[Sample]]:
    """The samples of each variant, round by round, without the first round."""
    samples: dict[str, list[Sample]] = {name: [] for name in variants}
    for number in range(rounds):
        for name, run in variants.items():
            sample = run()
            tell(f"    round {number + 1} of {rounds}: {name}: {sample.rate:,.0f}/s")
            if number:
                samples[name].append(sample)
    return samples


def ratio(
    over: Sequence[Sample], under: Sequence[Sample], figure: Callable[[Sample], float]
) -> Spread:
    """How many times the figure of `under` that of `over` is, round by round."""
    return Spread.of([figure(one) / figure(two) for one, two in zip(over, under, strict=True)])


def table(lines: Iterable[Line]) -> Iterator[str]:
    """Markdown: the ratio is the median, with the smallest and largest of any round."""
    yield "| measure | against | ratio (smallest to largest) | goal | seen |"
    yield "|---|---|---|---|---|"
    for line in lines:
        told, goal = "-", "-"
        if line.ratio:
            told = short(line.ratio.middle)
            if line.ratio.low != line.ratio.high:
                told += f" ({short(line.ratio.low)} to {short(line.ratio.high)})"
            if line.goal:
                goal = f"at {'most' if line.goal.most else 'least'} {short(line.goal.at)}: "
                goal += "reached" if line.goal.reached(line.ratio) else "**not reached**"
        yield f"| {line.measure} | {line.against} | {told} | {goal} | {line.seen} |"


def short(number: float) -> str:
    """Two or three digits that count."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}" if number >= 0.001 else f"1/{1 / number:,.0f}"


def middle(samples: Sequence[Sample], figure: Callable[[Sample], float]) -> float:
    return median(figure(each) for each in samples)
