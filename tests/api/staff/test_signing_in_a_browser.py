"""Signing in and accounts in real Chromium: nothing for axe to find, and no sideways scrolling."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Locator, Page

from api.app import create_app
from survey.domain.accounts import Grant, Role
from tests.support.application import Running, running
from tests.support.browser import assert_no_axe_violations
from tests.support.server import LiveServer
from tests.support.signing import ADMINISTRATOR, PASSWORD, an_account, code_of

EMAIL = "bo.adams@barnet.example"
SIGN_IN = "/staff/sign-in"

Check = Callable[[str], Awaitable[None]]


@pytest.mark.parametrize("width", [1280, 320])
async def test_an_administrator_signs_in_and_invites_on_pages_without_a_fault(
    width: int, browser: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    async with running(f"sqlite:///{tmp_path / 'real.sqlite'}", tmp_path) as here:
        await an_account(here, EMAIL, (ADMINISTRATOR,), name="Bo Adams", password=PASSWORD)
        await an_account(here, "zoe@barnet.example", (Grant(Role.VIEWER, "oakfield"),), name="Zoe")
        address = await live_server(create_app(here.core, here.figures))
        context = await browser.new_context(viewport={"width": width, "height": 800})
        page = await context.new_page()
        complaints: list[str] = []
        # A refused form is an answer of 422, of which the browser complains.
        page.on(
            "console",
            lambda message: None if "422" in message.text else complaints.append(message.text),
        )
        check = checking(page, width)

        await page.goto(f"{address}{SIGN_IN}?next=/staff/accounts")
        await check("sign in")
        await signs_in(page, "a guess")
        await check("a wrong password")
        await signs_in(page, PASSWORD)
        await check("setting up the second step")
        key = (await page.locator("code").inner_text()).replace(" ", "")
        await gives_code(page, code_of(here, key))
        await check("recovery codes")
        await press(page, page.get_by_role("button", name="I have kept them: continue"))
        await check("the list of accounts")
        await press(page, page.get_by_role("button", name="Invite somebody"))
        await press(page, page.get_by_role("button", name="Add another role"))
        await press(page, page.get_by_role("button", name="Make the account"))
        await check("an invitation with errors")
        await invites(here, page)
        await check("an account")
        await press(page, page.get_by_role("link", name="End the account"))
        await check("ending an account")
        await page.goto(f"{address}/staff/account")
        await check("one's own account")
        await press(page, page.get_by_role("button", name="Sign out", exact=True))
        await check("signed out")
        await signs_in(page, PASSWORD)
        await gives_code(page, "000000")
        await check("a wrong code")

    assert complaints == []


@pytest.mark.parametrize("width", [1280, 320])
async def test_looking_round_needs_one_press_and_no_script(
    width: int, browser: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    async with running(f"sqlite:///{tmp_path / 'demo.sqlite'}", tmp_path, demo=True) as here:
        address = await live_server(create_app(here.core, here.figures))
        context = await browser.new_context(viewport={"width": width, "height": 800})
        page = await context.new_page()
        check = checking(page, width)

        await page.goto(address)
        await check("the start page")
        await press(page, page.get_by_role("button", name="Look round as a manager"))
        await check("inside")

    assert urlsplit(page.url).path == "/staff"


def checking(page: Page, width: int) -> Check:
    """Looks at the page as it stands: axe, sideways scrolling, and where the focus is."""

    async def check(what: str) -> None:
        await assert_no_axe_violations(page)
        across = await page.evaluate("document.documentElement.scrollWidth")
        assert across <= width, f"{what} is {across} pixels wide"
        if await page.locator(".govuk-error-summary").count():
            held = await page.evaluate("document.activeElement.className")
            assert "govuk-error-summary" in held, f"{what}: the summary has no focus"
            for link in await page.locator(".govuk-error-summary a").all():
                target = (await link.get_attribute("href") or "").removeprefix("#")
                assert await page.locator(f"[id='{target}']").count() == 1, f"{what}: {target}"

    return check


async def press(page: Page, button: Locator) -> None:
    """Press what leads to another page, and wait for that page."""
    async with page.expect_navigation():
        await button.click()


async def signs_in(page: Page, password: str) -> None:
    await page.get_by_label("E-mail address").fill(EMAIL)
    await page.get_by_label("Password", exact=True).fill(password)
    await press(page, page.get_by_role("button", name="Sign in", exact=True))


async def gives_code(page: Page, code: str) -> None:
    await page.get_by_label("6-digit code").fill(code)
    await press(page, page.get_by_role("button", name="Continue"))


async def invites(here: Running, page: Page) -> None:
    await page.get_by_label("E-mail address").fill("new@barnet.example")
    await page.get_by_label("Name", exact=True).fill("New Person")
    await page.locator("#role-0").select_option("viewer")
    await press(page, page.get_by_role("button", name="Make the account"))
