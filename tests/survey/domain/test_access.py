"""Who may do what, and where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.access import (
    ALLOWED,
    Action,
    Trees,
    may,
    may_somewhere,
    services_for,
    units_for,
)
from survey.domain.accounts import Grant, Role
from survey.domain.records import Service, Unit

UNITS = [
    Unit("schools", "Schools", "department"),
    Unit("oak", "Oakfield", "school", "schools"),
    Unit("elm", "Elmwood", "school", "schools"),
    Unit("care", "Adult Social Care", "department"),
]
SERVICES = [
    Service("hr", "HR"),
    Service("payroll", "Payroll", parent="hr"),
    Service("it", "IT"),
]
TREES = Trees.of(UNITS, SERVICES)
EVERY_UNIT = ["", *(unit.key for unit in UNITS)]
EVERY_SERVICE = ["", *(service.key for service in SERVICES)]


def read(grant: Grant, *, unit: str = "", service: str = "") -> bool:
    return may([grant], Action.READ_FIGURES, TREES, unit=unit, service=service)


def test_who_manages_payroll_sees_payroll_in_each_school_and_nothing_else() -> None:
    grant = Grant(Role.SERVICE_MANAGER, service="payroll")

    assert all(read(grant, unit=unit, service="payroll") for unit in EVERY_UNIT)
    assert not any(
        read(grant, unit=unit, service=other) for unit in EVERY_UNIT for other in ("", "hr", "it")
    )


def test_who_manages_a_department_sees_it_and_what_lies_below_with_all_services() -> None:
    grant = Grant(Role.SERVICE_MANAGER, unit="schools")

    assert all(read(grant, unit="oak", service=service) for service in EVERY_SERVICE)
    assert read(grant, unit="schools")
    assert not read(grant, unit="care")
    assert not read(grant)


def test_a_role_on_a_unit_and_a_service_reaches_where_both_do() -> None:
    grant = Grant(Role.VIEWER, "schools", "hr")

    assert read(grant, unit="elm", service="payroll")
    assert not read(grant, unit="elm")
    assert not read(grant, unit="care", service="payroll")


def test_a_role_for_the_whole_body_reaches_everything() -> None:
    assert all(
        read(Grant(Role.VIEWER), unit=unit, service=service)
        for unit in EVERY_UNIT
        for service in EVERY_SERVICE
    )


def test_what_does_not_exist_is_for_those_alone_who_may_see_the_whole_body() -> None:
    assert read(Grant(Role.VIEWER), unit="gone")
    assert not read(Grant(Role.VIEWER, unit="schools"), unit="gone")


def test_a_role_without_the_action_opens_nothing() -> None:
    assert not read(Grant(Role.CASE_WORKER), unit="oak")
    assert not may_somewhere([Grant(Role.VIEWER)], Action.READ_PEOPLE)
    assert not may([], Action.READ_UNITS, TREES, unit="oak")


def test_lists_hold_what_lies_below_and_a_role_on_a_service_lists_no_units() -> None:
    manager = [
        Grant(Role.SURVEY_MANAGER, unit="schools"),
        Grant(Role.SERVICE_MANAGER, service="hr"),
    ]

    assert units_for(manager, Action.READ_PEOPLE, TREES) == {"schools", "oak", "elm"}
    assert services_for(manager, Action.EDIT_SERVICES, TREES) == {"hr", "payroll"}
    assert "" in units_for([Grant(Role.ADMINISTRATOR)], Action.READ_PEOPLE, TREES)


@pytest.mark.parametrize(
    "action", [each for each in Action if each is not Action.ANSWER_HANDED_OVER]
)
def test_every_action_of_the_body_itself_is_allowed_to_an_administrator_of_the_whole(
    action: Action,
) -> None:
    assert Role.ADMINISTRATOR in ALLOWED[action]
    assert may([Grant(Role.ADMINISTRATOR)], action, TREES)


GRANTS = st.builds(
    Grant, st.sampled_from(Role), st.sampled_from(EVERY_UNIT), st.sampled_from(EVERY_SERVICE)
)


@given(
    st.lists(GRANTS, max_size=3),
    GRANTS,
    st.sampled_from(Action),
    st.sampled_from(EVERY_UNIT),
    st.sampled_from(EVERY_SERVICE),
)
def test_one_more_role_never_takes_anything_away(
    held: list[Grant], more: Grant, action: Action, unit: str, service: str
) -> None:
    before = may(held, action, TREES, unit=unit, service=service)

    assert may([*held, more], action, TREES, unit=unit, service=service) or not before


@given(st.lists(GRANTS, max_size=3), st.sampled_from(Action), st.sampled_from(UNITS))
def test_whoever_may_above_may_below(held: list[Grant], action: Action, unit: Unit) -> None:
    above = may(held, action, TREES, unit=unit.parent or "")

    assert may(held, action, TREES, unit=unit.key) or not above


@pytest.mark.parametrize("action", [Action.ACCOUNTS, Action.AUDIT])
@pytest.mark.parametrize(("unit", "service"), [("schools", ""), ("", "hr"), ("schools", "hr")])
def test_an_administrator_of_a_part_manages_no_accounts_and_reads_no_record(
    action: Action, unit: str, service: str
) -> None:
    part = [Grant(Role.ADMINISTRATOR, unit, service)]

    assert not may_somewhere(part, action)
    assert not may(part, action, TREES, unit=unit, service=service)
    assert may_somewhere([*part, Grant(Role.ADMINISTRATOR)], action)
