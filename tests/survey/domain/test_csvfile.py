"""CSV files as people save them."""

import pytest

from survey.domain.csvfile import CsvFile
from survey.errors import Fault, FieldsRejected


def read(*lines: bytes) -> list[tuple[int, dict[str, str]]]:
    file = CsvFile(lines, name="f.csv", required=("key",), allowed=("key", "name"))
    return [(row.number, row.cells) for row in file]


def fault_of(*lines: bytes) -> Fault:
    with pytest.raises(FieldsRejected) as refused:
        read(*lines)
    return refused.value.faults[0]


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    assert read(b"\xef\xbb\xbfkey,name\n", b"a,Oak\n") == [(2, {"key": "a", "name": "Oak"})]


@pytest.mark.parametrize("mark", [b",", b";", b"\t"])
def test_the_delimiter_is_the_one_that_the_header_shows(mark: bytes) -> None:
    assert read(b"key" + mark + b"name\n", b"a" + mark + b"Oak\n")[0][1] == {
        "key": "a",
        "name": "Oak",
    }


def test_a_newline_inside_a_cell_does_not_shift_the_row_numbers() -> None:
    rows = read(b"key,name\n", b'a,"two\n', b'lines"\n', b"b,Elm\n")

    assert [number for number, _ in rows] == [2, 3]
    assert rows[0][1]["name"] == "two\nlines"


def test_empty_rows_are_passed_over_and_still_counted() -> None:
    assert [number for number, _ in read(b"key,name\n", b",\n", b"b,Elm\n")] == [3]


@pytest.mark.parametrize(
    ("lines", "row", "column", "code"),
    [
        ([b""], "1", "", "empty"),
        ([b"\xff\xfek\x00e\x00y\x00"], "1", "", "encoding"),
        ([b"PK\x03\x04"], "1", "", "encoding"),
        ([b"key,name\n", b"a,caf\xe9\n"], "2", "", "encoding"),
        ([b"key,name\n", b"a,b\x00\n"], "2", "", "encoding"),
        ([b"key,nmae\n"], "1", "nmae", "unknown_column"),
        ([b"name\n"], "1", "key", "missing_column"),
        ([b"key,key\n"], "1", "key", "column_twice"),
        ([b"key" + b",name" * 1_000 + b"\n"], "1", "", "too_many_columns"),
        ([b"key,name\n", b"a,Oak\n", b"b,Elm,extra\n"], "3", "", "cells"),
        ([b"key,name\n", b'a,"never closed\n'], "2", "", "quotes"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_row_and_column(
    lines: list[bytes], row: str, column: str, code: str
) -> None:
    fault = fault_of(*lines)

    assert (fault.path, fault.code) == (("f.csv", row, column), code)
