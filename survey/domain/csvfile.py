"""CSV as people save it: read strictly, refuse clearly, guess only what cannot mislead.

UTF-8 with or without a byte-order mark; commas, or semicolons or tabs where the header shows them.
Everything else is refused with the row as a spreadsheet counts it (the header is row 1), and with
what to do. What a file is shows in what it holds, not in its name.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from survey.errors import Fault, FieldsRejected

_MARKS = {
    b"\xff\xfe": "in UTF-16",
    b"\xfe\xff": "in UTF-16",
    b"\x00": "in UTF-16",
    b"PK": "a spreadsheet or zip file",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old or locked spreadsheet (.xls)",
    b"<": "a web page or XML",
}
SAVE_AS = "save it as CSV UTF-8"
"""What to do with a file that cannot be read."""

MOST_COLUMNS = 1_000
"""More than any list of people has; a million would be compared with each other for an hour."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record: `number` as a spreadsheet counts, cells by column, stripped."""

    number: int
    cells: dict[str, str]


class CsvFile:
    """Rows of one CSV file, read once and in order.

    Args:
        lines: the file's lines as bytes (an open binary file will do).
        name: what to call the file in messages.
        required: columns that must be there.
        allowed: all columns that may be there; None is any that has a name.
        remedy: what to do where the file is no such file at all.

    Raises: FieldsRejected, here for a bad header and while iterating for a row that cannot be read.
    """

    def __init__(
        self,
        lines: Iterable[bytes],
        *,
        name: str,
        required: Sequence[str],
        allowed: Sequence[str] | None,
        remedy: str = SAVE_AS,
    ) -> None:
        self._name, self._remedy = name, remedy
        self.warnings: tuple[str, ...] = ()
        self._number = 1
        decoded = self._decoded(lines)
        first = next(decoded, "")
        self._reader = csv.reader(_chain(first, decoded), delimiter=_delimiter(first), strict=True)
        header = [cell.strip() for cell in self._read() or []]
        if faults := header_faults(header, required, allowed, file=name):
            raise FieldsRejected(faults)
        self.columns = tuple(header)

    def __iter__(self) -> Iterator[Row]:
        while (cells := self._read()) is not None:
            self._number += 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(self.columns):
                self._refuse(
                    "cells", f"it has {len(cells)} cells and the header {len(self.columns)}"
                )
            stripped = (cell.strip() for cell in cells)
            yield Row(self._number, dict(zip(self.columns, stripped, strict=True)))

    def _read(self) -> list[str] | None:
        try:
            return next(self._reader, None)
        except csv.Error:
            self._number += 1
            self._refuse("quotes", "its quotation marks do not match, or a cell is far too long")

    def _decoded(self, lines: Iterable[bytes]) -> Iterator[str]:
        for index, line in enumerate(lines):
            if index == 0:
                for mark, what in _MARKS.items():
                    if line.startswith(mark):
                        self._refuse("encoding", f"the file is {what}; {self._remedy}")
                if line[1:2] == b"\x00":
                    self._refuse("encoding", f"the file is in UTF-16; {self._remedy}")
            if b"\x00" in line:
                self._number = index + 1
                self._refuse("encoding", f"the file holds NUL bytes; {self._remedy}")
            try:
                yield line.decode("utf-8-sig" if index == 0 else "utf-8")
            except UnicodeDecodeError:
                self._number = index + 1
                self._refuse(
                    "encoding", "a letter is not UTF-8 (Windows-1252?); save the file as CSV UTF-8"
                )

    def _fault(self, column: str, code: str, message: str) -> Fault:
        return Fault((self._name, str(self._number), column), code, message)

    def _refuse(self, code: str, message: str) -> NoReturn:
        raise FieldsRejected([self._fault("", code, message)])


def header_faults(
    header: Sequence[str],
    required: Sequence[str],
    allowed: Sequence[str] | None,
    *,
    file: str,
    row: int = 1,
) -> list[Fault]:
    """What is wrong with the names of columns; `allowed` as in `CsvFile`."""

    def fault(column: str, code: str, message: str) -> Fault:
        return Fault((file, str(row), column), code, message)

    if not any(header):
        return [fault("", "empty", "the file is empty: its first row names the columns")]
    if len(header) > MOST_COLUMNS:
        return [fault("", "too_many_columns", f"it has more than {MOST_COLUMNS:,} columns")]
    faults = [
        fault(column, "missing_column", "this column is missing")
        for column in required
        if column not in header
    ]
    for index, column in enumerate(header):
        if allowed is not None and column not in allowed:
            there_may = f"there is no such column; there may be: {', '.join(allowed)}"
            faults.append(fault(column or f"number {index + 1}", "unknown_column", there_may))
        elif not column:
            faults.append(fault(f"number {index + 1}", "unnamed_column", "it has no name"))
        elif column in header[:index]:
            faults.append(fault(column, "column_twice", "this column is there twice"))
    return faults


def _delimiter(header: str) -> str:
    if "," in header:
        return ","
    return max(";\t", key=header.count) if ";" in header or "\t" in header else ","


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest
