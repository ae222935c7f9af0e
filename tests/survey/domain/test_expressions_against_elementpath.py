"""The same expressions through elementpath, an independent XPath 1.0.

Left out of the common ground: dates, which XPath 1.0 has not; numbers that binary cannot hold
exactly, where the language is decimal on purpose; texts such as '1e3', which elementpath reads
as numbers and XPath 1.0 does not; `mod` of or by a negative number, where elementpath follows
Python's sign, and by zero, where it raises; NaN divided by zero, which it makes infinite. Two
conversions of XPath 1.0 are written out for elementpath: of what meets a number in a comparison
(section 3.4), and of minus zero and the infinities to text (section 4.2).
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

import pytest
from elementpath import XPathContext
from elementpath.xpath1 import XPath1Parser
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.domain.expressions import Value, compile_expression

TODAY = date(2026, 11, 22)
ROOT = ElementTree.XML("<answers/>")

NUMBER, TEXT, TRUTH = "number", "text", "truth"


class OdkParser(XPath1Parser):
    """XPath 1.0 with ODK's functions."""


def _register(name: str, count: int | tuple[int, int | None], body: Callable[..., Any]) -> None:
    def evaluate(self: Any, context: Any = None) -> Any:
        return body(self, *[self.get_argument(context, index=at) for at in range(len(self))])

    evaluate.__name__ = f"evaluate_{name.replace('-', '_')}"
    OdkParser.method(OdkParser.function(name, nargs=count))(evaluate)


def _split(self: Any, choices: Any) -> list[str]:
    return str(self.string_value(choices)).split()


def _at(self: Any, choices: Any, index: Any) -> str:
    number = self.number_value(index)
    names = _split(self, choices)
    whole = math.trunc(number) if math.isfinite(number) else -1
    return names[whole] if 0 <= whole < len(names) else ""


def _extreme(pick: Callable[[list[float]], float]) -> Callable[..., float]:
    def body(self: Any, *values: Any) -> float:
        numbers: list[float] = [self.number_value(value) for value in values]
        return math.nan if any(map(math.isnan, numbers)) else pick(numbers)

    return body


def _cut(self: Any, value: Any) -> float:
    number: float = self.number_value(value)
    return math.trunc(number) if math.isfinite(number) else number


def _text_of_number(self: Any, value: Any) -> str:
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return str(self.string_value(value or 0))


_register("text-of-number", 1, _text_of_number)
_register("if", 3, lambda self, c, a, b: a if self.boolean_value(c) else b)
_register("coalesce", 2, lambda self, a, b: b if self.string_value(a) == "" else a)
_register("selected", 2, lambda self, c, x: self.string_value(x).strip() in _split(self, c))
_register("count-selected", 1, lambda self, c: len(_split(self, c)))
_register("selected-at", 2, _at)
_register("int", 1, _cut)
_register("min", (1, None), _extreme(min))
_register("max", (1, None), _extreme(max))
_register("regex", 2, lambda self, x, p: re.fullmatch(p, self.string_value(x)) is not None)


@dataclass(frozen=True)
class Pair:
    """One expression in both spellings."""

    ours: str
    theirs: str
    kind: str

    def as_number(self) -> str:
        return self.theirs if self.kind == NUMBER else f"number({self.theirs})"

    def with_text(self) -> "Pair":
        if self.kind != NUMBER:
            return self
        return Pair(self.ours, f"text-of-number({self.theirs})", TEXT)


TEXTS = ["", "yes", "no", "hr", "it", "hr it", "2", "2.5", " 7 ", "-1", "x y"]
NUMBERS: list[int | Decimal] = [0, 1, 2, 3, 7, 20, Decimal("0.5"), Decimal("2.25")]
ANSWERS: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
    {},
    optional={
        "n": st.sampled_from([*NUMBERS, -1, Decimal("-2.5")]),
        "m": st.sampled_from(NUMBERS),
        "t": st.sampled_from(TEXTS),
        "s": st.sampled_from([(), ("hr",), ("hr", "it"), ("no", "yes", "it")]),
        "b": st.booleans(),
    },
)


