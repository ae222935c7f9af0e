"""Values of the expression language and XPath's conversions between them.

An *operand* is what a part of an expression amounts to: text, number, truth or date.
Every conversion is total: what is not a number becomes NaN, never an error.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Context, Decimal
from typing import Final

Value = str | int | Decimal | bool | date | tuple[str, ...] | None
"""An answer: `None` is unanswered, a tuple the chosen names of a `select_multiple`."""

Operand = str | Decimal | bool | date
"""What a part of an expression amounts to."""

Answers = Mapping[str, Value]

NAN: Final = Decimal("NaN")
EPOCH: Final = date(1970, 1, 1)

# No traps: dividing by nothing gives Infinity or NaN as in XPath. The exponents are those
# of XPath's doubles, so that the text of a number stays short.
WORKING: Final = Context(prec=34, Emin=-308, Emax=308, traps=[])
# Six digits fewer, so that 1 div 3 * 3 = 1.
SETTLED: Final = Context(prec=28, Emin=-308, Emax=308, traps=[])

_NUMBER = re.compile(r"[ \t\r\n]*(-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))[ \t\r\n]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def operand(value: Value) -> Operand:
    """An answer as the language sees it: unanswered is empty text, choices are joined by spaces."""
    if value is None:
        return ""
    if isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return WORKING.create_decimal(value)
    if isinstance(value, Decimal):
        return NAN if value.is_nan() else WORKING.plus(value)
    if isinstance(value, tuple):
        return " ".join(value)
    return value


def settle(number: Decimal) -> Decimal:
    """A number without the guard digits of the working precision."""
    return SETTLED.plus(number)


def to_number(value: Operand) -> Decimal:
    """XPath's `number()`; a date, or the text of one, counts days from 1 January 1970 (ODK)."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, date):
        return Decimal(value.toordinal() - EPOCH.toordinal())
    if written := _NUMBER.fullmatch(value):
        return WORKING.create_decimal(written[1])
    if _DATE.fullmatch(value):
        try:
            return to_number(date.fromisoformat(value))
        except ValueError:
            return NAN
    return NAN


def to_text(value: Operand) -> str:
    """XPath's `string()`: numbers without exponent or trailing zeros, dates as YYYY-MM-DD."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if value.is_nan():
        return "NaN"
    if value.is_infinite():
        return "Infinity" if value > 0 else "-Infinity"
    return format(SETTLED.normalize(value), "f") if value else "0"


def to_truth(value: Operand) -> bool:
    """XPath's `boolean()`: empty text, zero and NaN are false, all else is true."""
    if isinstance(value, Decimal):
        return not value.is_nan() and bool(value)
    return bool(value)


def to_value(result: Operand) -> Value:
    """A result as an answer: whole numbers as `int`; empty text, NaN and infinities as `None`."""
    if not isinstance(result, Decimal):
        return None if result == "" else result
    if not result.is_finite():
        return None
    settled = SETTLED.normalize(result)
    return int(settled) if settled == settled.to_integral_value() else settled


def compare(left: Decimal, right: Decimal) -> int | None:
    """-1, 0 or 1 as `left` is less, equal or greater; `None` when either is not a number."""
    outcome = SETTLED.compare(settle(left), settle(right))
    return None if outcome.is_nan() else int(outcome)
