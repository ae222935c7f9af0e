"""The people of the demonstration: invented, and called by their office: nobody is meant."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from api.demonstration import borough
from api.demonstration.campaigns import STAFF_ROLE, staff_asked
from survey.domain.people import Person
from survey.domain.records import Unit
from survey.ports import Ids

_SCHOOLS_OF_A_MANAGER = 3


def people(ids: Ids, *, now: datetime) -> Iterator[Person]:
    """A head for each school, a business manager for each three, managers, members, and staff."""
    units = borough.units()
    schools = [unit for unit in units if unit.kind == "school"]
    for school in schools:
        yield _person(ids, now, f"head-{school.key}", f"Head of {school.name}", [school], "head")
    for first in range(0, len(schools), _SCHOOLS_OF_A_MANAGER):
        some = schools[first : first + _SCHOOLS_OF_A_MANAGER]
        number = first // _SCHOOLS_OF_A_MANAGER + 1
        name = f"School business manager {number}"
        yield _person(ids, now, f"business-manager-{number}", name, some, "business manager")
    for unit in units:
        if unit.kind in ("department", "team"):
            name = f"Manager of {unit.name}"
            yield _person(ids, now, f"manager-{unit.key}", name, [unit], "manager")
    members = next(unit for unit in units if unit.key == borough.MEMBERS)
    for number in range(1, borough.MEMBERS_IN_OFFICE + 1):
        yield _person(ids, now, f"member-{number}", f"Member {number}", [members], "member")
    names = {unit.key: unit for unit in units}
    for unit_key, asked in staff_asked().items():
        unit = names[unit_key]
        for number in range(1, asked + 1):
            name = f"Member of staff {number}, {unit.name}"
            yield _person(ids, now, f"staff-{unit_key}-{number}", name, [unit], STAFF_ROLE)


def _person(
    ids: Ids, now: datetime, key: str, name: str, units: Sequence[Unit], role: str
) -> Person:
    return Person(
        id=ids.uuid(),
        key=key,
        name=name,
        units=tuple(unit.key for unit in units),
        created_at=now,
        email=f"{key}@borough.invalid",
        roles=(role,),
    )
