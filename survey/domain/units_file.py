"""What a `key,name,kind,parent` file would change in the tree of units.

A file is the whole tree: what it leaves out ends. Nothing may be left hanging: a unit with people
or with others below it stays until they have moved.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from survey.domain.csvfile import Row
from survey.domain.organisation import DEEPEST, first_loop, first_too_deep
from survey.domain.people_file import FAULTS_LISTED
from survey.domain.plan import Change, Plan
from survey.domain.records import Unit
from survey.domain.structure import KEY, LONGEST
from survey.domain.suggest import did_you_mean
from survey.errors import Fault

COLUMNS: Final = ("key", "name", "kind", "parent")


def plan_units(
    rows: Sequence[Row],
    columns: Sequence[str],
    present: Sequence[Unit],
    people: Mapping[str, int],
    *,
    file: str,
    at: datetime,
    whole: bool = True,
    warnings: Sequence[str] = (),
) -> Plan[Unit]:
    """What the rows would change about the units there are (those that ended among them).

    Args:
        columns: those of the file; without `parent`, all stay where they are.
        people: how many stand for each unit itself.
        at: when units end.
        whole: whether what is left out ends.
    """
    known = {unit.key: unit for unit in present}
    live = [unit for unit in present if unit.ended_at is None]
    in_file = {row.cells["key"] for row in rows}
    removed = [unit for unit in live if whole and unit.key not in in_file]
    after = [_after(row, known.get(row.cells["key"]), "parent" in columns) for row in rows]
    left_out = {unit.key: unit.parent for unit in removed}
    tree = {unit.key: unit.parent for unit in live if unit.key not in left_out}
    tree |= {unit.key: unit.parent for unit in after}
    faults = [
        *faults_of_rows(rows, left_out | tree, file=file, needed=("name", "kind")),
        *_left_hanging(left_out, Counter(tree.values()), people, file),
    ]
    if faults:
        faulty = len({fault.path[1] for fault in faults if len(fault.path) > 1})
        return Plan(faults=tuple(faults[:FAULTS_LISTED]), faulty=faulty)
    lists = defaultdict[str, list[Change[Unit]]](list)
    unchanged = 0
    for row, unit in zip(rows, after, strict=True):
        before = known.get(unit.key)
        if unit == before:
            unchanged += 1
            continue
        if before is not None:
            unit = replace(unit, revision=before.revision + 1)
        lists[_kind_of(before, unit)].append(Change(row.number, before, unit))
    return Plan(
        added=tuple(lists["added"]),
        changed=tuple(lists["changed"]),
        moved=tuple(lists["moved"]),
        returned=tuple(lists["returned"]),
        removed=tuple(replace(unit, ended_at=at, revision=unit.revision + 1) for unit in removed),
        unchanged=unchanged,
        present=len(live),
        warnings=tuple(warnings),
    )


def faults_of_rows(
    rows: Sequence[Row], parents: Mapping[str, str | None], *, file: str, needed: tuple[str, ...]
) -> list[Fault]:
    """Every fault of the rows of a file of units or services, whose tree would be `parents`."""
    if not rows:
        return [Fault((file,), "empty", "the file has no rows")]
    faults = [
        *_key_faults(rows, file),
        *_empty_or_long(rows, file, needed),
        *_lost_parents(rows, file, parents),
    ]
    if not faults and (loop := first_loop(parents)):
        row = next((row for row in rows if row.cells["key"] in loop), rows[0])
        message = f"these lie under each other: {', '.join(loop)}"
        faults.append(_fault(file, row, "parent", "loop", message))
    if not faults and (deep := first_too_deep(parents)):
        row = next((row for row in rows if row.cells["key"] == deep), rows[0])
        message = f"'{deep}' lies more than {DEEPEST} levels down"
        faults.append(_fault(file, row, "parent", "too_deep", message))
    return faults


def _after(row: Row, before: Unit | None, with_parent: bool) -> Unit:
    cells = row.cells
    unit = before or Unit(cells["key"], "", "")
    return replace(
        unit,
        name=cells["name"],
        kind=cells["kind"],
        parent=(cells["parent"] or None) if with_parent else unit.parent,
        ended_at=None,
    )


def _kind_of(before: Unit | None, after: Unit) -> str:
    if before is None:
        return "added"
    if before.ended_at is not None:
        return "returned"
    return "moved" if before.parent != after.parent else "changed"


def _left_hanging(
    left_out: Iterable[str], below: Mapping[str | None, int], people: Mapping[str, int], file: str
) -> Iterator[Fault]:
    for key in left_out:
        for number, one, several in (
            (people.get(key, 0), "1 person stands for it", "people stand for it"),
            (
                below.get(key, 0),
                "1 unit of the file lies under it",
                "units of the file lie under it",
            ),
        ):
            if number:
                told = one if number == 1 else f"{number:,} {several}"
                message = f"it leaves out '{key}', but {told}: move them first, or keep the others"
                yield Fault((file,), "in_use", message)


def _key_faults(rows: Sequence[Row], file: str) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for row in rows:
        key = row.cells["key"]
        if not KEY.fullmatch(key):
            message = f"'{key[:40]}': use small letters, digits, - and _"
            yield _fault(file, row, "key", "bad_key", message)
        elif key in seen:
            yield _fault(file, row, "key", "twice", f"'{key}' stands in row {seen[key]} already")
        seen.setdefault(key, row.number)


def _empty_or_long(rows: Sequence[Row], file: str, needed: tuple[str, ...]) -> Iterator[Fault]:
    for row in rows:
        for column in needed:
            if not row.cells[column]:
                yield _fault(file, row, column, "required", "it is empty")
            elif len(row.cells[column]) > LONGEST:
                message = f"it is longer than {LONGEST} characters"
                yield _fault(file, row, column, "too_long", message)


def _lost_parents(
    rows: Sequence[Row], file: str, parents: Mapping[str, str | None]
) -> Iterator[Fault]:
    lost = 0
    for row in rows:
        parent = row.cells.get("parent")
        if parent and parent not in parents:
            lost += 1
            near = did_you_mean(parent, parents) if lost <= FAULTS_LISTED else ""
            message = f"there is no '{parent[:40]}' to lie under{near}"
            yield _fault(file, row, "parent", "no_parent", message)


def _fault(file: str, row: Row, column: str, code: str, message: str) -> Fault:
    return Fault((file, str(row.number), column), code, message)
