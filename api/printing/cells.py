"""Cells of files that are opened in a spreadsheet."""

from collections.abc import Iterable, Sequence
from csv import writer
from io import StringIO
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def csv_of(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A file of these columns in UTF-8; no cell of a row is computed by whoever opens it."""
    written = StringIO(newline="")
    lines = writer(written)
    lines.writerow(heads)
    for cells in rows:
        lines.writerow(map(_as_text, cells))
    return written.getvalue().encode("utf-8", "replace")


def _as_text(cell: str) -> str:
    """The cell, so that no spreadsheet computes it; on one line."""
    flat = " ".join(cell.split())
    return f"'{flat}" if cell.startswith(_FORMULA) or flat.startswith(_FORMULA) else flat
