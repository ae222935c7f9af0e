"""The whole program in one process, pages, bot and worker, and staff who look at it in Chromium."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page
from pydantic import SecretStr

from api.app import create_app
from bot.outgoing import pacer_of
from bot.process import run_bot
from bot.worker import Worker
from survey.domain.accounts import Grant
from tests.support.application import Running, running
from tests.support.browser import assert_no_axe_violations
from tests.support.joining import BOT_NAME
from tests.support.server import serving
from tests.support.signing import PASSWORD, an_account, code_of
from tests.support.time import RunningClock
from tests.survey.mail.servers import Received, mail_server
from tests.system.test_serve import free_port
from tests.telegram.server import FakeTelegram

WIDTHS: Final = (1280, 320)


@dataclass(frozen=True, slots=True)
class Place:
    """Everything at work before fake Telegram and a real mail server; `address` leads to it."""

    here: Running
    clock: RunningClock
    address: str
    telegram: FakeTelegram
    post: Received


@asynccontextmanager
async def place(database_url: str, folder: Path, **settings: Any) -> AsyncIterator[Place]:
    clock, post, port = RunningClock(), Received(), free_port()
    async with (
        FakeTelegram() as telegram,
        mail_server(post) as mail,
        running(
            database_url,
            folder,
            clock=clock,
            public_url=f"http://127.0.0.1:{port}",
            smtp_url=SecretStr(f"smtp://127.0.0.1:{mail}"),
            mail_from="Barnet surveys <surveys@barnet.example>",
            telegram_token=SecretStr(telegram.token),
            telegram_api_base=telegram.base_url,
            bot_username=BOT_NAME,
            **settings,
        ) as here,
    ):
        pacer = pacer_of(here.core)
        worker = Worker(here.core, here.figures, pacer=pacer)
        app = create_app(here.core, here.figures, on_submission=worker.nudge)
        async with (
            serving(app, port=port) as address,
            worker,
            asyncio.TaskGroup() as tasks,
        ):
            bot = tasks.create_task(run_bot(here.core, worker, pacer=pacer))
            try:
                yield Place(here, clock, address, telegram, post)
            finally:
                bot.cancel()


async def signs_in(
    its: Place, page: Page, email: str, grants: Sequence[Grant], *, name: str, to: str, heading: str
) -> None:
    """For the first time, with a second step, to the page `to`."""
    await an_account(its.here, email, tuple(grants), name=name, password=PASSWORD)
    await page.goto(f"{its.address}/staff/sign-in?next={to}")
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    secret = (await page.locator("code").inner_text()).replace(" ", "")
    await page.get_by_label("6-digit code").fill(code_of(its.here, secret))
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="I have kept them: continue").click()
    await page.get_by_role("heading", name=heading, exact=True).wait_for()


async def is_well(page: Page) -> None:
    """Nothing for axe to find and no sideways scrolling, on a wide screen and on a telephone."""
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        await assert_no_axe_violations(page)
        across = await page.evaluate("document.documentElement.scrollWidth")
        assert across <= width, f"{page.url} is {across} pixels wide"


async def words_of(page: Page) -> str:
    """All that the page says, in one line."""
    return " ".join((await page.locator("main").inner_text()).split())
