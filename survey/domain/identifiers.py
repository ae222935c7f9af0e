"""Numbers and names of people in what somebody writes: found on arrival, so that a chat need not
keep them and staff see what they open.

Patterns with the checks that each number carries: no model, no download, and the same answer each
time. A text is looked at as it was typed, with spaces and dashes inside numbers forgiven.

Sources: HMRC, National Insurance Manual NIM39110 (prefixes); NHS Data Dictionary, NHS number (check
digit modulo 11); ISO/IEC 7812 (Luhn); ISO 13616 (IBAN, modulo 97); Royal Mail, Programmers' Guide
to PAF (form of postcodes); Ofcom, National Telephone Numbering Plan.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from survey.domain.folding import folded


class Identifier(StrEnum):
    NATIONAL_INSURANCE = "national_insurance"
    NHS = "nhs"
    BANK = "bank"
    """An account: sort code and number, or an IBAN."""
    CARD = "card"
    PHONE = "phone"
    POSTCODE = "postcode"
    EMAIL = "email"
    NAME = "name"
    """Of somebody whom the body knows."""

    @property
    def opens_harm(self) -> bool:
        """Whether it must not stay in a chat: with it money or records are in reach."""
        return self in _HARMFUL


_HARMFUL: Final = frozenset(
    {Identifier.NATIONAL_INSURANCE, Identifier.NHS, Identifier.BANK, Identifier.CARD}
)


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """Where in the text: characters from `begin` to before `end`."""

    begin: int
    end: int
    identifier: Identifier


_GAP: Final = r"[ .\-\u2010-\u2015]?"
_ALONE: Final = (r"(?<![\w+])", r"(?!\w)")

_NOT_NI: Final = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})
_NHS_WEIGHTS: Final = range(10, 1, -1)
_CARD_LENGTHS: Final = range(13, 20)

_NI: Final = r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]" + _GAP + _GAP.join([r"\d\d"] * 3)
_POSTCODE: Final = (
    r"(?:GIR ?0AA|(?:[A-PR-UWYZ]\d[\dA-HJKPSTUW]?|[A-PR-UWYZ][A-HK-Y]\d[\dABEHMNPRVWXY]?)"
    r" ?\d[ABD-HJLNP-UW-Z]{2})"
)
_PHONE: Final = (
    r"(?:(?:\+|00)44" + _GAP + r"(?:\(0\))?" + _GAP + r"|\(?0)[1-37-9](?:[ ()\-]{0,2}\d){8,9}"
)
_EMAIL: Final = r"[\w.+%'-]+@(?:[\w-]+\.)+[A-Za-z]{2,}"
_SORT_CODE: Final = r"\d\d[ \-\u2010-\u2015]\d\d[ \-\u2010-\u2015]\d\d"
_ACCOUNT: Final = _SORT_CODE + r"\D{1,40}?\d{4} ?\d{4}"
_ACCOUNT_FIRST: Final = (
    r"(?:account|acct|a/c|acc)(?: (?:no|number))?\.?:? ?\d{8}\D{1,40}?(?:" + _SORT_CODE + r"|\d{6})"
)
_SORT_CODE_NAMED: Final = r"sort ?code:? ?\d{6}\D{1,40}?\d{8}"
_IBAN: Final = r"[A-Z]{2}\d\d(?: ?[A-Z0-9]){11,30}"
_DIGITS: Final = r"\d(?:" + _GAP + r"\d){8,18}"


def _digits(text: str) -> str:
    return "".join(each for each in text if each.isdecimal())


def _is_ni(text: str) -> bool:
    return text[:2].upper() not in _NOT_NI


def _is_nhs(text: str) -> bool:
    digits = _digits(text)
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    total = sum(weight * int(each) for weight, each in zip(_NHS_WEIGHTS, digits, strict=False))
    return (11 - total % 11) % 11 == int(digits[9])


def _is_card(text: str) -> bool:
    digits = _digits(text)
    if len(digits) not in _CARD_LENGTHS or digits[0] not in "23456":
        return False
    doubled = (int(each) * (1 + place % 2) for place, each in enumerate(reversed(digits)))
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


def _is_iban(text: str) -> bool:
    plain = text.replace(" ", "").upper()
    return int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1


def _is_postcode(text: str) -> bool:
    """ "B12 4th floor" is none: nobody writes the two halves in different cases."""
    return text in (text.upper(), text.lower())


def _always(_: str) -> bool:
    return True


_LOOKED_FOR: Final[tuple[tuple[Identifier, re.Pattern[str], Callable[[str], bool]], ...]] = tuple(
    (identifier, re.compile(_ALONE[0] + pattern + _ALONE[1], re.IGNORECASE), holds)
    for identifier, pattern, holds in (
        (Identifier.EMAIL, _EMAIL, _always),
        (Identifier.NATIONAL_INSURANCE, _NI + r"(?:" + _GAP + r"[A-D])?", _is_ni),
        (Identifier.BANK, _IBAN, _is_iban),
        (Identifier.CARD, _DIGITS, _is_card),
        (Identifier.BANK, _ACCOUNT, _always),
        (Identifier.BANK, _ACCOUNT_FIRST, _always),
        (Identifier.BANK, _SORT_CODE_NAMED, _always),
        (Identifier.PHONE, _PHONE, _always),
        (Identifier.NHS, r"\d{3}" + _GAP + r"\d{3}" + _GAP + r"\d{4}", _is_nhs),
        (Identifier.POSTCODE, _POSTCODE, _is_postcode),
    )
)
"""Of two that overlap, the one named first counts: it says more."""


def found(text: str, names: Iterable[Collection[str]] = ()) -> tuple[Found, ...]:
    """What there is in the text, in its order; none overlaps another.

    Args:
        text: as typed, at most some thousand characters.
        names: of people whom the body knows, each as the words of the name, folded.
    """
    taken = list[Found]()
    for each in _each(text, names):
        if all(each.end <= other.begin or other.end <= each.begin for other in taken):
            taken.append(each)
    return tuple(sorted(taken))


def _each(text: str, names: Iterable[Collection[str]]) -> Iterator[Found]:
    for identifier, pattern, holds in _LOOKED_FOR:
        for match in pattern.finditer(text):
            if holds(match[0]):
                yield Found(match.start(), match.end(), identifier)
    yield from _named(text, names)


def _named(text: str, names: Iterable[Collection[str]]) -> Iterator[Found]:
    words = [(each.start(), each.end(), folded(each[0])) for each in _WORD.finditer(text)]
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for name in names:
        parts = tuple(name)
        if len(parts) > 1:  # a first name alone is too many people, and too many words
            by_first.setdefault(parts[0], []).append(parts)
    for at, (begin, _, word) in enumerate(words):
        for parts in by_first.get(word, ()):
            if tuple(each for _, _, each in words[at : at + len(parts)]) == parts:
                yield Found(begin, words[at + len(parts) - 1][1], Identifier.NAME)


_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")

LEFT_OUT: Final = "[\N{HORIZONTAL ELLIPSIS}]"


def hidden(text: str, there: Iterable[Found]) -> str:
    """The text with `LEFT_OUT` in place of each of these."""
    parts, at = list[str](), 0
    for each in sorted(there):
        parts += [text[at : each.begin], LEFT_OUT]
        at = each.end
    return "".join([*parts, text[at:]])
