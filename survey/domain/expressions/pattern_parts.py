"""The text of a pattern to its parts; `patterns.py` says what a pattern may hold."""

from dataclasses import dataclass
from typing import Final

from survey.errors import ExpressionFault

_MOST_REPEATS: Final = 100
_DEEPEST: Final = 20

Ranges = tuple[tuple[str, str], ...]

_DIGITS = (("0", "9"),)
_WORD = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))
_SPACE = (("\t", "\r"), (" ", " "))
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_LAST = chr(0x10FFFF)


@dataclass(frozen=True, slots=True)
class Characters:
    """One character in one of the ranges, or in none of them."""

    ranges: Ranges
    negated: bool = False

    def has(self, character: str) -> bool:
        found = any(first <= character <= last for first, last in self.ranges)
        return found is not self.negated


@dataclass(frozen=True, slots=True)
class Edge:
    """The beginning or the end of the text."""

    at_end: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    parts: "tuple[Part, ...]"


@dataclass(frozen=True, slots=True)
class Alternatives:
    options: "tuple[Part, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """`most` is `None` where there is no bound."""

    part: "Part"
    least: int
    most: int | None


Part = Characters | Edge | Sequence | Alternatives | Repeat


def pattern_parts(source: str, *, column: int) -> Part:
    """The parts of a pattern whose first character stands at `column` of the expression.

    Raises:
        ExpressionFault: it is not well formed, or holds what is not known.
    """
    return _Reader(source, column).whole()


class _Reader:
    """A pattern's text to its parts."""

    def __init__(self, source: str, column: int) -> None:
        self._source = source
        self._column = column
        self._at = 0
        self._depth = 0

    def whole(self) -> Part:
        part = self._alternatives()
        if self._at < len(self._source):
            raise self._fault("')' closes nothing: write \\) for the sign itself")
        return part

    def _alternatives(self) -> Part:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Alternatives(tuple(options))

    def _sequence(self) -> Part:
        parts = []
        while self._at < len(self._source) and self._peek() not in "|)":
            parts.append(self._repeated(self._one()))
        return Sequence(tuple(parts))

    def _repeated(self, part: Part) -> Part:
        bounds = self._bounds()
        if bounds is None:
            return part
        if isinstance(part, Edge):
            raise self._fault("^ and $ cannot be repeated: remove the sign after it")
        self._take("?")
        if self._peek() in {"*", "+", "?", "{"}:
            raise self._fault("a second repetition: put the first in ( )")
        least, most = bounds
        return Repeat(part, least, most)

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return bounds
        return self._counted() if self._take("{") else None

    def _counted(self) -> tuple[int, int | None]:
        least = self._integer()
        most: int | None = least
        if self._take(","):
            most = None if self._peek() == "}" else self._integer()
        if not self._take("}"):
            raise self._fault("a repetition is written {2}, {2,} or {2,5}")
        if most is not None and not 1 <= max(least, 1) <= most:
            raise self._fault("a repetition ends at 1 or more, and not below its beginning")
        return least, most

    def _integer(self) -> int:
        start = self._at
        while self._peek() in set("0123456789"):
            self._at += 1
        digits = self._source[start : self._at]
        if not digits:
            raise self._fault("a repetition is written {2}, {2,} or {2,5}; write \\{ for the sign")
        if len(digits) > 3 or int(digits) > _MOST_REPEATS:
            raise self._fault(f"{_MOST_REPEATS} repetitions are the most: write a smaller number")
        return int(digits)

    def _one(self) -> Part:
        sign = self._advance()
        match sign:
            case "^" | "$":
                return Edge(at_end=sign == "$")
            case ".":
                return Characters((("\n", "\n"), ("\r", "\r")), negated=True)
            case "(":
                return self._group()
            case "[":
                return self._set()
            case "\\":
                return self._escaped()
            case "*" | "+" | "?" | "{":
                raise self._fault(f"'{sign}' repeats nothing: write \\{sign} for the sign itself")
            case _:
                return Characters(((sign, sign),))

    def _group(self) -> Part:
        if self._take("?") and not self._take(":"):
            raise self._fault("of the groups that start with (? only (?: ) is known")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._fault(f"more than {_DEEPEST} groups in one another: write a simpler one")
        part = self._alternatives()
        self._depth -= 1
        if part == Sequence(()):
            raise self._fault("a group is empty: remove it")
        if not self._take(")"):
            raise self._fault("a group is not closed: add )")
        return part

    def _escaped(self) -> Characters:
        sign = self._advance()
        if sign.lower() in _CLASSES:
            return Characters(_CLASSES[sign.lower()], negated=sign.isupper())
        character = _CONTROLS.get(sign, sign)
        if not sign or (sign.isalnum() and sign not in _CONTROLS):
            raise self._fault(f"\\{sign} is not known: remove the \\")
        return Characters(((character, character),))

    def _set(self) -> Characters:
        negated = self._take("^")
        ranges: list[tuple[str, str]] = []
        while not self._take("]"):
            if self._at == len(self._source):
                raise self._fault("a set is not closed: add ]")
            ranges.extend(self._range())
        if not ranges:
            raise self._fault("a set is empty: write \\] for the sign itself")
        return Characters(tuple(ranges), negated=negated)

    def _range(self) -> Ranges:
        first = self._member()
        single = len(first) == 1 and first[0][0] == first[0][1]
        ahead = self._source[self._at : self._at + 2]
        if not single or len(ahead) < 2 or ahead[0] != "-" or ahead[1] == "]":
            return first
        self._at += 1
        last = self._member()
        if len(last) != 1 or last[0][0] != last[0][1] or last[0][0] < first[0][0]:
            raise self._fault("a range in [ ] goes from a lower character to a higher")
        return ((first[0][0], last[0][0]),)

    def _member(self) -> Ranges:
        sign = self._advance()
        if sign == "[":
            raise self._fault("'[' inside [ ]: write \\[ for the sign itself")
        if sign != "\\":
            return ((sign, sign),)
        escaped = self._escaped()
        return _complement(escaped.ranges) if escaped.negated else escaped.ranges

    def _peek(self) -> str:
        return self._source[self._at : self._at + 1]

    def _advance(self) -> str:
        sign = self._peek()
        self._at += len(sign)
        return sign

    def _take(self, sign: str) -> bool:
        taken = self._peek() == sign
        self._at += taken
        return taken

    def _fault(self, message: str) -> ExpressionFault:
        column = self._column + min(max(self._at - 1, 0), max(len(self._source) - 1, 0))
        return ExpressionFault(f"in the pattern, at column {column}: {message}", column)


def _complement(ranges: Ranges) -> Ranges:
    """The characters outside ranges that are in order and apart from one another."""
    gaps, start = [], "\0"
    for first, last in ranges:
        gaps.append((start, chr(ord(first) - 1)))
        start = chr(ord(last) + 1)
    return (*gaps, (start, _LAST))
