"""What a file of people would change: a plan to look at before anything is kept.

A file is the whole list: whoever it leaves out left. A column that it does not have says nothing,
so that what is known there stays.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from survey.domain.people import Person
from survey.domain.people_file import FAULTS_LISTED, Listed, Reading
from survey.domain.person_fields import FIXED, Fields
from survey.domain.plan import Change, Plan
from survey.domain.twins import twins
from survey.errors import Fault

_LISTED: Final = 10


class Duplicates(StrEnum):
    """What to do with new people who may be there already."""

    ADD = "add"
    SKIP = "skip"
    """Neither are they added, nor do those whom they may be leave."""


def plan_people(
    reading: Reading,
    columns: Sequence[str],
    present: Iterable[Person],
    *,
    file: str,
    at: datetime,
    new_id: Iterator[UUID],
    erased: Collection[str] = (),
    whole: bool = True,
    duplicates: Duplicates | None = None,
    warnings: Sequence[str] = (),
) -> Plan[Person]:
    """What the rows would change about the people there are (those who left among them).

    Args:
        columns: those of the file.
        at: when people are added or leave.
        new_id: ids for new people.
        erased: keys of people who must not come back; their rows are passed over.
        whole: whether whoever is left out left.
        duplicates: what was decided about possible duplicates; None is not yet.
        warnings: what was noticed while reading.
    """
    if reading.faulty:
        return Plan(faults=tuple(reading.faults), faulty=reading.faulty)
    if not reading.listed:
        return Plan(faults=(Fault((file,), "empty", "the file has no rows"),))
    known = {person.key: person for person in present}
    new = [each for each in reading.listed if each.key not in known]
    if faults := _lost_zeros(new, known, file):
        return Plan(faults=tuple(faults[:FAULTS_LISTED]), faulty=len(faults))
    passed_over = [each for each in new if each.key in erased]
    new = [each for each in new if each.key not in erased]
    in_file = {each.key for each in reading.listed}
    live = [person for person in known.values() if person.ended_at is None]
    removed = [person for person in live if whole and person.key not in in_file]
    decisions = list(twins(new, known, removed))
    skipped = 0
    if decisions and duplicates is Duplicates.SKIP:
        passed = {each.key for each in decisions}
        stay = {each.other for each in decisions}
        new = [each for each in new if each.key not in passed]
        removed = [person for person in removed if person.key not in stay]
        skipped, decisions = len(passed), []
    elif duplicates is Duplicates.ADD:
        decisions = []
    sorting = _Sorting(columns)
    for each in reading.listed:
        if (before := known.get(each.key)) is not None:
            sorting.sort(each, before)
    return Plan(
        added=tuple(Change(each.row, None, _person(each, next(new_id), at)) for each in new),
        changed=tuple(sorting.changed),
        moved=tuple(sorting.moved),
        returned=tuple(sorting.returned),
        removed=tuple(
            replace(person, ended_at=at, revision=person.revision + 1) for person in removed
        ),
        unchanged=sorting.unchanged,
        present=len(live),
        skipped=skipped + len(passed_over),
        warnings=(*warnings, *reading.warnings, *_about_erased(passed_over)),
        decisions=tuple(decisions),
    )


@dataclass(slots=True)
class _Sorting:
    """Puts each person who is there in one list."""

    columns: Sequence[str]
    changed: list[Change[Person]] = field(default_factory=list)
    moved: list[Change[Person]] = field(default_factory=list)
    returned: list[Change[Person]] = field(default_factory=list)
    unchanged: int = 0

    def sort(self, listed: Listed, before: Person) -> None:
        after = self._after(listed.fields, before)
        if after == before:
            self.unchanged += 1
            return
        change = Change(listed.row, before, replace(after, revision=before.revision + 1))
        if before.ended_at is not None:
            self.returned.append(change)
        elif before.units != after.units:
            self.moved.append(change)
        else:
            self.changed.append(change)

    def _after(self, said: Fields, before: Person) -> Person:
        attributes = before.attributes
        if any(column not in FIXED for column in self.columns):
            kept = {name: text for name, text in attributes.items() if name not in self.columns}
            attributes = {**kept, **said.attributes}
        return replace(
            before,
            name=said.name,
            units=said.units if "unit" in self.columns else before.units,
            email=said.email if "email" in self.columns else before.email,
            language=said.language if "language" in self.columns else before.language,
            roles=said.roles if "roles" in self.columns else before.roles,
            attributes=attributes,
            ended_at=None,
        )


def _person(listed: Listed, new_id: UUID, at: datetime) -> Person:
    said = listed.fields
    return Person(
        id=new_id,
        key=listed.key,
        name=said.name,
        units=said.units,
        created_at=at,
        email=said.email,
        language=said.language,
        roles=said.roles,
        attributes=said.attributes,
    )


def _lost_zeros(new: Sequence[Listed], known: Collection[str], file: str) -> list[Fault]:
    """New keys of digits alone that somebody has with other zeros in front: a spreadsheet's work.

    Before a list that has some of each, nobody can tell which are right.
    """
    digits = [each for each in new if each.key.isascii() and each.key.isdigit()]
    if not digits:
        return []
    there = {key.lstrip("0"): key for key in known if key.isascii() and key.isdigit()}
    return [
        Fault(
            (file, str(each.row), "key"),
            "lost_zeros",
            f"'{each.key}' is '{there[plain]}' but for zeros in front: a spreadsheet may have lost "
            "them; give the column the format Text",
        )
        for each in digits
        if (plain := each.key.lstrip("0")) in there
    ]


def _about_erased(rows: Sequence[Listed]) -> Iterator[str]:
    if rows:
        some = ", ".join(str(each.row) for each in rows[:_LISTED])
        more = "" if len(rows) <= _LISTED else " and others"
        yield (
            f"the data of {len(rows):,} of them was erased: they were not added (row {some}{more})"
        )
