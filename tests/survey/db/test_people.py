"""People as kept: found by what one remembers of them, page by page, and gone when removed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from survey.db import tables
from survey.db.unit_of_work import SqlBegin
from survey.domain.people import Described, Found, Join, PeopleSort, Person
from survey.domain.records import Chat, Unit
from survey.errors import StaleRevision
from tests.survey.db.builders import NOON
from tests.survey.db.conftest import Rows

LATER = NOON + timedelta(days=14)

UNITS = (
    Unit("schools", "Schools", "department"),
    Unit("oakfield", "Oakfield Primary School", "school", "schools"),
    Unit("elmwood", "Elmwood School", "school", "schools"),
)


@pytest.fixture(autouse=True)
async def units(begin: SqlBegin) -> None:
    async with begin() as work:
        await work.organisation.put_units(UNITS)
        await work.commit()


def person(key: str, name: str = "", *units: str, **more: Any) -> Person:
    return Person(uuid4(), key, name or key, units, NOON, **more)


async def put(begin: SqlBegin, *people: Person) -> None:
    async with begin() as work:
        await work.people.put(people)
        await work.commit()


def keys(found: Found) -> list[str]:
    return [each.key for each in found.people]


async def found(begin: SqlBegin, **asked: Any) -> list[str]:
    async with begin.read() as work:
        return keys(await work.people.find(**asked))


ANN = person(
    "p-1",
    "Ann Ó Briain",
    "elmwood",
    "oakfield",
    email="ann@school.example",
    language="cy",
    roles=("superuser", "first-aider"),
    attributes={"site": "North", "start_date": "2024-09-01"},
    opted_out_at=NOON,
    revision=3,
)


async def test_a_person_comes_back_as_put_with_units_in_their_order(begin: SqlBegin) -> None:
    await put(begin, ANN, person("p-2"))

    async with begin.read() as work:
        assert await work.people.get(ANN.id) == ANN
        assert await work.people.by_key("p-1") == ANN
        assert await work.people.by_key("p-9") is None
        assert await work.people.by_key("p-1\0") is None
        assert await work.people.get(uuid4()) is None


async def test_an_address_is_found_whatever_its_case(begin: SqlBegin) -> None:
    twin = person("p-3", "Twin", email="Ann@School.example")
    await put(begin, ANN, twin, person("p-2"))

    async with begin.read() as work:
        same = await work.people.by_email("ANN@school.example")
        assert [each.key for each in same] == ["p-1", "p-3"]
        assert list(await work.people.by_email("ann@school")) == []
        assert list(await work.people.by_email("\0")) == []


async def test_putting_again_updates_by_id_and_replaces_the_units(begin: SqlBegin) -> None:
    await put(begin, ANN)
    changed = replace(ANN, name="Ann Byrne", units=("schools",), revision=4)
    await put(begin, changed)

    async with begin.read(one_state=True) as work:
        assert [each async for each in work.people.all()] == [changed]


async def test_a_second_person_of_the_same_key_is_a_conflict(begin: SqlBegin) -> None:
    await put(begin, ANN)

    with pytest.raises(StaleRevision):
        await put(begin, person("p-1", "Somebody else"))

    assert await found(begin) == ["p-1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["p-1", "p-2", "x-77"]),
        ("o briain", ["p-1"]),
        ("ANN", ["p-1", "p-2"]),
        ("anna  MARTINEZ", ["p-2"]),
        ("77", ["x-77"]),
        ("school.EXAMPLE", ["p-1"]),
        ("briain p-1", []),
        ("%", []),
        ("_", []),
        ("\0", []),
    ],
)
async def test_people_are_found_by_a_part_of_name_key_or_address(
    begin: SqlBegin, text: str, expected: list[str]
) -> None:
    await put(begin, person("x-77", "Zoë"), ANN, person("p-2", "Anna Martínez"))

    assert await found(begin, text=text) == expected


async def test_people_are_found_by_unit_and_by_whether_they_left(begin: SqlBegin) -> None:
    ben = person("p-2", "Ben", "oakfield", ended_at=NOON)
    await put(begin, ANN, ben, person("p-3", "Cai", "schools"), person("p-4", "Dee"))

    assert await found(begin) == ["p-1", "p-3", "p-4"]
    assert await found(begin, ended=True) == ["p-2"]
    assert await found(begin, ended=None) == ["p-1", "p-2", "p-3", "p-4"]
    assert await found(begin, ended=None, units=["oakfield", "elmwood"]) == ["p-1", "p-2"]
    assert await found(begin, units=["oakfield"]) == ["p-1"]
    assert await found(begin, units=["nowhere"]) == []
    assert await found(begin, units=[]) == []


@pytest.mark.parametrize("few", [1, 1_000])
async def test_pages_follow_each_other_without_a_gap_or_a_repeat(
    begin: SqlBegin, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("survey.db.repositories.people._FEW", few)
    namesakes = [person(f"n-{number}", "Sam Same", "oakfield", "elmwood") for number in range(7)]
    await put(begin, *namesakes, person("a", "Ab", "oakfield"), person("z", "Zed", "elmwood"))

    for asked in ({}, {"units": ["oakfield", "elmwood"]}):
        seen: list[str] = []
        after: Person | None = None
        while True:
            async with begin.read() as work:
                page = await work.people.find(after=after, limit=2, **asked)  # type: ignore[arg-type]
            seen += keys(page)
            after = page.people[-1]
            if not page.more:
                break
        assert (seen[0], seen[-1]) == ("a", "z")
        assert sorted(seen) == sorted(["a", "z", *(each.key for each in namesakes)])


async def test_a_page_that_ends_with_the_last_says_so(begin: SqlBegin) -> None:
    await put(begin, person("a"), person("b"))

    async with begin.read() as work:
        assert (await work.people.find(limit=2)).more is False
        assert (await work.people.find(limit=1)).more is True


async def test_whoever_left_is_not_counted(begin: SqlBegin) -> None:
    await put(
        begin,
        ANN,
        person("p-2", "", "oakfield", ended_at=NOON),
        person("p-3", "", "schools", ended_at=NOON),
        person("p-4"),
    )

    async with begin.read() as work:
        assert await work.people.count() == 2
        assert await work.people.count(["oakfield", "elmwood"]) == 1
        assert await work.people.count([]) == 0
        assert await work.people.count_by_unit() == {"oakfield": 1, "elmwood": 1}


async def test_everybody_comes_as_a_stream(begin: SqlBegin) -> None:
    several = [person(f"p-{number}", "", "oakfield", "elmwood") for number in range(1_200)]
    alone = person("alone", "", ended_at=NOON)
    await put(begin, *several, alone)

    async with begin.read(one_state=True) as work:
        everybody = {each.id: each async for each in work.people.all()}

    assert everybody == {each.id: each for each in (*several, alone)}


async def test_of_two_who_save_the_same_person_the_second_is_told(begin: SqlBegin) -> None:
    """B43: a change is kept only where nobody was faster."""
    await put(begin, ANN)
    first = replace(ANN, name="First", units=("schools",))
    async with begin() as work:
        assert await work.people.save(first, expected_revision=3)
        assert not await work.people.save(replace(ANN, name="Second"), expected_revision=3)
        assert not await work.people.save(person("p-9"), expected_revision=1)
        await work.commit()

    async with begin.read() as work:
        assert await work.people.get(ANN.id) == replace(first, revision=4)


async def test_removing_a_person_leaves_their_chat_unlinked(begin: SqlBegin, rows: Rows) -> None:
    await put(begin, ANN)
    async with begin() as work:
        await work.chats.put(Chat(1, 7, person=ANN.id))
        await work.joins.put([Join(b"one", ANN.id, LATER)])
        await work.people.remove(ANN.id)
        await work.commit()

    async with begin.read() as work:
        assert await work.people.get(ANN.id) is None
        assert await work.chats.get(1, 7) == Chat(1, 7)
    assert await rows(tables.memberships) == []
    assert await rows(tables.joins) == []


@pytest.fixture
async def joins(begin: SqlBegin) -> UUID:
    """ANN with two links, of which one has another day."""
    await put(begin, ANN)
    async with begin() as work:
        await work.joins.put([Join(b"one", ANN.id, LATER), Join(b"old", ANN.id, NOON)])
        await work.joins.put([])
        await work.commit()
    return ANN.id


async def test_looking_at_a_link_uses_nothing_up(begin: SqlBegin, joins: UUID) -> None:
    async with begin.read() as work:
        assert await work.joins.find(b"one", now=NOON) == joins
        assert await work.joins.find(b"one", now=NOON) == joins
        assert await work.joins.find(b"old", now=NOON) is None
        assert await work.joins.find(b"two", now=NOON) is None


async def test_a_link_leads_to_the_person_once_and_takes_the_others_with_it(
    begin: SqlBegin, joins: UUID, rows: Rows
) -> None:
    async with begin() as work:
        assert await work.joins.take(b"old", now=NOON) is None
        assert await work.joins.take(b"one", now=NOON) == joins
        assert await work.joins.take(b"one", now=NOON) is None
        await work.commit()

    assert await rows(tables.joins) == []


async def test_the_links_of_one_person_can_be_forgotten(
    begin: SqlBegin, joins: UUID, rows: Rows
) -> None:
    other = person("p-2")
    await put(begin, other)
    async with begin() as work:
        await work.joins.put([Join(b"theirs", other.id, LATER)])
        await work.joins.forget(joins)
        await work.commit()

    assert [row["digest"] for row in await rows(tables.joins)] == [b"theirs"]


async def test_a_list_can_go_by_key_and_backwards_page_by_page(begin: SqlBegin) -> None:
    people = [person(key, name) for key, name in (("b", "Ann"), ("c", "Cy"), ("a", "Bea"))]
    await put(begin, *people)
    orders = [
        (PeopleSort.NAME, False, ["b", "a", "c"]),
        (PeopleSort.NAME, True, ["c", "a", "b"]),
        (PeopleSort.KEY, False, ["a", "b", "c"]),
        (PeopleSort.KEY, True, ["c", "b", "a"]),
    ]

    for sort, descending, expected in orders:
        shown: list[Person] = []
        async with begin.read() as work:
            while len(shown) < len(people):
                page = await work.people.find(
                    sort=sort,
                    descending=descending,
                    after=shown[-1] if shown else None,
                    limit=1,
                )
                assert page.more == (len(shown) < len(people) - 1)
                shown += page.people
        assert [each.key for each in shown] == expected


async def test_as_many_are_counted_as_can_be_found(begin: SqlBegin) -> None:
    await put(
        begin,
        ANN,
        person("p-2", "Anna", "oakfield"),
        person("p-3", "Annie", "oakfield", ended_at=NOON),
        person("p-4", "Bob"),
    )
    questions: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["p-1", "p-2", "p-4"]),
        ({"text": "ann"}, ["p-1", "p-2"]),
        ({"text": "ann", "ended": None}, ["p-1", "p-2", "p-3"]),
        ({"text": "ann", "ended": True}, ["p-3"]),
        ({"opted_out": True}, ["p-1"]),
        ({"opted_out": False}, ["p-2", "p-4"]),
        ({"units": ["oakfield"], "opted_out": False, "ended": None}, ["p-2", "p-3"]),
        ({"text": "\0"}, []),
    ]

    for asked, expected in questions:
        assert sorted(await found(begin, **asked)) == expected
        async with begin.read() as work:
            assert await work.people.count(**asked) == len(expected)


async def test_counting_may_stop_where_it_is_told_to(begin: SqlBegin) -> None:
    await put(begin, *(person(f"p-{number}", "Ann", "oakfield", "elmwood") for number in range(5)))

    async with begin.read() as work:
        for units in (["oakfield"], ["oakfield", "elmwood", "schools"]):
            assert await work.people.count(units, text="ann", most=3) == 3
            assert await work.people.count(units, most=3) == 3
            assert await work.people.count(units, most=30) == 5


async def test_roles_and_details_of_those_who_did_not_leave_are_offered(begin: SqlBegin) -> None:
    await put(
        begin,
        person("p-1", roles=("headteacher", "superuser"), attributes={"site": "North", "n": "1"}),
        person("p-2", roles=("headteacher",), attributes={"site": "South", "n": "2"}),
        person("p-3", attributes={"site": "North", "n": "3"}),
        person("p-4", roles=("governor",), attributes={"site": "East"}, ended_at=NOON),
    )

    async with begin.read() as work:
        found = await work.people.described(most_values=2)

    assert found == Described(
        roles=("headteacher", "superuser"), details={"site": ("North", "South"), "n": ()}
    )
