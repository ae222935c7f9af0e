"""The pages of providers and of their keys in Chromium: WCAG 2.2 AA and 320 px."""

import pytest
from playwright.async_api import Browser, Page

from api.app import create_app
from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.records import KeySide, Part
from survey.services.api_keys import Scope
from tests.api.staff.test_cases_browser import assert_fits, context_of, fill
from tests.support.application import Running
from tests.support.browser import assert_no_axe_violations
from tests.support.databases import DatabaseKind
from tests.support.server import LiveServer
from tests.support.staff import ADMINISTRATOR


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


async def assert_well(page: Page) -> None:
    await assert_no_axe_violations(page)
    await assert_fits(page)


@pytest.mark.parametrize("width", [1280, 320])
async def test_what_a_provider_opens_is_well_in_a_browser(
    here: Running, live_server: LiveServer, browser: Browser, width: int
) -> None:
    case = await fill(here, OPERATOR)
    address = await live_server(create_app(here.core, here.figures))
    grant = Grant(Role.PROVIDER, service="payroll")
    page = await (await context_of(here, browser, address, width, grant)).new_page()

    for path in ("/staff", "/staff/handed-over", f"/staff/handed-over/{case.reference}"):
        await page.goto(address + path)
        await assert_well(page)
    await page.get_by_role("button", name="Send").click()
    await page.locator(".govuk-error-summary:focus").wait_for()
    await assert_well(page)


@pytest.mark.parametrize("width", [1280, 320])
async def test_the_page_of_keys_is_well_in_a_browser(
    here: Running, live_server: LiveServer, browser: Browser, width: int
) -> None:
    scopes, parts = frozenset({Scope.READ_CASES}), [Part(service="payroll"), Part("schools", "hr")]
    await here.core.api_keys.add("Tickets", scopes, side=KeySide.PROVIDER, parts=parts)
    address = await live_server(create_app(here.core, here.figures))
    page = await (await context_of(here, browser, address, width, ADMINISTRATOR)).new_page()

    await page.goto(address + "/staff/keys")
    await assert_well(page)
    await page.get_by_label("Which system is it for?").fill("Tickets")
    await page.get_by_label("Read problem reports").check()
    await page.get_by_label("The provider of a service").check()
    await page.get_by_role("button", name="Make the key").click()
    await page.locator(".govuk-error-summary:focus").wait_for()
    await assert_well(page)
    await page.get_by_role("link", name="Choose the service that the provider").click()
    assert await page.evaluate("() => document.activeElement.id") == "service-0"
