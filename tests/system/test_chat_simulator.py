"""/chat in a real browser: two surveys played to the receipt in two languages, and failures."""

import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, FilePayload, Locator, Page, ViewportSize, expect

from api.app import create_app
from bot.simulator.desk import Desk
from tests.bot.rig import simulator_on
from tests.support.application import NOON, Running, running
from tests.support.browser import assert_no_axe_violations
from tests.support.databases import DatabaseKind
from tests.support.pictures import photo
from tests.support.program import Program, open_clock, program, settings_of
from tests.support.server import serving
from tests.system.test_serve import free_port

WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=320, height=640)
PATIENCE: Final = 60_000
"""Milliseconds for the bot of a fresh process to begin, on a machine that may be busy."""

RECEIPT = re.compile(r"\b[2-9A-Z]{3}-[2-9A-Z]{3}\b")
SURVEYS = {
    "people-pulse": {"en": "Staff pulse", "cy": "Holiadur byr i staff"},
    "service-satisfaction": {"en": "How was our service?", "cy": "Sut oedd ein gwasanaeth?"},
}


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


@dataclass
class Demo:
    """A demonstration with its pages served and, unless it is left out, its bot."""

    here: Running
    app: FastAPI
    address: str

    @property
    def chat(self) -> str:
        return f"{self.address}/chat"


@pytest.fixture
async def sleeping(database_url: str, tmp_path: Path) -> AsyncIterator[Demo]:
    """Its bot has not started."""
    async with running(database_url, tmp_path, demo=True) as here:
        for key in SURVEYS:
            await here.publish(key)
        app = create_app(here.core, here.figures)
        async with serving(app) as address:
            yield Demo(here, app, address)


@pytest.fixture
async def demo(sleeping: Demo) -> AsyncIterator[Demo]:
    async with simulator_on(sleeping.here.core, sleeping.app.state.desk):
        yield sleeping


Killable = Callable[[], AbstractAsyncContextManager[Program]]


def newest(page: Page) -> Locator:
    return page.locator("#messages > li").last


async def changed(page: Page, before: str) -> None:
    """Wait until the newest message is another, or reads otherwise."""
    await page.wait_for_function(
        "(before) => document.querySelector('#messages > li:last-child').outerHTML !== before"
        " && !document.querySelector('#chat[aria-busy]')",
        arg=before,
    )


async def step(page: Page) -> bool:
    """Press the first button that answers, else type; False where nothing is asked any more."""
    buttons = newest(page).locator("button")
    labels = [label.strip() for label in await buttons.all_inner_texts()]
    if not labels:
        return False
    before = await newest(page).evaluate("(each) => each.outerHTML")
    if labels[0].startswith("‹"):
        await page.locator("#text").fill("oakfield")
        await page.locator("#text").press("Enter")
    else:
        await buttons.first.click()
    await changed(page, before)
    return True


@pytest.mark.parametrize("language", ["en", "cy"])
@pytest.mark.parametrize("survey", SURVEYS)
async def test_a_survey_is_played_to_the_receipt_and_every_state_is_accessible(
    survey: str, language: str, browser: Browser, demo: Demo
) -> None:
    width = WIDE if language == "en" else NARROW
    context = await browser.new_context(viewport=width)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    await page.goto(f"{demo.chat}?language={language}")
    await assert_no_axe_violations(page)
    await page.locator(".tb-log__start").click()
    await page.get_by_role("button", name=SURVEYS[survey][language]).click()
    await expect(newest(page).locator("button")).to_have_count(3)
    steps = 0
    while await step(page):
        steps += 1
        await assert_no_axe_violations(page)
        across = await page.evaluate("document.documentElement.scrollWidth")
        assert across <= width["width"]

    assert RECEIPT.search(await newest(page).inner_text())
    assert await page.locator("html").get_attribute("lang") == language
    assert steps > 5
    assert complaints == []


async def test_a_survey_is_answered_with_the_keyboard_alone(page: Page, demo: Demo) -> None:
    async def tab_to(name: str) -> None:
        for _ in range(40):
            await page.keyboard.press("Tab")
            if name == await page.evaluate(
                "document.activeElement.innerText?.trim() || document.activeElement.id"
            ):
                return
        raise AssertionError(f"the Tab key does not come to {name}")

    async def presses(name: str) -> None:
        before = await newest(page).evaluate("(each) => each.outerHTML")
        await tab_to(name)
        await page.keyboard.press("Enter")
        await changed(page, before)

    await page.goto(f"{demo.chat}?start=s_people-pulse")
    await presses("Start")
    await expect(newest(page)).to_be_focused()
    await presses("Start")
    before = await newest(page).evaluate("(each) => each.outerHTML")
    await tab_to("text")
    await page.keyboard.type("oak")
    await page.keyboard.press("Enter")
    await changed(page, before)
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.press("Shift+Tab")  # back into the messages, by their last button
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    for _ in range(7):
        await expect(newest(page)).to_contain_text(" of 8")
        await presses("Agree")
        await expect(newest(page)).to_be_focused()
    before = await newest(page).evaluate("(each) => each.outerHTML")
    await tab_to("text")
    await page.keyboard.type("One line")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("and another")
    await page.keyboard.press("Enter")
    await changed(page, before)
    await expect(newest(page)).to_contain_text("One line and another")
    await page.locator("#log").focus()
    await presses("Send")

    await expect(newest(page)).to_contain_text(RECEIPT)


