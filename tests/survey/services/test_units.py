"""Units changed by hand: nothing is lost, nothing is overwritten, and everything is recorded."""

import asyncio
from collections.abc import Awaitable
from typing import Any
from uuid import UUID

import pytest

from survey.domain.accounts import Account, Grant, Role
from survey.domain.audit import Actor
from survey.domain.people import Person
from survey.domain.records import Unit
from survey.domain.structure import Below, Consequence
from survey.errors import ChangedMeanwhile, FieldsRejected, NotFound
from survey.services.units import Headcount
from tests.support.application import NOON, Running
from tests.support.counted import a_figure_is_published, a_response, responses_are_kept
from tests.support.stored import audited

BY = Actor.account(UUID(int=7))


async def unit(here: Running, key: str) -> Unit:
    async with here.core.begin.read() as work:
        found = await work.organisation.unit(key)
    assert found is not None
    return found


async def with_people(here: Running, *units: tuple[str, ...]) -> None:
    async with here.core.begin() as work:
        await work.people.put(
            Person(UUID(int=100 + n), f"p{n}", f"Person {n}", created_at=NOON, units=theirs)
            for n, theirs in enumerate(units)
        )
        await work.commit()


async def test_a_unit_is_added_under_a_key_made_of_its_name_and_recorded(here: Running) -> None:
    made = await here.core.units.add(name="Oakfield", kind="school", parent="schools", by=BY)
    again = await here.core.units.add(name="Oakfield", kind="team", by=BY)

    assert made == Unit("oakfield-2", "Oakfield", "school", "schools")
    assert (again.key, again.parent) == ("oakfield-3", None)
    assert await unit(here, "oakfield-2") == made
    assert [(each.actor, each.action, each.subject) for each in await audited(here)] == [
        (str(BY), "unit.added", "unit:oakfield-2"),
        (str(BY), "unit.added", "unit:oakfield-3"),
    ]


async def test_what_is_refused_is_neither_kept_nor_recorded(here: Running) -> None:
    wrongs: tuple[dict[str, str], ...] = (
        {"name": ""},
        {"parent": "atlantis"},
        {"key": "Oak Field"},
        {"key": "schools"},
    )
    for wrong in wrongs:
        with pytest.raises(FieldsRejected):
            await here.core.units.add(**{"name": "New", "kind": "team", **wrong}, by=BY)

    assert len(await here.core.organisation.units()) == 4
    assert await audited(here) == []


async def test_b43_the_second_of_two_editors_is_shown_what_stands_and_overwrites_nothing(
    here: Running,
) -> None:
    first = await here.core.units.change(
        "oakfield", name="Oakfield Academy", kind="school", expected_revision=1, by=BY
    )

    with pytest.raises(ChangedMeanwhile) as late:
        await here.core.units.change(
            "oakfield", name="Oak Field", kind="school", expected_revision=1, by=BY
        )

    assert late.value.now == first == await unit(here, "oakfield")
    assert (first.name, first.revision) == ("Oakfield Academy", 2)
    [entry] = await audited(here)
    assert (entry.action, entry.details) == ("unit.changed", {"fields": ["name"]})


async def test_saving_without_a_change_changes_and_records_nothing(here: Running) -> None:
    same = await unit(here, "oakfield")

    await here.core.units.change(
        "oakfield", name=same.name, kind=same.kind, expected_revision=1, by=BY
    )
    await here.core.units.move("oakfield", parent="schools", expected_revision=1, by=BY)

    assert await unit(here, "oakfield") == same
    assert await audited(here) == []


async def test_of_many_who_edit_at_once_one_is_kept(here: Running) -> None:
    async def rename(number: int) -> bool:
        try:
            await here.core.units.change(
                "oakfield", name=f"Name {number}", kind="school", expected_revision=1, by=BY
            )
        except ChangedMeanwhile:
            return False
        return True

    kept = await asyncio.gather(*(rename(number) for number in range(8)))

    assert sorted(kept) == [False] * 7 + [True]
    assert (await unit(here, "oakfield")).name == f"Name {kept.index(True)}"


async def test_two_who_move_units_under_each_other_at_once_make_no_loop(here: Running) -> None:
    moves: list[Awaitable[Any]] = [
        here.core.units.move("schools", parent="adult-social-care", expected_revision=1, by=BY),
        here.core.units.move("adult-social-care", parent="schools", expected_revision=1, by=BY),
    ]

    done = await asyncio.gather(*moves, return_exceptions=True)

    assert [type(each) for each in done].count(FieldsRejected) == 1
    assert len({each.parent for each in await here.core.organisation.units()} - {"schools"}) == 2


