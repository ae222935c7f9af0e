"""Patterns for `regex()`, matched in time proportional to text times pattern.

Python's `re` tries one way after another and can take exponential time on a pattern such as
`(a+)+b`; here all ways are followed at once (K. Thompson, "Regular expression search
algorithm", CACM 11(6), 1968), so that nested quantifiers are harmless. What cannot be matched
so is refused: back-references, look-around, possessive quantifiers, flags.

Known: literals, `.`, `[...]` with ranges and `^`, `\\d \\w \\s` and their opposites (ASCII, as in
Java, which ODK runs on), `\\t \\n \\r \\f`, `\\` before a sign, `( )`, `(?: )`, `|`, `^`, `$`,
`* + ? {m} {m,} {m,n}` and their lazy forms. The whole text must match, as in ODK.
"""

from dataclasses import dataclass
from typing import Final

from survey.domain.expressions.pattern_parts import (
    Alternatives,
    Characters,
    Edge,
    Part,
    Repeat,
    Sequence,
    pattern_parts,
)
from survey.errors import ExpressionFault

LONGEST_PATTERN: Final = 200
"""Characters."""

LONGEST_TEXT: Final = 1_000
"""Characters; a longer text matches no pattern."""

MOST_STEPS: Final = 500
"""Instructions, after counted repetitions are written out."""


@dataclass(frozen=True, slots=True)
class _Fork:
    """Go on at each of these steps."""

    targets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Done:
    """The pattern has matched."""


_Step = Characters | Edge | _Fork | _Done


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern."""

    steps: tuple[_Step, ...]

    def matches(self, text: str) -> bool:
        """Whether the whole text matches; one of more than `LONGEST_TEXT` characters does not."""
        if len(text) > LONGEST_TEXT:
            return False
        active = self._reached({0}, text, 0)
        for index, character in enumerate(text):
            taken = {at + 1 for at in active if self._takes(at, character)}
            if not taken:
                return False
            active = self._reached(taken, text, index + 1)
        return any(isinstance(self.steps[at], _Done) for at in active)

    def _takes(self, at: int, character: str) -> bool:
        step = self.steps[at]
        return isinstance(step, Characters) and step.has(character)

    def _reached(self, starts: set[int], text: str, index: int) -> set[int]:
        """The steps reached from these without taking a character."""
        reached: set[int] = set()
        pending = list(starts)
        while pending:
            at = pending.pop()
            if at in reached:
                continue
            reached.add(at)
            match self.steps[at]:
                case _Fork(targets=targets):
                    pending.extend(targets)
                case Edge(at_end=at_end) if index == (len(text) if at_end else 0):
                    pending.append(at + 1)
                case _:
                    pass
        return reached


def compile_pattern(source: str, *, column: int) -> Pattern:
    """Compile a pattern whose first character stands at `column` of the expression.

    Raises:
        ExpressionFault: the pattern is not well formed, or not of the kind above.
    """
    if len(source) > LONGEST_PATTERN:
        raise ExpressionFault(
            f"the pattern at column {column} has {len(source)} characters and {LONGEST_PATTERN} "
            "is the most: write a shorter one",
            column,
        )
    steps: list[_Step] = []
    _write(pattern_parts(source, column=column), steps, column)
    return Pattern((*steps, _Done()))


def _write(part: Part, steps: list[_Step], column: int) -> None:
    if len(steps) > MOST_STEPS:
        raise ExpressionFault(
            f"the pattern at column {column} repeats too much: write smaller numbers in {{ }}",
            column,
        )
    match part:
        case Characters() | Edge():
            steps.append(part)
        case Sequence(parts=parts):
            for each in parts:
                _write(each, steps, column)
        case Alternatives(options=options):
            _write_alternatives(options, steps, column)
        case Repeat(part=repeated, least=least, most=most):
            for _ in range(least):
                _write(repeated, steps, column)
            if most is None:
                _write_loop(repeated, steps, column)
            else:
                _write_optional(repeated, most - least, steps, column)


def _write_alternatives(options: tuple[Part, ...], steps: list[_Step], column: int) -> None:
    fork = _reserve(steps)
    starts, ends = [], []
    for option in options:
        starts.append(len(steps))
        _write(option, steps, column)
        ends.append(_reserve(steps))
    steps[fork] = _Fork(tuple(starts))
    for end in ends:
        steps[end] = _Fork((len(steps),))


def _write_loop(part: Part, steps: list[_Step], column: int) -> None:
    fork = _reserve(steps)
    _write(part, steps, column)
    steps.append(_Fork((fork,)))
    steps[fork] = _Fork((fork + 1, len(steps)))


def _write_optional(part: Part, times: int, steps: list[_Step], column: int) -> None:
    forks = []
    for _ in range(times):
        forks.append(_reserve(steps))
        _write(part, steps, column)
    for fork in forks:
        steps[fork] = _Fork((fork + 1, len(steps)))


def _reserve(steps: list[_Step]) -> int:
    """A place for a fork whose targets are known later."""
    steps.append(_Fork(()))
    return len(steps) - 1
