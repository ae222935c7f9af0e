"""The trends page: the API's figures in words, tables and charts; nothing that is suppressed."""

import re
from collections.abc import AsyncIterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import pytest
from playwright.async_api import Browser

from analytics import tone
from analytics.chart_renderer import ChartRenderer
from analytics.comments import Comments
from api.app import create_app
from survey.domain.questionnaire import Privacy
from tests.api.web.test_languages import left_in_english
from tests.support import waves
from tests.support.application import Running, running
from tests.support.browser import assert_no_axe_violations
from tests.support.html import Element, parse
from tests.support.server import LiveServer

PAYROLL = "/staff/trends?measure=satisfaction&questionnaire=service-satisfaction&service=payroll"
TOO_SMALL = "/staff/trends?measure=satisfaction&questionnaire=service-satisfaction&unit=elm-rise"
PULSE = "/staff/trends?measure=engagement_index"
WORDS_FOR_HIDDEN = (
    "Not shown: fewer than 10 people answered, or showing it would reveal a smaller group."
)


@pytest.fixture
async def http(demonstration: Running) -> AsyncIterator[httpx.AsyncClient]:
    """Anybody, looking at the demonstration."""
    app = create_app(demonstration.core, demonstration.figures)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


async def opened(http: httpx.AsyncClient, address: str) -> Element:
    answer = await http.get(address)
    assert answer.status_code == 200, answer.text
    return parse(answer.text)


