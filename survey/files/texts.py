"""Plain text and tables of values: told by being nothing else, and by the name."""

import re
from typing import Final

from survey.domain.file_kinds import FileKind, Refusal
from survey.domain.file_names import ending
from survey.errors import FileRefused

_ENCODINGS: Final = ("utf-8-sig", "cp1252")
_MARKS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")

_PAGE: Final = re.compile(
    r"<\s*(?:!doctype|html|head|body|script|iframe|object|embed|svg|meta|style|\?php|%@|\?xml)"
    r"|\bmime-version\s*:|begin:vc(?:ard|alendar)|\[internetshortcut\]",
    re.IGNORECASE,
)
_SNIFFED: Final = 1024
"""Characters at the beginning in which software looks for a page."""

_REACHES_OUT: Final = re.compile(
    r"""(?:^|[\r\n,;|\t"'])[^\S\r\n]*  # a cell that a spreadsheet calculates, with
        (?:[=+\-@][^,;\t\r\n]{0,200}\|[^\r\n]{0,500}!  # data of another program
        |(?:[=@][^\r\n]{0,200}|[+\-][^,;\t\r\n]{0,200})\b  # or an address
         (?:webservice|hyperlink|filterxml|dde|rtd|call|exec|register|image
           |import(?:xml|data|html|feed|range))\s*\()
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


def text(name: str, content: bytes) -> tuple[FileKind, bytes]:
    """The text as it came. Raises: FileRefused."""
    has = ending(name)
    kind = next((each for each in (FileKind.CSV, FileKind.TEXT) if has in each.endings), None)
    words = _read(content)
    if words is None:
        raise FileRefused(_other(has), name)
    if _PAGE.search(words, 0, _SNIFFED):
        raise FileRefused(Refusal.PAGE, name)
    if kind is None:
        raise FileRefused(_other(has), name)
    if kind is FileKind.CSV and _REACHES_OUT.search(words):
        raise FileRefused(Refusal.FORMULA, name)
    return kind, content


def _other(has: str) -> Refusal:
    """Why it is not text: the name says a kind that it is not, or one that is not taken."""
    return Refusal.ENDING if any(has in kind.endings for kind in FileKind) else Refusal.KIND


def _read(content: bytes) -> str | None:
    """None where it is no text."""
    marked = _MARKS.get(content[:2])
    for encoding in (marked,) if marked else _ENCODINGS:
        try:
            words = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _CONTROLS.search(words) else words
    return None
