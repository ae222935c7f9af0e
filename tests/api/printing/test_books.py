"""Workbooks of figures: what a spreadsheet opens without warning, and nothing that it computes."""

from collections.abc import Sequence
from io import BytesIO
from zipfile import ZipFile

from openpyxl import Workbook, load_workbook

from api.printing.books import Sheet, book
from tests.support.application import NOON

HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=HYPERLINK('https://x.example')", "\x07bell")


def a_sheet(rows: Sequence[Sequence[str | int]], name: str = "By service") -> Sheet:
    return Sheet(name, "Reports: by service", "One table.", ("Service", "Reported"), rows)


def made(*sheets: Sheet) -> bytes:
    notes = Sheet("Notes", "Reports", "As of today.", ("Mark", "Meaning"), [("[z]", "None")])
    return book(notes, sheets, author="Barnet Council", at=NOON, language="en")


def opened(content: bytes) -> Workbook:
    return load_workbook(BytesIO(content))


def test_the_notes_come_first_and_each_sheet_is_one_table_with_one_line_of_heads() -> None:
    found = opened(made(a_sheet([("Payroll", 3), ("HR", 1)])))

    assert found.sheetnames == ["Notes", "By service"]
    assert found.active is found["Notes"]
    page = found["By service"]
    assert [page["A1"].value, page["A2"].value] == ["Reports: by service", "One table."]
    assert [[cell.value for cell in row] for row in page["A3:B5"]] == [
        ["Service", "Reported"],
        ["Payroll", 3],
        ["HR", 1],
    ]
    for each in found:
        [table] = each.tables.values()
        assert table.ref == f"A3:{each.dimensions.partition(':')[2]}"
        assert list(each.merged_cells.ranges) == []
        assert each.sheet_view.selection[0].activeCell == "A1"
    names = [table for each in found for table in each.tables]
    assert len(set(names)) == len(names)


def test_it_says_what_it_is_whose_and_in_which_language() -> None:
    told = opened(made()).properties

    assert (told.title, told.creator, told.language) == ("Reports", "Barnet Council", "en")
    assert told.created == NOON.replace(tzinfo=None)


def test_no_text_is_computed_or_a_link_whatever_it_begins_with() -> None:
    """A39."""
    content = made(a_sheet([(each, 1) for each in HOSTILE]))

    page = opened(content)["By service"]
    cells = [row[0] for row in page.iter_rows(min_row=4)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)
    assert [cell.value for cell in cells[:4]] == list(HOSTILE[:4])
    assert [cell.hyperlink for cell in cells] == [None] * len(HOSTILE)
    with ZipFile(BytesIO(content)) as parts:
        assert not [name for name in parts.namelist() if "externalLink" in name]
        assert b"<f>" not in b"".join(parts.read(name) for name in parts.namelist())


def test_a_table_without_rows_and_a_name_too_long_for_a_tab_make_no_broken_file() -> None:
    found = opened(made(a_sheet([]), a_sheet([("Payroll", 3)], name="W" * 40)))

    assert found.sheetnames == ["Notes", "W" * 31]
