"""The pages of units and services in Chromium, wide and at 320 pixels, without a fault of axe."""

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from api.app import create_app
from api.cookies import Cookie, name_of
from survey.domain.audit import OPERATOR
from survey.domain.people import Person
from survey.domain.records import EventKind, Unit
from survey.services.offered import Description
from tests.support.application import NOON, Running
from tests.support.browser import assert_no_axe_violations
from tests.support.databases import DatabaseKind
from tests.support.server import LiveServer
from tests.support.staff import ADMINISTRATOR, an_account, staff_secret_of

WIDTHS = (1280, 320)
PICTURES = Path(__file__).resolve().parents[1] / "artifacts" / "screenshots"


@pytest.fixture
def database_kind() -> DatabaseKind:
    """What the pages show does not depend on the database; `tests/api/staff` runs on both."""
    return DatabaseKind.SQLITE


async def borough(here: Running) -> None:
    """Names as long as real ones, three levels, people, a described service, two changes."""
    await here.publish("service-satisfaction")
    async with here.core.begin() as work:
        await work.organisation.put_units(
            [
                Unit("special", "Special schools and pupil referral units", "team", "schools"),
                Unit(
                    "northdown",
                    "Northdown Communication and Interaction Centre for Secondary Pupils",
                    "school",
                    "special",
                ),
                Unit("old", "Elm Rise Infants", "school", "schools", ended_at=NOON),
            ]
        )
        await work.people.put(
            Person(UUID(int=100 + n), f"p{n}", f"Person {n}", (unit,), NOON)
            for n, unit in enumerate(["northdown"] * 12 + ["schools"] * 3)
        )
        await work.commit()
    payroll = next(
        each for each in await here.core.organisation.services() if each.key == "payroll"
    )
    await here.core.offered.change(
        "payroll",
        Description(
            "Payroll",
            payroll.label,
            provider="Customer and Support Group",
            owner="People and organisational development",
            parent="hr",
            systems=("Core HR", "MyView", "Payslips online"),
            units=("oakfield", "special"),
        ),
        expected_revision=1,
        by=OPERATOR,
    )
    for day, kind, name, service in (
        (date(2026, 4, 1), EventKind.RELOCATION, "Payroll moved to Belfast", "payroll"),
        (date(2026, 5, 7), EventKind.ELECTION, "Local election", ""),
    ):
        await here.core.events.add(
            day=day, kind=kind, name=name, service=service, unit="", by=OPERATOR
        )


async def is_sound(page: Page, width: int, name: str) -> None:
    """No fault that axe knows, nothing to scroll to sideways; a picture is left to look at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"structure-{name}-{width}.png", full_page=True)
    await assert_no_axe_violations(page)
    across = await page.evaluate("document.documentElement.scrollWidth")
    assert across <= width, f"{page.url} is {across} pixels wide at {width}"


@pytest.mark.parametrize("width", WIDTHS)
async def test_the_trees_and_their_forms_are_sound(
    width: int, here: Running, browser: Browser, live_server: LiveServer
) -> None:
    await borough(here)
    secret = await staff_secret_of(here, await an_account(here, ADMINISTRATOR))
    address = await live_server(create_app(here.core, here.figures))
    context = await browser.new_context(viewport={"width": width, "height": 800}, base_url=address)
    await context.add_cookies(
        [{"name": name_of(Cookie.STAFF, here.core.settings), "value": secret, "url": address}]
    )
    page = await context.new_page()
    for name, path in (
        ("units", "/staff/units"),
        ("units-found", "/staff/units?find=northdown&show=both"),
        ("unit", "/staff/units/special"),
        ("unit-add", "/staff/add-unit?under=schools"),
        ("unit-moving", "/staff/units/special/move?parent=adult-social-care"),
        ("unit-archive", "/staff/units/schools/archive"),
        ("unit-archived", "/staff/units/old"),
        ("services", "/staff/services"),
        ("service", "/staff/services/payroll"),
        ("service-edit", "/staff/services/payroll/edit"),
        ("event-add", "/staff/events/add?service=payroll"),
    ):
        await page.goto(path)
        await is_sound(page, width, name)

    await page.goto("/staff/units/special/edit")
    await page.get_by_label("Name", exact=True).fill("")
    await page.get_by_role("button", name="Save").click()
    summary = page.locator(".govuk-error-summary")
    await expect(summary).to_be_focused()
    await expect(summary).to_contain_text("Enter a name.")
    await is_sound(page, width, "unit-error")
    await page.goto("/staff/units/special/edit")
    await here.core.units.change(
        "special", name="Special", kind="team", expected_revision=1, by=OPERATOR
    )
    await page.get_by_label("Name", exact=True).fill("Special schools and units")
    await page.get_by_role("button", name="Save").click()
    await expect(summary).to_contain_text("Nothing was overwritten.")
    await is_sound(page, width, "unit-overtaken")
    await context.close()
