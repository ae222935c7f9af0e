"""The list of risks, and what stands on the start page of whoever works reports."""

import pytest

from survey.domain import case_acts as acts
from survey.domain.accounts import Grant, Role
from survey.domain.cases import Case
from tests.support.application import Running
from tests.support.cases import a_case, an_entry
from tests.support.staff import signed_in

WORKER = Grant(Role.CASE_WORKER)


async def weighed(here: Running, impact: int, likelihood: int, service: str = "payroll") -> Case:
    case = await a_case(here, service=service)
    said = acts.sorted_(case, impact=impact, likelihood=likelihood, cause="Upload")
    assert said is not None
    return await an_entry(here, case, said)


async def test_what_weighs_twelve_or_more_is_listed_heaviest_first(here: Running) -> None:
    twelve, twenty = await weighed(here, 3, 4), await weighed(here, 5, 4)
    await weighed(here, 5, 2)
    over = await weighed(here, 5, 5)
    await an_entry(here, over, acts.declined("other", "No"))
    async with signed_in(here, WORKER) as worker:
        await worker.opens("/staff/cases/risks")

        rows = worker.page.all("th", role="rowheader")
        assert [each.one("a").text for each in rows] == [twenty.reference, twelve.reference]
        assert "5 × 4 = 20" in worker.text
        cells = worker.page.all("td", class_="tb-matrix__risk")
        assert [each.text for each in cells].count("1") == 2


async def test_without_risks_the_page_says_how_a_report_becomes_one(here: Running) -> None:
    await weighed(here, 5, 5, service="it")
    async with signed_in(here, Grant(Role.CASE_WORKER, service="payroll")) as worker:
        await worker.opens("/staff/cases/risks")
        assert "No open report weighs so much." in worker.text


@pytest.mark.parametrize(("grant", "told"), [(WORKER, True), (Grant(Role.VIEWER), False)])
async def test_the_start_page_tells_what_needs_them(
    here: Running, grant: Grant, told: bool
) -> None:
    await a_case(here)
    async with signed_in(here, grant) as person:
        await person.opens("/staff")
        assert ("1 report has nobody who looks after it" in person.text) == told
