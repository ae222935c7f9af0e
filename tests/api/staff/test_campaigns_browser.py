"""A campaign in Chromium from plan to close: nothing breaks WCAG 2.2 AA or scrolls sideways."""

import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page

from api.app import create_app
from api.cookies import Cookie, name_of
from survey.domain.campaign import CampaignState
from survey.domain.people import Person
from survey.domain.records import Unit
from survey.domain.waves import InvitationState, SkipReason
from tests.api.staff.test_people_browser import LONG, assert_fits
from tests.support.application import NOON, Running, running
from tests.support.asked import a_wave, asked
from tests.support.browser import assert_no_axe_violations
from tests.support.campaigns import SET_UP, fire
from tests.support.databases import DatabaseKind
from tests.support.server import LiveServer
from tests.support.staff import ADMINISTRATOR, an_account, staff_secret_of

S = InvitationState
PLAYING = 120_000
"""Milliseconds that a dry run may take."""
STATES: Mapping[InvitationState | tuple[InvitationState, str | None], int] = {
    S.ANSWERED: 22,
    S.STARTED: 2,
    S.OPENED: 4,
    S.DELIVERED: 14,
    S.WAITING: 9,
    S.HELD: 3,
    S.REFUSED: 1,
    S.BLOCKED: 1,
    S.FAILED: 2,
    (S.SKIPPED, SkipReason.OPTED_OUT): 1,
}


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database_url, tmp_path, **SET_UP) as application:
        await application.publish("people-pulse")
        yield application


async def fill(here: Running) -> None:
    """A borough with people in schools of many names, one of whom wants no survey."""
    schools = [
        Unit(f"s-{number}", f"School number {number}", "school", "schools") for number in range(12)
    ]
    people = [
        Person(
            UUID(int=number),
            f"p-{number:04}",
            f"Person {number}",
            (("oakfield", "elmwood", "long")[number % 3],),
            NOON,
            email=f"p{number}@barnet.example" if number != 7 else None,
            roles=("headteacher",) if number % 5 == 0 else (),
            attributes={
                "site": ("North", "South")[number % 2],
                "start_date": f"2024-01-{number % 28 + 1:02}",
            },
            opted_out_at=NOON if number == 3 else None,
        )
        for number in range(1, 61)
    ]
    async with here.core.begin() as work:
        await work.organisation.put_units([Unit("long", LONG, "school", "schools"), *schools])
        await work.people.put(people)
        await work.commit()


async def opened(here: Running, live_server: LiveServer, browser: Browser, width: int) -> Page:
    """A page of an administrator's browser, at the list of campaigns."""
    address = await live_server(create_app(here.core, here.figures))
    secret = await staff_secret_of(here, await an_account(here, ADMINISTRATOR))
    context = await browser.new_context(
        locale="en-GB", viewport={"width": width, "height": 900}, base_url=address
    )
    host, name = urlsplit(address).hostname or "", name_of(Cookie.STAFF, here.core.settings)
    await context.add_cookies([{"name": name, "value": secret, "domain": host, "path": "/"}])
    page = await context.new_page()
    await page.goto("/staff/campaigns")
    return page


