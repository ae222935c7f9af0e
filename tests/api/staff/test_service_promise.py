"""The page on which a service says when it works on reports, and how soon what happens."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.cases import CaseKind, Priority
from survey.domain.promises import Promise
from tests.support.application import Running
from tests.support.staff import signed_in
from tests.support.web import WebPerson

PATH = "/staff/services/payroll/promise"
OF_PAYROLL = Grant(Role.SERVICE_MANAGER, service="payroll")


@pytest.fixture
async def manager(here: Running) -> AsyncIterator[WebPerson]:
    async with signed_in(here, OF_PAYROLL) as person:
        yield person


def means(person: WebPerson) -> dict[str, list[str]]:
    rows = person.page.one("div", id="means").one("tbody").all("tr")
    return {row.one("th").text: [each.text for each in row.all("td")] for row in rows}


async def test_the_page_says_what_a_report_made_now_would_be_promised(manager: WebPerson) -> None:
    await manager.opens("/staff/services/payroll")
    assert PATH in [each.attributes["href"] for each in manager.page.all("a")]
    await manager.opens(PATH)

    assert manager.heading == "What Payroll promises"
    assert "It has none of its own yet" in manager.text
    assert means(manager)["Urgent"] == [
        "today by 14:00",
        "today by 17:00",
        "tomorrow by 13:00",
    ]


async def test_a_time_of_another_zone_is_refused_where_it_stands(
    here: Running, manager: WebPerson
) -> None:
    await manager.opens(PATH)
    await manager.sends(manager.sending("Save").with_(opens="09:00Z"))

    assert manager.error == "Give a time such as 09:00"
    assert (await here.core.promises.get("payroll")).of == ""


async def test_a_promise_is_looked_at_and_kept(here: Running, manager: WebPerson) -> None:
    """Hours, times by priority, and a cut-off such as the payroll's."""
    await manager.opens(PATH)
    sending = manager.sending("See what it means first").with_(
        opens="08:00", **{"times-urgent-acknowledge": "2"}
    )
    await manager.sends(sending)
    assert means(manager)["Urgent"][0] == "today by 15:00"
    assert (await here.core.promises.get("payroll")).of == ""

    cut_off = {
        "cut-0-name": "Payroll closes",
        "cut-0-day": "15",
        "cut-0-at": "12:00",
        "cut-0-kind": "wrong_pay",
    }
    await manager.sends(manager.sending("Save").with_(**cut_off, urgent="Telephone 020 7946 0000"))

    assert "The promise is saved." in manager.text
    kept = (await here.core.promises.get("payroll")).promise
    assert kept.opens.hour == 8
    assert kept.times[Priority.URGENT].acknowledge == 2
    [cut] = kept.cut_offs
    assert (cut.name, cut.day, cut.kinds) == ("Payroll closes", 15, (CaseKind.WRONG_PAY,))
    assert kept.urgent == "Telephone 020 7946 0000"
    emptied = {"cut-0-name": "", "cut-0-day": ""}
    again = manager.sending("Save").with_(**emptied)
    kinds = tuple(each for each in again.fields if each[0] != "cut-0-kind")
    await manager.sends(replace(again, fields=kinds))
    assert (await here.core.promises.get("payroll")).promise.cut_offs == ()


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"until": "08:00"}, "Give a time such as 17:00 that is later than the first"),
        ({"opens": "soon"}, "Give a time such as 09:00"),
        ({"times-low-fix": "0"}, "Give whole hours of work, from 1 to 2,000"),
        (
            {"cut-0-name": "Payroll", "cut-0-day": "32", "cut-0-kind": "other"},
            "Give a day of the month, from 1 to 31",
        ),
        ({"cut-1-name": "Payroll", "cut-1-day": "3"}, "Choose at least one kind of report"),
        ({"urgent": "x" * 501}, "Make this 500 characters or fewer"),
    ],
)
async def test_what_cannot_be_promised_is_said_beside_its_field(
    here: Running, manager: WebPerson, typed: dict[str, str], error: str
) -> None:
    await manager.opens(PATH)
    await manager.sends(manager.sending("Save").with_(**typed))

    assert manager.status == 422
    assert manager.error == error
    [link] = manager.page.one("div", class_="govuk-error-summary").all("a")[:1]
    field = link.attributes["href"].removeprefix("#")
    assert [each for each in manager.page.elements if each.attributes.get("id") == field]
    assert (await here.core.promises.get("payroll")).of == ""


async def test_who_is_overtaken_keeps_what_they_typed(here: Running, manager: WebPerson) -> None:
    await manager.opens(PATH)
    sending = manager.sending("Save").with_(opens="07:00")
    await here.core.promises.put("payroll", Promise(), expected_revision=0, by=OPERATOR)
    await manager.sends(sending)

    assert manager.status == 409
    assert manager.page.one("input", id="opens").attributes["value"] == "07:00"
    await manager.presses("Save")
    assert (await here.core.promises.get("payroll")).promise.opens.hour == 7


async def test_elsewhere_nobody_promises_for_others(here: Running, manager: WebPerson) -> None:
    await manager.opens("/staff/services/it/promise")
    assert manager.status == 404
    async with signed_in(here, Grant(Role.CASE_WORKER, service="payroll")) as worker:
        await worker.opens(PATH)
        assert worker.status == 403
