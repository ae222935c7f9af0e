"""Whose a problem report is to see: by school and service together, and those for few."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from uuid import UUID, uuid4

import pytest

from survey.domain.access import Action, Trees
from survey.domain.accounts import Grant, Role
from survey.domain.case_access import (
    Looker,
    entries_for,
    grants_of,
    handed_to,
    may_see,
    narrowed,
    reach_of,
    reads_as,
    shown_to,
)
from survey.domain.case_records import CaseQuery, Reach
from survey.domain.cases import Audience, Case, CaseKind, Effect, Entry, EntryKind, Side
from survey.domain.records import ApiKey, KeySide, Part

TREES = Trees(
    units={"schools": ("schools", ""), "oak": ("oak", "schools", ""), "care": ("care", "")},
    services={"hr": ("hr", ""), "payroll": ("payroll", "hr", ""), "it": ("it", "")},
)
ME = uuid4()
UNITS, SERVICES = ("oak", "care", ""), ("payroll", "it")


def a_case(unit: str = "oak", service: str = "payroll", *, owner: UUID | None = None) -> Case:
    return Case(
        id=UUID(int=1),
        reference="P-4TK2",
        service=service,
        unit=unit,
        kind=CaseKind.OTHER,
        effect=Effect.NONE,
        opened_at=datetime(2026, 5, 14, 12, tzinfo=UTC),
        owner=owner,
    )


def me(*grants: Grant, is_contact: bool = False) -> Looker:
    return Looker(ME, frozenset(grants), TREES, is_contact=is_contact)


def shown(query: CaseQuery, case: Case) -> bool:
    """As the list would have it."""
    within = any(
        (each.units is None or case.unit in each.units)
        and (each.services is None or case.service in each.services)
        and (case.handed_over is not None or not each.handed_over)
        for each in query.reach
    )
    few = query.restricted or (
        query.restricted_of is not None and case.owner == query.restricted_of
    )
    return within and (few or not case.restricted)


@pytest.mark.parametrize(
    "grants",
    [
        [],
        [Grant(Role.VIEWER)],
        [Grant(Role.SURVEY_MANAGER)],
        [Grant(Role.ADMINISTRATOR)],
        [Grant(Role.CASE_WORKER, "schools", "hr")],
        [Grant(Role.CASE_WORKER, "schools", "payroll"), Grant(Role.SERVICE_MANAGER, "", "it")],
        [Grant(Role.CASE_WORKER, "oak"), Grant(Role.VIEWER, "", "payroll")],
    ],
)
def test_a_list_shows_those_cases_that_may_be_opened_one_by_one(grants: list[Grant]) -> None:
    looker = me(*grants)
    query = narrowed(CaseQuery(), looker)
    for unit, service in product(UNITS, SERVICES):
        case = a_case(unit, service)
        assert shown(query, case) == may_see(looker, case)


def test_two_roles_open_two_parts_and_not_what_lies_between_them() -> None:
    looker = me(Grant(Role.CASE_WORKER, "oak", "payroll"), Grant(Role.CASE_WORKER, "care", "it"))

    assert may_see(looker, a_case("oak", "payroll"))
    assert may_see(looker, a_case("care", "it"))
    assert not may_see(looker, a_case("oak", "it"))
    assert not may_see(looker, a_case("care", "payroll"))


def test_what_is_for_few_is_for_administrators_the_contact_and_its_owner() -> None:
    few = replace(a_case(), restricted=True)
    worker = Grant(Role.CASE_WORKER)

    assert may_see(me(Grant(Role.ADMINISTRATOR)), few)
    assert not may_see(me(Grant(Role.ADMINISTRATOR, "schools")), few)
    assert not may_see(me(worker), few)
    assert may_see(me(worker), replace(few, owner=ME))
    assert may_see(me(Grant(Role.VIEWER), is_contact=True), few)
    assert not may_see(me(Grant(Role.VIEWER), is_contact=True), a_case())


def test_a_list_shows_what_is_for_few_only_where_it_is_asked_for_and_theirs() -> None:
    few, own = replace(a_case(), restricted=True), replace(a_case(owner=ME), restricted=True)
    admin, worker = me(Grant(Role.ADMINISTRATOR)), me(Grant(Role.CASE_WORKER))

    assert not shown(narrowed(CaseQuery(), admin), few)
    assert shown(narrowed(CaseQuery(restricted=True), admin), few)
    assert not shown(narrowed(CaseQuery(restricted=True), worker), few)
    assert shown(narrowed(CaseQuery(restricted=True), worker), own)


def test_a_role_on_everything_takes_in_all_others() -> None:
    everything = reach_of([Grant(Role.CASE_WORKER), Grant(Role.CASE_WORKER, "oak")], TREES)

    assert everything == (Reach(),)


def test_reading_and_working_are_asked_for_apart() -> None:
    assert may_see(me(Grant(Role.CASE_WORKER)), a_case(), Action.WORK_CASES)
    assert not may_see(me(Grant(Role.VIEWER)), a_case(), Action.WORK_CASES)


PROVIDER = Grant(Role.PROVIDER, "schools", "hr")


def test_a_provider_sees_what_was_handed_over_in_its_services_and_nothing_for_few() -> None:
    provider, given = me(PROVIDER), replace(a_case(), handed_over=2)

    assert reads_as(provider, given) is Audience.PROVIDER
    assert reads_as(provider, a_case()) is None
    assert reads_as(provider, replace(given, service="it")) is None
    assert reads_as(provider, replace(given, unit="care")) is None
    assert reads_as(provider, replace(given, restricted=True)) is None
    assert reads_as(me(Grant(Role.CASE_WORKER)), given) is Audience.STAFF
    assert not may_see(provider, given)


@pytest.mark.parametrize("handed_over", [None, 3])
@pytest.mark.parametrize("restricted", [False, True])
def test_a_providers_list_shows_those_cases_that_it_may_open(
    handed_over: int | None, restricted: bool
) -> None:
    looker = me(PROVIDER, Grant(Role.PROVIDER, "care", "it"))
    query = handed_to(CaseQuery(restricted=True, restricted_of=ME), looker)
    for unit, service in product(UNITS, SERVICES):
        case = replace(a_case(unit, service), handed_over=handed_over, restricted=restricted)
        assert shown(query, case) == (reads_as(looker, case) is not None)
    assert narrowed(CaseQuery(), looker).reach == ()


def test_a_provider_gets_nothing_of_who_reported_it_nor_of_what_was_typed() -> None:
    case = replace(
        a_case(owner=ME),
        person=ME,
        chat="telegram:1:2",
        email="office@oak.example",
        system="Jo's laptop",
        team="Desk",
        cause="Jo",
        impact=4,
        likelihood=4,
    )

    told = shown_to(Audience.PROVIDER, case)

    assert (told.person, told.chat, told.email, told.owner) == (None, None, None, None)
    assert (told.system, told.team, told.cause, told.is_risk) == ("", "", "", False)
    assert (told.reference, told.service, told.unit) == ("P-4TK2", "payroll", "oak")
    assert shown_to(Audience.STAFF, case) == case


def test_a_provider_reads_what_is_for_it_from_when_it_was_given_the_case() -> None:
    timeline = [
        Entry(
            UUID(int=1),
            number,
            datetime(2026, 5, 14, 12, tzinfo=UTC),
            EntryKind.NOTE,
            audience,
            Side.STAFF,
            "operator",
        )
        for number, audience in enumerate([*Audience, *Audience], start=1)
    ]
    case = replace(a_case(), handed_over=6)

    theirs = entries_for(Audience.PROVIDER, case, timeline)

    assert [each.number for each in theirs] == [6, 8]
    assert {each.audience for each in theirs} == {Audience.PROVIDER, Audience.PUBLIC}
    assert entries_for(Audience.STAFF, case, timeline) == tuple(timeline)


def test_a_key_reaches_what_an_account_with_these_roles_would() -> None:
    key = ApiKey(
        id=ME,
        name="tickets",
        digest=b"",
        scopes=frozenset(),
        created_at=datetime(2026, 5, 14, tzinfo=UTC),
    )
    parts = frozenset({Part(service="hr"), Part(unit="schools", service="it")})

    assert grants_of(key) == {Grant(Role.CASE_WORKER)}
    assert grants_of(replace(key, parts=parts)) == {
        Grant(Role.CASE_WORKER, service="hr"),
        Grant(Role.CASE_WORKER, "schools", "it"),
    }
    assert grants_of(
        replace(key, parts=frozenset({Part(service="hr")}), side=KeySide.PROVIDER)
    ) == {Grant(Role.PROVIDER, service="hr")}
