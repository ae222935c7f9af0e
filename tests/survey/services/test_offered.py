"""Services changed by hand: described, archived, left out of what is published from then on."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from survey.domain.accounts import Account, Grant, Role
from survey.domain.audit import Actor
from survey.domain.records import Service
from survey.domain.structure import Below, Consequence
from survey.errors import ChangedMeanwhile, FieldsRejected, NotFound
from survey.services.offered import Description
from tests.support.application import NOON, Running
from tests.support.counted import a_figure_is_published, a_response, responses_are_kept
from tests.support.stored import audited

BY = Actor.account(UUID(int=7))


async def service(here: Running, key: str) -> Service:
    return next(each for each in await here.core.organisation.services() if each.key == key)


async def changed(here: Running, key: str, **said: Any) -> Service:
    """Somebody who sees it as it stands changes some of it."""
    before = await service(here, key)
    return await here.core.offered.change(
        key,
        replace(Description.of(before), **said),
        expected_revision=before.revision,
        by=BY,
    )


async def archived(here: Running, key: str, below: Below | None = None) -> None:
    await here.core.offered.archive(
        key,
        what_lies_below=below,
        expected_revision=(await service(here, key)).revision,
        by=BY,
    )


async def test_a_service_is_added_and_described(here: Running) -> None:
    said = Description(
        name="Learning portal",
        label={"cy": "Porth dysgu"},
        provider="Northgate",
        owner="People team",
        parent="hr",
        systems=("Moodle", "Oracle"),
        units=("oakfield", "schools"),
    )

    made = await here.core.offered.add(said, by=BY)

    assert made == await service(here, "learning-portal")
    assert Description.of(made) == said
    [entry] = await audited(here)
    assert (entry.action, entry.subject) == ("service.added", "service:learning-portal")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "HR and people services"}, None),
        ({"provider": "p" * 121}, "provider"),
        ({"systems": ("fine", "s" * 121)}, "systems"),
        ({"systems": ("a\0b", "longer than the faulty one")}, "systems"),
        ({"label": {"cy": "c" * 121}}, "label"),
        ({"units": ("oakfeild",)}, "units"),
        ({"parent": "payroll"}, "parent"),
        ({"parent": "atlantis"}, "parent"),
    ],
)
async def test_a_faulty_description_is_refused_by_field(
    said: dict[str, Any], field: str | None, here: Running
) -> None:
    before = await service(here, "payroll")
    if field is None:
        assert (await changed(here, "payroll", **said)).revision == 2
        return
    with pytest.raises(FieldsRejected) as rejected:
        await changed(here, "payroll", **said)

    assert [fault.path[0] for fault in rejected.value.faults] == [field]
    assert await service(here, "payroll") == before
    assert await audited(here) == []


async def test_b43_the_second_editor_of_a_service_overwrites_nothing(here: Running) -> None:
    seen = Description.of(await service(here, "payroll"))
    kept = await changed(here, "payroll", owner="Finance")

    with pytest.raises(ChangedMeanwhile) as late:
        await here.core.offered.change(
            "payroll", replace(seen, provider="Other"), expected_revision=1, by=BY
        )

    assert late.value.now == kept == await service(here, "payroll")
    [entry] = await audited(here)
    assert entry.details == {"fields": ["owner"]}


async def test_a_move_is_recorded_with_both_places_and_no_name(here: Running) -> None:
    await changed(here, "payroll", parent="hr")
    await changed(here, "payroll")

    [entry] = await audited(here)
    assert entry.details == {"fields": ["parent"], "from": "", "to": "hr"}


async def test_b44_the_consequence_of_archiving_a_service_is_told_in_numbers(
    here: Running,
) -> None:
    await here.publish("service-satisfaction")
    await here.publish("school-service-check")
    await changed(here, "payroll", parent="hr", units=("oakfield",))
    grants = frozenset({Grant(Role.SERVICE_MANAGER, service="payroll")})
    async with here.core.begin() as work:
        await work.accounts.put(Account(UUID(int=1), "p@b.example", "P", grants, NOON))
        await work.commit()
    rated = a_response("service-satisfaction", "oakfield", service="payroll", satisfaction=4)
    check = a_response(
        "school-service-check", "elmwood", services_used=("payroll",), satisfaction_payroll=2
    )
    await responses_are_kept(here, [rated, rated, check])

    assert await here.core.offered.consequence("payroll") == Consequence(
        responses=3, accounts=1, units=1, surveys=2
    )
    assert await here.core.offered.consequence("hr") == Consequence(
        below=1, responses=3, accounts=1, surveys=2
    )
    assert (await here.core.offered.consequence("it")).responses == 0
    with pytest.raises(FieldsRejected):
        await archived(here, "hr")


async def test_an_archived_service_is_left_out_of_what_is_published_from_then_on(
    here: Running,
) -> None:
    async def choices() -> set[str]:
        listed = await here.core.catalogue.get("service-satisfaction")
        [asked] = [
            each for each in listed.published.questionnaire.questions if each.name == "service"
        ]
        return {choice.name for choice in asked.closed_choices}

    await here.publish("service-satisfaction")
    await archived(here, "parking")
    before = await choices()
    await here.publish("service-satisfaction")

    assert before - await choices() == {"parking"}
    assert (await service(here, "parking")).name == "Parking"
    assert "parking" not in {each.key for each in await here.core.offered.choosable()}
    await a_figure_is_published(here, "service-satisfaction", service="parking")
    assert "parking" in {each.key for each in await here.core.offered.choosable()}


async def test_what_lies_below_a_service_goes_or_moves_by_choice_and_comes_back(
    here: Running,
) -> None:
    await changed(here, "payroll", parent="hr")
    await changed(here, "pensions", parent="payroll")
    await archived(here, "payroll", Below.MOVE_UP)
    assert (await service(here, "pensions")).parent == "hr"

    await archived(here, "hr", Below.ARCHIVE)
    assert (await service(here, "pensions")).ended_at == NOON
    with pytest.raises(FieldsRejected):
        await here.core.offered.restore("pensions", expected_revision=4, by=BY)
    await here.core.offered.restore("hr", expected_revision=2, by=BY)
    await here.core.offered.restore("pensions", expected_revision=4, by=BY)

    assert (await service(here, "pensions")).ended_at is None
    assert (await service(here, "payroll")).ended_at == NOON


async def test_nobody_changes_a_service_that_does_not_exist(here: Running) -> None:
    for change in (
        here.core.offered.change("x", Description("X", {}), expected_revision=1, by=BY),
        here.core.offered.archive("x", what_lies_below=None, expected_revision=1, by=BY),
        here.core.offered.restore("x", expected_revision=1, by=BY),
        here.core.offered.consequence("x"),
    ):
        with pytest.raises(NotFound):
            await change
