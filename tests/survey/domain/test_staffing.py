"""What a file of people would change, worked out without a database."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from survey.domain import person_fields
from survey.domain.csvfile import Row
from survey.domain.people import Person
from survey.domain.people_file import FAULTS_LISTED, Reading
from survey.domain.plan import Plan
from survey.domain.staffing import Duplicates, Planning
from tests.support.application import NOON

UNITS = ("oakfield", "elmwood", "schools")
COLUMNS = ("key", "name", "unit", "email", "roles", "language", "site", "start_date")


def planned(*lines: str, present: Sequence[Person] = (), **more: Any) -> Plan[Person]:
    """The first line names the columns; cells are split at commas."""
    columns = lines[0].split(",")
    planning = Planning(Reading("people.csv", columns, UNITS), present, at=NOON)
    for number, line in enumerate(lines[1:], start=2):
        planning.take(Row(number, dict(zip(columns, line.split(","), strict=True))))
    return planning.plan(new_id=iter(uuid4, None), **more)


def person(key: str, name: str, *units: str, **more: Any) -> Person:
    return Person(UUID(int=sum(key.encode())), key, name, units, NOON, **more)


ANN = person(
    "e1", "Ann Byrne", "oakfield", email="ann@b.example", attributes={"site": "North", "old": "x"}
)
BEN = person("e2", "Ben Cole", "elmwood", revision=4)
OTHERS = tuple(person(f"o{number}", f"Other {number}", "schools") for number in range(8))
THEY = tuple(f"{each.key},{each.name},schools" for each in OTHERS)


def said(plan: Plan[Person]) -> list[tuple[tuple[str, ...], str]]:
    return [(fault.path, fault.code) for fault in plan.faults]


def test_the_same_file_again_changes_nothing() -> None:
    """B53: a re-import changes nothing."""
    lines = ("key,name,unit", "e1,Ann Byrne,oakfield", "e2,Ben  Cole,elmwood")

    plan = planned(*lines, present=[ANN, BEN])

    assert plan.changes_nothing
    assert plan.unchanged == 2


def test_each_person_is_in_one_list() -> None:
    gone = person("e3", "Cai Dee", "oakfield", ended_at=NOON)

    plan = planned(
        "key,name,unit",
        "e1,Ann Jones,oakfield",
        "e2,Ben Cole,oakfield|elmwood",
        "e3,Cai Dee,oakfield",
        "e4,Dee Eve,",
        *THEY[1:],
        present=[ANN, BEN, gone, *OTHERS],
    )

    assert plan.counts == {
        "added": 1,
        "changed": 1,
        "moved": 1,
        "returned": 1,
        "deactivated": 1,
        "unchanged": 7,
    }
    assert plan.changed[0].after == replace(ANN, name="Ann Jones", revision=2)
    assert plan.moved[0].after == replace(BEN, units=("oakfield", "elmwood"), revision=5)
    assert plan.returned[0].after == replace(gone, ended_at=None, revision=2)
    assert plan.removed == (replace(OTHERS[0], ended_at=NOON, revision=2),)
    assert [(each.row, each.after.key, each.after.units) for each in plan.added] == [(5, "e4", ())]
    assert not plan.needs_confirmation


def test_a_column_that_the_file_does_not_have_says_nothing() -> None:
    plan = planned("key,name,site", "e1,Ann Byrne,South", present=[ANN])

    assert plan.changed[0].after == replace(
        ANN, attributes={"site": "South", "old": "x"}, revision=2
    )


def test_an_empty_cell_empties_what_it_stands_for() -> None:
    plan = planned("key,name,email,site", "e1,Ann Byrne,,", present=[ANN])

    assert plan.changed[0].after == replace(ANN, email=None, attributes={"old": "x"}, revision=2)


def test_others_can_be_kept() -> None:
    plan = planned("key,name", "e1,Ann Byrne", present=[ANN, BEN], whole=False)

    assert plan.changes_nothing


def test_all_columns_of_a_row_are_kept() -> None:
    plan = planned(
        ",".join(COLUMNS),
        "e9,Zoë Ann,elmwood|oakfield,Z@B.example,superuser|cook,CY,North,03/04/2025",
    )

    added = plan.added[0].after
    assert added == Person(
        added.id,
        "e9",
        "Zoë Ann",
        ("elmwood", "oakfield"),
        NOON,
        email="z@b.example",
        language="cy",
        roles=("superuser", "cook"),
        attributes={"site": "North", "start_date": "2025-04-03"},
    )


@pytest.mark.parametrize(("left_out", "stopped"), [(0, False), (2, False), (3, True), (8, True)])
def test_a_file_that_takes_out_thirty_in_a_hundred_needs_a_yes(
    left_out: int, stopped: bool
) -> None:
    """B55."""
    plan = planned(
        "key,name,unit",
        "e1,Ann Byrne,oakfield",
        "e2,Ben Cole,elmwood",
        *THEY[left_out:],
        present=[ANN, BEN, *OTHERS],
    )

    assert (len(plan.removed), plan.needs_confirmation) == (left_out, stopped)


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("2025-04-03", "2025-04-03"),
        ("03/04/2025", "2025-04-03"),
        ("3.4.2025", "2025-04-03"),
        ("31-12-2025", "2025-12-31"),
        ("", None),
    ],
)
def test_dates_are_iso_or_day_first_and_the_latter_is_said(cell: str, kept: str | None) -> None:
    """B54: day-first stated."""
    plan = planned("key,name,start_date", f"e1,Ann,{cell}")

    assert plan.added[0].after.attributes.get("start_date") == kept
    told = [each for each in plan.warnings if "day first" in each]
    assert len(told) == (cell not in ("", "2025-04-03"))
    assert all(f"{cell} as {kept}" in each for each in told)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("03/04/25", "two_digit_year"),
        ("12/31/2025", "bad_date"),
        ("30/02/2025", "bad_date"),
        ("20250403", "bad_date"),
        ("2025-W14-4", "bad_date"),
        ("April 2025", "bad_date"),
        ("45750", "bad_date"),
    ],
)
def test_no_date_is_guessed(cell: str, code: str) -> None:
    """B54: no guess."""
    plan = planned("key,name,started_on", f"e1,Ann,{cell}")

    assert said(plan) == [(("people.csv", "2", "started_on"), code)]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (",Ann,oakfield", "key", "required"),
        ("e 1,Ann,oakfield", "key", "bad_key"),
        ("e1,,oakfield", "name", "required"),
        ("e1,Ann,oakfeild", "unit", "no_unit"),
    ],
)
def test_a_faulty_row_is_named_with_its_column(row: str, column: str, code: str) -> None:
    plan = planned("key,name,unit", "e9,Fine,oakfield", row)

    assert (said(plan), plan.faulty) == ([(("people.csv", "3", column), code)], 1)
    assert plan.changes_nothing


def test_a_key_that_stands_twice_is_refused_with_both_rows() -> None:
    plan = planned("key,name", "e1,Ann", "e1,Ben")

    assert plan.faults[0].message == "'e1' stands in row 2 already"


def test_the_first_faults_are_named_and_the_rows_counted() -> None:
    plan = planned("key,name", *(f"e{number}," for number in range(50)))

    assert (len(plan.faults), plan.faulty) == (20, 50)


def test_a_file_without_rows_takes_out_nobody() -> None:
    assert said(planned("key,name", present=[ANN])) == [(("people.csv",), "empty")]


def test_zeros_that_a_spreadsheet_lost_are_noticed() -> None:
    """B54: leading zeros lost."""
    plan = planned(
        "key,name", "123,Ann", "77,Ben", present=[person("00123", "Ann"), person("9", "Cai")]
    )

    assert said(plan) == [(("people.csv", "2", "key"), "lost_zeros")]
    assert "'00123'" in plan.faults[0].message


@pytest.mark.parametrize(
    ("row", "why", "other"),
    [
        ("E1,Somebody Else,", "case", "e1"),
        ("e9,Somebody Else,,ANN@b.example", "email", "e1"),
        ("e9,ANN  BYRNÉ,oakfield", "name", "e1"),
        ("e9,Ann Byrne,elmwood|oakfield", "name", "e1"),
        ("e9,Ben Cole,oakfield", "left", "e2"),
        ("e9,Other 1,oakfield", None, None),
        ("e9,Somebody Else,oakfield", None, None),
    ],
)
def test_new_people_who_may_be_there_are_shown_for_decision(
    row: str, why: str | None, other: str | None
) -> None:
    """B53: by case, spaces, accents, e-mail or moved school (the new list leaves out e2)."""
    row += "," * (3 - row.count(","))
    lines = (
        "key,name,unit,email",
        "e1,Ann Byrne,oakfield,ann@b.example",
        *(f"{each}," for each in THEY),
    )

    plan = planned(*lines, row, present=[ANN, BEN, *OTHERS])

    decided = [(each.why, each.other, each.twin) for each in plan.decisions]
    assert decided == ([(why, other, None)] if why else [])


def test_two_new_rows_of_one_person_are_shown_too() -> None:
    plan = planned("key,name,unit", "e1,Ann,oakfield", "e2,ann,oakfield")

    only = plan.decisions[0]
    assert (only.row, only.key, only.other, only.why, only.twin) == (3, "e2", "e1", "name", 2)


def test_possible_duplicates_are_added_or_skipped_as_decided() -> None:
    lines = ("key,name,unit", "e9,Ben Cole,oakfield", "e1,Ann Byrne,oakfield", *THEY)
    present = [ANN, BEN, *OTHERS]

    added = planned(*lines, present=present, duplicates=Duplicates.ADD)
    skipped = planned(*lines, present=present, duplicates=Duplicates.SKIP)

    assert (len(added.added), [each.key for each in added.removed]) == (1, ["e2"])
    assert (skipped.changes_nothing, skipped.skipped) == (True, 1)
    assert (added.decisions, skipped.decisions) == ((), ())


def test_whoever_was_erased_is_passed_over_and_counted() -> None:
    plan = planned("key,name", "e1,Ann", "e2,Ben", erased={"e2"})

    assert ([each.after.key for each in plan.added], plan.skipped) == (["e1"], 1)
    assert plan.warnings == ("erased people are not added again: 1 (row 3)",)


def test_what_was_meant_is_suggested_for_the_faults_that_are_listed_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A list for other units is wrong in each row; looking for near ones takes a millisecond."""
    asked: list[str] = []

    def near(word: str, _: object) -> str:
        asked.append(word)
        return f" ({word}?)"

    monkeypatch.setattr(person_fields, "did_you_mean", near)

    plan = planned("key,name,unit", *(f"n{each},Name {each},oakfeild" for each in range(500)))

    assert (len(plan.faults), plan.faulty) == (FAULTS_LISTED, 500)
    assert all(fault.message.endswith("(oakfeild?)") for fault in plan.faults)
    assert len(asked) == FAULTS_LISTED
    asked.clear()
    planned("key,name,unit", f"e1,Ann,{'|'.join(f'u{each}' for each in range(60_000))}")
    assert len(asked) <= person_fields.MOST + 1
