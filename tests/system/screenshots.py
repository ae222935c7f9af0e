"""Takes the pictures of the README and of a look at every kind of page.

    python -m tests.system.screenshots

Loads the demonstration into a folder that is thrown away, walks through it in Chromium, and leaves
every picture in tests/artifacts/screenshots, wide and at 320 pixels; three go to deploy/images.
"""

import asyncio
import os
import shutil
import struct
import sys
import tempfile
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, FloatRect, Page, async_playwright

from analytics.figures import open_figures
from api.app import create_app
from api.demonstration import ORGANISATION, load_demonstration
from survey.settings import Settings
from survey.wiring import open_application, real_world
from tests.bot.rig import simulator_on
from tests.support.application import TestClock
from tests.support.browser import FLAGS, NAMES
from tests.support.server import serving

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "tests" / "artifacts" / "screenshots"
IMAGES: Final = ROOT / "deploy" / "images"
NOW: Final = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
WIDTHS: Final = (1280, 320)

Walk = Callable[[Page], Awaitable[None]]
PAYROLL: Final = "questionnaire=service-satisfaction&measure=satisfaction&service=payroll"


async def start(page: Page) -> None:
    await page.goto("/")


async def question(page: Page) -> None:
    await page.goto("/s/service-satisfaction")
    await page.get_by_role("button", name="Start").click()
    await page.get_by_role("textbox").fill("oakfield")
    await page.get_by_role("button", name="Find").click()
    await page.get_by_role("radio").first.check()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("Payroll").check()
    await page.get_by_role("button", name="Continue").click()


async def error(page: Page) -> None:
    await page.get_by_role("button", name="Continue").click()


async def check(page: Page) -> None:
    """Answer this question and leave the rest out, up to the check page."""
    await page.get_by_label("Satisfied", exact=True).check()
    await page.get_by_role("button", name="Continue").click()
    while not page.url.endswith("/check"):
        await page.get_by_role("button", name="Skip").click()


async def done(page: Page) -> None:
    await page.get_by_role("button", name="Send").click()


async def trends(page: Page) -> None:
    await page.goto(f"/staff/trends?{PAYROLL}", wait_until="networkidle")


async def table(page: Page) -> None:
    await page.get_by_text("Show the figures", exact=True).click()
    await page.locator(":focus").blur()


async def chat(page: Page) -> None:
    """A conversation up to its third question."""
    await page.goto("/chat?start=s_service-satisfaction")
    begin = page.get_by_role("button", name="Start", exact=True)
    await begin.click()
    await page.get_by_role("button", name="Not now").wait_for()
    await begin.click()
    await page.get_by_text("Type part of the name").wait_for()
    await page.get_by_label("Your message").fill("oakfield")
    await page.get_by_label("Your message").press("Enter")
    for button in ("Oakfield", "Payroll", "Satisfied"):
        await page.get_by_role("button", name=button).first.click()
    await page.get_by_text("3 of ").wait_for()


async def chat_beside_trends(page: Page) -> None:
    await page.goto("/chat?beside=trends", wait_until="networkidle")


WALK: Final[tuple[Walk, ...]] = (
    *(start, question, error, check, done, trends, table),
    *(chat, chat_beside_trends),
)
"""In this order: each begins where the one before ended."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture of the README: the top of a page at one width, down to `height` pixels."""

    name: str
    width: int
    height: int


IN_THE_README: Final[Mapping[Walk, Kept]] = {
    table: Kept("trends", 1280, 1284),
    question: Kept("question", 320, 900),
    check: Kept("check", 320, 900),
    chat_beside_trends: Kept("chat", 1280, 1080),
}


async def take(browser: Browser, address: str) -> None:
    for width in WIDTHS:
        context = await browser.new_context(
            base_url=address,
            locale="en-GB",
            timezone_id="Europe/London",
            viewport={"width": width, "height": 800 if width > 320 else 640},
        )
        page = await context.new_page()
        for step in WALK:
            await step(page)
            name = step.__name__
            file = FOLDER / f"{name}-{width}.png"
            await page.screenshot(path=file, full_page=True)
            sys.stdout.write(f"{file.relative_to(ROOT)}\n")
            kept = IN_THE_README.get(step)
            if kept is not None and kept.width == width:
                top = FloatRect(x=0, y=0, width=width, height=kept.height)
                picture = await page.screenshot(full_page=True, clip=top)
                (IMAGES / f"{kept.name}.png").write_bytes(smaller(picture))
        await context.close()


def smaller(png: bytes) -> bytes:
    """The same picture, compressed as hard as can be; Chromium is in a hurry."""
    place, before, data, after = 8, b"", b"", b""
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        chunk = png[place : place + 12 + length]
        if chunk[4:8] == b"IDAT":
            data += chunk[8:-4]
        elif data:
            after += chunk
        else:
            before += chunk
        place += 12 + length
    body = b"IDAT" + zlib.compress(zlib.decompress(data), 9)
    packed = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:8] + before + packed + after


async def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    IMAGES.mkdir(parents=True, exist_ok=True)
    named = os.environ.get("TELLBACK_TEST_CHROMIUM")
    chromium = named or next(filter(None, map(shutil.which, NAMES)), None)
    if chromium is None:
        sys.exit("no Chromium: install it, or name one in TELLBACK_TEST_CHROMIUM")
    with tempfile.TemporaryDirectory(prefix="tellback-screenshots-") as folder:
        url = f"sqlite:///{Path(folder) / 'demo.sqlite'}"
        settings = Settings(
            database_url=url, key_dir=Path(folder) / "keys", organisation=ORGANISATION, demo=True
        )
        world = replace(real_world(), clock=TestClock(NOW))
        async with (
            open_application(settings, world) as core,
            open_figures(core) as figures,
            async_playwright() as playwright,
        ):
            await load_demonstration(core, figures)
            browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            app = create_app(core, figures)
            async with simulator_on(core, app.state.desk), serving(app) as address:
                await take(browser, address)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
