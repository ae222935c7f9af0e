"""Symbols of codes that people type: Douglas Crockford's base 32, which has no letters that are
read as digits, and a check symbol by which a slip is told from a code that leads nowhere.

Source: D. Crockford, "Base 32", crockford.com/base32.html (its alphabet and what it forgives; its
check symbols include * ~ $ =, which are hard to find on a telephone, so ours is another).
"""

import re
from collections.abc import Sequence
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The symbol of each value from 0 to 31."""

_VALUES: Final = {
    **{symbol: value for value, symbol in enumerate(ALPHABET)},
    "O": 0,
    "I": 1,
    "L": 1,
}
_BETWEEN: Final = re.compile(r"[\s\u2010-\u2015\u2212._-]+")


def plain(text: str) -> str:
    """What somebody typed in capitals, without spaces, dashes and dots."""
    return _BETWEEN.sub("", text).upper()


def values_of(symbols: str) -> list[int] | None:
    """The value of each symbol, O read as 0, I and L as 1; None where one is no symbol."""
    values = [_VALUES.get(symbol, -1) for symbol in symbols]
    return None if -1 in values else values


def written(values: Sequence[int]) -> str:
    return "".join(ALPHABET[value] for value in values)


def check(values: Sequence[int]) -> int:
    """A sum in the field of 32 elements, each symbol weighed by another power of 2.

    No single slip and no exchange of two symbols gives the same, for up to 31 symbols: the weights
    of 31 places differ.
    """
    total = 0
    for value in values:
        total = _doubled(total) ^ value
    return _doubled(total)


def _doubled(value: int) -> int:
    """Times 2 in the field; x^5 + x^2 + 1 is the polynomial that makes it one."""
    return (value << 1 ^ 0b100101) if value & 0b10000 else value << 1
