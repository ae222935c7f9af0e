"""The pages about people in Chromium: nothing breaks WCAG 2.2 AA, nothing scrolls sideways."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page

from api.app import create_app
from api.cookies import Cookie, name_of
from survey.domain.people import Person
from survey.domain.records import Unit
from tests.support.application import NOON, Running
from tests.support.browser import assert_no_axe_violations
from tests.support.databases import DatabaseKind
from tests.support.server import LiveServer
from tests.support.staff import ADMINISTRATOR, an_account, staff_secret_of

LONG = "Our Lady and Saint Bartholomew-the-Great Voluntary Aided Church of England Primary School"
LIST = "key,name,unit,site\n" + "".join(
    f"n-{number},Newcomer-With-A-Rather-Long-Name {number},oakfield,North\n" for number in range(9)
)


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


async def fill(here: Running) -> Person:
    """A borough with people, among them one with much to show."""
    ann = Person(
        UUID(int=1),
        "p-0001",
        "Ann Ó Briain",
        ("oakfield", "long", "elmwood"),
        NOON,
        email="ann.o.briain.of.the.office@oakfield-primary-school.barnet.example",
        language="cy",
        roles=("headteacher", "superuser"),
        attributes={"site": "North", "start_date": "2024-09-01"},
    )
    others = [
        Person(
            UUID(int=number),
            f"p-{number:04}",
            f"Person {number}",
            ("elmwood",),
            NOON,
            opted_out_at=NOON if number % 7 == 0 else None,
        )
        for number in range(2, 70)
    ]
    async with here.core.begin() as work:
        await work.organisation.put_units([Unit("long", LONG, "school", "schools")])
        await work.people.put([ann, *others])
        await work.commit()
    return ann


async def assert_fits(page: Page) -> None:
    widths: Mapping[str, int] = await page.evaluate(
        "() => ({page: document.documentElement.scrollWidth, window: window.innerWidth})"
    )
    assert widths["page"] <= widths["window"], (page.url, widths)


@pytest.mark.parametrize("width", [1280, 320])
async def test_people_and_lists_are_worked_with_in_a_browser(
    here: Running, live_server: LiveServer, browser: Browser, tmp_path: Path, width: int
) -> None:
    ann = await fill(here)
    address = await live_server(create_app(here.core, here.figures))
    secret = await staff_secret_of(here, await an_account(here, ADMINISTRATOR))
    context = await browser.new_context(
        locale="en-GB", viewport={"width": width, "height": 900}, java_script_enabled=True
    )
    host = urlsplit(address).hostname or ""
    name = name_of(Cookie.STAFF, here.core.settings)
    await context.add_cookies([{"name": name, "value": secret, "domain": host, "path": "/"}])
    page = await context.new_page()

    async def is_well() -> None:
        await assert_no_axe_violations(page)
        await assert_fits(page)

    await page.goto(f"{address}/staff/people")
    await is_well()
    await page.get_by_role("link", name="Next page").click()
    assert await page.locator("tbody tr").count() == 19
    await page.goto(f"{address}/staff/people?find=nobody")
    await is_well()
    for path in ("", "/move", "/deactivate", "/opt-out"):
        await page.goto(f"{address}/staff/people/{ann.id}{path}")
        await is_well()
    await page.goto(f"{address}/staff/people/{ann.id}/edit")
    await page.get_by_label("Name", exact=True).fill("")
    await page.get_by_role("button", name="Save").click()
    await page.locator(".govuk-error-summary:focus").wait_for()
    await is_well()

    listed = tmp_path / "people.csv"
    listed.write_text(LIST)
    await page.goto(f"{address}/staff/people/upload")
    await is_well()
    await page.get_by_label("File").set_input_files(listed)
    await page.get_by_label("This is the whole list").check()
    await page.get_by_role("button", name="Check the list").click()
    await page.get_by_role("heading", name="Check what would change").wait_for()
    await is_well()
    await page.get_by_role("button", name="Import the list").click()
    await page.get_by_label("Type 69 to go on").fill("69")
    await is_well()
    await page.get_by_role("button", name="Import the list").click()
    await page.get_by_role("heading", name="The list is imported").wait_for()
    await is_well()
    await context.close()