async def test_a_message_that_is_too_long_is_refused_beside_the_box_and_kept_in_it(
    page: Page, demo: Demo
) -> None:
    await page.goto(demo.chat)
    box = page.get_by_label("Your message")
    await box.fill("x" * 4097)
    await page.get_by_role("button", name="Send").click()

    await expect(page.locator("#text-error")).to_contain_text("4,096 characters or fewer")
    await expect(box).to_be_focused()
    await expect(box).to_have_value("x" * 4097)
    await expect(box).to_have_accessible_description(re.compile("4,096 characters"))
    await assert_no_axe_violations(page)
    await box.fill("/help")
    await page.get_by_role("button", name="Send").click()
    await expect(newest(page)).to_contain_text("What I can do")
    await expect(page.locator("#text-error")).to_be_hidden()
    await expect(box).to_have_value("")


async def test_a_page_that_came_before_the_bot_becomes_ready_by_itself(
    page: Page, sleeping: Demo
) -> None:
    await page.goto(sleeping.chat)
    await expect(page.locator("#log")).to_contain_text("The bot is starting.")
    await assert_no_axe_violations(page)
    async with simulator_on(sleeping.here.core, sleeping.app.state.desk):
        await expect(page.locator("#log")).to_contain_text("Choose Start")


async def test_a_bot_that_does_not_start_is_said_and_the_text_stays(
    page: Page, sleeping: Demo
) -> None:
    sleeping.app.state.desk = Desk(sleeping.here.core.clock, sleeping.here.core.ids, patience=0.01)
    await page.goto(sleeping.chat)
    await page.get_by_label("Your message").fill("hello")
    await page.get_by_role("button", name="Send").click()

    await expect(page.locator("#text-error")).to_contain_text("We could not save that just now")
    await expect(page.get_by_label("Your message")).to_have_value("hello")


async def test_what_is_written_shows_as_text_and_runs_nothing(page: Page, demo: Demo) -> None:
    await page.goto(demo.chat)
    await page.get_by_label("Your message").fill("<img src=x onerror=alert(1)><b>bold</b>")
    await page.get_by_label("Your message").press("Enter")

    own = page.locator(".tb-said--own .tb-said__text")
    await expect(own).to_have_text("<img src=x onerror=alert(1)><b>bold</b>")
    assert await own.locator("*").count() == 0


async def test_two_windows_of_one_visitor_show_the_same_chat(page: Page, demo: Demo) -> None:
    await page.goto(demo.chat)
    other = await page.context.new_page()
    await other.goto(demo.chat)
    await page.get_by_role("button", name="Start", exact=True).click()

    await expect(other.locator("#messages")).to_contain_text("Which survey do you want to answer?")


async def test_a_late_tap_is_told_so_beside_the_chat(page: Page, demo: Demo) -> None:
    await page.goto(f"{demo.chat}?start=s_people-pulse")
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(newest(page)).to_contain_text("8 questions")
    for _ in range(3):
        await step(page)
    await expect(newest(page)).to_contain_text("1 of 8")
    first = await newest(page).locator("button").first.get_attribute("value")
    await step(page)
    await (
        newest(page).locator("button").first.evaluate("(each, old) => { each.value = old }", first)
    )
    await newest(page).locator("button").first.click()

    await expect(page.get_by_role("status")).to_have_text("You have already answered that one.")


async def test_the_trends_beside_the_chat_are_drawn_anew_when_figures_change(
    page: Page, demo: Demo
) -> None:
    await page.goto(f"{demo.chat}?beside=trends")
    frame = page.frame(name="trends")
    assert frame is not None
    await frame.wait_for_load_state()
    await expect(page.frame_locator("#trends").get_by_role("heading", level=1)).to_be_visible()
    await assert_no_axe_violations(page)

    async with page.expect_event("framenavigated", lambda navigated: navigated == frame):
        demo.here.figures.publication.rounds += 1


async def test_starting_over_empties_the_chat(page: Page, demo: Demo) -> None:
    await page.goto(demo.chat)
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(newest(page)).to_contain_text("Which survey")
    await page.get_by_role("button", name="Start over").click()
    await expect(newest(page)).to_contain_text("Choose Start")
    await page.get_by_role("button", name="Start", exact=True).click()

    await expect(newest(page)).to_contain_text("Which survey")