def kind_of(value: Value) -> str:
    if isinstance(value, bool):
        return TRUTH
    return NUMBER if isinstance(value, int | Decimal) else TEXT


def call(name: str, kind: str, *parts: Pair) -> Pair:
    ours = ", ".join(part.ours for part in parts)
    theirs = ", ".join(part.theirs for part in parts)
    return Pair(f"{name}({ours})", f"{name}({theirs})", kind)


class Writer:
    """Draws expressions of a wanted kind over given answers."""

    def __init__(self, draw: st.DrawFn, answers: dict[str, Value]) -> None:
        self._draw = draw
        self._answers = answers

    def any(self, depth: int) -> Pair:
        return self.of(self._draw(st.sampled_from([NUMBER, TEXT, TRUTH])), depth)

    def of(self, kind: str, depth: int) -> Pair:
        if depth == 0 or self._draw(st.integers(0, 4)) == 0:
            return self._leaf(kind)
        return {NUMBER: self._number, TEXT: self._text, TRUTH: self._truth}[kind](depth - 1)

    def _leaf(self, kind: str) -> Pair:
        names = [name for name in "nmtsb" if kind_of(self._answers.get(name)) == kind]
        refers = self._draw(st.booleans())
        if names and refers:
            name = self._draw(st.sampled_from(names))
            return Pair(f"${{{name}}}", f"${name}", kind)
        if kind == TRUTH:
            word = self._draw(st.sampled_from(["true()", "false()"]))
            return Pair(word, word, kind)
        literal = str(self._draw(st.sampled_from(NUMBERS)))
        if kind == TEXT:
            literal = f"'{self._draw(st.sampled_from(TEXTS))}'"
        return Pair(literal, literal, kind)

    def _number(self, depth: int) -> Pair:
        forms = ["sum", "div", "by zero", "mod", "minus", "length", "count", "call"]
        match self._draw(st.sampled_from(forms)):
            case "sum":
                sign = self._draw(st.sampled_from(["+", "-", "*"]))
                return self._infix(sign, self.any(depth), self.any(depth), NUMBER)
            case "div":
                divisor = self._draw(st.sampled_from(["1", "2", "4"]))
                return self._infix("div", self.any(depth), Pair(divisor, divisor, NUMBER), NUMBER)
            case "by zero":
                source = self._draw(st.sampled_from(["(1 div 0)", "(-2 div 0)", "(0 div 0)"]))
                return Pair(source, source, NUMBER)
            case "mod":
                divisor = self._draw(st.sampled_from(["1", "2", "0.5", "3"]))
                length = call("string-length", NUMBER, self.any(depth).with_text())
                return self._infix("mod", length, Pair(divisor, divisor, NUMBER), NUMBER)
            case "minus":
                part = self.any(depth)
                return Pair(f"-({part.ours})", f"-({part.theirs})", NUMBER)
            case "length":
                return call("string-length", NUMBER, self.any(depth).with_text())
            case "count":
                return call("count-selected", NUMBER, self.of(TEXT, depth))
            case _:
                name = self._draw(st.sampled_from(["number", "int", "round", "min", "max"]))
                count = self._draw(st.integers(1, 3)) if name in {"min", "max"} else 1
                return call(name, NUMBER, *[self.any(depth) for _ in range(count)])

    def _text(self, depth: int) -> Pair:
        match self._draw(st.sampled_from(["concat", "at", "if", "coalesce"])):
            case "concat":
                # Something between them, or digits might join to a number that is not binary.
                parts = (self.of(TEXT, depth), Pair("'/'", "'/'", TEXT), self.any(depth))
                return call("concat", TEXT, *[part.with_text() for part in parts])
            case "at":
                return call("selected-at", TEXT, self.of(TEXT, depth), self.of(NUMBER, depth))
            case "if":
                parts = (self.any(depth), self.of(TEXT, depth), self.of(TEXT, depth))
                return call("if", TEXT, *parts)
            case _:
                return call("coalesce", TEXT, self.of(TEXT, depth), self.of(TEXT, depth))

    def _truth(self, depth: int) -> Pair:
        match self._draw(st.sampled_from(["equal", "order", "logic", "not", "text", "regex"])):
            case "equal":
                return self._equality(self.any(depth), self.any(depth))
            case "order":
                sign = self._draw(st.sampled_from(["<", "<=", ">", ">="]))
                left, right = self.any(depth), self.any(depth)
                theirs = f"({left.as_number()} {sign} {right.as_number()})"
                return Pair(f"({left.ours} {sign} {right.ours})", theirs, TRUTH)
            case "logic":
                sign = self._draw(st.sampled_from(["and", "or"]))
                return self._infix(sign, self.any(depth), self.any(depth), TRUTH)
            case "not":
                return call("not", TRUTH, self.any(depth))
            case "text":
                name = self._draw(st.sampled_from(["contains", "starts-with", "selected"]))
                return call(name, TRUTH, self.any(depth).with_text(), self.of(TEXT, depth))
            case _:
                pattern = Pair("'[a-z ]+|[0-9]*'", "'[a-z ]+|[0-9]*'", TEXT)
                return call("regex", TRUTH, self.any(depth).with_text(), pattern)

    def _equality(self, left: Pair, right: Pair) -> Pair:
        sign = self._draw(st.sampled_from(["=", "!="]))
        one, other = left.theirs, right.theirs
        kinds = {left.kind, right.kind}
        if TRUTH in kinds:
            one, other = f"boolean({one})", f"boolean({other})"
        elif NUMBER in kinds:
            one, other = left.as_number(), right.as_number()
        return Pair(f"({left.ours} {sign} {right.ours})", f"({one} {sign} {other})", TRUTH)

    def _infix(self, sign: str, left: Pair, right: Pair, kind: str) -> Pair:
        return Pair(
            f"({left.ours} {sign} {right.ours})", f"({left.theirs} {sign} {right.theirs})", kind
        )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Pair, dict[str, Value]]:
    answers = draw(ANSWERS)
    return Writer(draw, answers).any(3), answers


