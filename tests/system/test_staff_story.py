"""From the first administrator to a manager whose open page stops: the whole way, in Chromium."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page
from pydantic import SecretStr
from typer.testing import CliRunner

from api.app import create_app
from api.command import app as command
from tests.support.application import UNITS, Running, running
from tests.support.browser import assert_no_axe_violations
from tests.support.databases import DatabaseKind
from tests.support.program import settings_of
from tests.support.provider import OpenIdProvider
from tests.support.server import serving
from tests.support.signing import PASSWORD, code_of
from tests.survey.mail.servers import Received, mail_server
from tests.system.test_serve import free_port

PEOPLE: Final = 2_000
BOSS: Final = "bo.adams@barnet.example"
MANAGER: Final = "mo.khan@barnet.example"


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


@dataclass(frozen=True, slots=True)
class Borough:
    here: Running
    address: str
    letters: Received


@asynccontextmanager
async def borough(
    database_url: str, folder: Path, *, port: int = 0, **settings: Any
) -> AsyncIterator[Borough]:
    """An installation that sends its letters to a mail server of its own."""
    letters = Received()
    async with (
        mail_server(letters) as mail,
        running(
            database_url,
            folder,
            smtp_url=f"smtp://127.0.0.1:{mail}",
            mail_from="tellback@barnet.example",
            **settings,
        ) as here,
        serving(create_app(here.core, here.figures), port=port) as address,
    ):
        yield Borough(here, address, letters)


def the_command_makes_an_administrator(folder: Path, database_url: str) -> str:
    """The path of the link on its last line."""
    words = ["account", "add", BOSS, "--name", "Bo Adams", "--role", "administrator"]
    done = CliRunner().invoke(command, words, env=settings_of(folder, database_url))
    assert done.exit_code == 0, done.output
    return urlsplit(done.stdout.splitlines()[-1]).path


def a_borough_of_people() -> bytes:
    units = [unit.key for unit in UNITS]
    rows = [
        f"p-{number},Person {number:04},{units[number % len(units)]},p{number}@barnet.example"
        for number in range(PEOPLE)
    ]
    return "\n".join(["key,name,unit,email", *rows, ""]).encode()


async def test_a_manager_sees_their_units_only_until_the_moment_they_are_ended(
    browser: Browser, database_url: str, tmp_path: Path
) -> None:
    link = await asyncio.to_thread(the_command_makes_an_administrator, tmp_path, database_url)
    async with borough(database_url, tmp_path) as town:
        boss = await a_page(browser)
        await begins(town, boss, link)
        await imports(town, boss)
        await invites(town, boss)
        await town.here.core.letters.send_due()
        manager = await a_page(browser)
        await begins(town, manager, link_in(town.letters))

        await manager.goto(f"{town.address}/staff/people")
        await assert_no_axe_violations(manager)
        told = await manager.locator("main").inner_text()
        assert f"{PEOPLE // len(UNITS)}" in told
        assert "Elmwood" not in told

        await ends(town, boss)
        await manager.reload()
        assert urlsplit(manager.url).path == "/staff/sign-in"
        assert "Person" not in await manager.locator("main").inner_text()
        await assert_no_axe_violations(manager)


async def test_the_first_administrator_signs_in_through_an_identity_provider(
    browser: Browser, database_url: str, tmp_path: Path, openid_provider: OpenIdProvider
) -> None:
    """And sets up a second factor all the same."""
    openid_provider.knows("bo-1", email=BOSS, email_verified=True)
    await asyncio.to_thread(the_command_makes_an_administrator, tmp_path, database_url)
    port = free_port()
    async with borough(
        database_url,
        tmp_path,
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        oidc_issuer=openid_provider.issuer,
        oidc_client_id="tellback",
        oidc_client_secret=SecretStr("kept"),
        oidc_name="Barnet login",
    ) as town:
        boss = await a_page(browser)
        await boss.goto(f"{town.address}/staff")
        await assert_no_axe_violations(boss)
        await boss.get_by_role("link", name="Sign in with Barnet login").click()
        await boss.get_by_placeholder("sub").fill("bo-1")
        await boss.get_by_role("button", name="Authorize", exact=True).click()
        await sets_up_the_second_step(town, boss)
        assert "by single sign-on" in await boss.locator("main").inner_text()


async def a_page(browser: Browser) -> Page:
    """In a browser of somebody else."""
    context = await browser.new_context(locale="en-GB", timezone_id="Europe/London")
    return await context.new_page()


def link_in(letters: Received) -> str:
    body = letters.letter().get_body(("plain",))
    assert body is not None
    found = re.search(r"/staff/link/\S+", body.get_content())
    assert found is not None
    return found[0]


async def begins(town: Borough, page: Page, link: str) -> None:
    """Open the link, choose a password, set up the second step."""
    await page.goto(f"{town.address}{link}")
    await assert_no_axe_violations(page)
    await page.get_by_label("New password").fill(PASSWORD)
    await page.get_by_role("button", name="Accept the invitation").click()
    await sets_up_the_second_step(town, page)


async def sets_up_the_second_step(town: Borough, page: Page) -> None:
    await assert_no_axe_violations(page)
    key = (await page.locator("code").inner_text()).replace(" ", "")
    await page.get_by_label("6-digit code").fill(code_of(town.here, key))
    await page.get_by_role("button", name="Continue").click()
    await assert_no_axe_violations(page)
    await page.get_by_role("button", name="I have kept them: continue").click()
    assert urlsplit(page.url).path == "/staff"
    await assert_no_axe_violations(page)


async def imports(town: Borough, page: Page) -> None:
    await page.goto(f"{town.address}/staff/people/upload")
    await page.get_by_label("File", exact=True).set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": a_borough_of_people()}
    )
    await page.get_by_label("This is the whole list").check()
    await page.get_by_role("button", name="Check the list").click()
    await assert_no_axe_violations(page)
    await page.get_by_role("button", name="Import the list").click()
    await assert_no_axe_violations(page)
    await page.goto(f"{town.address}/staff/people")
    assert "2,000" in await page.locator("main").inner_text()


async def invites(town: Borough, page: Page) -> None:
    await page.goto(f"{town.address}/staff/accounts/invite")
    await assert_no_axe_violations(page)
    await page.get_by_label("E-mail address").fill(MANAGER)
    await page.get_by_label("Name", exact=True).fill("Mo Khan")
    await page.locator("#role-0").select_option("survey_manager")
    await page.locator("#unit-0").select_option("oakfield")
    await page.get_by_role("button", name="Send the invitation").click()
    assert await page.locator("h1").inner_text() == "Mo Khan"


async def ends(town: Borough, page: Page) -> None:
    await page.goto(f"{town.address}/staff/accounts?find={MANAGER}")
    await page.get_by_role("link", name="Mo Khan").click()
    await page.get_by_role("link", name="End the account").click()
    await assert_no_axe_violations(page)
    await page.get_by_role("button", name="End the account").click()
    assert "has ended" in await page.locator("main").inner_text()