async def points(http: httpx.AsyncClient, address: str) -> list[dict[str, Any]]:
    """What the API says of the same choice."""
    answer = await http.get(f"/api/v1/trends?{urlsplit(address).query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["points"]
    return found


def table(page: Element, number: int = 0) -> list[list[str]]:
    """The cells of a table's body, row by row."""
    body = page.all("tbody")[number]
    return [
        [cell.text for cell in row.elements if cell.name in ("th", "td")] for row in body.all("tr")
    ]


@pytest.mark.parametrize("address", [PAYROLL, PULSE, f"{PULSE}&by=year", f"{PULSE}&by=month"])
async def test_the_table_has_the_numbers_of_the_api(address: str, http: httpx.AsyncClient) -> None:
    rows = table(await opened(http, address))
    said = list(reversed(await points(http, address)))

    assert [row[0] for row in rows] == [point["period"] for point in said]
    for (_, value, interval, people, change), point in zip(rows, said, strict=True):
        assert value.rstrip("%") == str(point["value"])
        assert interval == f"{point['low']} to {point['high']}"
        assert people == str(point["n"] or point["n_band"].replace("-", "–"))
        if point["change"]:
            assert change.endswith(f"({point['change']:+})".replace("-", "−"))


async def test_by_wave_each_row_is_named_by_the_day_on_which_it_opened(
    http: httpx.AsyncClient,
) -> None:
    page = await opened(http, f"{PULSE}&by=wave")
    said = list(reversed(await points(http, f"{PULSE}&by=wave")))

    rows = table(page)
    assert [row[0] for row in rows] == [
        "Opened 4 May 2026" if point["start"] == "2026-05-04" else "O" + point["period"][1:]
        for point in said
    ]
    assert [row[1] for row in rows] == [str(point["value"]) for point in said]
    assert "the time before" in page.text
    assert "wave" not in page.text.casefold()
    unit_rows = table(page, 1)
    assert "Adult social care" in [row[0] for row in unit_rows]
    chart = await http.get(f"{PULSE.replace('trends?', 'trends/chart.svg?')}&by=wave")
    assert chart.status_code == 200


async def test_by_wave_of_a_survey_that_no_campaign_sent_is_by_quarter(
    http: httpx.AsyncClient,
) -> None:
    page = await opened(http, f"{PAYROLL}&by=wave&campaign=staff-pulse")

    assert table(page)[0][0].startswith("Q")
    assert "Each time it was sent" not in page.text


async def test_of_two_campaigns_one_is_chosen_and_the_newest_comes_first(
    demonstration: Running, http: httpx.AsyncClient
) -> None:
    demonstration.clock.advance(timedelta(days=1))
    other = await waves.campaign(demonstration, "leavers", "people-pulse")
    sent = await waves.wave(demonstration, other, 1, privacy=Privacy.CONFIDENTIAL)
    await waves.close(demonstration, sent)

    newest = await opened(http, f"{PULSE}&by=wave")
    chosen = await opened(http, f"{PULSE}&by=wave&campaign=staff-pulse")

    assert [row[1] for row in table(newest)] == ["Nobody answered."]
    assert len(table(chosen)) == 3
    assert "Leavers" in chosen.text


async def test_a_suppressed_figure_is_a_sentence_without_a_number(
    http: httpx.AsyncClient,
) -> None:
    page = await opened(http, TOO_SMALL)

    assert {point["status"] for point in await points(http, TOO_SMALL)} == {"suppressed"}
    assert {tuple(row[1:]) for row in table(page)} == {(WORDS_FOR_HIDDEN,)}
    assert page.one("p", class_="govuk-body-l").text == "Too few answers to show for Q1 2026/27."


async def test_a_unanimous_figure_is_a_band(http: httpx.AsyncClient) -> None:
    address = TOO_SMALL.replace("elm-rise", "customers-registrars")
    rows = table(await opened(http, address))

    assert rows[1][1:4] == ["over 95%", "none", "10–19"]


@pytest.mark.parametrize("address", [PAYROLL, TOO_SMALL, PULSE])
async def test_the_title_of_the_chart_is_the_finding(address: str, http: httpx.AsyncClient) -> None:
    page = await opened(http, address)
    finding = page.one("p", class_="govuk-body-l").one("strong").text
    picture = page.all("img")[0]

    chart = await http.get(picture.attributes["src"])

    assert chart.headers["content-type"] == "image/svg+xml"
    title = re.search(r"<title[^>]*>(.*?)</title>", chart.text)
    assert title is not None
    assert unescape(title[1]) == finding
    assert picture.attributes["alt"].startswith(finding)


async def test_each_department_and_service_leads_to_its_own_trend(
    http: httpx.AsyncClient,
) -> None:
    page = await opened(http, "/staff/trends")
    links = {
        link.text: link.attributes["href"]
        for row in page.all("tbody")
        for link in row.all("a", class_="govuk-link")
    }

    assert parse_qs(urlsplit(links["Housing"]).query)["unit"] == ["housing"]
    payroll = await opened(http, links["Payroll"])
    assert payroll.one("h1").text == "Payroll: satisfaction"


async def test_comparisons_show_what_lies_directly_below(http: httpx.AsyncClient) -> None:
    address = "/staff/trends?questionnaire=service-satisfaction&unit=secondary-schools"
    page = await opened(http, address)

    names = {row[0] for row in table(page, 1)}

    assert "Kingsmead School" in names
    assert not names & {"Housing", "Oakfield Primary School", "Secondary and special schools"}


async def test_a_measure_that_the_survey_does_not_ask_for_is_shown_from_one_that_does(
    http: httpx.AsyncClient,
) -> None:
    page = await opened(http, f"{PULSE}&questionnaire=service-satisfaction")

    assert "This is from “Staff pulse”." in page.text


async def test_answers_of_bodies_are_said_to_be_such(http: httpx.AsyncClient) -> None:
    page = await opened(http, "/staff/trends?questionnaire=school-service-check")

    assert "on behalf of a school or department" in page.text
    assert "at least 10 more people have answered" in page.text


async def test_tone_stands_beside_comments_with_its_error_rate(http: httpx.AsyncClient) -> None:
    page = await opened(http, "/staff/trends")

    assert tone.NOTE in page.text
    assert tone.ERROR_RATE in page.text
    tones = {each.text for each in page.all("span", class_="tb-tone")}
    assert tones <= {
        "Automatic tone: positive",
        "Automatic tone: neutral",
        "Automatic tone: negative",
        "Tone: not scored",
    }
    assert tones


async def test_a_comment_that_waits_for_its_tone_is_shown_and_said_to_wait(
    demonstration: Running,
) -> None:
    core = demonstration.core
    unscored = Comments(core.database, core.begin, core.catalogue, key=b"another", demo=True)
    app = create_app(core, replace(demonstration.figures, comments=unscored))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        page = await opened(http, "/staff/trends")

    tones = {each.text for each in page.all("span", class_="tb-tone")}
    assert "Tone: not scored yet" in tones
    assert tones <= {"Tone: not scored yet", "Tone: not scored"}


async def test_a_choice_without_answers_says_so_and_what_to_do(http: httpx.AsyncClient) -> None:
    page = await opened(http, f"{PULSE}&service=payroll")

    assert page.one("p", class_="govuk-body-l").text == "Nobody has answered yet."
    assert page.all("img") == []
    assert "Show all schools, departments and services" in page.text


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("unit=elm-rize", "unit"),
        ("service=payrol", "service"),
        ("measure=joy", "measure"),
        ("questionnaire=equality", "questionnaire"),
        ("by=week", "by"),
    ],
)
async def test_a_choice_that_makes_no_sense_is_a_page_that_names_it(
    query: str, named: str, http: httpx.AsyncClient
) -> None:
    answer = await http.get(f"/staff/trends?{query}")

    assert answer.status_code == 400
    assert parse(answer.text).one("h1").text == "We cannot show that figure"
    assert f"{named}: " in answer.text


