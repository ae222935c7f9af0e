"""A spreadsheet (.xlsx) as a table of text: read with care, and nothing in it is guessed.

Only the first sheet that can be seen is read, its first row naming the columns. Real dates become
ISO. What may mislead is refused with the name of the cell: formulas, errors, merged cells.
"""

import re
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import IO, Any, Final, NoReturn
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile, ZipInfo

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from survey.domain.csvfile import Row, header_faults
from survey.errors import Fault, FieldsRejected

MOST_ROWS: Final = 1_048_576
"""As many as a sheet can have."""

MOST_CELLS: Final = 50_000_000
"""Empty ones too: a row may name its last column alone, and all before it are then looked at."""

MOST_BYTES: Final = 512 * 2**20
"""Unpacked, all parts together."""

MOST_PARTS: Final = 2_000
PACKED: Final = 100
"""A part of more than a megabyte that was so many times larger is no table of people."""

_MEGABYTE: Final = 2**20
_CHUNK: Final = 2**16
_MERGED: Final = re.compile(rb'<mergeCell [^>]*?ref="([A-Z]{1,3}[0-9]+:[A-Z]{1,3}[0-9]+)"')
_OWN_ENTITIES: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_OVERLAP: Final = 100

_DAMAGED: Final = (
    BadZipFile,
    InvalidFileException,
    ParseError,
    zlib.error,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)
"""What comes of a file that is no sound spreadsheet, out of all that read it."""


class Workbook:
    """Rows of the first visible sheet, read once and in order; `warnings` say what was not read.

    Raises: FieldsRejected, here and while iterating.
    """

    def __init__(
        self,
        content: Callable[[], IO[bytes]],
        *,
        name: str,
        required: Sequence[str],
        allowed: Sequence[str] | None,
    ) -> None:
        self._content, self._name = content, name
        self._required, self._allowed = required, allowed
        self.warnings: list[str] = []
        with self._whole():
            self._columns = self._look()
        self.columns = tuple(self._columns)

    def __iter__(self) -> Iterator[Row]:
        with self._whole(), self._content() as file, _quiet():
            sheet = self._sheet(file)
            width, looked_at = len(self.columns), 0
            for number, cells in enumerate(sheet.iter_rows(), start=1):
                looked_at += len(cells)
                if number > MOST_ROWS:
                    self._refuse("", "too_long", f"it has more than {MOST_ROWS:,} rows")
                if looked_at > MOST_CELLS:
                    self._refuse("", "too_large", f"it has more than {MOST_CELLS:,} cells")
                texts = [self._text(cell) for cell in cells]
                if number == 1 or not any(texts):
                    continue
                if any(texts[width:]):
                    self._refuse(str(number), "cells", "it has a cell beyond the last column")
                texts = texts[:width] + [""] * (width - len(texts))
                yield Row(number, dict(zip(self.columns, texts, strict=True)))

    def _look(self) -> list[str]:
        """Check the whole file and read the names of the columns."""
        with self._content() as file, ZipFile(file) as parts:
            self._weigh(parts.infolist())
            merged = self._scan(parts)
        with self._content() as file, _quiet():
            sheet = self._sheet(file, telling=True)
            header = [self._text(cell) for cell in next(sheet.iter_rows(max_row=1), ())]
            path = sheet._worksheet_path.lstrip("/")  # noqa: SLF001 (told in no other way)
        if cells := merged.get(path):
            self._refuse("", "merged", f"cells are merged: {', '.join(cells[:5])}; split them")
        while header and not header[-1]:
            header.pop()
        faults = header_faults(header, self._required, self._allowed, file=self._name)
        if faults:
            raise FieldsRejected(faults)
        return header

    def _weigh(self, parts: Sequence[ZipInfo]) -> None:
        names = {part.filename for part in parts}
        if "xl/workbook.xml" not in names:
            what = "an OpenDocument (.ods) file" if "content.xml" in names else "a zip file"
            self._refuse("", "encoding", f"the file is {what}; save it as CSV UTF-8 or .xlsx")
        heavy = [
            part
            for part in parts
            if part.file_size > _MEGABYTE and part.file_size > PACKED * part.compress_size
        ]
        whole = sum(part.file_size for part in parts)
        if heavy or whole > MOST_BYTES or len(parts) > MOST_PARTS:
            self._refuse("", "too_large", "unpacked it is far too large; save it as CSV UTF-8")

    def _scan(self, parts: ZipFile) -> dict[str, list[str]]:
        """Which cells are merged, by the name of the sheet's part."""
        merged: dict[str, list[str]] = {}
        for part in parts.infolist():
            if not part.filename.endswith((".xml", ".rels")):
                continue
            found = merged.setdefault(part.filename, [])
            with parts.open(part) as stream:
                kept = b""
                while chunk := stream.read(_CHUNK):
                    seen = kept + chunk
                    if _OWN_ENTITIES.search(seen):
                        self._refuse_damaged()
                    found += (cell.decode() for cell in _MERGED.findall(seen))
                    kept = seen[-_OVERLAP:]
            merged[part.filename] = list(dict.fromkeys(found))
        return merged

    def _sheet(self, file: IO[bytes], *, telling: bool = False) -> Any:
        """The first sheet that can be seen; openpyxl's types do not know one that is only read."""
        book = load_workbook(file, read_only=True, keep_links=False)
        seen = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not seen:
            self._refuse("", "empty", "no sheet of it can be seen")
        if telling:
            hidden = len(book.worksheets) - len(seen)
            if hidden:
                self.warnings.append(f"hidden sheets that were not read: {hidden}")
            if len(seen) > 1:
                title = seen[0].title
                self.warnings.append(
                    f"only the first sheet was read, '{title}'; others: {len(seen) - 1}"
                )
        sheet: Any = seen[0]
        sheet.reset_dimensions()  # what the file says of its own size may be wrong
        return sheet

    def _text(self, cell: Any) -> str:
        """What a cell says, as text. Raises: FieldsRejected for what would have to be guessed."""
        value = cell.value
        if value is None:
            return ""
        if cell.data_type == "f" or cell.data_type == "e":
            what = "a formula" if cell.data_type == "f" else "an error"
            message = f"cell {cell.coordinate} holds {what}: paste its value instead"
            self._refuse(str(cell.row), "formula", message)
        match value:
            case str():
                return value.strip()
            case bool():
                return "TRUE" if value else "FALSE"
            case datetime() if value.time() == time():
                return value.date().isoformat()
            case datetime():
                return value.isoformat(sep=" ", timespec="minutes")
            case date() | time():
                return value.isoformat()
            case float() if value.is_integer():
                return str(int(value))
            case _:
                return str(value)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        try:
            yield
        except FieldsRejected:
            raise
        except _DAMAGED:
            self._refuse_damaged()

    def _refuse_damaged(self) -> NoReturn:
        message = "the spreadsheet is damaged or locked; save it as CSV UTF-8"
        self._refuse("", "damaged", message)

    def _refuse(self, row: str, code: str, message: str) -> NoReturn:
        path = (self._name, row, "") if row else (self._name,)
        raise FieldsRejected([Fault(path, code, message)]) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """openpyxl warns of what it leaves out, such as pictures and styles: nothing that is read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