@pytest.mark.parametrize("width", [1280, 320])
async def test_a_campaign_is_planned_launched_paused_resumed_and_closed_in_a_browser(
    here: Running, live_server: LiveServer, browser: Browser, width: int
) -> None:
    await fill(here)
    page = await opened(here, live_server, browser, width)
    shots = os.environ.get("SHOTS")
    seen = 0

    async def is_well() -> None:
        nonlocal seen
        seen += 1
        if shots:
            await page.screenshot(path=f"{shots}/{width}-{seen:02}.png", full_page=True)
        await assert_no_axe_violations(page)
        await assert_fits(page)

    await is_well()
    await page.get_by_role("button", name="Plan a campaign").click()
    await is_well()
    await page.get_by_label("Survey", exact=True).select_option("people-pulse")
    await page.get_by_label("Title", exact=True).fill("")
    await page.get_by_role("button", name="Save and see who would be asked").click()
    await page.locator(".govuk-error-summary:focus").wait_for()
    await is_well()
    await page.get_by_role("link", name="Enter a title").click()
    await page.keyboard.type("Staff pulse")
    await page.get_by_label("From", exact=True).fill("People team")
    await page.get_by_label("Why you ask").fill("To see where working here gets better or worse.")
    await page.get_by_label("Schools", exact=True).check()
    await page.get_by_label("Again and again").check()
    await page.get_by_role("button", name="Show the next 12 dates").click()
    await page.get_by_role("heading", name="The next dates").wait_for()
    await is_well()
    await page.get_by_role("button", name="Save and see who would be asked").click()
    await page.get_by_role("heading", name="Before you launch").wait_for()
    await is_well()
    await page.get_by_role("link", name="Choose the lawful basis").click()
    await page.get_by_label("Public task").check()
    await page.get_by_label("Privacy notice").fill("Staff privacy notice, May 2026")
    await page.get_by_role("button", name="Save and see who would be asked").click()
    await page.get_by_role("button", name="Play a dry run").click(timeout=PLAYING)
    await page.get_by_role("heading", name="Dry run: nothing of this is real").wait_for()
    await is_well()
    await page.get_by_role("link", name="Back to the plan").click()
    await page.get_by_label("Type 59, the number of people").fill("58")
    await page.get_by_role("button", name="Launch").click()
    await page.locator(".govuk-error-summary:focus").wait_for()
    await is_well()
    await page.get_by_label("Type 59, the number of people").fill("59")
    await page.get_by_role("button", name="Launch").click()
    await page.get_by_role("heading", name="Staff pulse").wait_for()
    await is_well()
    await fire(here, STATES)
    await page.reload()
    await page.get_by_role("progressbar").wait_for()
    await is_well()
    await page.get_by_role("button", name="Pause").click()
    await page.get_by_text("It is paused. Nothing more is sent.").wait_for()
    await is_well()
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_text("It goes on where it was.").wait_for()
    await page.get_by_role("button", name="Change the plan").click()
    await is_well()
    await page.goto("/staff/campaigns/staff-pulse/people")
    await is_well()
    await page.goto("/staff/campaigns/staff-pulse/words")
    await is_well()
    await page.goto("/staff/campaign-file")
    await is_well()
    await page.goto("/staff/campaigns/staff-pulse/close")
    await is_well()
    await page.get_by_role("button", name="Yes, close it").click()
    await page.get_by_text("It is closed. What was sent in counts.").wait_for()
    await is_well()
    assert (await here.core.campaigns.get("staff-pulse")).state is CampaignState.CLOSED
    await page.goto("/staff/campaigns?show=all")
    await is_well()


async def test_the_form_is_filled_in_by_keyboard_alone(
    here: Running, live_server: LiveServer, browser: Browser
) -> None:
    """Return in a field saves; no press of a mouse is needed anywhere."""
    await fill(here)
    page = await opened(here, live_server, browser, 1280)
    await page.goto("/staff/add-campaign?questionnaire=people-pulse")
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == "title":
            break
    await page.keyboard.type("Pulse by keyboard")
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.name") == "basis":
            break
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Staff notice")
    await page.keyboard.press("Enter")

    await page.get_by_role("heading", name="Before you launch").wait_for()
    [made] = await here.core.campaigns.all()
    assert (made.plan.title, made.plan.notice) == ("Pulse by keyboard", "Staff notice")


@pytest.mark.parametrize("width", [1280, 320])
async def test_answers_on_paper_are_keyed_in_in_a_browser(
    here: Running, live_server: LiveServer, browser: Browser, width: int
) -> None:
    wave = await a_wave(here)
    ann = await asked(here, wave)
    await asked(here, wave, key="ben", email="ben@barnet.example")
    page = await opened(here, live_server, browser, width)
    shots = os.environ.get("SHOTS")

    async def is_well(name: str) -> None:
        if shots:
            await page.screenshot(path=f"{shots}/keyed-{width}-{name}.png", full_page=True)
        await assert_no_axe_violations(page)
        await assert_fits(page)

    await page.goto("/staff/campaigns/staff-pulse")
    await is_well("campaign")
    await page.get_by_role("link", name="Key in answers from telephone or paper").click()
    await page.get_by_role("button", name="Open the questions").click()
    await page.locator(".govuk-error-summary:focus").wait_for()
    await is_well("missing")
    await page.get_by_role("link", name="Select how the answers came").click()
    await page.keyboard.press("Space")
    await page.get_by_label("Or search by name").fill("lee")
    await page.get_by_role("button", name="Search").click()
    await page.get_by_label("Ann Lee").check()
    await is_well("found")
    await page.get_by_role("button", name="Open the questions").click()
    await page.get_by_text("You are keying in answers given by telephone.").wait_for()
    await is_well("question")
    await page.get_by_role("link", name="Key in somebody else's answers").click()
    await page.get_by_label("Address on the slip or letter").fill(ann.token)
    await page.get_by_label("On paper").check()
    await page.get_by_role("button", name="Open the questions").click()
    for _ in range(8):
        await page.get_by_role("button", name="Skip").click()
    await is_well("check")
