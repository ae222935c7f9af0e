"""Names of files that people send: kept as they are where they are harmless, or refused."""

import unicodedata
from typing import Final

from survey.domain.file_kinds import FileKind, Refusal
from survey.errors import FileRefused

LONGEST: Final = 120
"""Characters of a name; of a longer one the beginning and the ending are kept."""

_RUNS: Final = (
    "apk bat chm cmd cpl dll exe hta jar js jse lnk msi msp php pif ps1 reg scf scr url vbe vbs "
    "wsf wsh"
)
_OPENS: Final = "htm html mhtml shtml svg svgz xht xhtml"
_REFUSED: Final = (
    (Refusal.PROGRAM, frozenset(_RUNS.split())),
    (Refusal.PAGE, frozenset(_OPENS.split())),
)
"""Endings of what runs, and of what a browser would run.

Not "com": names of firms stand in names of files ("example.com.pdf").
"""

_SEPARATORS: Final = "/\\\N{FRACTION SLASH}\N{DIVISION SLASH}\N{FULLWIDTH SOLIDUS}"
_STREAMS: Final = ":\N{FULLWIDTH COLON}"

_INVISIBLE: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
"""Categories: controls, marks that turn the direction of writing, and what shows nowhere."""


def checked(name: str) -> str:
    """A name without spaces around it, in composed letters; empty where there was none.

    Raises: FileRefused, for one that leads to a folder, hides characters or ends as programs or web
        pages do.
    """
    composed = unicodedata.normalize("NFC", name).strip()
    if (
        any(unicodedata.category(letter) in _INVISIBLE for letter in composed)
        or any(letter in composed for letter in _SEPARATORS + _STREAMS)
        or composed.strip(". ") != composed.rstrip(". ")
    ):
        raise FileRefused(Refusal.NAME, composed)
    parts = {part.strip().lower() for part in composed.split(".")[1:]}
    for reason, endings in _REFUSED:
        if parts & endings:
            raise FileRefused(reason, composed)
    return composed


def ending(name: str) -> str:
    """What a checked name ends with, in small letters: "pdf"; empty where it has no ending."""
    _, dot, last = name.rpartition(".")
    is_one = dot and last.isalnum() and not last.isdigit() and len(last) <= 5
    return last.lower() if is_one else ""


def renamed(name: str, kind: FileKind, *, stem: str = "file") -> str:
    """A checked name with an ending that fits the kind; `stem` where it has no other part."""
    has = ending(name)
    before = name[: -len(has) - 1] if has else name
    kept = has if has in kind.endings else kind.endings[0]
    return f"{(before or stem)[: LONGEST - len(kept) - 1].rstrip('. ')}.{kept}"
