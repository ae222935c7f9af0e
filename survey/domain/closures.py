"""Days on which schools and departments are closed: the file that lists them, and spans of them.

A file has `day,unit,name` and perhaps `until`, the last day of a span; an empty unit is the whole
body. Days are written as 2026-10-26 and no other way: 03/04/2026 is two days, as one reads it.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from survey.domain.calendar import EARLIEST, LATEST
from survey.domain.csvfile import CsvFile, Row
from survey.domain.people_file import FAULTS_LISTED
from survey.domain.structure import text_faults
from survey.domain.suggest import did_you_mean
from survey.domain.waves import Closure
from survey.errors import Fault, ImportRefused

LONGEST: Final = 366
"""Days of one span."""

MOST: Final = 200_000
"""Closed days of one file: a thousand schools for a year have fewer."""

_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class ClosedSpan:
    """Days in a row on which a unit ('' is the whole body) is closed for one reason."""

    first: date
    last: date
    unit: str
    name: str

    @property
    def days(self) -> list[Closure]:
        number = (self.last - self.first).days + 1
        return [Closure(self.first + _DAY * each, self.unit, self.name) for each in range(number)]


def spans_of(closures: Iterable[Closure]) -> list[ClosedSpan]:
    """Closures joined where they follow each other, by their first day."""
    spans: list[ClosedSpan] = []
    for each in sorted(closures, key=lambda one: (one.unit, one.name, one.day)):
        last = spans[-1] if spans else None
        if last and (last.unit, last.name, last.last + _DAY) == (each.unit, each.name, each.day):
            spans[-1] = ClosedSpan(last.first, each.day, each.unit, each.name)
        else:
            spans.append(ClosedSpan(each.day, each.day, each.unit, each.name))
    return sorted(spans)


def span_faults(span: ClosedSpan, units: Collection[str]) -> list[Fault]:
    """What is wrong with a span; paths are "day", "until", "unit" and "name"."""
    faults = list(text_faults([("name", span.name)], {"name"}))
    faults += [
        Fault((field,), "day", f"give a day from {EARLIEST} to {LATEST}")
        for field, day in (("day", span.first), ("until", span.last))
        if not EARLIEST <= day <= LATEST
    ]
    if span.last < span.first:
        faults.append(Fault(("until",), "order", "the last day is before the first"))
    elif (span.last - span.first).days >= LONGEST:
        faults.append(Fault(("until",), "too_long", f"that is more than {LONGEST} days"))
    if span.unit and span.unit not in units:
        message = f"'{span.unit[:80]}' is not a unit{did_you_mean(span.unit, units)}"
        faults.append(Fault(("unit",), "no_unit", message))
    return faults


def read_closures(lines: Iterable[bytes], *, name: str, units: Collection[str]) -> list[Closure]:
    """The closures of a file, each day of each span.

    Raises: FieldsRejected (ImportRefused), with faults by row and column.
    """
    rows = CsvFile(
        lines,
        name=name,
        required=("day", "unit", "name"),
        allowed=("day", "until", "unit", "name"),
    )
    found: dict[tuple[date, str], tuple[Closure, int]] = {}
    faults: list[Fault] = []
    faulty = 0
    for row in rows:
        span, wrong = _span(row, units)
        if span and not wrong:
            wrong = _clashes(span, found)
            found |= {(each.day, each.unit): (each, row.number) for each in span.days}
        if len(found) > MOST:
            wrong = [Fault(("until",), "too_many", f"a file lists {MOST:,} closed days at most")]
        faulty += bool(wrong)
        faults += [
            Fault((name, str(row.number), *each.path), each.code, each.message) for each in wrong
        ]
        if len(found) > MOST:
            break
    if faults:
        raise ImportRefused(faults[:FAULTS_LISTED], rows=faulty)
    return [closure for closure, _ in found.values()]


def _span(row: Row, units: Collection[str]) -> tuple[ClosedSpan | None, list[Fault]]:
    first, wrong = _day("day", row.cells["day"])
    last, more = _day("until", row.cells["until"]) if row.cells.get("until") else (first, [])
    if first is None or last is None:
        return None, [*wrong, *more]
    span = ClosedSpan(first, last, row.cells["unit"], row.cells["name"])
    return span, span_faults(span, units)


def _day(column: str, written: str) -> tuple[date | None, list[Fault]]:
    if _ISO.fullmatch(written):
        try:
            return date.fromisoformat(written), []
        except ValueError:
            return None, [Fault((column,), "bad_date", f"there is no day {written}")]
    message = f"'{written[:40]}' is not a day: write it with the year first, as 2026-10-26"
    return None, [Fault((column,), "bad_date", message)]


def _clashes(span: ClosedSpan, found: dict[tuple[date, str], tuple[Closure, int]]) -> list[Fault]:
    """A day that another row has under another name; once is enough to say."""
    for each in span.days:
        before = found.get((each.day, each.unit))
        if before and before[0].name != each.name:
            message = f"{each.day} is in row {before[1]} already, under another name"
            return [Fault(("day",), "twice", message)]
    return []
