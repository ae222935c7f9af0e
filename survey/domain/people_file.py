"""The rows of a file of people, read one by one and checked each for itself.

Columns are `key,name,unit,email,roles,language` and any others, which are attributes. Several units
or roles stand in one cell, joined with "|". A column whose name ends in "_date" or "_on" holds
dates: ISO, or the day first.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from sys import intern
from typing import Final

from survey.domain.csvfile import Row
from survey.domain.person_fields import FIXED, Fields, faults_of, key_faults
from survey.errors import Fault

FAULTS_LISTED: Final = 20

_SEPARATOR: Final = "|"
_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_TWO_DIGITS: Final = re.compile(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}")


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the file."""

    row: int
    key: str
    fields: Fields


class Reading:
    """Reads rows one by one, and remembers what is wrong and what was taken how.

    `faults` are the first ones; `faulty` is how many rows have any.
    """

    def __init__(self, file: str, columns: Sequence[str], units: Collection[str]) -> None:
        self.file, self.columns, self._units = file, columns, units
        self._dates = [each for each in columns if each.endswith(("_date", "_on"))]
        self._others = [each for each in columns if each not in FIXED]
        self._seen: dict[str, int] = {}
        self._day_first = Counter[str]()
        self._example: dict[str, tuple[str, str]] = {}
        self._repeated: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.faulty = 0

    def take(self, row: Row) -> Listed | None:
        """What the row says; None where it is faulty."""
        cells = row.cells
        key = cells["key"]
        faults = [*key_faults(key), *self._dated(cells)]
        if key and (first := self._seen.setdefault(key, row.number)) != row.number:
            faults.append(Fault(("key",), "twice", f"'{key[:40]}' stands in row {first} already"))
        said = Fields.tidy(
            name=cells["name"],
            units=_parts(cells.get("unit", "")),
            email=cells.get("email", ""),
            language=cells.get("language", ""),
            roles=_parts(cells.get("roles", "")),
            attributes={column: self._once(cells[column]) for column in self._others},
        )
        # A list for other units altogether has a faulty unit in each row.
        listing = len(self.faults) < FAULTS_LISTED
        faults += faults_of(said, self._units, suggesting=listing)
        if not faults:
            return Listed(row.number, key, said)
        self.faulty += 1
        place = self.file, str(row.number)
        self.faults += [replace(each, path=(*place, each.path[-1])) for each in faults]
        del self.faults[FAULTS_LISTED:]
        return None

    @property
    def warnings(self) -> Iterator[str]:
        for column, number in self._day_first.items():
            said, meant = self._example[column]
            yield (
                f"column {column}: dates were read day first, {said} as {meant} "
                f"({number:,} cells); write them as 2026-11-02 to be sure"
            )

    def _dated(self, cells: dict[str, str]) -> Iterator[Fault]:
        """Make dates of columns that are dates ISO, in place."""
        for column in self._dates:
            said = cells[column]
            if not said:
                continue
            try:
                cells[column] = self._iso(column, said)
            except ValueError:
                if _TWO_DIGITS.fullmatch(said):
                    message = f"'{said}': write the year with four digits"
                    yield Fault((column,), "two_digit_year", message)
                else:
                    message = f"'{said[:40]}' is not a date: write it as 2026-11-02 or 02/11/2026"
                    yield Fault((column,), "bad_date", message)

    def _iso(self, column: str, said: str) -> str:
        """Raises: ValueError."""
        if match := _DAY_FIRST.fullmatch(said):
            day, month, year = map(int, match.groups())
            meant = date(year, month, day).isoformat()
            self._day_first[column] += 1
            self._example.setdefault(column, (said, meant))
            return meant
        if not _ISO.fullmatch(said):
            raise ValueError(said)
        return date.fromisoformat(said).isoformat()

    def _once(self, text: str) -> str:
        """The same text for all who have it: sites and grades repeat a hundred thousand times."""
        return self._repeated.setdefault(text, text)


def _parts(cell: str) -> Sequence[str]:
    """Keys of units and words for roles, one object for all who have them."""
    return [intern(part.strip()) for part in cell.split(_SEPARATOR)] if cell else ()
