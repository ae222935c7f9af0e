"""The calendar in Chromium: nothing breaks WCAG 2.2 AA, nothing scrolls sideways."""

from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page

from api.app import create_app
from api.cookies import Cookie, name_of
from survey.domain.audit import OPERATOR
from survey.domain.closures import ClosedSpan
from survey.domain.records import Unit
from survey.domain.waves import PauseKind
from tests.support.application import Running
from tests.support.browser import assert_no_axe_violations
from tests.support.databases import DatabaseKind
from tests.support.server import LiveServer
from tests.support.staff import ADMINISTRATOR, an_account, staff_secret_of

LONG = "Our Lady and Saint Bartholomew-the-Great Voluntary Aided Church of England Primary School"


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


async def fill(here: Running) -> None:
    """Half-terms, training days of a school with a long name, and a pause."""
    async with here.core.begin() as work:
        await work.organisation.put_units([Unit("long", LONG, "school", "schools")])
        await work.commit()
    for first, last, unit, name in (
        (date(2026, 5, 25), date(2026, 5, 29), "schools", "Half-term"),
        (date(2026, 6, 9), date(2026, 6, 9), "long", "Training for everybody who teaches reading"),
        (date(2026, 7, 22), date(2026, 8, 31), "schools", "Summer holidays"),
        (date(2026, 12, 24), date(2026, 12, 24), "", "Offices close at noon"),
    ):
        await here.core.calendar.close(ClosedSpan(first, last, unit, name), by=OPERATOR)
    await here.core.calendar.pause(
        kind=PauseKind.PRE_ELECTION,
        name="Local elections in all wards of the borough",
        begins_at=None,
        ends_at=None,
        by=OPERATOR,
    )


async def assert_fits(page: Page) -> None:
    widths: dict[str, int] = await page.evaluate(
        "() => ({page: document.documentElement.scrollWidth, window: window.innerWidth})"
    )
    assert widths["page"] <= widths["window"], (page.url, widths)


@pytest.mark.parametrize("width", [1280, 320])
async def test_the_calendar_is_looked_at_and_changed_in_a_browser(
    here: Running, live_server: LiveServer, browser: Browser, tmp_path: Path, width: int
) -> None:
    await fill(here)
    address = await live_server(create_app(here.core, here.figures))
    secret = await staff_secret_of(here, await an_account(here, ADMINISTRATOR))
    context = await browser.new_context(
        locale="en-GB", viewport={"width": width, "height": 900}, java_script_enabled=True
    )
    host = urlsplit(address).hostname or ""
    name = name_of(Cookie.STAFF, here.core.settings)
    await context.add_cookies([{"name": name, "value": secret, "domain": host, "path": "/"}])
    page = await context.new_page()

    async def is_well(picture: str) -> None:
        await page.screenshot(path=tmp_path / f"{picture}-{width}.png", full_page=True)
        await assert_no_axe_violations(page)
        await assert_fits(page)

    await page.goto(f"{address}/staff/calendar")
    await is_well("calendar")
    await page.get_by_role("button", name="Add closed days").click()
    await is_well("closure")
    await page.get_by_role("button", name="Add closed days").click()
    await is_well("closure-faults")
    await page.get_by_label("Reason").fill("Training")
    for part, value in zip(("Day", "Month", "Year"), ("9", "6", "2026"), strict=True):
        await page.get_by_role("group", name="First day").get_by_label(part).fill(value)
    await page.get_by_role("button", name="Add closed days").click()
    await page.get_by_role("button", name="Open again Tuesday 9 June, All schools").click()
    await is_well("opened")
    await page.get_by_role("button", name="Start a pause").click()
    await is_well("pause")
    await page.get_by_label("Ends at (optional)").fill("noon")
    await page.get_by_role("button", name="Start a pause").click()
    await is_well("pause-faults")
    await page.goto(f"{address}/staff/calendar")
    await page.get_by_role("link", name="End Local elections").click()
    await is_well("end")
    await page.get_by_role("button", name="End the pause").click()
    await page.get_by_text("No pause holds").wait_for()
    assert await here.core.calendar.pauses() == []
    await context.close()
