"""A message as pieces of plain text, and how they become HTML that nothing can break.

A piece is escaped as a whole, so no name, answer or label is ever read as markup. Telegram counts
the text without markup in UTF-16 units and refuses more than 4,096 of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from html import escape
from typing import Final

MOST_TEXT: Final = 4096
"""UTF-16 units in one message. Source: core.telegram.org/bots/api#sendmessage."""

MOST_TOAST: Final = 200
"""UTF-16 units in the answer to a tap."""

_ISOLATE, _POP = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
# A mark inside that opens or closes an isolate could end ours early.
_ISOLATES: Final = dict.fromkeys(range(0x2066, 0x206A))


class Look(StrEnum):
    """How a piece is shown; the value is its HTML tag."""

    PLAIN = ""
    BOLD = "b"
    ITALIC = "i"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text in one look. `foreign` text was typed by somebody: one line, kept apart from the
    direction of what stands around it."""

    text: str
    look: Look = Look.PLAIN
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    text: str
    data: str


Row = tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A message to show: text in Telegram's HTML, and rows of buttons under it."""

    text: str
    rows: tuple[Row, ...] = ()


def bold(text: str) -> Piece:
    return Piece(text, Look.BOLD)


def italic(text: str) -> Piece:
    return Piece(text, Look.ITALIC)


def utf16_length(text: str) -> int:
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, limit: int) -> str:
    """The text, or its beginning and an ellipsis, in at most `limit` UTF-16 units (1 or more)."""
    if utf16_length(text) <= limit:
        return text
    kept, used = [], 1
    for character in text:
        used += utf16_length(character)
        if used > limit:
            break
        kept.append(character)
    return f"{''.join(kept).rstrip()}…"


def one_line(text: str) -> str:
    """Somebody's text on one line, without marks that would reach beyond it."""
    return " ".join(text.split()).translate(_ISOLATES)


def to_html(pieces: Iterable[Piece], *, limit: int = MOST_TEXT) -> str:
    """The pieces as one message of at most `limit` units; where it is longer, the longest pieces
    are cut first, all to the same length."""
    return "".join(_html(piece) for piece in _fitted(list(pieces), limit))


def above(text: str, view: View) -> View:
    """The view with a line in italics above it, where there is room for one."""
    line = to_html([italic(text), Piece("\n")])
    fits = utf16_length(line) + utf16_length(view.text) <= MOST_TEXT
    return replace(view, text=f"{line}{view.text}") if fits else view


def _fitted(pieces: Sequence[Piece], limit: int) -> Sequence[Piece]:
    pieces = [replace(each, text=one_line(each.text)) if each.foreign else each for each in pieces]
    if _length(pieces) <= limit:
        return pieces
    least, most = 1, limit
    while least < most:
        middle = (least + most + 1) // 2
        if _length(_capped(pieces, middle)) <= limit:
            least = middle
        else:
            most = middle - 1
    return _capped(pieces, least)


def _capped(pieces: Sequence[Piece], cap: int) -> list[Piece]:
    return [replace(each, text=cut(each.text, cap)) for each in pieces]


def _length(pieces: Iterable[Piece]) -> int:
    return sum(utf16_length(each.text) + 2 * each.foreign for each in pieces)


def _html(piece: Piece) -> str:
    text = escape(piece.text, quote=False)
    if piece.foreign:
        text = f"{_ISOLATE}{text}{_POP}"
    return f"<{piece.look}>{text}</{piece.look}>" if piece.look else text
