"""Personal links and codes: 128 random bits, as a link carries them and as somebody types them.

A link holds the bits in 22 characters (base64url). A printed code holds the same bits in 26 symbols
of `survey.domain.symbols` and one more by which a slip is told from a code that leads nowhere. What
is stored is a hash of the bits.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from hashlib import sha256
from typing import Final

from survey.domain.symbols import check, plain, values_of, written

BITS: Final = 128
PAYLOAD: Final = "j_"
"""What the bot is started with, before the 22 characters."""

_BYTES: Final = BITS // 8
_LINK: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_SYMBOLS: Final = 26
_TYPED: Final = _SYMBOLS + 1
_GROUP: Final = 3
_NEAR: Final = 3
"""How many characters too few or too many still look like a code."""

_LEAST_DIGITS: Final = 3
_LEAST_LETTERS: Final = 8
"""So mixed is a text that is meant as a code and is none."""


class Slip(StrEnum):
    """Why a typed text is no code, although it looks like one."""

    LENGTH = "length"
    """Characters are missing or too many."""
    CHARACTERS = "characters"
    """One of them is mistyped, or two have changed places."""


def for_link(secret: bytes) -> str:
    """The 16 bytes in the 22 characters of a link."""
    return urlsafe_b64encode(secret).decode().rstrip("=")


def from_link(token: str) -> bytes | None:
    """The 16 bytes of a link's characters; None where no link of ours says so."""
    if not _LINK.fullmatch(token):
        return None
    secret = urlsafe_b64decode(f"{token}==")
    # The last character has bits to spare: only one of its spellings is ours.
    return secret if for_link(secret) == token else None


def for_print(secret: bytes) -> str:
    """The 16 bytes as a code in groups: "0K7-M4Q-..."; 27 characters and what is between them."""
    number = int.from_bytes(secret)
    values = [number >> 5 * place & 31 for place in reversed(range(_SYMBOLS))]
    typed = written([*values, check(values)])
    return "-".join(typed[at : at + _GROUP] for at in range(0, _TYPED, _GROUP))


def from_print(text: str) -> bytes | Slip | None:
    """What somebody typed: the 16 bytes, the slip they made, or None where it is no code at all.

    Case, spaces, dashes, and O for 0 or I and L for 1 are forgiven. A code begins with a digit, so
    that no sentence without any is one.
    """
    typed = plain(text)
    digits = sum(character in "0123456789" for character in typed)
    values = values_of(typed)
    if digits and len(typed) == _TYPED and values is not None:
        *content, last = values
        # 26 symbols hold two bits more than there are.
        if last == check(content) and content[0] < 1 << BITS % 5:
            return _joined(content)
    mixed = digits >= _LEAST_DIGITS and len(typed) - digits >= _LEAST_LETTERS
    if not mixed or abs(len(typed) - _TYPED) > _NEAR:
        return None
    return Slip.CHARACTERS if len(typed) == _TYPED else Slip.LENGTH


def digest(secret: bytes) -> bytes:
    """What is stored. The bits are random and many, so that a plain hash suffices."""
    return sha256(secret).digest()


def _joined(values: list[int]) -> bytes:
    number = 0
    for value in values:
        number = number << 5 | value
    return number.to_bytes(_BYTES)