async def test_a_chart_that_cannot_be_drawn_leaves_the_figures(demonstration: Running) -> None:
    class Broken(ChartRenderer):
        async def svg(self, chart: object) -> str:
            raise BrokenProcessPool

    figures = replace(demonstration.figures, charts=Broken())
    transport = httpx.ASGITransport(create_app(demonstration.core, figures))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        page = await opened(http, PAYROLL)
        chart = await http.get(page.all("img")[0].attributes["src"])

    assert (chart.status_code, chart.headers["content-type"]) == (503, "image/svg+xml")
    assert "The table has the same figures." in chart.text
    assert table(page)


async def test_a_chart_that_has_not_changed_is_not_sent_again(http: httpx.AsyncClient) -> None:
    page = await opened(http, PAYROLL)
    address = page.all("img")[0].attributes["src"]
    first = await http.get(address)

    again = await http.get(address, headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("query", ["show=members", "show=units&measure=satisfaction&unit=elm-rise"])
async def test_there_is_no_chart_of_nothing(query: str, http: httpx.AsyncClient) -> None:
    assert (await http.get(f"/staff/trends/chart.svg?{query}")).status_code == 404


@pytest.mark.parametrize("address", ["/staff/trends", "/staff/trends/chart.svg"])
async def test_outside_a_demonstration_it_is_for_who_is_signed_in(
    address: str, tmp_path: Path
) -> None:
    async with running(f"sqlite:///{tmp_path / 'real.sqlite'}", tmp_path) as here:
        transport = httpx.ASGITransport(create_app(here.core, here.figures))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            assert (await http.get(address)).status_code == 303


async def test_no_comment_is_read_outside_a_demonstration(tmp_path: Path) -> None:
    async with running(f"sqlite:///{tmp_path / 'real.sqlite'}", tmp_path) as here:
        assert await here.figures.comments.latest("people-pulse", most=5) == []


@pytest.mark.parametrize("width", [1280, 320])
async def test_the_page_is_accessible_and_scrolls_one_way_only(
    width: int, browser: Browser, live_server: LiveServer, demonstration: Running
) -> None:
    address = await live_server(create_app(demonstration.core, demonstration.figures))
    context = await browser.new_context(viewport={"width": width, "height": 800})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))

    for path in ("/staff/trends", TOO_SMALL, f"{PULSE}&service=payroll"):
        await page.goto(f"{address}{path}", wait_until="networkidle")
        await page.evaluate(
            "document.querySelectorAll('details').forEach(each => each.open = true)"
        )
        await assert_no_axe_violations(page)
        across = await page.evaluate("document.documentElement.scrollWidth")
        assert across <= width, f"{path} is {across} pixels wide"
        drawn = await page.evaluate("[...document.images].every(each => each.naturalWidth > 200)")
        assert drawn, f"a chart of {path} was not drawn"

    assert complaints == []


async def test_a_choice_is_made_without_a_script(
    browser: Browser, live_server: LiveServer, demonstration: Running
) -> None:
    address = await live_server(create_app(demonstration.core, demonstration.figures))
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()

    await page.goto(f"{address}/staff/trends")
    await page.get_by_label("School or department", exact=True).select_option("primary-schools")
    await page.get_by_role("button", name="Show", exact=True).click()

    assert await page.locator("h1").inner_text() == "Primary schools: satisfaction"


# --- in Welsh ---


@pytest.mark.parametrize("address", [PAYROLL, TOO_SMALL, PULSE])
async def test_nothing_of_ours_is_left_in_english_on_a_welsh_page(
    http: httpx.AsyncClient, address: str
) -> None:
    assert left_in_english(await opened(http, f"{address}&language=cy")) == []


async def test_figures_periods_and_changes_are_told_in_welsh(http: httpx.AsyncClient) -> None:
    by_quarter = await opened(http, f"{PAYROLL}&language=cy")
    by_month = await opened(http, f"{PAYROLL}&language=cy&by=month")

    assert by_quarter.one("h1").text == "Payroll: bodlonrwydd"
    finding = by_quarter.one("p", class_="govuk-body-l").text
    assert re.match(r"Mae [\d.]+( o bob 100|%) yn fodlon", finding)
    assert all(re.fullmatch(r"Ch[1-4] 20\d\d/\d\d", row[0]) for row in table(by_quarter))
    assert {"Mai 2026", "Mawrth 2026"} <= {row[0] for row in table(by_month)}


async def test_the_language_asked_for_stays_on_the_way_to_charts_and_other_choices(
    http: httpx.AsyncClient,
) -> None:
    page = await opened(http, f"{PAYROLL}&language=cy")
    addresses = [
        *(image.attributes["src"] for image in page.one("main").all("img")),
        *(link.attributes["href"] for body in page.all("tbody") for link in body.all("a")),
    ]

    assert len(addresses) > 3
    assert {parse_qs(urlsplit(address).query)["language"][0] for address in addresses} == {"cy"}
    (kept,) = page.one("form").all("input", name="language")
    assert kept.attributes["value"] == "cy"
