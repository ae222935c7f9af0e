"""References of problem reports, such as "P-4TK2": short, hard to mishear, and checked.

Their symbols are those of `survey.domain.symbols` without vowels, so that none spells a word, and
without P, so that the prefix may be left out; the last one is the check symbol. A reference names a
report on the telephone and opens nothing.
"""

import re
from collections.abc import Callable
from typing import Final

from survey.domain.symbols import ALPHABET, check, plain, values_of, written

PREFIX: Final = "P"
SHORTEST: Final = 4
LONGEST: Final = 8

_WRITTEN: Final = re.compile(
    rf"\b{PREFIX}-[0-9A-Z]{{{SHORTEST},{LONGEST}}}\b", re.IGNORECASE | re.ASCII
)
_LEFT_OUT: Final = frozenset(ALPHABET.index(symbol) for symbol in f"AE{PREFIX}")
_DRAWN: Final = tuple(value for value in range(len(ALPHABET)) if value not in _LEFT_OUT)


def drawn(length: int, below: Callable[[int], int]) -> str:
    """A reference of so many symbols after its prefix, the check symbol among them.

    Args:
        length: `SHORTEST` to `LONGEST`: take a longer one when several in a row are taken.
        below: draws a number from 0 up to, and without, the one that it is given.
    """
    while True:
        values = [_DRAWN[below(len(_DRAWN))] for _ in range(length - 1)]
        if (last := check(values)) not in _LEFT_OUT:
            return f"{PREFIX}-{written([*values, last])}"


def named_in(text: str) -> tuple[str, ...]:
    """The references that stand in a text, in letters of either case: each once, in its order."""
    found = (reference_of(each) for each in _WRITTEN.findall(text))
    return tuple(dict.fromkeys(each for each in found if each is not None))


def reference_of(text: str) -> str | None:
    """The reference that somebody typed, as it is kept; None where it is none, or mistyped.

    Case, spaces, dashes, a missing "P", and O for 0 or I and L for 1 are forgiven.
    """
    symbols = plain(text).removeprefix(PREFIX)
    if not SHORTEST <= len(symbols) <= LONGEST or (values := values_of(symbols)) is None:
        return None
    *content, last = values
    whole = last == check(content) and not _LEFT_OUT.intersection(values)
    return f"{PREFIX}-{written(values)}" if whole else None
