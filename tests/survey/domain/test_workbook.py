"""Spreadsheets: what they say is read; what may mislead is refused with the name of its cell."""

from collections.abc import Callable
from datetime import date, datetime, time
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook as Book

from survey.domain import workbook
from survey.domain.tables import open_table
from survey.errors import Fault, FieldsRejected

HEADER = ("key", "name", "start_date")
MORNING = datetime(2025, 4, 3, 9, 30)  # noqa: DTZ001 (a spreadsheet knows no time zone)


def a_file(*rows: tuple[Any, ...], change: Callable[[Any], object] = id) -> bytes:
    book = Book()
    sheet: Any = book.active
    for row in rows:
        sheet.append(row)
    change(book)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def read(content: bytes) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    with open_table(lambda: BytesIO(content), name="p.xlsx", required=("key",)) as table:
        return [(row.number, row.cells) for row in table], list(table.warnings)


def fault_of(content: bytes) -> Fault:
    with pytest.raises(FieldsRejected) as refused:
        read(content)
    return refused.value.faults[0]


def test_cells_become_text_and_real_dates_iso() -> None:
    """B54."""
    rows, warnings = read(
        a_file(
            ("key", " name ", "start_date", "grade", "fte", "active", "at"),
            ("007", " Ann ", date(2025, 4, 3), 7, 0.5, True, MORNING),
            (),
            ("e2", "Ben", MORNING.replace(hour=0, minute=0), 7.0, None, False, time(9, 30)),
            (None, None),
        )
    )

    columns = ("key", "name", "start_date", "grade", "fte", "active", "at")
    first = ("007", "Ann", "2025-04-03", "7", "0.5", "TRUE", "2025-04-03 09:30")
    second = ("e2", "Ben", "2025-04-03", "7", "", "FALSE", "09:30:00")
    assert rows == [
        (2, dict(zip(columns, first, strict=True))),
        (4, dict(zip(columns, second, strict=True))),
    ]
    assert warnings == []


def test_content_decides_and_not_the_name() -> None:
    with open_table(lambda: BytesIO(b"key\na\n"), name="p.xlsx", required=("key",)) as table:
        assert [row.cells for row in table] == [{"key": "a"}]


@pytest.mark.parametrize("cell", ["=1+1", "=HYPERLINK(A1)", "#N/A"])
def test_formulas_and_errors_are_refused_with_the_name_of_the_cell(cell: str) -> None:
    """B54."""
    fault = fault_of(a_file(HEADER, ("a", "Ann"), ("b", cell)))

    assert (fault.path, fault.code) == (("p.xlsx", "3", ""), "formula")
    assert "cell B3 holds" in fault.message


def test_merged_cells_are_refused_with_their_names() -> None:
    """B54."""
    content = a_file(HEADER, ("a", "Ann"), change=lambda book: book.active.merge_cells("A1:C1"))

    fault = fault_of(content)
    assert (fault.code, "A1:C1" in fault.message) == ("merged", True)


def test_hidden_sheets_and_others_are_not_read_and_that_is_said() -> None:
    """B54."""

    def change(book: Book) -> None:
        book.create_sheet("First", 0).sheet_state = "hidden"
        book.create_sheet("Third").append(("other",))

    rows, warnings = read(a_file(("key",), ("a",), change=change))

    assert [cells for _, cells in rows] == [{"key": "a"}]
    assert warnings == [
        "hidden sheets that were not read: 1",
        "only the first sheet was read, 'Sheet'; others: 1",
    ]


def test_a_text_that_looks_like_a_formula_stays_a_text() -> None:
    def change(book: Any) -> None:
        book.active["A2"].value = "=x"
        book.active["A2"].data_type = "s"

    assert read(a_file(("key",), ("a",), change=change))[0] == [(2, {"key": "=x"})]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("name",)], "missing_column"),
        ([("key", "key")], "column_twice"),
        ([("key", None, "name")], "unnamed_column"),
        ([("key",), ("a", "beyond")], "cells"),
        ([], "empty"),
    ],
)
def test_a_bad_header_is_refused(rows: list[tuple[Any, ...]], code: str) -> None:
    assert fault_of(a_file(*rows)).code == code


def zipped(**parts: bytes) -> bytes:
    kept = BytesIO()
    with ZipFile(kept, "w", ZIP_DEFLATED) as whole:
        for name, content in parts.items():
            whole.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (zipped(content_xml=b"<x/>"), "encoding", ".ods"),
        (zipped(readme=b"hello"), "encoding", "a zip file"),
        (zipped(xl__workbook_xml=b"<x/>"), "damaged", "damaged or locked"),
        (zipped(xl__workbook_xml=b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'), "damaged", "damaged"),
        (b"PK\x03\x04 cut short", "damaged", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "encoding", ".xls"),
        (b"%PDF-1.7", "encoding", "a PDF"),
        (b"<html>", "encoding", "a web page"),
        ("key\na\n".encode("utf-16"), "encoding", "UTF-16"),
        ("key\na\n".encode("utf-16-le"), "encoding", "UTF-16"),
        ("key\na\n".encode("utf-16-be"), "encoding", "UTF-16"),
        ("key\ncaf\u00e9\n".encode("cp1252"), "encoding", "Windows-1252"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(content: bytes, code: str, said: str) -> None:
    """B52, B54."""
    fault = fault_of(content)

    assert (fault.code, said in fault.message) == (code, True)
    assert "save" in fault.message


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    """B30, B54."""
    sound = BytesIO(a_file(("key",), ("a",)))
    with ZipFile(sound, "a", ZIP_DEFLATED) as whole:
        whole.writestr("xl/worksheets/sheet9.xml", b" " * 20_000_000)

    assert fault_of(sound.getvalue()).code == "too_large"


def test_a_row_that_lies_far_down_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 1_000)

    def change(book: Any) -> None:
        book.active.cell(row=5_000, column=1).value = "far"

    assert fault_of(a_file(("key",), ("a",), change=change)).code == "too_long"


def test_a_broken_sheet_is_refused_and_not_half_read() -> None:
    whole = ZipFile(BytesIO(a_file(("key",), ("a",), ("b",))))
    parts = {name: whole.read(name) for name in whole.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"][:-80]
    kept = BytesIO()
    with ZipFile(kept, "w") as again:
        for name, content in parts.items():
            again.writestr(name, content)

    assert fault_of(kept.getvalue()).code == "damaged"


def test_a_row_that_names_a_last_column_far_away_does_not_keep_us_busy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three megabytes can name the last cell of a million rows: an hour of looking at nothing."""
    monkeypatch.setattr(workbook, "MOST_CELLS", 50_000)

    def far(book: Any) -> None:
        for row in range(2, 6):
            book.active.cell(row, 16_384).number_format = "0.00"

    fault = fault_of(a_file(HEADER, change=far))

    assert (fault.path, fault.code) == (("p.xlsx",), "too_large")
