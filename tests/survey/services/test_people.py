"""People kept by hand: nothing is overwritten, nothing happens unrecorded, and a no is a no."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from survey.db import tables
from survey.domain.audit import OPERATOR, Actor
from survey.domain.people import Join, Person
from survey.domain.records import Chat
from survey.errors import ChangedMeanwhile, FieldsRejected, NotFound
from survey.services.people import People
from tests.support.application import NOON, Running

BY = Actor.account(uuid4())


async def add(here: Running, key: str = "e-1", **said: Any) -> Person:
    given: dict[str, Any] = {"name": "Ann Byrne", "units": ["oakfield"], "by": BY} | said
    return await here.core.people.add(key=key, **given)


async def notes(here: Running) -> list[tuple[str, str, str, Mapping[str, Any]]]:
    async with here.core.database.reading() as connection:
        rows = await connection.execute(select(tables.audit).order_by(tables.audit.c.number))
        return [(row.actor, row.action, row.subject, row.details) for row in rows]


async def faults(here: Running, **said: Any) -> list[tuple[tuple[str, ...], str]]:
    with pytest.raises(FieldsRejected) as refused:
        await add(here, **said)
    return [(fault.path, fault.code) for fault in refused.value.faults]


async def test_a_person_is_kept_tidied_and_the_record_names_nobody(here: Running) -> None:
    person = await add(
        here,
        " e-1 ",
        name=" Ann   Byrne ",
        units=["oakfield", "elmwood", "oakfield", " "],
        email=" Ann@School.Example ",
        language="CY",
        roles=["superuser", "superuser", ""],
        attributes={" site ": " North ", "note": " "},
    )

    assert person == Person(
        id=person.id,
        key="e-1",
        name="Ann Byrne",
        units=("oakfield", "elmwood"),
        created_at=NOON,
        email="ann@school.example",
        language="cy",
        roles=("superuser",),
        attributes={"site": "North"},
    )
    assert await here.core.people.get(person.id) == person
    assert await notes(here) == [
        (str(BY), "person.added", f"person:{person.id}", {"units": ["oakfield", "elmwood"]})
    ]


@pytest.mark.parametrize(
    ("said", "path", "code"),
    [
        ({"key": ""}, ("key",), "required"),
        ({"key": "a b"}, ("key",), "bad_key"),
        ({"key": "k" * 65}, ("key",), "bad_key"),
        ({"name": "  "}, ("name",), "required"),
        ({"name": "n" * 121}, ("name",), "too_long"),
        ({"name": "n\0"}, ("name",), "bad_sign"),
        ({"email": "ann"}, ("email",), "bad_email"),
        ({"email": "ann@school"}, ("email",), "bad_email"),
        ({"email": "a" * 250 + "@b.example"}, ("email",), "bad_email"),
        ({"units": ["oakfeild"]}, ("unit",), "no_unit"),
        ({"language": "xx"}, ("language",), "no_language"),
        ({"language": "welsh"}, ("language",), "no_language"),
        ({"roles": ["r" * 65]}, ("roles",), "too_long"),
        ({"roles": ["a\0"]}, ("roles",), "bad_sign"),
        ({"roles": [str(each) for each in range(101)]}, ("roles",), "too_many"),
        ({"attributes": {"site": "s" * 501}}, ("attributes", "site"), "too_long"),
        ({"attributes": {"site": "\0"}}, ("attributes", "site"), "bad_sign"),
        ({"attributes": {"Email": "x"}}, ("attributes", "Email"), "bad_name"),
        ({"attributes": {"": "x"}}, ("attributes", ""), "bad_name"),
    ],
)
async def test_what_cannot_be_kept_is_refused_by_field(
    here: Running, said: dict[str, Any], path: tuple[str, ...], code: str
) -> None:
    assert await faults(here, **said) == [(path, code)]


async def test_an_unknown_unit_is_refused_with_the_nearest_one(here: Running) -> None:
    with pytest.raises(FieldsRejected) as refused:
        await add(here, units=["oakfeild"])

    message = refused.value.faults[0].message
    assert message == "'oakfeild' is not a unit (did you mean 'oakfield'?)"


async def test_a_key_belongs_to_one_person_also_after_they_left(here: Running) -> None:
    person = await add(here)
    await here.core.people.deactivate(person.id, expected_revision=1, by=BY)

    assert await faults(here) == [(("key",), "key_taken")]


async def test_somebody_who_was_erased_is_not_added_again(here: Running) -> None:
    class Erased:
        async def among(self, people: Mapping[str, str]) -> set[str]:
            return {"e-1"} & people.keys()

    people = People(here.core.begin, here.clock, here.core.ids, Erased())

    with pytest.raises(FieldsRejected) as refused:
        await people.add(key="e-1", name="Ann", by=BY)
    assert refused.value.faults[0].code == "erased"


async def test_a_change_is_recorded_by_the_names_of_its_fields(here: Running) -> None:
    before = await add(here, attributes={"site": "North", "grade": "B"})

    after = await here.core.people.edit(
        before.id,
        name="Ann Jones",
        roles=["superuser"],
        attributes={"site": "South", "grade": "B"},
        expected_revision=1,
        by=BY,
    )

    assert (after.name, after.roles, after.units, after.revision) == (
        "Ann Jones",
        ("superuser",),
        ("oakfield",),
        2,
    )
    assert await here.core.people.get(before.id) == after
    subject = f"person:{before.id}"
    fields = {"fields": ["name", "roles", "attributes.site"]}
    assert (await notes(here))[1:] == [(str(BY), "person.changed", subject, fields)]


async def test_saying_the_same_again_changes_and_records_nothing(here: Running) -> None:
    person = await add(here)
    people = here.core.people

    same = await people.edit(person.id, name=person.name, expected_revision=1, by=BY)
    there = await people.move(person.id, units=["oakfield"], expected_revision=1, by=BY)
    back = await people.bring_back(person.id, expected_revision=1, by=BY)
    again = await people.opt_in(person.id, by=BY)

    assert [each.revision for each in (same, there, back, again)] == [1, 1, 1, 1]
    assert len(await notes(here)) == 1


async def test_the_second_of_two_editors_sees_what_the_first_one_wrote(here: Running) -> None:
    """B43."""
    person = await add(here)
    people = here.core.people
    first = await people.edit(person.id, name="First", expected_revision=1, by=BY)

    for second in (
        people.edit(person.id, name="Second", expected_revision=1, by=BY),
        people.move(person.id, units=[], expected_revision=1, by=BY),
        people.deactivate(person.id, expected_revision=1, by=BY),
        people.bring_back(person.id, expected_revision=1, by=BY),
    ):
        with pytest.raises(ChangedMeanwhile) as told:
            await second
        assert told.value.now == first

    assert await people.get(person.id) == first


async def test_whoever_is_not_there_is_not_found(here: Running) -> None:
    people = here.core.people
    for asked in (
        people.get(uuid4()),
        people.edit(uuid4(), name="Ann", expected_revision=1, by=BY),
        people.opt_out(uuid4(), by=BY),
    ):
        with pytest.raises(NotFound):
            await asked


async def test_a_person_moves_to_units_that_are_open_and_keeps_one_that_was_closed(
    here: Running,
) -> None:
    person = await add(here)
    people = here.core.people
    async with here.core.begin() as work:
        units = {unit.key: unit for unit in await work.organisation.units()}
        await work.organisation.put_units(
            replace(units[key], ended_at=NOON) for key in ("oakfield", "elmwood")
        )
        await work.commit()

    with pytest.raises(FieldsRejected) as refused:
        await people.move(person.id, units=["elmwood"], expected_revision=1, by=BY)
    moved = await people.move(person.id, units=["schools", "oakfield"], expected_revision=1, by=BY)

    assert refused.value.faults[0].code == "no_unit"
    assert moved.units == ("schools", "oakfield")
    places = {"from": ["oakfield"], "to": ["schools", "oakfield"]}
    assert (await notes(here))[1][1:] == ("person.moved", f"person:{person.id}", places)


async def test_whoever_leaves_cannot_join_by_an_old_link_and_may_come_back(
    here: Running,
) -> None:
    person = await add(here)
    async with here.core.begin() as work:
        await work.joins.put([Join(b"link", person.id, NOON + timedelta(days=1))])
        await work.commit()
    people = here.core.people

    left = await people.deactivate(person.id, expected_revision=1, by=BY)
    async with here.core.begin.read() as work:
        link = await work.joins.find(b"link", now=NOON)
    back = await people.bring_back(person.id, expected_revision=2, by=BY)

    assert (left.ended_at, left.may_be_asked, link) == (NOON, False, None)
    assert (back.ended_at, back.units, back.revision) == (None, ("oakfield",), 3)
    told = [action for _, action, _, _ in await notes(here)]
    assert told == ["person.added", "person.deactivated", "person.returned"]


async def test_a_no_is_kept_with_the_person_and_in_their_chats_at_once(here: Running) -> None:
    person = await add(here)
    async with here.core.begin() as work:
        await work.chats.put(Chat(1, 7, language="cy", person=person.id))
        await work.chats.put(Chat(1, 8))
        await work.commit()
    people = here.core.people

    out = await people.opt_out(person.id, by=Actor.person(person.id))
    here.clock.advance(timedelta(days=1))
    again = await people.opt_out(person.id, by=OPERATOR)
    async with here.core.begin.read() as work:
        silent = await work.chats.get(1, 7)
        other = await work.chats.get(1, 8)
    back = await people.opt_in(person.id, by=OPERATOR)
    async with here.core.begin.read() as work:
        heard = await work.chats.get(1, 7)

    assert (out.opted_out_at, out.may_be_asked, again) == (NOON, False, out)
    assert silent == Chat(1, 7, language="cy", stopped=True, person=person.id)
    assert other == Chat(1, 8)
    assert (back.opted_out_at, heard) == (None, Chat(1, 7, language="cy", person=person.id))
    told = [(actor, action) for actor, action, _, _ in await notes(here)][1:]
    assert told == [
        (f"person:{person.id}", "person.opted_out"),
        ("operator", "person.opted_in"),
    ]
