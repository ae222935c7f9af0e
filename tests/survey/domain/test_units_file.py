"""What a file of units would change, and what may not be left hanging."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from survey.domain import units_file
from survey.domain.csvfile import Row
from survey.domain.people_file import FAULTS_LISTED
from survey.domain.plan import Plan
from survey.domain.records import Unit
from survey.domain.units_file import plan_units
from tests.support.application import NOON, UNITS

LINES = ("schools,Schools,department,", "oakfield,Oakfield Primary School,school,schools")
REST = ("elmwood,Elmwood School,school,schools", "adult-social-care,Adult Social Care,department,")


def planned(
    *lines: str,
    header: str = "key,name,kind,parent",
    present: tuple[Unit, ...] = UNITS,
    people: Mapping[str, int] | None = None,
    whole: bool = True,
) -> Plan[Unit]:
    columns = header.split(",")
    rows = [
        Row(number, dict(zip(columns, line.split(","), strict=True)))
        for number, line in enumerate(lines, start=2)
    ]
    return plan_units(rows, columns, present, people or {}, file="units.csv", at=NOON, whole=whole)


def test_the_same_units_again_change_nothing() -> None:
    plan = planned(*LINES, *REST)

    assert (plan.changes_nothing, plan.unchanged) == (True, 4)


def test_each_unit_is_in_one_list() -> None:
    ended = Unit("old", "Old School", "school", "schools", ended_at=NOON, revision=2)

    plan = planned(
        "schools,All Schools,department,",
        "oakfield,Oakfield Primary School,school,",
        "old,Old School,school,schools",
        "new,New School,school,schools",
        "elmwood,Elmwood School,school,schools",
        present=(*UNITS, ended),
    )

    schools, oakfield, _, care = UNITS
    assert [change.after for change in plan.changed] == [
        replace(schools, name="All Schools", revision=2)
    ]
    assert [change.after for change in plan.moved] == [replace(oakfield, parent=None, revision=2)]
    assert [change.after for change in plan.returned] == [replace(ended, ended_at=None, revision=3)]
    assert [change.after.key for change in plan.added] == ["new"]
    assert plan.removed == (replace(care, ended_at=NOON, revision=2),)
    assert (plan.present, plan.needs_confirmation) == (4, False)


def test_a_unit_with_people_is_not_left_out() -> None:
    """B44: the consequence is shown in numbers."""
    plan = planned(*LINES, people={"elmwood": 34, "adult-social-care": 1})

    assert [fault.message for fault in plan.faults] == [
        "it leaves out 'elmwood', but 34 people stand for it: move them first, or keep the others",
        "it leaves out 'adult-social-care', but 1 person stands for it: move them first, "
        "or keep the others",
    ]


def test_a_unit_with_others_below_it_is_not_left_out() -> None:
    """B44."""
    named = planned(LINES[1], *REST)
    unnamed = planned("oakfield,Oakfield,school", "elmwood,Elmwood,school", header="key,name,kind")

    for plan in (named, unnamed):
        assert [fault.message for fault in plan.faults] == [
            "it leaves out 'schools', but 2 units of the file lie under it: move them first, "
            "or keep the others"
        ]


def test_a_branch_without_people_may_end_as_a_whole() -> None:
    plan = planned(REST[1])

    assert sorted(unit.key for unit in plan.removed) == ["elmwood", "oakfield", "schools"]
    assert plan.needs_confirmation


def test_others_can_be_kept() -> None:
    plan = planned("annexe,Annexe,school,oakfield", whole=False)

    assert ([change.after.parent for change in plan.added], plan.removed) == (["oakfield"], ())


def test_a_parent_that_may_be_meant_is_looked_for_in_the_faults_that_are_listed_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Looking through thousands of units for each of thousands of rows would take an hour."""
    asked: list[str] = []

    def near(word: str, _: object) -> str:
        asked.append(word)
        return f" ({word}?)"

    monkeypatch.setattr(units_file, "did_you_mean", near)

    plan = planned(*(f"u{each},Unit {each},school,lost" for each in range(200)), present=())

    assert (len(plan.faults), plan.faulty) == (FAULTS_LISTED, 200)
    assert len(asked) == FAULTS_LISTED


def test_a_tree_deeper_than_any_body_is_refused() -> None:
    """Pages walk down the tree: one of a thousand levels would break them all."""
    chain = [f"u{each},Unit {each},team,{f'u{each - 1}' if each else ''}" for each in range(1_200)]

    assert not planned(*chain[:50], present=()).faults
    [fault] = planned(*chain, present=()).faults
    assert (fault.path, fault.code) == (("units.csv", "52", "parent"), "too_deep")
