"""What people type instead of a label: words for numbers, for yes and no, and signs.

The tables are short on purpose. A word is here only where it can mean one thing in answer to a
question; "ok", "fine" and "so-so" are not.
"""

import re
from collections.abc import Mapping
from typing import Final, TypeVar

_Meaning = TypeVar("_Meaning", bool, int)

NUMBERS: Final[Mapping[str, Mapping[str, int]]] = {
    "en": {
        "zero": 0, "nought": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
        "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    },
    "cy": {
        "sero": 0, "dim": 0, "un": 1, "dau": 2, "dwy": 2, "tri": 3, "tair": 3, "pedwar": 4,
        "pedair": 4, "pump": 5, "pum": 5, "bump": 5, "chwech": 6, "chwe": 6, "saith": 7, "wyth": 8,
        "naw": 9, "deg": 10, "ddeg": 10,
    },
}  # fmt: skip
"""Numbers in words, 0 to 10, as they stand alone or after "out of"."""

CONSENT: Final[Mapping[str, Mapping[str, bool]]] = {
    "en": {
        "yes": True, "y": True, "yes please": True, "yep": True, "yeah": True, "yup": True,
        "aye": True, "no": False, "n": False, "no thanks": False, "no thank you": False,
        "nope": False, "nah": False,
    },
    "cy": {
        "ie": True, "ia": True, "oes": True, "ydw": True, "ydy": True, "ydi": True, "do": True,
        "byddaf": True, "cewch": True, "na": False, "nage": False, "nac oes": False,
        "nac ydw": False, "nac ydy": False, "nac ydi": False, "naddo": False,
        "na fyddaf": False, "na chewch": False,
    },
}  # fmt: skip
"""Yes and no: Welsh answers with the verb of the question, so it has several of each."""

MISTAKABLE: Final = frozenset({"dim", "un", "pump", "bump", "naw", "do"})
"""Welsh words that are English or dialect ones too: they count in a Welsh conversation only."""

THUMBS: Final[Mapping[str, bool]] = {"👍": True, "✅": True, "👎": False, "❌": False}

FACES: Final[Mapping[str, int]] = {
    "😀": 5, "😃": 5, "😄": 5, "😁": 5, "🙂": 4, "😐": 3, "🙁": 2, "☹": 2, "😡": 1, "😠": 1,
}  # fmt: skip
"""Faces on a scale of satisfaction from 1 to 5; hearts, tears and grimaces could mean two."""

_KEYCAP: Final = "\N{COMBINING ENCLOSING KEYCAP}"
_TONES: Final = re.compile("[\U0001f3fb-\U0001f3ff]")
_OUT_OF: Final = re.compile(r"(.+?)(?: ?/ ?| out of | allan o | o )(.+)")


def number(plain: str, language: str) -> int | None:
    """A number from 0 to 10 in words or as a sign (4️⃣, 🔟); None for anything else.

    Args:
        plain: what was typed, folded as labels are.
    """
    if plain == "🔟":
        return 10
    digits = plain.replace(_KEYCAP, "")
    if digits != plain and digits.isdecimal() and len(digits) <= 2:
        return int(digits)
    return _meant(NUMBERS, plain, language)


def out_of(plain: str) -> tuple[str, str] | None:
    """The two numbers of "4/5", "4 out of 5", "pedwar allan o bump", as they were written."""
    matched = _OUT_OF.fullmatch(plain)
    return (matched[1], matched[2]) if matched else None


def consent(plain: str, language: str) -> bool | None:
    """Yes or no, by a word or a sign in any skin tone; None for anything else."""
    sign = THUMBS.get(_sign(plain))
    return _meant(CONSENT, plain, language) if sign is None else sign


def face(plain: str) -> int | None:
    """From 5 for a beaming face to 1 for an angry one; None for anything else."""
    return FACES.get(_sign(plain))


def one_slip_apart(one: str, other: str) -> bool:
    """Whether a single letter was left out, put in, mistaken, or changed places with the next."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return len(one) != len(other)
    left, right = one[start:], other[start:]
    swapped = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    return swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]


def _sign(plain: str) -> str:
    """A sign without skin tones, and once where it was sent several times."""
    bare = _TONES.sub("", plain).replace(" ", "")
    return bare[:1] if bare and bare == bare[0] * len(bare) else bare


def _meant(
    tables: Mapping[str, Mapping[str, _Meaning]], plain: str, language: str
) -> _Meaning | None:
    """In the person's language, else in another where it cannot be mistaken."""
    own = tables.get(language, {})
    if plain in own:
        return own[plain]
    if plain in MISTAKABLE:
        return None
    return next((table[plain] for table in tables.values() if plain in table), None)
