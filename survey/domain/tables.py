"""A table of rows in a file, whether CSV or a spreadsheet: what it is shows in what it holds."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Final, Protocol

from survey.domain.csvfile import CsvFile, Row

Content = Callable[[], IO[bytes]]
"""Opens the file anew, at its beginning."""

_PACKED: Final = b"PK\x03\x04"
_REMEDY: Final = "save it as CSV UTF-8 or .xlsx"


class Table(Protocol):
    """Rows with the names of their columns; `warnings` say what was left out."""

    @property
    def columns(self) -> Sequence[str]: ...
    @property
    def warnings(self) -> Sequence[str]: ...
    def __iter__(self) -> Iterator[Row]: ...


@contextmanager
def open_table(
    content: Content, *, name: str, required: Sequence[str], allowed: Sequence[str] | None = None
) -> Iterator[Table]:
    """Read it once, inside the block; arguments are those of `CsvFile`.

    Raises: FieldsRejected, here and while iterating.
    """
    with content() as lines:
        if lines.read(len(_PACKED)) == _PACKED:
            from survey.domain.workbook import Workbook  # openpyxl takes long to import

            yield Workbook(content, name=name, required=required, allowed=allowed)
            return
    with content() as lines:
        yield CsvFile(lines, name=name, required=required, allowed=allowed, remedy=_REMEDY)
