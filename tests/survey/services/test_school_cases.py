"""The reports of a school, for those who stand for it."""

from dataclasses import replace
from uuid import uuid4

import pytest

from survey.domain import case_acts as acts
from survey.domain.cases import CaseKind
from survey.domain.people import Person
from survey.errors import NotFound
from tests.support.application import NOON, Running
from tests.support.cases import a_case, an_entry


async def a_person(here: Running, *units: str) -> Person:
    one = Person(uuid4(), f"p-{uuid4()}", "Ann Byrne", units, NOON)
    await keep(here, one)
    return one


async def keep(here: Running, person: Person) -> None:
    async with here.core.begin() as work:
        await work.people.put([person])
        await work.commit()


async def test_all_reports_of_a_school_are_there_but_those_for_few_and_of_others(
    here: Running,
) -> None:
    ann = await a_person(here, "oakfield")
    mine = await a_case(here, person=ann.id, unit="oakfield")
    ben = await a_person(here, "oakfield")
    colleagues = await a_case(here, person=ben.id, unit="oakfield")
    declined = await an_entry(here, colleagues, acts.declined("duplicate", "Known"))
    few = await a_case(here, person=ben.id, unit="oakfield", restricted=True)
    surveyed = await a_case(here, person=ben.id, unit="oakfield", kind=CaseKind.FEEDBACK)
    nobodys = await a_case(here, unit="oakfield")
    other = await a_case(here, unit="elmwood")

    found = await here.core.school_cases.of(ann.id, "oakfield")

    assert found.unit.key == "oakfield"
    stands = {case.id: case.state.open for case in found.cases}
    assert stands == {mine.id: True, colleagues.id: False}
    spelled = declined.reference.lower().replace("-", " ")
    assert await here.core.school_cases.one(ann.id, "oakfield", spelled) == colleagues.id
    hidden_ones = [each.reference for each in (few, surveyed, nobodys, other)]
    for hidden in (*hidden_ones, "P-NONE", ""):
        with pytest.raises(NotFound):
            await here.core.school_cases.one(ann.id, "oakfield", hidden)


async def test_who_left_or_stands_for_another_school_has_none(here: Running) -> None:
    ann = await a_person(here, "oakfield")
    for gone in (replace(ann, units=("elmwood",)), replace(ann, ended_at=NOON)):
        await keep(here, gone)
        with pytest.raises(NotFound):
            await here.core.school_cases.of(ann.id, "oakfield")
    with pytest.raises(NotFound):
        await here.core.school_cases.of(uuid4(), "oakfield")
