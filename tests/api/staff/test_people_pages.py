"""The pages about people: found within what one may see, shown, changed, never lost to another."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from survey.domain.accounts import Grant, Role
from survey.domain.people import Person
from tests.support.application import NOON, Running
from tests.support.staff import ADMINISTRATOR, signed_in
from tests.support.web import WebPerson

OF_OAKFIELD = Grant(Role.SURVEY_MANAGER, unit="oakfield")


def a_person(key: str, name: str, *units: str, **more: Any) -> Person:
    return Person(UUID(int=uuid4().int), key, name, units, NOON, **more)


ANN = a_person("p-1", "Ann Ó Briain", "oakfield", "elmwood", email="ann@school.example")
BEN = a_person("p-2", "Ben Carter", "oakfield", opted_out_at=NOON)
CAT = a_person("a-3", "Cat Dale", "elmwood", ended_at=NOON)
DAN = a_person("a-4", "Dan Ely", "adult-social-care", roles=("contact",))
EVE = a_person("a-5", "Eve Nobody")


@pytest.fixture
async def borough(here: Running) -> Running:
    """Five people: at schools, in a department, in no unit; one left, one wants no surveys."""
    await keep(here, ANN, BEN, CAT, DAN, EVE)
    return here


async def keep(here: Running, *people: Person) -> None:
    async with here.core.begin() as work:
        await work.people.put(people)
        await work.commit()


@pytest.fixture
async def administrator(borough: Running) -> AsyncIterator[WebPerson]:
    async with signed_in(borough, ADMINISTRATOR) as person:
        yield person


def names(person: WebPerson) -> list[str]:
    """Who is in the table, from above."""
    return [row.all("th")[0].text for body in person.page.all("tbody") for row in body.all("tr")]


# --- the list ---


async def test_an_administrator_sees_everybody_who_has_not_left(administrator: WebPerson) -> None:
    await administrator.opens("/staff/people")

    assert administrator.heading == "People"
    assert names(administrator) == [ANN.name, BEN.name, DAN.name, EVE.name]
    assert "4 people found" in administrator.text
    assert "Oakfield Primary School, Elmwood School" in administrator.text


@pytest.mark.parametrize(
    ("unit", "seen", "ever"),
    [
        ("oakfield", [ANN, BEN], [ANN, BEN]),
        ("schools", [ANN, BEN], [ANN, BEN, CAT]),
        ("adult-social-care", [DAN], []),
        ("", [ANN, BEN, DAN, EVE], [ANN, BEN, CAT]),
    ],
)
async def test_others_see_the_people_of_their_units_and_nobody_else(
    borough: Running, unit: str, seen: list[Person], ever: list[Person]
) -> None:
    async with signed_in(borough, Grant(Role.SURVEY_MANAGER, unit=unit)) as manager:
        await manager.opens("/staff/people")
        assert names(manager) == [person.name for person in seen]

        await manager.opens("/staff/people?unit=schools&show=all")
        assert names(manager) == [person.name for person in ever]


@pytest.mark.parametrize(
    "role", [Role.SERVICE_MANAGER, Role.CASE_WORKER, Role.VIEWER], ids=lambda role: role.value
)
async def test_roles_that_do_not_work_with_people_see_nobody(here: Running, role: Role) -> None:
    async with signed_in(here, Grant(role)) as person:
        await person.opens("/staff/people")

        assert person.status == 403


async def test_the_address_says_who_is_shown_and_in_which_order(
    administrator: WebPerson,
) -> None:
    questions = {
        "find=o+briain": [ANN],
        "find=A-4": [DAN],
        "find=school.example": [ANN],
        "unit=schools": [ANN, BEN],
        "unit=elmwood": [ANN],
        "unit=schools&find=ben": [BEN],
        "show=left": [CAT],
        "show=opted-out": [BEN],
        "show=all": [ANN, BEN, CAT, DAN, EVE],
        "sort=-name": [EVE, DAN, BEN, ANN],
        "sort=key": [DAN, EVE, ANN, BEN],
    }

    for query, seen in questions.items():
        await administrator.opens(f"/staff/people?{query}")
        assert names(administrator) == [person.name for person in seen], query


async def test_the_form_finds_people_without_a_script(administrator: WebPerson) -> None:
    await administrator.opens("/staff/people?sort=-name")

    administrator.types("ben", into="find")
    administrator.picks("Oakfield Primary School", of="unit")
    await administrator.presses("Show")

    assert names(administrator) == [BEN.name]
    assert "One person found" in administrator.text
    assert "sort=-name" in administrator.path


async def test_a_long_list_has_fifty_a_page_and_everybody_once(here: Running) -> None:
    many = [a_person(f"n-{number:03}", f"Name {number:03}", "oakfield") for number in range(120)]
    await keep(here, *many)
    async with signed_in(here, ADMINISTRATOR) as administrator:
        await administrator.opens("/staff/people?sort=-key&unit=schools")
        shown = names(administrator)
        while links := administrator.page.all("a", rel="next"):
            await administrator.opens(links[0].attributes["href"])
            shown += names(administrator)

    assert shown == [person.name for person in reversed(many)]
    assert len(names(administrator)) == 20


async def test_a_page_after_somebody_who_is_gone_begins_anew(administrator: WebPerson) -> None:
    for after in (uuid4(), "nobody"):
        await administrator.opens(f"/staff/people?after={after}")

        assert names(administrator)[0] == ANN.name


async def test_an_empty_list_says_what_to_do_next(here: Running) -> None:
    async with signed_in(here, ADMINISTRATOR) as administrator:
        await administrator.opens("/staff/people")
        assert "Nobody is here yet. Upload a list or add somebody." in administrator.text

        await administrator.opens("/staff/people?find=zebedee")
        assert "Nobody matches." in administrator.text
    async with signed_in(here, OF_OAKFIELD) as manager:
        await manager.opens("/staff/people")
        assert "Nobody is here yet." in manager.text
        assert "Upload" not in manager.text


async def test_the_columns_say_in_which_order_they_are(administrator: WebPerson) -> None:
    await administrator.opens("/staff/people?sort=-name")

    heads = administrator.page.one("thead").all("th")
    assert [head.attributes.get("aria-sort") for head in heads] == [
        "descending",
        "none",
        None,
        None,
    ]


async def test_an_address_that_makes_no_sense_is_a_plain_page(administrator: WebPerson) -> None:
    for query in ("sort=age", "find=" + "x" * 201, "page=0"):
        await administrator.opens(f"/staff/people?{query}")

        assert administrator.status == 400


async def test_a_list_can_be_read_in_welsh(administrator: WebPerson) -> None:
    await administrator.opens("/staff/people?language=cy")

    assert administrator.page.one("html").attributes["lang"] == "cy"
