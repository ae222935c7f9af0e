"""The pages of problem reports in Chromium: WCAG 2.2 AA, 320 px, and the whole use by keyboard."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from api.app import create_app
from api.cookies import Cookie, name_of
from survey.domain import case_acts as acts
from survey.domain.accounts import Grant
from survey.domain.audit import OPERATOR, REPORTER, Actor
from survey.domain.cases import Audience, Case, CaseKind, Priority, Weight
from survey.domain.records import Unit
from survey.domain.reporter_acts import message
from tests.support.application import Running
from tests.support.browser import assert_no_axe_violations
from tests.support.cases import a_case, an_entry
from tests.support.databases import DatabaseKind
from tests.support.pictures import picture, saved
from tests.support.server import LiveServer
from tests.support.staff import ADMINISTRATOR, an_account, staff_secret_of

LONG = "Our Lady and Saint Bartholomew-the-Great Voluntary Aided Church of England Primary School"
WORD = "Payslip" * 30


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


async def fill(here: Running, by: Actor) -> Case:
    """Reports, among them one with much to show."""
    async with here.core.begin() as work:
        await work.organisation.put_units([Unit("long", LONG, "school", "schools")])
        await work.commit()
    said: dict[str, Any] = {"unit": "long", "email": "ann@oakfield.example", "system": "MyView"}
    case = await a_case(here, text=f"Wrong again {WORD}", **said)
    photo = await here.core.attachments.keep("payslip.jpg", saved(picture()), case=case.id)
    sorted_ = acts.sorted_(
        case, priority=Priority.HIGH, weight=Weight.SUBSTANTIVE, impact=4, likelihood=3
    )
    assert sorted_ is not None
    await an_entry(here, case, acts.acknowledged("Thank you"), sorted_, by=by)
    await an_entry(here, case, acts.asked("Which month?"), acts.note("Look in MyView"), by=by)
    await an_entry(here, case, acts.note("Please look", audience=Audience.PROVIDER), by=by)
    await an_entry(here, case, message("May\nand June", (photo.id,)), by=REPORTER)
    await a_case(here, restricted=True, kind=CaseKind.DATA_ASTRAY)
    here.clock.advance(timedelta(hours=20))
    await a_case(here, service="it")
    text = {"en": "Thank you for telling us."}
    await here.core.case_desk.put_template(None, name="Thanks", service="", text=text, by=OPERATOR)
    return case


async def assert_fits(page: Page) -> None:
    widths: Mapping[str, int] = await page.evaluate(
        "() => ({page: document.documentElement.scrollWidth, window: window.innerWidth})"
    )
    assert widths["page"] <= widths["window"], (page.url, widths)


async def context_of(
    here: Running, browser: Browser, address: str, width: int, grant: Grant = ADMINISTRATOR
) -> BrowserContext:
    account = await an_account(here, grant)
    context = await browser.new_context(locale="en-GB", viewport={"width": width, "height": 900})
    cookie = {
        "name": name_of(Cookie.STAFF, here.core.settings),
        "value": await staff_secret_of(here, account),
        "domain": urlsplit(address).hostname or "",
        "path": "/",
    }
    await context.add_cookies([cookie])  # type: ignore[list-item]
    return context


@pytest.mark.parametrize("width", [1280, 320])
async def test_every_page_of_reports_is_well_in_a_browser(
    here: Running, live_server: LiveServer, browser: Browser, width: int
) -> None:
    case = await fill(here, OPERATOR)
    address = await live_server(create_app(here.core, here.figures))
    context = await context_of(here, browser, address, width)
    page = await context.new_page()
    one = f"/staff/cases/{case.reference}"
    acts_of_it = ("assign", "sort", "plan", "decline", "restrict")
    for path in (
        "/staff/cases",
        "/staff/cases?find=zzz",
        "/staff/cases?late=1&order=due",
        "/staff/cases/risks",
        "/staff/cases/held",
        "/staff/cases/templates",
        "/staff/cases/templates/add",
        "/staff/services/payroll/promise",
        one,
        f"{one}/merge",
        f"{one}/split",
        *(f"{one}/do/{each}" for each in acts_of_it),
    ):
        await page.goto(address + path)
        await assert_no_axe_violations(page)
        await assert_fits(page)
    await page.goto(address + one)
    await page.get_by_role("button", name="Send").click()
    await page.locator(".govuk-error-summary:focus").wait_for()
    await assert_no_axe_violations(page)
    await assert_fits(page)
    await page.locator("#text").fill("Look at both.")
    files = [
        {"name": f"{WORD}.csv", "mimeType": "text/csv", "buffer": b"a,b\n"},
        {"name": "run.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"},
    ]
    await page.locator("#files").set_input_files(files)  # type: ignore[arg-type]
    await page.get_by_role("button", name="Send").click()
    await page.locator(".govuk-error-summary:focus").wait_for()
    assert await page.locator("#text").input_value() == "Look at both."
    await assert_no_axe_violations(page)
    await assert_fits(page)
    await context.close()


ON = """() => {
    const on = document.activeElement, box = on.getBoundingClientRect();
    const place = on.compareDocumentPosition(document.querySelector("main"));
    return {
        name: (on.labels?.[0]?.innerText || on.getAttribute("aria-label") || on.innerText || "")
            .trim(),
        tag: on.tagName.toLowerCase(), id: on.id, type: on.type || "", field: on.name || "",
        seen: box.width > 0 && box.height > 0,
        inside: Boolean(place & Node.DOCUMENT_POSITION_CONTAINS),
    };
}"""
"""What has the focus: by what name, whether it is there to be seen, and inside of the page."""


async def test_the_list_with_its_filters_is_used_by_keyboard_alone(
    here: Running, live_server: LiveServer, browser: Browser
) -> None:
    """Past the menu, through the filters to the reports, and on after each thing that is done."""
    case = await fill(here, OPERATOR)
    address = await live_server(create_app(here.core, here.figures))
    context = await context_of(here, browser, address, 1280)
    page = await context.new_page()

    async def tab() -> dict[str, Any]:
        await page.keyboard.press("Tab")
        return dict(await page.evaluate(ON))

    async def tab_to(name: str) -> list[dict[str, Any]]:
        passed = list[dict[str, Any]]()
        for _ in range(120):
            passed.append(await tab())
            if passed[-1]["name"] == name:
                return passed
        raise AssertionError(name)

    await page.goto(f"{address}/staff/cases")
    skip = await tab()
    assert (skip["name"], skip["seen"]) == ("Skip to main content", True)
    await page.keyboard.press("Enter")
    first = await tab()
    assert first["inside"], first

    passed = [first, *await tab_to("Show")]
    assert all(each["seen"] and each["inside"] and each["name"] for each in passed), passed
    asked = [each["field"] for each in passed if each["tag"] in ("input", "select")]
    # A date is several stops, one for each part of it.
    assert list(dict.fromkeys(asked)) == [
        *("find", "state", "owner", "service", "unit", "kind", "priority", "order"),
        *("from", "until", "late", "risk"),
    ]
    reports = await tab_to(case.reference)
    assert all(each["seen"] and each["name"] for each in reports), reports

    # What is typed narrows the list by enter, and the page begins anew.
    await page.goto(f"{address}/staff/cases")
    await tab_to("Words or reference")
    await page.keyboard.type("zzz")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**find=zzz**")
    assert (await tab())["name"] == "Skip to main content"
    await page.keyboard.press("Enter")
    assert (await tab())["inside"]

    # A queue without a name is told of where one lands, and leads to the field.
    await page.goto(f"{address}/staff/cases?service=it")
    await tab_to("Keep it")
    await page.keyboard.press("Enter")
    await page.locator(".govuk-error-summary:focus").wait_for()
    assert (await tab())["name"] == "Give the queue a name"
    await page.keyboard.press("Enter")
    assert (await page.evaluate(ON))["id"] == "name"
    await page.keyboard.type("Theirs")
    await page.keyboard.press("Enter")
    await page.get_by_text("The queue is kept").wait_for()

    # Many at once: ticked by space, chosen and sent.
    await tab_to("Skip to main content")
    await tab_to("Show")
    box = await tab()
    while box["type"] != "checkbox":
        box = await tab()
    await page.keyboard.press("Space")
    await tab_to("Go on")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", level=1, name="Acknowledge it").wait_for()
    await context.close()


async def test_a_report_is_answered_and_fixed_by_keyboard_alone(
    here: Running, live_server: LiveServer, browser: Browser
) -> None:
    """From the list to the reply and the fix: each by tab, space, typing and enter."""
    case = await fill(here, OPERATOR)
    address = await live_server(create_app(here.core, here.figures))
    context = await context_of(here, browser, address, 1280)
    page = await context.new_page()

    async def tab_to(label: str) -> None:
        for _ in range(120):
            await page.keyboard.press("Tab")
            shown = await page.evaluate(
                "() => { const on = document.activeElement;"
                " return (on.labels?.[0]?.innerText || on.innerText || '').trim(); }"
            )
            if shown == label:
                return
        raise AssertionError(label)

    await page.goto(f"{address}/staff/cases")
    await tab_to(case.reference)
    await page.keyboard.press("Enter")
    await page.locator("#timeline").wait_for()
    await tab_to("Write")
    await page.keyboard.press("Enter")
    await tab_to("Your message")
    await page.keyboard.type("Thank you. We look at both.")
    await tab_to("Send")
    await page.keyboard.press("Enter")
    await page.get_by_text("Your reply is on its way.").wait_for()
    await tab_to("Say that it is fixed")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Say that it is fixed").wait_for()
    await tab_to("What was done")
    await page.keyboard.type("Reissued today.")
    await tab_to("Say it is fixed")
    await page.keyboard.press("Enter")
    await page.get_by_text("It is done and stands in the timeline.").wait_for()

    async with here.core.begin.read() as work:
        kinds = [each.kind for each in await work.cases.timeline(case.id)]
    assert kinds[-2:] == ["message", "fixed"]
    await context.close()
