"""Messages to reporters in chat: what happened to a report, and the buttons to answer it."""

from collections.abc import Iterator

from bot.case_buttons import case_row, open_case, verdict_row
from bot.markup import Button, Piece, Row, View, bold, to_html
from bot.sentences import Sentences
from survey.ports.tellings import Asks, Bulletin, Passage


def telling(say: Sentences, bulletin: Bulletin, *, base_url: str) -> View:
    """One message, also of several cases: then each button row is below the case that it is for."""
    pieces: list[Piece] = []
    for passage in bulletin.passages:
        if pieces:
            pieces.append(Piece("\n\n"))
        pieces += _pieces(say, passage, base_url, alone=len(bulletin.passages) == 1)
    rows = [row for passage in bulletin.passages for row in _rows(say, passage, bulletin)]
    return View(to_html(pieces), tuple(rows))


def _pieces(say: Sentences, passage: Passage, base_url: str, *, alone: bool) -> Iterator[Piece]:
    for number, line in enumerate(passage.lines):
        if number == 0:
            yield bold(f"{passage.reference}: {line.said}")
        else:
            yield Piece(f"\n{line.said}")
        if line.quoted:
            yield Piece(f"\n“{line.quoted}”")
    if passage.files:
        yield Piece(f"\n{_files(say, passage, base_url)}")
    if passage.question:
        yield Piece(f"\n{passage.question}")
    if passage.asks is Asks.WORDS and alone:
        how = say._("Answer this message, with a photo if you like.")
        yield Piece(f"\n{how}")


def _files(say: Sentences, passage: Passage, base_url: str) -> str:
    came = say.ngettext(
        "%(number)d file came with it:", "%(number)d files came with it:", passage.files
    )
    return f"{came} {base_url}/case/{passage.token}"


def _rows(say: Sentences, passage: Passage, bulletin: Bulletin) -> Iterator[Row]:
    alone = len(bulletin.passages) == 1
    if not alone:
        yield (Button(passage.reference, open_case(passage.case)),)
    if passage.asks is Asks.VERDICT:
        yield verdict_row(say, passage.case)
    if alone:
        yield case_row(say, passage.case)
