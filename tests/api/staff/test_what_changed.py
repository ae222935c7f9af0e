"""What changed in the time of a chart is told under it; what is archived is offered no more."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from survey.domain.audit import OPERATOR
from survey.domain.records import EventKind
from tests.support.application import Running
from tests.support.counted import a_figure_is_published
from tests.support.staff import ADMINISTRATOR, signed_in
from tests.support.web import WebPerson

SURVEY = "service-satisfaction"
PAGE = f"/staff/trends?measure=satisfaction&questionnaire={SURVEY}&by=month"


@pytest.fixture
async def administrator(here: Running) -> AsyncIterator[WebPerson]:
    await here.publish(SURVEY)
    async with signed_in(here, ADMINISTRATOR) as person:
        yield person


async def test_the_changes_in_the_time_of_a_chart_are_told_with_their_days(
    here: Running, administrator: WebPerson
) -> None:
    await a_figure_is_published(here, SURVEY, service="payroll")
    for day, name, service in (
        (date(2026, 5, 20), "Payroll moved to Belfast", "payroll"),
        (date(2026, 5, 31), "New portal <b>", ""),
        (date(2026, 5, 21), "New telephones", "it"),
        (date(2026, 6, 1), "Later", "payroll"),
    ):
        await here.core.events.add(
            day=day, kind=EventKind.OTHER, name=name, service=service, unit="", by=OPERATOR
        )

    await administrator.opens(f"{PAGE}&service=payroll")

    [told] = administrator.page.all("ul", **{"aria-labelledby": "what-changed"})
    assert [each.text for each in told.all("li")] == [
        "20 May 2026: Payroll moved to Belfast",
        "31 May 2026: New portal <b>",
    ]


async def test_an_archived_service_is_offered_beside_figures_only_where_it_has_some(
    here: Running, administrator: WebPerson
) -> None:
    await a_figure_is_published(here, SURVEY)
    await a_figure_is_published(here, SURVEY, service="parking")
    for key in ("parking", "estates"):
        await here.core.offered.archive(key, what_lies_below=None, expected_revision=1, by=OPERATOR)
    await here.core.units.archive("elmwood", what_lies_below=None, expected_revision=1, by=OPERATOR)

    await administrator.opens(PAGE)

    def offered(name: str) -> set[str]:
        lists = administrator.page.all("select", name=name)
        return {each.attributes["value"] for one in lists for each in one.all("option")}

    assert {"parking", "estates", "payroll"} & offered("service") == {"parking", "payroll"}
    assert {"elmwood", "oakfield"} & offered("unit") == {"oakfield"}


async def test_the_demonstration_tells_when_payroll_moved(demonstration: Running) -> None:
    async with signed_in(demonstration, ADMINISTRATOR) as person:
        await person.opens(f"{PAGE}&service=payroll")

    assert "Payroll moved to another office" in person.text
    assert "A new HR system" not in person.text
