"""What a file of people would change: a plan to look at before anything is kept.

A file is the whole list: whoever it leaves out left. A column that it does not have says nothing,
so that what is known there stays.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from survey.domain.csvfile import Row
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


class Planning:
    """Compares a file, row by row, with the people there are: only what differs is kept.

    Take all rows, and then ask for the `plan`.
    """

    def __init__(self, reading: Reading, present: Iterable[Person], *, at: datetime) -> None:
        """`present` are all there are, those who left among them; `at` is when people leave."""
        self._reading, self._at = reading, at
        self._known = {person.key: person for person in present}
        self._present = sum(person.ended_at is None for person in self._known.values())
        self._seen: set[str] = set()
        self._changed: list[Change[Person]] = []
        self._moved: list[Change[Person]] = []
        self._returned: list[Change[Person]] = []
        self._unchanged = 0
        self._any_attribute = any(column not in FIXED for column in reading.columns)
        self.new: list[Listed] = []

    def take(self, row: Row) -> None:
        listed = self._reading.take(row)
        if listed is None:
            return
        before = self._known.get(listed.key)
        if before is None:
            self.new.append(listed)
            return
        self._seen.add(before.key)
        after = self._after(listed.fields, before)
        if after == before:
            self._unchanged += 1
            return
        change = Change(listed.row, before, replace(after, revision=before.revision + 1))
        if before.ended_at is not None:
            self._returned.append(change)
        elif before.units != after.units:
            self._moved.append(change)
        else:
            self._changed.append(change)

    def plan(
        self,
        *,
        new_id: Iterator[UUID],
        erased: Collection[str] = (),
        whole: bool = True,
        duplicates: Duplicates | None = None,
        warnings: Sequence[str] = (),
    ) -> Plan[Person]:
        """What the rows would change.

        Args:
            new_id: ids for new people.
            erased: keys of people who must not come back; their rows are passed over.
            whole: whether whoever is left out left.
            duplicates: what was decided about possible duplicates; None is not yet.
            warnings: what was noticed while reading.
        """
        if faults := self._faults():
            faulty = self._reading.faulty or len(faults)
            return Plan(faults=tuple(faults[:FAULTS_LISTED]), faulty=faulty)
        passed_over = [each for each in self.new if each.key in erased]
        new = [each for each in self.new if each.key not in erased]
        removed = [
            person
            for person in self._known.values()
            if whole and person.ended_at is None and person.key not in self._seen
        ]
        decisions = twins(new, self._known, removed) if duplicates is not Duplicates.ADD else ()
        skipped = len(passed_over)
        if decisions and duplicates is Duplicates.SKIP:
            passed = {each.key for each in decisions}
            stay = {each.other for each in decisions}
            new = [each for each in new if each.key not in passed]
            removed = [person for person in removed if person.key not in stay]
            skipped, decisions = skipped + len(passed), ()
        return Plan(
            added=tuple(
                Change(each.row, None, _person(each, next(new_id), self._at)) for each in new
            ),
            changed=tuple(self._changed),
            moved=tuple(self._moved),
            returned=tuple(self._returned),
            removed=tuple(
                replace(person, ended_at=self._at, revision=person.revision + 1)
                for person in removed
            ),
            unchanged=self._unchanged,
            present=self._present,
            skipped=skipped,
            warnings=(*warnings, *self._reading.warnings, *_about_erased(passed_over)),
            decisions=tuple(decisions),
        )

    def _faults(self) -> Sequence[Fault]:
        if self._reading.faults:
            return self._reading.faults
        if not self.new and not self._seen:
            return [Fault((self._reading.file,), "empty", "the file has no rows")]
        return _lost_zeros(self.new, self._known, self._reading.file)

    def _after(self, said: Fields, before: Person) -> Person:
        columns = self._reading.columns
        attributes = before.attributes
        if self._any_attribute:
            kept = {name: text for name, text in attributes.items() if name not in columns}
            attributes = {**kept, **said.attributes}
        return replace(
            before,
            name=said.name,
            units=said.units if "unit" in columns else before.units,
            email=said.email if "email" in columns else before.email,
            language=said.language if "language" in columns else before.language,
            roles=said.roles if "roles" in columns else before.roles,
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
        yield f"erased people are not added again: {len(rows):,} (row {some}{more})"
