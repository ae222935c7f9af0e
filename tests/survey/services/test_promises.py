"""What services promise: their own, or that of the service above them."""

from dataclasses import replace
from uuid import uuid4

import pytest

from survey.domain import case_acts as acts
from survey.domain.audit import Actor
from survey.domain.people import Person
from survey.domain.promises import Promise
from survey.domain.records import Service
from survey.errors import ChangedMeanwhile, NotFound
from survey.services.open_cases import OpenCases
from tests.support.application import NOON, Running
from tests.support.cases import a_case, an_entry
from tests.support.stored import audited

BY = Actor.account(uuid4())
LATE = Promise.model_validate({"opens": "10:00", "until": "16:00"})


async def under_people(here: Running, service: str) -> str:
    """Put the service under another one, whose key this is."""
    async with here.core.begin() as work:
        services = {each.key: each for each in await work.organisation.services()}
        people = Service("people", "People services")
        await work.organisation.put_services([people, replace(services[service], parent="people")])
        await work.commit()
    return people.key


async def test_a_service_without_a_promise_has_that_of_the_one_above_it(here: Running) -> None:
    promises, parent = here.core.promises, await under_people(here, "payroll")
    assert (await promises.get("payroll")).of == ""

    await promises.put(parent, LATE, expected_revision=0, by=BY)

    inherited = await promises.get("payroll")
    assert (inherited.promise, inherited.of, inherited.revision) == (LATE, parent, 0)
    own = await promises.put("payroll", Promise(), expected_revision=0, by=BY)
    assert (own.promise, own.of, own.revision) == (Promise(), "payroll", 1)


async def test_of_two_who_change_a_promise_at_once_the_second_is_told(here: Running) -> None:
    promises = here.core.promises
    await promises.put("payroll", LATE, expected_revision=0, by=BY)

    for revision in (0, 2):
        with pytest.raises(ChangedMeanwhile):
            await promises.put("payroll", Promise(), expected_revision=revision, by=BY)
    assert (await promises.get("payroll")).promise == LATE
    with pytest.raises(NotFound):
        await promises.get("no-such-service")
    actions = [each.action for each in await audited(here) if each.action == "service.promised"]
    assert actions == ["service.promised"]


async def test_whoever_has_an_open_case_waits_for_that_service_and_those_around_it(
    here: Running,
) -> None:
    ann, ben = (Person(uuid4(), key, key, ("oakfield",), NOON) for key in ("ann", "ben"))
    parent = await under_people(here, "payroll")
    async with here.core.begin() as work:
        await work.people.put([ann, ben])
        await work.commit()
    case = await a_case(here, person=ann.id, service="payroll", unit="oakfield")
    await a_case(here, person=ben.id, service="it", unit="oakfield")

    async def waiting(service: str) -> set[str]:
        async with here.core.begin.read() as work:
            found = await OpenCases().among(work, [ann.id, ben.id], services=[service])
        return {each.key for each in (ann, ben) if each.id in found}

    assert await waiting("payroll") == await waiting(parent) == {"ann"}
    assert await waiting("it") == {"ben"}
    await an_entry(here, case, acts.declined("not_ours", "Ask your school"))
    assert await waiting("payroll") == set()
