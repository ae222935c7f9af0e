"""Whose figures somebody sees: those that their roles reach, and of others not even a name."""

from urllib.parse import parse_qs, urlsplit

import pytest

from survey.domain.accounts import Grant, Role
from survey.services.api_keys import Scope
from tests.support.application import Running
from tests.support.staff import signed_in
from tests.support.web import WebPerson, on_the_web

SURVEY = "measure=satisfaction&questionnaire=service-satisfaction"
PAGE = f"/staff/trends?{SURVEY}"
SCHOOLS = Grant(Role.VIEWER, unit="primary-schools")
PAYROLL = Grant(Role.SERVICE_MANAGER, service="payroll")
PAYROLL_IN_SCHOOLS = Grant(Role.SERVICE_MANAGER, unit="primary-schools", service="payroll")
EVERYTHING = Grant(Role.ADMINISTRATOR)


def offered(person: WebPerson, of: str) -> list[str]:
    """The values that a list lets one choose."""
    return [
        option.attributes["value"]
        for each in person.page.all("select", name=of)
        for option in each.all("option")
    ]


def compared(person: WebPerson, by: str) -> list[str]:
    """The names in a comparison."""
    return [
        row.one("th").text
        for section in person.page.all("section", **{"aria-labelledby": by})
        for row in section.one("tbody").all("tr")
    ]


@pytest.mark.parametrize(
    ("grant", "unit", "service"),
    [
        (SCHOOLS, "primary-schools", None),
        (PAYROLL, None, "payroll"),
        (PAYROLL_IN_SCHOOLS, "primary-schools", "payroll"),
        (EVERYTHING, None, None),
    ],
)
async def test_somebody_begins_with_the_first_figure_that_is_theirs(
    grant: Grant, unit: str | None, service: str | None, demonstration: Running
) -> None:
    async with signed_in(demonstration, grant) as person:
        await person.opens("/staff/trends")

    query = parse_qs(urlsplit(person.path).query)
    assert person.status == 200
    assert query.get("unit", [None]) == [unit]
    assert query.get("service", [None]) == [service]


async def test_a_units_viewer_is_offered_only_what_lies_in_it(demonstration: Running) -> None:
    async with signed_in(demonstration, SCHOOLS) as person:
        await person.opens(f"{PAGE}&unit=primary-schools")

    units = offered(person, "unit")
    assert "primary-schools" in units
    assert "alder-grove" in units
    assert not {"", "housing", "secondary-schools"} & set(units)
    assert {"", "payroll"} <= set(offered(person, "service"))


async def test_a_services_manager_sees_it_in_every_unit_and_no_other_service(
    demonstration: Running,
) -> None:
    async with signed_in(demonstration, PAYROLL) as person:
        await person.opens(f"{PAGE}&service=payroll")

    assert offered(person, "service") == ["payroll"]
    assert {"", "housing", "primary-schools"} <= set(offered(person, "unit"))
    assert compared(person, "by-service") == ["Payroll"]
    assert len(compared(person, "by-unit")) > 3


async def test_comparisons_hold_only_what_is_theirs(demonstration: Running) -> None:
    async with signed_in(demonstration, PAYROLL_IN_SCHOOLS) as person:
        await person.opens(f"{PAGE}&unit=primary-schools&service=payroll")

    assert person.status == 200
    assert compared(person, "by-service") == ["Payroll"]
    assert "Housing" not in person.text
    assert offered(person, "service") == ["payroll"]


@pytest.mark.parametrize("grant", [SCHOOLS, PAYROLL, PAYROLL_IN_SCHOOLS])
async def test_comments_of_everybody_are_for_those_who_may_see_everybody(
    grant: Grant, demonstration: Running
) -> None:
    async with signed_in(demonstration, grant) as manager:
        await manager.opens("/staff/trends")
    async with signed_in(demonstration, EVERYTHING) as administrator:
        await administrator.opens("/staff/trends")

    assert "What people wrote" not in manager.text
    assert "What people wrote" in administrator.text


