"""The start page: every door leads somewhere; outside a demonstration, the open surveys."""

from pathlib import Path

import httpx2 as httpx
import pytest
from playwright.async_api import Browser

from api.app import create_app
from tests.support.application import Running, running
from tests.support.browser import assert_no_axe_violations
from tests.support.html import Element, parse
from tests.support.server import LiveServer


def caller(here: Running) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(here.core, here.figures))
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


def links(page: Element) -> dict[str, str]:
    main = page.one("main")
    return {link.text: link.attributes["href"] for link in main.all("a")}


async def test_every_door_and_picture_of_the_demonstration_is_there(
    demonstration: Running,
) -> None:
    async with caller(demonstration) as http:
        page = parse((await http.get("/")).text)
        addresses = [*links(page).values(), *(img.attributes["src"] for img in page.all("img"))]
        answers = {address: (await http.get(address)).status_code for address in addresses}

    assert answers == dict.fromkeys(addresses, 200)
    assert {"Answer a survey on the web", "See what came of it"} <= set(links(page))
    assert "/s/member-it?unit=members" in answers
    assert "The answers and the figures from them are invented." in page.text


async def test_the_bot_has_a_door_that_needs_no_telegram(demonstration: Running) -> None:
    async with caller(demonstration) as http:
        doors = links(parse((await http.get("/")).text))

    assert doors["Talk to the bot"] == "/chat"


async def test_outside_a_demonstration_the_open_surveys_are_listed_and_no_other(
    tmp_path: Path,
) -> None:
    async with running(f"sqlite:///{tmp_path / 'real.sqlite'}", tmp_path) as here:
        await here.publish("people-pulse")
        await here.publish("member-it")
        await here.publish("before-a-change", open_link=False)
        await here.publish("problem-report")
        await here.publish("service-satisfaction")
        await here.core.catalogue.close("service-satisfaction")
        async with caller(here) as http:
            page = parse((await http.get("/")).text)

    assert links(page) == {
        "Staff pulse": "/s/people-pulse",
        "Report a problem": "/problem",
        "Known problems and planned downtime": "/status",
        "What we heard, and what we did": "/results",
        "Staff pages: results, people and schools": "/staff",
    }
    assert "invented" not in page.text


async def test_without_an_open_survey_the_page_says_what_to_do(tmp_path: Path) -> None:
    file = f"sqlite:///{tmp_path / 'real.sqlite'}"
    async with running(file, tmp_path) as here, caller(here) as http:
        page = parse((await http.get("/")).text)

    assert "If somebody sent you a link, use that link." in page.text


@pytest.mark.parametrize("width", [1280, 320])
async def test_the_start_page_is_accessible_and_scrolls_one_way_only(
    width: int, browser: Browser, live_server: LiveServer, demonstration: Running
) -> None:
    address = await live_server(create_app(demonstration.core, demonstration.figures))
    context = await browser.new_context(viewport={"width": width, "height": 800})
    page = await context.new_page()

    await page.goto(address)
    await assert_no_axe_violations(page)

    assert await page.evaluate("document.documentElement.scrollWidth") <= width