async def test_b47_after_a_move_roles_reach_it_from_its_new_place_at_once(here: Running) -> None:
    manager = Account(
        UUID(int=1), "m@b.example", "M", frozenset({Grant(Role.VIEWER, "schools")}), NOON
    )
    async with here.core.begin() as work:
        await work.accounts.put(manager)
        await work.commit()

    async def sees(key: str) -> bool:
        trees = await here.core.organisation.trees()
        return any(trees.covers(grant, unit=key, service="") for grant in manager.grants)

    assert await sees("oakfield")
    sight = await here.core.units.sight_after_move("oakfield", "adult-social-care")
    await here.core.units.move("oakfield", parent="adult-social-care", expected_revision=1, by=BY)

    assert not await sees("oakfield")
    assert (sight.gained, sight.lost) == (0, 1)
    [entry] = await audited(here)
    assert entry.details == {"from": "schools", "to": "adult-social-care"}


async def test_b44_a_unit_is_archived_and_its_consequence_is_told_in_numbers(
    here: Running,
) -> None:
    await here.publish("people-pulse")
    await with_people(here, ("oakfield",), ("oakfield", "elmwood"), ("adult-social-care",))
    async with here.core.begin() as work:
        await work.accounts.put(
            Account(
                UUID(int=1), "h@b.example", "H", frozenset({Grant(Role.VIEWER, "elmwood")}), NOON
            )
        )
        await work.commit()
    await responses_are_kept(here, [a_response("people-pulse", "oakfield", pride=4)] * 3)

    assert await here.core.units.consequence("schools") == Consequence(
        people=2, below=2, responses=3, accounts=1
    )
    assert (await here.core.units.consequence("elmwood")).responses == 0
    with pytest.raises(FieldsRejected):
        await here.core.units.archive("schools", what_lies_below=None, expected_revision=1, by=BY)
    await here.core.units.archive(
        "schools", what_lies_below=Below.ARCHIVE, expected_revision=1, by=BY
    )

    assert {each.key: each.ended_at for each in await here.core.organisation.units()} == {
        "schools": NOON,
        "oakfield": NOON,
        "elmwood": NOON,
        "adult-social-care": None,
    }
    async with here.core.begin.read() as work:
        assert await work.people.count(["oakfield", "elmwood"]) == 2
    [entry] = [each for each in await audited(here) if each.action == "unit.archived"]
    assert entry.details == {"archived": 3, "moved": 0}


async def test_what_lay_below_moves_up_by_choice_and_one_comes_back(here: Running) -> None:
    await here.core.units.archive(
        "schools", what_lies_below=Below.MOVE_UP, expected_revision=1, by=BY
    )

    assert (await unit(here, "oakfield")).parent is None
    assert (await unit(here, "oakfield")).revision == 2
    back = await here.core.units.restore("schools", expected_revision=2, by=BY)
    assert (
        await unit(here, "schools") == back == Unit("schools", "Schools", "department", revision=3)
    )
    actions = [entry.action for entry in await audited(here)]
    assert actions == ["unit.archived", "unit.restored"]


async def test_an_archived_unit_is_offered_to_nobody_and_keeps_its_name(here: Running) -> None:
    await here.publish("people-pulse")
    await here.core.units.archive("oakfield", what_lies_below=None, expected_revision=1, by=BY)

    assert [each.key for each in await here.core.conversations.find_units("school")] == [
        "schools",
        "elmwood",
    ]
    with pytest.raises(NotFound):
        await here.core.conversations.unit("oakfield")
    assert "oakfield" in {each.key for each in await here.core.organisation.units()}
    assert "oakfield" not in {each.key for each in await here.core.units.choosable()}


async def test_people_are_counted_with_what_lies_below_each_once(here: Running) -> None:
    await with_people(here, ("oakfield", "elmwood"), ("elmwood",), ("schools",))

    assert await here.core.units.headcounts() == {
        "oakfield": Headcount(1, 1),
        "elmwood": Headcount(2, 2),
        "schools": Headcount(1, 3),
        "": Headcount(0, 3),
    }


async def test_nobody_changes_what_does_not_exist(here: Running) -> None:
    for change in (
        here.core.units.change("x", name="X", kind="team", expected_revision=1, by=BY),
        here.core.units.move("x", parent="", expected_revision=1, by=BY),
        here.core.units.archive("x", what_lies_below=None, expected_revision=1, by=BY),
        here.core.units.restore("x", expected_revision=1, by=BY),
        here.core.units.consequence("x"),
    ):
        with pytest.raises(NotFound):
            await change


async def test_an_archived_unit_with_figures_can_still_be_chosen_for_them(here: Running) -> None:
    await here.publish("people-pulse")
    await a_figure_is_published(here, "people-pulse", unit="oakfield")
    for key in ("oakfield", "elmwood"):
        await here.core.units.archive(key, what_lies_below=None, expected_revision=1, by=BY)

    assert {each.key for each in await here.core.units.choosable()} == {
        "schools",
        "oakfield",
        "adult-social-care",
    }
