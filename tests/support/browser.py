"""Chromium and the accessibility check for tests of pages.

A test that asks for `browser` or `page` is marked `browser` by itself.
"""

import os
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Error, Page, async_playwright

AXE = Path(__file__).resolve().parents[2] / ".cache" / "axe" / "axe.min.js"
WCAG_2_2_AA = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",  # the sandbox refuses to run as root, as containers do
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "chromium_path" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium of this machine; skips where there is none."""
    named = os.environ.get("TELLBACK_TEST_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(
            "no Chromium: install it (Debian: apt-get install chromium) "
            "or name one in TELLBACK_TEST_CHROMIUM"
        )
    return found


@pytest.fixture
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    """A Chromium of the test's own: its loop is the test's loop, and nothing is left behind."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        try:
            yield running
        finally:
            await running.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page of a fresh context, 1280 by 800, in British English and London time.

    For another width or for a person without JavaScript, ask `browser` for a context.
    """
    context = await browser.new_context(
        locale="en-GB", timezone_id="Europe/London", viewport={"width": 1280, "height": 800}
    )
    try:
        yield await context.new_page()
    finally:
        await context.close()


_PAGES_REPLACED: Final = 5


async def axe_violations(page: Page, *, tags: Sequence[str] = WCAG_2_2_AA) -> list[dict[str, Any]]:
    """What axe finds on the page as it stands, in axe's own form.

    The script goes in by the debugging protocol, which a content security policy does not govern:
    the page keeps its policy, and needs no `bypass_csp`. Where a press has just led on, the page
    may be replaced while it is looked at: then the next one is.
    """
    for _ in range(_PAGES_REPLACED):
        try:
            return await _axe_violations(page, tags)
        except Error:
            await page.wait_for_load_state()
    return await _axe_violations(page, tags)


async def _axe_violations(page: Page, tags: Sequence[str]) -> list[dict[str, Any]]:
    """Raises: playwright's Error, also where the page is replaced meanwhile."""
    # A page without its styles yet has small targets, close together.
    await page.wait_for_load_state()
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate(
        "async (tags) => await axe.run(document, {runOnly: {type: 'tag', values: tags}})",
        list(tags),
    )
    violations: list[dict[str, Any]] = found["violations"]
    return violations


async def assert_no_axe_violations(page: Page) -> None:
    """Fail with a list of what breaks WCAG 2.2 A or AA on the page: rule, element, remedy."""
    violations = await axe_violations(page)
    if violations:
        pytest.fail(f"{page.url}: {_readable(violations)}", pytrace=False)


def _readable(violations: Sequence[dict[str, Any]]) -> str:
    lines = [f"{len(violations)} kinds of accessibility fault"]
    for violation in violations:
        lines.append(f"- {violation['id']} ({violation['impact']}): {violation['help']}")
        for node in violation["nodes"]:
            lines.append(f"    {node['html']}")
            lines.extend(f"      {line}" for line in str(node["failureSummary"]).splitlines())
    return "\n".join(lines)
