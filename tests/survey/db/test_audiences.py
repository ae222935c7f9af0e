"""Who fits an audience, on both databases."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from survey.db.unit_of_work import SqlBegin
from survey.domain.campaign import Audience
from survey.domain.people import Person
from survey.domain.records import Chat, Unit
from tests.survey.db.builders import NOON

UNITS = (
    Unit("schools", "Schools", "department"),
    Unit("oakfield", "Oakfield Primary School", "school", "schools"),
    Unit("elmwood", "Elmwood School", "school", "schools", ended_at=NOON),
    Unit("members", "Members", "members"),
)


def person(number: int, *units: str, **more: Any) -> Person:
    return Person(UUID(int=number), f"p{number}", f"Person {number}", units, NOON, **more)


PEOPLE = (
    person(1, "oakfield", roles=("head", "superuser"), attributes={"site": "North"}),
    person(2, "elmwood", roles=("head",), attributes={"site": "South"}),
    person(3, "elmwood", "oakfield", "schools", roles=("bursar",), ended_at=NOON),
    person(4, "members", attributes={"site": "North", 'ward "a".b': "East"}, opted_out_at=NOON),
    person(5),
)


@pytest.fixture(autouse=True)
async def staffed(begin: SqlBegin) -> None:
    async with begin() as work:
        await work.organisation.put_units(UNITS)
        await work.people.put(PEOPLE)
        await work.commit()


async def fitting(begin: SqlBegin, audience: Audience) -> list[int]:
    """The numbers of those who fit, which `after` and `count` agree about."""
    async with begin.read() as work:
        found = await work.audiences.after(audience, after=None, limit=100)
        assert await work.audiences.count(audience) == len(found)
    return [each.id.int for each in found]


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        (Audience(), [1, 2, 3, 4, 5]),
        (Audience(units=("schools",)), [1, 3]),
        (Audience(units=("elmwood",)), []),
        (Audience(units=("members", "oakfield")), [1, 3, 4]),
        (Audience(kinds=("school",)), [1, 3]),
        (Audience(units=("schools",), kinds=("department",)), [3]),
        (Audience(roles=("head",)), [1, 2]),
        (Audience(roles=("superuser", "bursar")), [1, 3]),
        (Audience(roles=("hea",)), []),
        (Audience(attributes={"site": ("North",)}), [1, 4]),
        (Audience(attributes={"site": ("North", "South")}), [1, 2, 4]),
        (Audience(attributes={"site": ("North",), 'ward "a".b': ("East",)}), [4]),
        (Audience(attributes={"nothing": ("North",)}), []),
        (Audience(units=("schools",), roles=("head",), attributes={"site": ("North",)}), [1]),
        (Audience(roles=("\0",), attributes={"\0": ("\0",)}), []),
    ],
)
async def test_whoever_fits_every_line_is_of_the_audience_and_nobody_else(
    begin: SqlBegin, audience: Audience, expected: list[int]
) -> None:
    assert await fitting(begin, audience) == expected


async def test_people_come_in_order_of_id_from_where_the_last_look_ended(begin: SqlBegin) -> None:
    async with begin.read() as work:
        first = await work.audiences.after(Audience(), after=None, limit=2)
        then = await work.audiences.after(Audience(), after=first[-1].id, limit=2)
        last = await work.audiences.after(Audience(), after=then[-1].id, limit=2)

    assert [*first, *then, *last] == list(PEOPLE)


async def test_a_unit_of_many_people_is_found_person_by_person(
    begin: SqlBegin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("survey.db.repositories.audiences._FEW", 1)

    assert await fitting(begin, Audience(units=("schools",))) == [1, 3]


async def test_a_sample_is_drawn_only_of_those_who_may_be_asked(begin: SqlBegin) -> None:
    async with begin.read() as work:
        ids = await work.audiences.ids(Audience())
        schools = await work.audiences.ids(Audience(units=("schools",)))

    assert [each.int for each in ids] == [1, 2, 5]
    assert [each.int for each in schools] == [1]


async def test_the_chat_reaches_whoever_joined_and_has_not_stopped_it(begin: SqlBegin) -> None:
    chat = Chat(7, 101, person=PEOPLE[0].id)
    async with begin() as work:
        for each in (
            chat,
            replace(chat, user=102, person=PEOPLE[1].id, stopped=True),
            replace(chat, bot=8, user=104, person=PEOPLE[3].id),
            replace(chat, user=105, person=None),
        ):
            await work.chats.put(each)
            await work.chats.link(each.bot, each.user, each.person)
        everybody = [each.id for each in PEOPLE]

        assert {each.int for each in await work.audiences.in_chat(everybody, bot=7)} == {1}
        assert {each.int for each in await work.audiences.in_chat(everybody, bot=None)} == {1, 4}
        assert await work.audiences.in_chat(everybody[1:], bot=7) == set()
