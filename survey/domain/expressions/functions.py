"""The functions of the language: how many arguments each takes and, where it needs nothing but
their values, what it does.

Sources: W3C XPath 1.0, section 4; ODK XForms specification, "XPath Functions".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_FLOOR, Decimal
from types import MappingProxyType
from typing import Final

from survey.domain.expressions.values import (
    NAN,
    WORKING,
    Operand,
    compare,
    settle,
    to_number,
    to_text,
    to_truth,
)

MOST_ARGUMENTS: Final = 50
_MOST_PLACES: Final = 30
_HALF: Final = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Function:
    """`least` to `most` arguments; `apply` is `None` where evaluation builds the function itself,
    because it is lazy (`if`), needs the day (`today`) or a pattern that is compiled (`regex`).
    """

    least: int
    most: int
    apply: Callable[..., Operand] | None

    @property
    def takes(self) -> str:
        """How many arguments, in words."""
        if self.most == 0:
            return "no arguments"
        if self.most == 1:
            return "1 argument"
        if self.least == self.most:
            return f"{self.most} arguments"
        return f"{self.least} to {self.most} arguments"


def _selected(choices: Operand, choice: Operand) -> bool:
    return to_text(choice).strip() in to_text(choices).split()


def _count_selected(choices: Operand) -> Decimal:
    return Decimal(len(to_text(choices).split()))


def _selected_at(choices: Operand, index: Operand) -> str:
    """The choice at an index from 0; empty text beyond the last."""
    at = _int(index)
    names = to_text(choices).split()
    return names[int(at)] if at.is_finite() and 0 <= at < len(names) else ""


def _not(value: Operand) -> bool:
    return not to_truth(value)


def _coalesce(first: Operand, second: Operand) -> Operand:
    return second if to_text(first) == "" else first


def _string_length(text: Operand) -> Decimal:
    return Decimal(len(to_text(text)))


def _contains(text: Operand, part: Operand) -> bool:
    return to_text(part) in to_text(text)


def _starts_with(text: Operand, beginning: Operand) -> bool:
    return to_text(text).startswith(to_text(beginning))


def _concat(*parts: Operand) -> str:
    return "".join(map(to_text, parts))


def _int(value: Operand) -> Decimal:
    """Cut towards zero."""
    number = settle(to_number(value))
    return number.to_integral_value(ROUND_DOWN) if number.is_finite() else number


def _round(value: Operand, places: Operand = Decimal(0)) -> Decimal:
    """To so many decimal places, a half towards plus infinity as in XPath; NaN if either is."""
    number, places_ = settle(to_number(value)), _int(places)
    if places_.is_nan():
        return NAN
    if not number.is_finite() or places_ > _MOST_PLACES:
        return number
    if places_ < -_MOST_PLACES:
        return Decimal(0)
    scaled = WORKING.scaleb(number, places_)
    whole = WORKING.add(scaled, _HALF).to_integral_value(ROUND_FLOOR)
    return WORKING.scaleb(whole, -places_)


def _least(*values: Operand) -> Decimal:
    return _extreme(values, -1)


def _greatest(*values: Operand) -> Decimal:
    return _extreme(values, 1)


def _extreme(values: tuple[Operand, ...], wanted: int) -> Decimal:
    """NaN as soon as one value is not a number, as in ODK."""
    best, *others = map(to_number, values)
    for number in others:
        outcome = compare(number, best)
        if outcome is None:
            return NAN
        if outcome == wanted:
            best = number
    return best


def _true() -> bool:
    return True


def _false() -> bool:
    return False


FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "coalesce": Function(2, 2, _coalesce),
        "concat": Function(1, MOST_ARGUMENTS, _concat),
        "contains": Function(2, 2, _contains),
        "count-selected": Function(1, 1, _count_selected),
        "false": Function(0, 0, _false),
        "if": Function(3, 3, None),
        "int": Function(1, 1, _int),
        "max": Function(1, MOST_ARGUMENTS, _greatest),
        "min": Function(1, MOST_ARGUMENTS, _least),
        "not": Function(1, 1, _not),
        "number": Function(1, 1, to_number),
        "regex": Function(2, 2, None),
        "round": Function(1, 2, _round),
        "selected": Function(2, 2, _selected),
        "selected-at": Function(2, 2, _selected_at),
        "starts-with": Function(2, 2, _starts_with),
        "string-length": Function(1, 1, _string_length),
        "today": Function(0, 0, None),
        "true": Function(0, 0, _true),
    }
)