def for_elementpath(value: Value) -> Any:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(value)
    return float(value) if isinstance(value, Decimal) else value


def theirs_of(source: str, answers: dict[str, Value]) -> Any:
    variables = {name: for_elementpath(answers.get(name)) for name in "nmtsb"}
    return OdkParser().parse(source).evaluate(XPathContext(ROOT, variables=variables))


def comparable(value: Any) -> Any:
    """A result in one shape: what is no answer as `None`, numbers as exact fractions."""
    if value is None or value == "":
        return None
    if isinstance(value, bool | str):
        return value
    return Fraction(value) if math.isfinite(value) else None


@settings(max_examples=500)
@given(cases())
def test_an_expression_gives_what_elementpath_gives(case: tuple[Pair, dict[str, Value]]) -> None:
    pair, answers = case

    ours = compile_expression(pair.ours).evaluate(answers, today=TODAY)

    assert comparable(ours) == comparable(theirs_of(pair.theirs, answers))


@pytest.mark.parametrize(
    "source",
    [
        "1 + 2 * 3 - 4 div 2 mod 3",
        "2 * 3 + 4 = 10 and 1 < 2 or false()",
        "false() and true() or true()",
        "true() or true() and false()",
        "- 2 * - 3 + - 1",
        "8 - 4 - 2 = 2 and 8 div 4 div 2 = 1",
        "7 mod 4 * 2",
        "not(1 = 2) and 3 >= 3",
    ],
)
def test_operators_bind_as_in_elementpath(source: str) -> None:
    ours = compile_expression(source).evaluate({}, today=TODAY)

    assert comparable(ours) == comparable(theirs_of(source, {}))