async def test_in_forced_colours_ones_own_messages_and_the_focus_stand_out(
    browser: Browser, demo: Demo
) -> None:
    context = await browser.new_context(forced_colors="active")
    page = await context.new_page()
    await page.goto(demo.chat)
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(newest(page)).to_contain_text("Which survey")
    edges = [
        await page.locator(f"{kind} .tb-said__text").evaluate(
            "(each) => getComputedStyle(each).borderTopWidth"
        )
        for kind in (".tb-said--own", ".tb-said--bot")
    ]
    await page.keyboard.press("Tab")
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")

    assert edges == ["3px", "1px"]
    assert outline == "solid"


@pytest.fixture
def killable(demonstration_file: Path, tmp_path: Path) -> Killable:
    """The demonstration as a process, on the same port in each run and at the time it is of."""
    shutil.copyfile(demonstration_file, tmp_path / "demo.sqlite")
    clock, file = open_clock(tmp_path)
    clock.jump(NOON - clock.now())
    url, port = f"sqlite:///{tmp_path / 'demo.sqlite'}", str(free_port())
    return lambda: program(tmp_path, file, **settings_of(tmp_path, url, port=port, demo="1"))


def kept(file: Path) -> tuple[int, ...]:
    """How many receipts, participations and sealed answers there are."""
    with closing(sqlite3.connect(file)) as stored:
        return tuple(
            stored.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("receipts", "participations", "sealed")
        )


async def comes_to_question_two(page: Page, address: str) -> None:
    await page.goto(f"{address}/chat?start=s_people-pulse")
    await expect(page.locator("#log")).to_contain_text("Choose Start", timeout=PATIENCE)
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(newest(page).locator("button")).to_have_count(3, timeout=PATIENCE)
    for _ in range(4):
        await step(page)
    await expect(newest(page)).to_contain_text("2 of ")


async def test_a_killed_server_loses_no_answer_and_the_page_goes_on_by_itself(
    page: Page, killable: Killable
) -> None:
    async with killable() as serving:
        await comes_to_question_two(page, serving.address)
        await serving.kill()
        await expect(page.get_by_role("status")).to_contain_text("We cannot reach the server")
    async with killable():
        note = "Earlier messages are not shown any more."
        await expect(page.locator("#messages")).to_contain_text(note, timeout=PATIENCE)
        await expect(newest(page)).to_contain_text("2 of ")
        await expect(page.get_by_role("status")).to_have_text("")
        while await step(page):
            pass

    assert RECEIPT.search(await newest(page).inner_text())


async def test_begun_in_chat_killed_and_finished_on_the_web_it_is_one_receipt(
    page: Page, killable: Killable, tmp_path: Path
) -> None:
    receipts, participations, sealed = kept(tmp_path / "demo.sqlite")
    async with killable() as serving:
        await comes_to_question_two(page, serving.address)
        await serving.kill()
    async with killable() as serving:
        note = "Earlier messages are not shown any more."
        await expect(page.locator("#messages")).to_contain_text(note, timeout=PATIENCE)
        await page.get_by_label("Your message").fill("/web")
        await page.get_by_label("Your message").press("Enter")
        await newest(page).get_by_role("link").click()
        await page.get_by_role("button", name="Continue here").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("recommend")
        while not page.url.endswith("/check"):
            await page.get_by_role("button", name="Skip").click()
        await page.get_by_role("button", name="Send my answers").click()
        await expect(page.locator(".govuk-panel__body strong")).to_have_text(RECEIPT)
        await serving.stop()

    assert kept(tmp_path / "demo.sqlite") == (receipts + 1, participations + 1, sealed + 1)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("script", [True, False])
async def test_a_photo_is_sent_with_words_and_begins_a_report(
    script: bool, size: ViewportSize, demo: Demo, browser: Browser
) -> None:
    context = await browser.new_context(viewport=size, java_script_enabled=script)
    page = await context.new_page()
    await page.goto(demo.chat)
    await page.get_by_text("Send a photo or document").click()
    send = page.get_by_role("button", name="Send the file")
    await send.click()
    await expect(page.locator("#file-error")).to_contain_text("Choose a file")
    await is_within(page, size, script)

    picture = FilePayload(name="desk.jpg", mimeType="image/jpeg", buffer=photo())
    await page.get_by_label("File", exact=True).set_input_files(picture)
    await page.get_by_label("Text with it (optional)").fill("payslip wrong again")
    await send.click()
    await expect(newest(page)).to_contain_text("Added to your report")
    await expect(page.locator("#messages")).to_contain_text("payslip wrong again")
    await expect(page.locator("#file-error")).to_have_count(0)
    await is_within(page, size, script)
    await context.close()


async def is_within(page: Page, size: ViewportSize, script: bool) -> None:
    if script:
        await assert_no_axe_violations(page)
        across = await page.evaluate("document.documentElement.scrollWidth")
        assert across <= size["width"]
