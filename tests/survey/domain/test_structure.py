"""What may be set by hand in the trees of units and services."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from survey.domain.access import Trees
from survey.domain.accounts import Account, Grant, Role
from survey.domain.records import Event, EventKind, Service, Unit
from survey.domain.structure import (
    Below,
    Sight,
    archived,
    below,
    events_for,
    headcounts,
    holders,
    in_use,
    key_for,
    refuse_bad_key,
    refuse_faulty,
    restored,
    sight_of_unit,
)
from survey.errors import FieldsRejected

NOON = datetime(2026, 5, 14, 12, 0, tzinfo=UTC)
SCHOOLS = Unit("schools", "Schools", "department")
NORTH = Unit("north", "North", "team", "schools")
OAK = Unit("oak", "Oakfield", "school", "north")
HOUSING = Unit("housing", "Housing", "department")
TREE = [SCHOOLS, NORTH, OAK, HOUSING]


def refused(unit: Unit, known: list[Unit] = TREE) -> list[tuple[str, str]]:
    """(field, code) of what is wrong with a unit as somebody set it."""
    try:
        refuse_faulty(unit, known, texts=[("kind", unit.kind)], required=("kind",))
    except FieldsRejected as rejected:
        return [(fault.path[0], fault.code) for fault in rejected.faults]
    return []


def account(*grants: Grant, ended: bool = False) -> Account:
    return Account(
        UUID(int=1),
        "a@b.example",
        "Ada",
        frozenset(grants),
        NOON,
        ended_at=NOON if ended else None,
    )


def event(day: date, service: str = "", unit: str = "") -> Event:
    return Event(UUID(int=day.day), day, EventKind.GO_LIVE, f"{service}/{unit}", service, unit)


# --- keys and fields ---


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("St Mary's, Ely", "st-marys-ely"),
        ("St Mary\u2019s", "st-marys"),
        ("Ysgol Tŷ Ddewi", "ysgol-ty-ddewi"),
        ("Schools", "schools-2"),
        ("学校", "new"),
        ("x" * 60, "x" * 40),
        (f"{'y' * 39} b", "y" * 39),
    ],
)
def test_a_key_is_made_of_the_name_and_is_nobody_elses(name: str, key: str) -> None:
    assert key_for(name, {"schools"}) == key
    refuse_bad_key(key, TREE)


@pytest.mark.parametrize("key", ["Oak", "oak field", "", "-oak", "a" * 41, "schools"])
def test_a_key_is_refused_that_files_could_not_name_or_that_is_taken(key: str) -> None:
    with pytest.raises(FieldsRejected):
        refuse_bad_key(key, TREE)


@pytest.mark.parametrize(
    ("unit", "faults"),
    [
        (OAK, []),
        (replace(OAK, name="", kind=""), [("name", "required"), ("kind", "required")]),
        (replace(OAK, kind="k" * 121), [("kind", "too_long")]),
        (replace(OAK, name="Oak\0field"), [("name", "bad_sign")]),
        (replace(SCHOOLS, parent="oak"), [("parent", "loop")]),
        (replace(SCHOOLS, parent="schools"), [("parent", "loop")]),
        (replace(OAK, parent="south"), [("parent", "no_parent")]),
        (replace(HOUSING, name="sCHOOLS "), [("name", "name_taken")]),
        (replace(HOUSING, name="Schools", parent="north"), []),
    ],
)
def test_what_is_wrong_with_a_unit_is_said_by_field(
    unit: Unit, faults: list[tuple[str, str]]
) -> None:
    assert refused(unit) == faults


def test_nothing_is_put_under_what_is_archived() -> None:
    known = [SCHOOLS, replace(NORTH, ended_at=NOON), OAK, HOUSING]

    assert refused(replace(HOUSING, parent="north"), known) == [("parent", "no_parent")]
    assert refused(replace(OAK, name="Oak"), known) == []


# --- archiving ---


def test_what_lies_below_is_archived_with_it_by_choice() -> None:
    ended, moved = archived(TREE, SCHOOLS, Below.ARCHIVE, at=NOON)

    assert [(each.key, each.ended_at, each.revision) for each in ended] == [
        ("schools", NOON, 2),
        ("north", NOON, 2),
        ("oak", NOON, 2),
    ]
    assert moved == []


def test_what_lies_right_below_moves_up_by_choice() -> None:
    ended, moved = archived(TREE, NORTH, Below.MOVE_UP, at=NOON)

    assert [each.key for each in ended] == ["north"]
    assert moved == [replace(OAK, parent="schools", revision=2)]


def test_without_a_choice_nothing_is_archived_that_others_lie_under() -> None:
    with pytest.raises(FieldsRejected) as rejected:
        archived(TREE, NORTH, None, at=NOON)

    assert rejected.value.faults[0].code == "required"
    assert archived(TREE, OAK, None, at=NOON) == ([replace(OAK, ended_at=NOON, revision=2)], [])


def test_moving_up_is_refused_where_two_would_be_called_the_same() -> None:
    twin = Unit("twin", "OAKFIELD", "school", "schools")

    with pytest.raises(FieldsRejected) as rejected:
        archived([*TREE, twin], NORTH, Below.MOVE_UP, at=NOON)

    assert rejected.value.faults[0].code == "name_taken"


def test_one_comes_back_to_its_place_unless_that_is_archived_or_its_name_is_taken() -> None:
    gone = replace(OAK, ended_at=NOON)
    twin = Unit("twin", "Oakfield", "school", "north")

    assert restored([SCHOOLS, NORTH, gone], gone) == replace(OAK, revision=2)
    for known, field in (
        ([SCHOOLS, replace(NORTH, ended_at=NOON), gone], "parent"),
        ([SCHOOLS, NORTH, gone, twin], "name"),
    ):
        with pytest.raises(FieldsRejected) as rejected:
            restored(known, gone)
        assert rejected.value.faults[0].path == (field,)


def test_below_the_whole_body_lies_everything() -> None:
    assert below(TREE, "") == {"schools", "north", "oak", "housing"}
    assert below(TREE, "schools") == {"north", "oak"}
    assert in_use([replace(OAK, ended_at=NOON), NORTH]) == [NORTH]


# --- numbers ---


def test_somebody_who_stands_for_several_schools_is_counted_once_above_them() -> None:
    elm = Unit("elm", "Elmwood", "school", "north")
    own = {"oak": 5, "elm": 4, "housing": 2, "schools": 1}

    counted = headcounts([*TREE, elm], own, [("oak", "elm"), ("oak", "elm", "housing")])

    assert dict(counted) == {"oak": 5, "elm": 4, "north": 7, "schools": 8, "housing": 2, "": 9}


def test_accounts_count_that_name_the_place_in_a_role_and_have_not_ended() -> None:
    there = account(Grant(Role.VIEWER, "oak"), Grant(Role.CASE_WORKER, "oak"))
    everywhere = account(Grant(Role.ADMINISTRATOR))

    found = [there, everywhere, account(Grant(Role.VIEWER, "oak"), ended=True)]
    assert holders(found, units={"north", "oak"}) == 1
    assert holders([account(Grant(Role.VIEWER, service="it"))], services={"it"}) == 1


def test_a_move_tells_whose_roles_reach_it_before_and_after() -> None:
    after = [replace(each, parent="housing") if each == OAK else each for each in TREE]
    accounts = [
        account(Grant(Role.VIEWER, "schools")),
        account(Grant(Role.VIEWER, "housing")),
        account(Grant(Role.VIEWER, "housing", "it")),
        account(Grant(Role.ADMINISTRATOR)),
        account(Grant(Role.VIEWER, "schools"), ended=True),
    ]

    it = [Service("it", "IT")]
    sight = sight_of_unit(accounts, "oak", Trees.of(TREE, it), Trees.of(after, it))

    assert sight == Sight(gained=2, lost=1)


# --- events ---


def test_a_chart_marks_what_touched_what_it_shows_in_its_days() -> None:
    services = [
        Service("hr", "HR"),
        Service("payroll", "Payroll", parent="hr"),
        Service("it", "IT"),
    ]
    trees = Trees.of(TREE, services)
    payroll, it = event(date(2026, 4, 1), "payroll"), event(date(2026, 4, 2), "it")
    election = event(date(2026, 5, 7))
    north = event(date(2026, 4, 3), "payroll", "north")
    known = [election, payroll, it, north]

    assert events_for(known, trees, service="payroll") == [payroll, north, election]
    assert events_for(known, trees, service="hr") == [payroll, north, election]
    assert events_for(known, trees, service="payroll", unit="housing") == [payroll, election]
    assert events_for(known, trees, service="payroll", unit="oak") == [payroll, north, election]
    assert events_for(known, trees) == [payroll, it, north, election]
    first, last = date(2026, 4, 2), date(2026, 5, 7)
    assert events_for(known, trees, service="it", first=first, last=last) == [it, election]
