"""A report by its link in Chromium: accessible at both widths, and all of it without JavaScript."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from api.app import create_app
from survey.domain import case_acts as acts
from survey.domain.audit import SERVICE
from survey.domain.cases import CaseKind, Verdict
from survey.domain.people import Person
from survey.domain.reporter_acts import unkept
from survey.domain.telling import TOO_MANY
from survey.domain.waves import Outcome
from survey.services.reporters import Reporter
from survey.services.scores import HANDLING
from tests.support.application import NOON, Running
from tests.support.browser import assert_no_axe_violations
from tests.support.cases import a_case, an_entry
from tests.support.databases import DatabaseKind
from tests.support.pictures import photo
from tests.support.server import LiveServer
from tests.support.telling import settled

WIDE, NARROW = 1280, 320


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


@pytest.fixture
async def person(here: Running) -> Person:
    """Ann, at Oakfield with Ben, who stands for Elmwood too."""
    ann = Person(uuid4(), "p-ann", "Ann Byrne", ("oakfield",), NOON)
    ben = Person(uuid4(), "p-ben", "Ben Moss", ("oakfield", "elmwood"), NOON)
    async with here.core.begin() as work:
        await work.people.put([ann, ben])
        await work.commit()
    return ann


@pytest.mark.parametrize("width", [WIDE, NARROW])
async def test_every_state_is_accessible_and_scrolls_one_way_only(
    width: int, here: Running, person: Person, browser: Browser, live_server: LiveServer
) -> None:
    await here.publish(HANDLING, open_link=False)
    here.clock.advance(timedelta(days=1))
    long = "W" * 60
    case = await a_case(here, person=person.id, unit="oakfield", text=f"No payslip\n{long}")
    kept = await here.core.attachments.keep(f"{long}.jpg", photo(), case=case.id)
    who = Reporter(link=case.link)
    await here.core.own_cases.say(case.id, "Here", (kept.id,), who=who)
    async with here.core.begin.read() as work:
        ben = await work.people.by_key("p-ben")
    assert ben is not None
    bens = await a_case(here, person=ben.id, unit="oakfield", kind=CaseKind.FIGURES, text=long)
    other = await a_case(here, person=ben.id, unit="oakfield")
    await an_entry(here, other, acts.declined("duplicate", "Known"))
    token = here.core.case_links.token(case.link)
    address = await live_server(create_app(here.core, here.figures))
    context = await browser.new_context(viewport={"width": width, "height": 800})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))

    async def looks(place: str = "") -> None:
        await page.goto(f"{address}/case/{token}{place}")
        await is_well(page, width)

    await looks()
    await an_entry(here, case, acts.asked("Which month?"))
    await looks("?told=message")
    await an_entry(here, case, acts.fixed("Paid"))
    await looks("?language=cy")
    await looks("/hand-on")
    await looks("?told=school")
    (school,) = await here.core.school_links.of(person.id)
    for place in ("", f"/{bens.reference}"):
        await page.goto(
            f"{address}{school.address.removeprefix(here.core.settings.base_url)}{place}"
        )
        await is_well(page, width)
    await here.core.own_cases.judge(case.id, Verdict.FIXED, who=who)
    await looks()
    assert complaints == []
    await page.get_by_role("button", name="Send", exact=True).first.click()
    await expect(page).to_have_title(re.compile(r"^Error: Your report"))
    await is_well(page, width)
    await expect(page.locator(".govuk-error-summary")).to_be_focused()
    await page.get_by_role("link", name="Select how well it was handled").click()
    await expect(page.get_by_label("Very well")).to_be_focused()


@pytest.mark.parametrize("width", [WIDE, NARROW])
async def test_what_could_not_be_sent_or_kept_is_accessible_and_scrolls_one_way_only(
    width: int, here: Running, browser: Browser, live_server: LiveServer
) -> None:
    case = await a_case(here, email="ann@school.example", text="No payslip")
    await settled(here, case, Outcome.FAILED, TOO_MANY)
    await an_entry(here, case, unkept(f"{'W' * 60}.xlsm", "macros"), by=SERVICE)
    address = await live_server(create_app(here.core, here.figures))
    context = await browser.new_context(viewport={"width": width, "height": 800})
    page = await context.new_page()

    await page.goto(f"{address}/case/{here.core.case_links.token(case.link)}")

    await expect(page.get_by_text("We could not send you an e-mail")).to_be_visible()
    await expect(page.get_by_text("We could not keep W")).to_be_visible()
    await is_well(page, width)


async def is_well(page: Page, width: int) -> None:
    await assert_no_axe_violations(page)
    across = await page.evaluate("document.documentElement.scrollWidth")
    assert across <= width, f"{page.url} is {across} pixels wide"


@pytest.mark.parametrize("script", [True, False])
async def test_a_manager_answers_with_a_photo_says_no_then_yes_and_how_it_was_handled(
    script: bool, here: Running, person: Person, browser: Browser, live_server: LiveServer
) -> None:
    await here.publish(HANDLING, open_link=False)
    case = await a_case(here, person=person.id, unit="oakfield", text="No payslip")
    await an_entry(here, case, acts.asked("Which month?"))
    address = await live_server(create_app(here.core, here.figures))
    context = await browser.new_context(
        java_script_enabled=script, viewport={"width": NARROW, "height": 800}
    )
    page = await context.new_page()
    await page.goto(f"{address}/case/{here.core.case_links.token(case.link)}")

    await page.get_by_label("Message").fill("May.\nSee the photo.")
    await page.get_by_label("Files (optional)").set_input_files(
        {"name": "slip.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_text("We have your message")).to_be_visible()
    picture = page.get_by_role("img", name="Picture: slip.jpg")
    assert await picture.evaluate("each => each.decode().then(() => each.naturalWidth)") > 0

    await an_entry(here, case, acts.fixed("Paid"))
    await page.goto(page.url.partition("?")[0])
    await page.get_by_label("Not fixed").check()
    await page.get_by_label("What is still wrong?").fill("One is missing")
    await page.get_by_role("button", name="Tell us").click()
    await expect(page.get_by_text("It is open again")).to_be_visible()
    await expect(page.get_by_text("One is missing")).to_be_visible()

    await an_entry(here, case, acts.fixed("All of them"))
    await page.goto(page.url.partition("?")[0])
    await page.get_by_label("Fixed", exact=True).check()
    await page.get_by_role("button", name="Tell us").click()
    await page.get_by_label("Well", exact=True).check()
    await page.get_by_role("button", name="Send", exact=True).first.click()
    await expect(page.get_by_text("Thank you for saying how we handled it")).to_be_visible()
