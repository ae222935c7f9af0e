"""The pages of services: the tree, one of them, changes by hand, and what changed on a day."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.records import Event, EventKind, Service
from survey.services.offered import Description
from tests.support.application import Running
from tests.support.staff import ADMINISTRATOR, signed_in
from tests.support.web import WebPerson

OF_PAYROLL = Grant(Role.SERVICE_MANAGER, service="payroll")


@pytest.fixture
async def administrator(here: Running) -> AsyncIterator[WebPerson]:
    async with signed_in(here, ADMINISTRATOR) as person:
        yield person


@pytest.fixture
async def manager(here: Running) -> AsyncIterator[WebPerson]:
    """Who looks after payroll, which has one service below it."""
    await here.core.offered.add(Description("Payslips", {}, parent="payroll"), by=OPERATOR)
    async with signed_in(here, OF_PAYROLL) as person:
        yield person


async def service(here: Running, key: str) -> Service:
    return next(each for each in await here.core.organisation.services() if each.key == key)


async def changed(here: Running, key: str, **said: Any) -> None:
    before = await service(here, key)
    await here.core.offered.change(
        key,
        replace(Description.of(before), **said),
        expected_revision=before.revision,
        by=OPERATOR,
    )


async def noted(here: Running, name: str, *, service: str = "", unit: str = "") -> Event:
    return await here.core.events.add(
        day=date(2026, 4, 1),
        kind=EventKind.RELOCATION,
        name=name,
        service=service,
        unit=unit,
        by=OPERATOR,
    )


def tree(person: WebPerson) -> list[str]:
    lines = person.page.one("main").all("div", class_="tb-tree__line")
    return [line.text for line in lines]


# --- the tree and one service ---


async def test_the_tree_says_who_provides_and_who_owns_each(
    here: Running, administrator: WebPerson
) -> None:
    await changed(
        here,
        "payroll",
        parent="hr",
        provider="Northgate",
        owner="People team",
        units=("oakfield", "elmwood"),
    )

    await administrator.opens("/staff/services")

    lines = tree(administrator)
    assert lines[:2] == [
        (await service(here, "hr")).name,
        "Payroll Provider: Northgate · Owner: People team · Used by 2 schools or departments",
    ]
    assert len(lines) == 11


async def test_who_manages_payroll_sees_payroll_and_what_lies_below_and_nothing_else(
    manager: WebPerson,
) -> None:
    await manager.opens("/staff/services")
    assert tree(manager) == ["Payroll", "Payslips"]
    for key in ("payroll", "payslips"):
        await manager.opens(f"/staff/services/{key}")
        assert manager.status == 200
    for key in ("hr", "atlantis"):
        for page in ("", "/edit", "/archive", "/restore"):
            await manager.opens(f"/staff/services/{key}{page}")
            assert manager.status == 404
    await manager.opens("/staff/add-service")
    assert [each.attributes["value"] for each in manager.page.one("main").all("option")] == [
        "payroll",
        "payslips",
    ]


async def test_who_has_a_role_on_a_department_alone_is_told_where_to_go(here: Running) -> None:
    async with signed_in(here, Grant(Role.VIEWER, unit="schools")) as viewer:
        await viewer.opens("/staff/services")

        assert viewer.status == 200
        assert "Your role is on schools or departments." in viewer.text
        await viewer.opens("/staff/services/payroll")
        assert viewer.status == 404


async def test_a_viewer_of_a_service_changes_nothing(here: Running) -> None:
    async with signed_in(here, Grant(Role.VIEWER, service="payroll")) as viewer:
        await viewer.opens("/staff/services/payroll")
        assert not viewer.page.one("main").all("a", class_="govuk-button")
        for address in ("/staff/services/payroll/edit", "/staff/events/add"):
            await viewer.opens(address)
            assert viewer.status == 403


# --- changes ---


async def test_a_service_is_described_on_its_form(here: Running, manager: WebPerson) -> None:
    await manager.opens("/staff/services/payroll/edit")
    assert not manager.page.one("main").all("select"), "moving it takes a role on both places"
    manager.types("Northgate", into="provider")
    manager.types("Oracle\r\n\r\n MyView \r\nOracle", into="systems")
    manager.types("oakfield primary school\r\nelmwood", into="units")
    await manager.presses("Save")

    assert "Your changes are saved." in manager.text
    kept = await service(here, "payroll")
    assert (kept.provider, kept.systems, kept.units) == (
        "Northgate",
        ("Oracle", "MyView"),
        ("elmwood", "oakfield"),
    )
    assert kept.label == {"en": "Payroll", "cy": "Y gyflogres"}
    assert manager.lines["Systems"] == "Oracle, MyView"
    await manager.opens("/staff/services/payroll/edit")
    assert "Oakfield Primary School" in manager.page.one("textarea", id="units").raw


async def test_a_renamed_service_is_called_so_in_surveys_published_from_then_on(
    here: Running, manager: WebPerson
) -> None:
    await manager.opens("/staff/services/payroll/edit")
    manager.types("Pay", into="name")
    manager.types("Tâl", into="label")
    await manager.presses("Save")
    await here.publish("service-satisfaction")

    assert manager.heading == "Pay"
    await manager.opens("/staff/services/payroll?language=cy")
    assert manager.heading == "Tâl"
    listed = await here.core.catalogue.get("service-satisfaction")
    labels = {
        choice.name: choice.label
        for question in listed.published.questionnaire.questions
        for choice in question.closed_choices
    }
    assert labels["payroll"] == {"en": "Pay", "cy": "Tâl"}


async def test_a_school_that_does_not_exist_is_refused_and_stays_typed(
    here: Running, manager: WebPerson
) -> None:
    await manager.opens("/staff/services/payroll/edit")
    manager.types("Oakfeild", into="units")
    await manager.presses("Save")

    assert manager.status == 422
    assert manager.error == "One of these is no school, department or team in use."
    assert "Oakfeild" in manager.page.one("textarea", id="units").raw
    assert (await service(here, "payroll")).revision == 1


async def test_b43_the_second_editor_of_a_service_sees_both(
    here: Running, manager: WebPerson
) -> None:
    await manager.opens("/staff/services/payroll/edit")
    await changed(here, "payroll", owner="Finance")
    manager.types("People team", into="owner")
    await manager.presses("Save")

    assert manager.status == 409
    assert manager.lines["Owner"] == "Finance"
    assert manager.page.one("input", id="owner").attributes["value"] == "People team"
    assert (await service(here, "payroll")).owner == "Finance"


async def test_moving_a_service_takes_a_role_on_both_places(
    here: Running, manager: WebPerson
) -> None:
    await manager.opens("/staff/services/payroll/edit")
    await manager.sends(manager.sending("Save").with_(parent="hr"))
    assert manager.status == 404

    await manager.opens("/staff/services/payslips/edit")
    await manager.sends(manager.sending("Save").with_(parent=""))
    assert manager.status == 404
    assert (await service(here, "payroll")).parent is None
    assert (await service(here, "payslips")).parent == "payroll"


async def test_b44_archiving_a_service_tells_the_consequence_in_numbers(
    here: Running, manager: WebPerson
) -> None:
    await here.publish("service-satisfaction")

    await manager.opens("/staff/services/payroll/archive")
    assert manager.lines == {
        "In use below it": "1",
        "Schools, departments and teams that use it": "all of them",
        "Open surveys that offer it": "1",
        "Responses counted": "fewer than 10",
        "Accounts with a role there": "1",
    }
    await manager.presses("Archive")
    assert manager.error == "Choose what becomes of what lies below."
    manager.chooses("It is archived too")
    await manager.presses("Archive")

    assert "It is archived. Nothing was deleted." in manager.text
    assert (await service(here, "payslips")).ended_at is not None
    await manager.opens("/staff/services?show=archived")
    assert tree(manager) == ["Payroll Archived", "Payslips Archived"]


async def test_a_service_is_added_below_one_of_theirs_and_nowhere_else(
    here: Running, manager: WebPerson
) -> None:
    await manager.opens("/staff/add-service?under=payroll")
    manager.types("Expenses", into="name")
    sending = manager.sending("Add")

    await manager.sends(sending.with_(parent="hr"))
    assert manager.status == 404
    await manager.sends(sending)
    assert manager.heading == "Expenses"
    assert (await service(here, "expenses")).parent == "payroll"


# --- what changed on a day ---


async def test_a_change_is_noted_listed_and_removed(here: Running, manager: WebPerson) -> None:
    await manager.opens("/staff/services/payroll")
    assert "Nothing is noted." in manager.text
    await manager.opens("/staff/events/add?service=payroll")
    manager.types("Payroll moved to Belfast", into="name")
    for part, text in (("day", "1"), ("month", "4"), ("year", "2026")):
        manager.types(text, into=f"day-{part}")
    manager.picks("relocation", of="kind")
    await manager.presses("Note it")

    assert manager.path == "/staff/services/payroll"
    assert "The change is noted." in manager.text
    [line] = manager.page.all("li", class_="tb-changes__one")
    assert line.text.startswith("1 April 2026 Payroll moved to Belfast")
    await manager.opens("/staff/services/payslips")
    assert "Payroll moved to Belfast" in manager.text
    await manager.opens("/staff/services/payroll")
    await manager.presses("Remove Payroll moved to Belfast")
    assert await here.core.events.all() == []


@pytest.mark.parametrize(
    ("day", "month", "year"),
    [("31", "4", "2026"), ("", "", ""), ("1", "4", "26000"), ("x", "1", "1")],
)
async def test_a_day_that_does_not_exist_is_refused_by_its_field(
    day: str, month: str, year: str, here: Running, manager: WebPerson
) -> None:
    await manager.opens("/staff/events/add?service=payroll")
    manager.types("A change", into="name")
    for part, text in (("day", day), ("month", month), ("year", year)):
        manager.types(text, into=f"day-{part}")
    await manager.presses("Note it")

    assert (manager.status, manager.error) == (422, "Enter a real date, such as 27 3 2026.")
    summary = manager.page.one("div", class_="govuk-error-summary").one("a")
    assert manager.page.one("input", id=summary.attributes["href"][1:])
    assert await here.core.events.all() == []


async def test_what_touches_everything_is_noted_and_removed_by_administrators_alone(
    here: Running, manager: WebPerson
) -> None:
    election = await noted(here, "Local election")
    await manager.opens("/staff/services")
    assert "Local election" in manager.text
    assert not manager.has("Remove Local election")
    await manager.opens("/staff/events/add?service=payroll")
    manager.types("Everything", into="name")
    sending = manager.sending("Note it").with_(
        **{"day-day": "1", "day-month": "4", "day-year": "2026"}
    )
    for elsewhere in ({"service": ""}, {"service": "hr"}):
        await manager.sends(sending.with_(**elsewhere))
        assert manager.status == 404

    csrf = dict(sending.fields)["csrf"]
    gone = await manager.http.post(f"/staff/events/{election.id}/remove", data={"csrf": csrf})
    assert gone.status_code == 404
    assert await here.core.events.all() == [election]


async def test_an_administrator_notes_an_election_for_everybody(
    here: Running, administrator: WebPerson
) -> None:
    await administrator.opens("/staff/events/add")
    administrator.types("Local election", into="name")
    for part, text in (("day", "7"), ("month", "5"), ("year", "2026")):
        administrator.types(text, into=f"day-{part}")
    administrator.picks("election", of="kind")
    await administrator.presses("Note it")

    assert administrator.path == "/staff/services"
    [event] = await here.core.events.all()
    assert (event.kind, event.service, event.unit) == (EventKind.ELECTION, "", "")
    assert administrator.has("Remove Local election")


async def test_a_service_leads_to_its_figures_for_who_may_read_them(
    here: Running, manager: WebPerson
) -> None:
    await manager.opens("/staff/services/payroll")
    assert "/staff/trends?service=payroll" in hrefs(manager)
    async with signed_in(here, Grant(Role.CASE_WORKER)) as worker:
        await worker.opens("/staff/services/payroll")

    assert "/staff/trends?service=payroll" not in hrefs(worker)


def hrefs(person: WebPerson) -> list[str]:
    return [each.attributes["href"] for each in person.page.one("main").all("a")]