@pytest.mark.parametrize(
    "elsewhere",
    ["", "&unit=housing", "&unit=schools", "&unit=no-such-unit", "&service=payroll&unit=housing"],
)
async def test_of_other_figures_not_even_their_absence_is_told(
    elsewhere: str, demonstration: Running
) -> None:
    async with signed_in(demonstration, SCHOOLS) as person:
        api = await person.http.get(f"/api/v1/trends?{SURVEY}{elsewhere}")
        assert (api.status_code, api.json()["code"]) == (404, "not_found")
        assert api.json()["detail"] == "It does not exist, or it is not yours to see."
        if not elsewhere:  # the page leads to where one may look
            return
        page = await person.http.get(f"{PAGE}{elsewhere}")
        assert page.status_code == 404
        assert "It does not exist, or it is not yours to see." in page.text
        chart = await person.http.get(f"/staff/trends/chart.svg?{SURVEY}{elsewhere}")
        assert (chart.status_code, chart.content) == (404, b"")


async def test_the_api_and_the_charts_take_the_sign_in_for_what_is_theirs(
    demonstration: Running,
) -> None:
    address = f"{SURVEY}&unit=primary-schools"
    async with signed_in(demonstration, SCHOOLS) as person:
        api = await person.http.get(f"/api/v1/trends?{address}")
        chart = await person.http.get(f"/staff/trends/chart.svg?{address}")

    assert api.status_code == 200
    assert api.json()["points"]
    assert chart.headers["content-type"] == "image/svg+xml"


async def test_who_works_cases_alone_sees_no_figure(demonstration: Running) -> None:
    async with signed_in(demonstration, Grant(Role.CASE_WORKER)) as person:
        for path in (PAGE, f"/staff/trends/chart.svg?{SURVEY}", f"/api/v1/trends?{SURVEY}"):
            assert (await person.http.get(path)).status_code == 403


async def test_the_unit_is_chosen_in_the_frame_and_kept_in_the_address(
    demonstration: Running,
) -> None:
    async with signed_in(demonstration, SCHOOLS) as person:
        await person.opens(f"{PAGE}&unit=primary-schools&service=payroll")
        person.picks("alder-grove", of="unit")
        await person.presses("Change")

    assert person.heading == "Payroll: satisfaction, Alder Grove Primary School"
    assert parse_qs(urlsplit(person.path).query)["unit"] == ["alder-grove"]


async def test_who_is_signed_out_sees_figures_in_a_demonstration_and_else_the_sign_in(
    demonstration: Running, here: Running
) -> None:
    await here.publish("service-satisfaction")
    async with on_the_web(demonstration) as somebody:
        await somebody.opens(PAGE)
        assert somebody.status == 200
        assert somebody.page.all("select", id="switch-unit") == []
    async with on_the_web(here) as somebody:
        for path in (PAGE, f"/staff/trends/chart.svg?{SURVEY}"):
            answer = await somebody.http.get(path, follow_redirects=False)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/staff/sign-in?next=%2Fstaff%2Ftrends")
        api = await somebody.http.get(f"/api/v1/trends?{SURVEY}")
        assert (api.status_code, api.json()["code"]) == (401, "unknown_caller")


async def test_a_key_that_comes_with_a_sign_in_is_who_calls(demonstration: Running) -> None:
    reading = await demonstration.core.api_keys.add("report", frozenset({Scope.READ}))
    writing = await demonstration.core.api_keys.add("form", frozenset({Scope.WRITE}))
    async with signed_in(demonstration, SCHOOLS) as person:
        for key, status in ((reading, 200), (writing, 403)):
            answer = await person.http.get(
                f"/api/v1/trends?{SURVEY}&unit=housing",
                headers={"Authorization": f"Bearer {key.secret}"},
            )
            assert answer.status_code == status
