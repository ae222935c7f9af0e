"""The reports of a school together, for those who stand for it: to look at, and for its governors.

Who stands for it is asked each time. What is for few is not among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from survey.domain.case_access import is_the_schools
from survey.domain.case_records import CaseQuery, CaseSort, Reach
from survey.domain.cases import Case
from survey.domain.people import Person
from survey.domain.records import Service, Unit
from survey.domain.references import reference_of
from survey.errors import NotFound
from survey.ports import Begin, Clock, UnitOfWork

MOST: Final = 5_000
"""Reports of a list: the newest."""

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class SchoolReports:
    """Reports of a school, department or team that a person stands for, newest first.

    `services` are all services by their keys. `at` is when it was read.
    """

    person: Person
    unit: Unit
    cases: tuple[Case, ...]
    services: Mapping[str, Service]
    at: datetime


class SchoolCases:
    def __init__(self, begin: Begin, clock: Clock) -> None:
        self._begin, self._clock = begin, clock

    async def of(self, person: UUID, unit: str) -> SchoolReports:
        """Raises: NotFound, where they do not stand for it (any more)."""
        async with self._begin.read(one_state=True) as work:
            found, school = await _standing(work, person, unit)
            cases = await self._of_unit(work, school)
            services = await work.organisation.services()
        return SchoolReports(
            found,
            school,
            tuple(cases),
            {each.key: each for each in services},
            self._clock.now(),
        )

    async def one(self, person: UUID, unit: str, reference: str) -> UUID:
        """Which report of the unit has this reference, in any spelling. Raises: NotFound."""
        known = reference_of(reference)
        async with self._begin.read() as work:
            _, school = await _standing(work, person, unit)
            case = await work.cases.by_reference(known) if known else None
        if case is None or not is_the_schools(case) or case.unit != school.key:
            raise NotFound("case")
        return case.id

    async def _of_unit(self, work: UnitOfWork, unit: Unit) -> list[Case]:
        reach = Reach(units=frozenset({unit.key}))
        query = CaseQuery(reach=(reach,), sort=CaseSort.NEWEST)
        found, after = list[Case](), None
        while len(found) < MOST:
            page = await work.cases.listed(
                query, now=self._clock.now(), limit=_AT_ONCE, after=after
            )
            found += filter(is_the_schools, page.cases)
            if (after := page.after) is None:
                break
        return found


async def _standing(work: UnitOfWork, person: UUID, unit: str) -> tuple[Person, Unit]:
    """Whoever is asked for, and the unit, where they stand for it by now. Raises: NotFound."""
    found = await work.people.get(person)
    if found is None or found.ended_at is not None or unit not in found.units:
        raise NotFound("person")
    school = await work.organisation.unit(unit)
    if school is None or school.ended_at is not None:
        raise NotFound("unit")
    return found, school
