"""What commands put out: tables in the terminal, and files for the operator's eyes alone."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from api.commands.running import refuse


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines whose columns stand below each other."""
    told = [headings, *rows]
    widths = [max(map(len, column)) for column in zip(*told, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in told
    ]


def refuse_to_overwrite(out: Path | None, ending: str) -> None:
    """Leave with exit code 1 where the file is there already, or could not be written."""
    if out is not None and out.exists():
        refuse([f"{out} exists already; name another file"], ending)
    if out is not None and not os.access(out.parent, os.W_OK):
        refuse([f"{out.parent}: nothing can be written there"], ending)


def write_private(out: Path, content: bytes) -> None:
    """Nobody else on the machine reads it. Leaves with exit code 1 where it cannot be written."""
    try:
        out.touch(mode=0o600)
        out.write_bytes(content)
    except OSError as error:
        refuse([f"{out}: {error.strerror or 'it cannot be written'}"])
