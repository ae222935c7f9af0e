"""The pages of letters' links in Chromium: accessible at both widths, and without JavaScript."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from api.app import create_app
from survey.domain.questionnaire import Privacy
from survey.domain.waves import InvitationState
from tests.support.application import Running
from tests.support.asked import CAMPAIGN, a_wave, asked
from tests.support.browser import assert_no_axe_violations
from tests.support.server import LiveServer
from tests.support.staff import ADMINISTRATOR, an_account, staff_secret_of

WIDE, NARROW = 1280, 320

Look = Callable[[str], Awaitable[None]]


def looks_at(page: Page, width: int) -> Look:
    """Check the page that is open; its picture goes where TELLBACK_TEST_PICTURES says."""

    async def look(name: str) -> None:
        await assert_no_axe_violations(page)
        across = await page.evaluate("document.documentElement.scrollWidth")
        assert across <= width, f"{name} is {across} pixels wide"
        if folder := os.environ.get("TELLBACK_TEST_PICTURES"):
            await page.screenshot(path=Path(folder, f"{name}-{width}.png"), full_page=True)

    return look


@pytest.mark.parametrize("width", [WIDE, NARROW])
async def test_somebody_answers_and_leaves_by_the_links_of_a_letter_without_javascript(
    width: int, here: Running, browser: Browser, live_server: LiveServer
) -> None:
    wave = await a_wave(here)
    ann = await asked(here, wave)
    address = await live_server(create_app(here.core, here.figures))
    context = await browser.new_context(viewport={"width": width, "height": 800})
    page = await context.new_page()
    # The check needs a script of its own in the page; the forms are those that work without one.
    await page.route("**/tellback.js*", lambda route: route.abort())
    look = looks_at(page, width)

    await page.goto(f"{address}/i/{ann.token}")
    await look("invited")
    await page.get_by_role("button", name="Not now").click()
    await look("not-now")
    await page.goto(f"{address}/i/{ann.token}")
    await page.get_by_role("button", name="Start").click()
    await look("question")
    for _ in range(7):
        await page.get_by_role("button", name="Skip").click()
    await page.get_by_role("button", name="Skip").click()
    await look("check")
    await page.get_by_role("button", name="Send my answers").click()
    await look("done")
    assert ann.token not in page.url

    await page.goto(f"{address}/u/{ann.token}")
    await look("leaving")
    await page.get_by_role("button", name="Stop all surveys").click()
    await look("stopped")
    await page.goto(f"{address}/i/{ann.token}x")
    await look("wrong-link")
    await context.clear_cookies()
    await page.goto(f"{address}/i/{ann.token}")
    await look("answered-before")
    here.clock.time = wave.closes_at
    bob = await asked(here, wave, key="bob", email="bob@barnet.example")
    await page.goto(f"{address}/i/{bob.token}")
    await look("closed")
    await context.close()


@pytest.mark.parametrize("width", [WIDE, NARROW])
async def test_the_page_of_slips_is_accessible(
    width: int, here: Running, browser: Browser, live_server: LiveServer
) -> None:
    wave = await a_wave(here, privacy=Privacy.ANONYMOUS)
    await asked(here, wave, email=None, state=InvitationState.FAILED)
    address = await live_server(create_app(here.core, here.figures))
    secret = await staff_secret_of(here, await an_account(here, ADMINISTRATOR))
    context = await browser.new_context(viewport={"width": width, "height": 800})
    cookie = {"name": "tellback-staff", "value": secret, "url": address}
    await context.add_cookies([cookie])  # type: ignore[list-item]
    page = await context.new_page()

    await page.goto(f"{address}/staff/campaigns/{CAMPAIGN}/slips")

    await looks_at(page, width)("slips")
    await context.close()
