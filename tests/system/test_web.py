"""The web form in Chromium: by keyboard alone on a narrow screen, and without JavaScript."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from api.app import create_app
from tests.support.application import Running
from tests.support.browser import assert_no_axe_violations
from tests.support.databases import DatabaseKind
from tests.support.server import LiveServer
from tests.support.stored import stored_answers

NARROW = 320
_MOST_TABS = 60


@pytest.fixture
def database_kind() -> DatabaseKind:
    """What the pages show does not depend on the database; `tests/api/web` runs on both."""
    return DatabaseKind.SQLITE


async def is_sound(page: Page) -> None:
    """No fault that axe knows, and nothing to scroll to sideways."""
    await assert_no_axe_violations(page)
    across = await page.evaluate("document.documentElement.scrollWidth")
    assert across <= NARROW, f"{page.url} is {across} pixels wide"


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has the focus is called so; a group of radios is one stop."""
    for _ in range(_MOST_TABS):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(
            "(() => { const e = document.activeElement;"
            " return (e.labels?.[0] ?? e).innerText.replace(/\\s+/g, ' ').trim() })()"
        )
        if focused.startswith(name):
            return
    raise AssertionError(f"{name} is not reached by Tab on {page.url}")


async def press(page: Page, name: str) -> None:
    """Press a button by keyboard and wait for the page that it leads to."""
    await tab_to(page, name)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def error_of(page: Page) -> str:
    """What the error summary says, which has the focus and stands in the title."""
    summary = page.locator(".govuk-error-summary")
    await expect(summary).to_be_focused()
    await expect(page).to_have_title(re.compile("^Error: "))
    await is_sound(page)
    return (await summary.locator("li").inner_text()).strip()


async def test_a_whole_survey_by_keyboard_on_a_narrow_screen_without_a_fault_of_accessibility(
    here: Running, browser: Browser, live_server: LiveServer
) -> None:
    await here.publish("people-pulse")
    address = await live_server(create_app(here.core, here.figures))
    context = await browser.new_context(viewport={"width": NARROW, "height": 640}, base_url=address)
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Policy" in said.text else None)

    await page.goto("/s/people-pulse")
    await is_sound(page)
    await press(page, "Start")
    await is_sound(page)

    await press(page, "Find")
    assert (await error_of(page)).startswith("Enter part of the name")
    await tab_to(page, "Which school")
    await page.keyboard.insert_text("Atlantis <b>")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert (await error_of(page)).startswith("Nothing found for")
    await tab_to(page, "Which school")
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.insert_text("elm")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await is_sound(page)
    await press(page, "Continue")
    assert await error_of(page) == "Select your school, department or team"
    await tab_to(page, "Elmwood School")
    await page.keyboard.press("Space")
    await press(page, "Continue")

    await is_sound(page)
    for _ in range(7):
        await tab_to(page, "Strongly agree")
        await page.keyboard.press("ArrowDown")
        await press(page, "Continue")
    await tab_to(page, "Is there one thing")
    await page.keyboard.insert_text("x" * 2001)
    await press(page, "Continue")
    assert await error_of(page) == "Your answer must be 2,000 characters or fewer"
    await tab_to(page, "Is there one thing")
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.insert_text("A quiet room")
    await press(page, "Continue")

    await is_sound(page)
    await press(page, "Change Proud to work here")
    await is_sound(page)
    await press(page, "Back")
    await press(page, "Send my answers")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    await is_sound(page)
    for path in ("/privacy", "/accessibility", "/s/no-such-survey", "/privacy?language=cy"):
        await page.goto(path)
        await is_sound(page)
    await here.core.catalogue.close("people-pulse")
    await context.clear_cookies()
    await page.goto("/s/people-pulse")
    await is_sound(page)
    await context.close()

    assert faults == []
    [stored] = await stored_answers(here, "people-pulse")
    assert stored["unit"] == "elmwood"
    assert set(stored["answers"].values()) == {4, "A quiet room"}


async def test_a_whole_survey_without_javascript_with_the_browsers_back_and_a_changed_answer(
    here: Running, browser: Browser, live_server: LiveServer
) -> None:
    await here.publish("service-satisfaction")
    address = await live_server(create_app(here.core, here.figures))
    context = await browser.new_context(
        viewport={"width": NARROW, "height": 640}, base_url=address, java_script_enabled=False
    )
    page = await context.new_page()

    async def answer(label: str) -> None:
        await page.get_by_label(label, exact=True).check()
        await page.get_by_role("button", name="Continue").click()

    async def skip() -> None:
        await page.get_by_role("button", name="Skip").click()

    await page.goto("/s/service-satisfaction?unit=oakfield")
    await page.get_by_role("button", name="Start").click()
    await page.get_by_role("button", name="Continue").click()
    await expect(page).to_have_title(re.compile("^Error: "))
    await answer("Payroll")
    await answer("Satisfied")
    await answer("6")
    await expect(page.get_by_label("Yes", exact=True)).to_be_visible()
    await page.go_back()
    await expect(page.get_by_label("6", exact=True)).to_be_checked()
    await page.go_back()
    await expect(page.get_by_label("Satisfied", exact=True)).to_be_checked()
    await answer("Very dissatisfied")
    await answer("Yes")
    await answer("0")
    await page.get_by_role("textbox").fill("Paid late\nthree times")
    await page.get_by_role("button", name="Continue").click()
    await skip()
    await page.get_by_role("button", name="Send my answers").click()
    reference = await page.locator(".govuk-panel__body strong").inner_text()
    await page.go_back()
    await page.goto("/s/service-satisfaction?unit=oakfield")
    await expect(page.locator(".govuk-panel__body strong")).to_have_text(reference)
    await context.close()

    [stored] = await stored_answers(here, "service-satisfaction")
    assert stored["answers"] == {
        "service": "payroll",
        "satisfaction": 1,
        "ease": 6,
        "resolved_first_time": "yes",
        "recommend": 0,
        "why": "Paid late\nthree times",
    }
