"""What people will read, in Chromium: nothing breaks WCAG 2.2 AA or scrolls sideways."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from survey.domain.audit import OPERATOR
from tests.api.staff.test_campaign_looks import BRANCHING, plan_lunch
from tests.api.staff.test_campaigns_browser import opened
from tests.api.staff.test_people_browser import assert_fits
from tests.support.application import Running, running
from tests.support.browser import assert_no_axe_violations
from tests.support.campaigns import PULSE, SET_UP
from tests.support.databases import DatabaseKind
from tests.support.server import LiveServer


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database_url, tmp_path, **SET_UP) as application:
        await application.publish("people-pulse")
        yield application


@pytest.mark.parametrize("width", [1280, 320])
async def test_words_with_and_without_hints_are_for_everybody(
    here: Running, live_server: LiveServer, browser: Browser, width: int
) -> None:
    await plan_lunch(here)
    await here.core.campaigns.create(PULSE, by=OPERATOR)
    page = await opened(here, live_server, browser, width)

    for campaign in ("lunch", "staff-pulse"):
        await page.goto(f"/staff/campaigns/{campaign}/words")
        assert await page.locator(".tb-hint").count() == {"lunch": 3, "staff-pulse": 0}[campaign]
        if shots := os.environ.get("SHOTS"):
            await page.screenshot(path=f"{shots}/{campaign}-{width}.png", full_page=True)
        await assert_no_axe_violations(page)
        await assert_fits(page)

    await page.goto("/staff/campaigns/lunch/plan")
    if shots := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{shots}/plan-{width}.png", full_page=True)
    await page.get_by_role("link", name="3 hints on the words").click()
    await page.get_by_role("link", name="Food").click()
    await page.locator("#question-food:focus").wait_for()
    await assert_no_axe_violations(page)


@pytest.mark.parametrize("width", [1280, 320])
async def test_one_way_through_is_chosen_and_left_again_without_a_script(
    here: Running, live_server: LiveServer, browser: Browser, width: int
) -> None:
    await plan_lunch(here, BRANCHING)
    page = await opened(here, live_server, browser, width)
    questions = page.locator(".tb-asked__one")

    async def assert_for_everybody(state: str) -> None:
        if shots := os.environ.get("SHOTS"):
            await page.screenshot(path=f"{shots}/way-{state}-{width}.png", full_page=True)
        await assert_no_axe_violations(page)
        await assert_fits(page)

    await page.goto("/staff/campaigns/lunch/words")
    every = await questions.count()
    await page.get_by_text("See only the questions").click()
    await assert_for_everybody("open")

    await page.get_by_role("button", name="Show this way").click()
    await page.locator(".govuk-error-summary").get_by_role("link").click()
    await page.locator("#if-rating:focus").wait_for()
    await assert_for_everybody("faults")

    await page.get_by_label("Rating").select_option("4")
    await page.get_by_role("checkbox", name="Pie").check()
    await page.get_by_role("button", name="Show this way").click()
    await page.get_by_text("Why 4?").wait_for()
    assert await questions.count() == 6
    await assert_for_everybody("one")

    await page.get_by_role("link", name="Show all questions").click()
    await page.get_by_text("Why [Rating]?").wait_for()
    assert await questions.count() == every
