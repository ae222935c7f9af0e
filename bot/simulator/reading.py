"""Telegram's HTML read back into pieces of plain text, so that a page can escape each for itself.

Strict, as Telegram is: a tag that `bot.markup` does not write is refused.
"""

from html.parser import HTMLParser

from bot.markup import Look, Piece


class CannotParse(Exception):
    """Not the HTML that `bot.markup.to_html` writes."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[Piece] = []
        self.open: list[Look] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if attrs or self.open or tag not in set(Look) - {Look.PLAIN}:
            raise CannotParse(f"<{tag}>")
        self.open.append(Look(tag))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise CannotParse(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.pieces.append(Piece(data, self.open[-1] if self.open else Look.PLAIN))


def pieces_of(html: str) -> tuple[Piece, ...]:
    """The text in order, each piece in one look. Raises: CannotParse."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.open:
        raise CannotParse(f"<{reader.open[-1]}> is not closed")
    return tuple(reader.pieces)
