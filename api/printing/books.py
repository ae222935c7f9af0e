"""Workbooks (.xlsx) of figures that open without a warning, here and with a screen reader.

As the Government Analysis Function asks of published spreadsheets: a sheet of notes first, then one
table a sheet, marked as a table, with one line of heads, no merged and no empty cells, and the
cursor in A1. What a figure cannot say stands as a mark, which the notes explain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

NOT_APPLICABLE: Final = "[z]"
"""There is nothing that the figure could be of."""

_LONGEST_TAB: Final = 31
_WIDEST: Final = 60
_NARROWEST: Final = 10
_OUTLINE: Final = "TableStyleLight1"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its name on the tab, what stands above it, its heads, and its rows below."""

    name: str
    title: str
    about: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str | int]]


def book(
    notes: Sheet, sheets: Sequence[Sheet], *, author: str, at: datetime, language: str
) -> bytes:
    """The file, the notes first. Sheets without rows are left out; call it in a thread."""
    from openpyxl import Workbook  # takes long to import

    made = Workbook()
    made.remove(made.worksheets[0])
    told = made.properties
    told.title, told.creator, told.language = notes.title, author, language
    told.created = told.modified = at.astimezone(UTC).replace(tzinfo=None)
    for number, each in enumerate([notes, *(sheet for sheet in sheets if sheet.rows)]):
        _write(made.create_sheet(each.name[:_LONGEST_TAB]), each, f"table_{number}")
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def _write(page: "Worksheet", sheet: Sheet, name: str) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.table import Table, TableStyleInfo

    lines = [(sheet.title,), (sheet.about,), tuple(sheet.heads), *sheet.rows]
    for row, cells in enumerate(lines, 1):
        for column, value in enumerate(cells, 1):
            cell = page.cell(row, column, value if isinstance(value, int) else _plain(value))
            if isinstance(value, str):
                # A text that begins like a formula stays one.
                cell.data_type, cell.quotePrefix = "s", True
            cell.alignment = Alignment(wrap_text=row > 2, vertical="top")
    page["A1"].font = Font(bold=True, size=14)
    for column in range(1, len(sheet.heads) + 1):
        texts = [str(cells[column - 1]) for cells in lines[2:]]
        width = min(max(_NARROWEST, *(len(each) + 2 for each in texts)), _WIDEST)
        page.column_dimensions[get_column_letter(column)].width = width
    corner = f"{get_column_letter(len(sheet.heads))}{len(lines)}"
    table = Table(displayName=name, ref=f"A3:{corner}")
    table.tableStyleInfo = TableStyleInfo(name=_OUTLINE, showRowStripes=False)
    page.add_table(table)


def _plain(text: str) -> str:
    """On one line, and without signs that no spreadsheet can hold."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split()))
