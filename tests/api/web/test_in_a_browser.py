"""The pages in Chromium: accessible at both widths, usable without JavaScript, closed to others."""

import re

import pytest
from playwright.async_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from api.web.environment import STATIC, STATIC_PATH
from api.web.pages import Pages
from api.web.security import SecurityHeaders
from tests.api.web import samples
from tests.api.web.demo import PATH, Demo
from tests.support.browser import assert_no_axe_violations
from tests.support.server import LiveServer

WIDE, NARROW = 1280, 320
EVERY_PAGE = samples.all_pages(Pages(samples.SITE))


async def sample(request: Request) -> Response:
    return HTMLResponse(EVERY_PAGE[request.path_params["name"]]())


def gallery() -> SecurityHeaders:
    """Serves each sample page under its name."""
    static = Mount(STATIC_PATH, StaticFiles(directory=STATIC, check_dir=False))
    routes = [Route("/page/{name}", sample), static]
    return SecurityHeaders(Starlette(routes=routes), https=False)


@pytest.mark.parametrize("width", [WIDE, NARROW])
async def test_every_page_and_state_is_accessible_and_scrolls_one_way_only(
    width: int, browser: Browser, live_server: LiveServer
) -> None:
    address = await live_server(gallery())
    context = await browser.new_context(viewport={"width": width, "height": 800})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))

    for name in EVERY_PAGE:
        await page.goto(f"{address}/page/{name}")
        await assert_no_axe_violations(page)
        across = await page.evaluate("document.documentElement.scrollWidth")
        assert across <= width, f"{name} is {across} pixels wide"

    assert complaints == []


async def test_the_script_runs_under_the_policy_and_puts_the_focus_on_the_errors(
    page: Page, live_server: LiveServer
) -> None:
    address = await live_server(gallery())

    await page.goto(f"{address}/page/scale-error")
    await expect(page.locator(".govuk-error-summary")).to_be_focused()
    await page.get_by_role("link", name="Select how far you agree").click()
    await expect(page.get_by_label("Strongly agree")).to_be_focused()


async def test_none_of_these_unticks_the_others(page: Page, live_server: LiveServer) -> None:
    address = await live_server(gallery())

    await page.goto(f"{address}/page/select-multiple-ticked")
    await page.get_by_label("None of these").check()

    await expect(page.get_by_label("Human resources")).not_to_be_checked()


@pytest.mark.parametrize("point", [0, 10])
async def test_a_number_of_the_row_is_pressed_where_it_is_seen(
    point: int, browser: Browser, live_server: LiveServer
) -> None:
    address = await live_server(gallery())
    context = await browser.new_context(viewport={"width": NARROW, "height": 800})
    page = await context.new_page()

    await page.goto(f"{address}/page/scale-ends")
    number = page.get_by_label(str(point), exact=True)
    pressed = await number.bounding_box()
    seen = await page.locator("label", has_text=re.compile(rf"^\s*{point}\s*$")).bounding_box()
    await number.click()

    await expect(number).to_be_checked()
    assert pressed == seen
    assert pressed is not None
    assert min(pressed["width"], pressed["height"]) >= 44


@pytest.mark.parametrize("script", [True, False])
async def test_a_person_answers_changes_and_sends_with_and_without_javascript(
    script: bool, browser: Browser, live_server: LiveServer
) -> None:
    demo = Demo()
    address = await live_server(demo.app)
    context = await browser.new_context(
        java_script_enabled=script, viewport={"width": NARROW, "height": 800}
    )
    page = await context.new_page()

    await page.goto(address + PATH)
    await page.get_by_role("button", name="Start").click()

    await page.get_by_label("Which school").fill("oak")
    await page.get_by_label("Which school").press("Enter")
    await page.get_by_role("button", name="Continue").click()
    await expect(page).to_have_title(re.compile("^Error: Choose your school"))
    await page.get_by_label("Oak Hill School").check()
    await page.get_by_role("button", name="Continue").click()

    await expect(page.get_by_label("Agree", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Continue").click()
    await expect(page).to_have_title(re.compile("^Error: I am proud"))
    await page.get_by_label("Agree", exact=True).check()
    await page.get_by_role("button", name="Continue").click()

    await page.get_by_label("Payroll").check()
    await page.get_by_label("Human resources").check()
    await page.get_by_role("button", name="Continue").click()

    await page.get_by_role("button", name="Back").click()
    await expect(page.get_by_label("Payroll")).to_be_checked()
    await page.get_by_role("button", name="Continue").click()

    for part, value in (("Day", "7"), ("Month", "3"), ("Year", "2026")):
        await page.get_by_label(part).fill(value)
    await page.get_by_label("Year").press("Enter")

    too_long = "<b>é</b>\n" * 300
    await page.get_by_role("textbox").fill(too_long)
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("textbox")).to_have_value(too_long)
    await page.get_by_role("button", name="Skip").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "Check your answers before sending them"
    )
    await expect(page.get_by_text("Not provided")).to_be_visible()
    await page.get_by_role("button", name="Change I am proud").click()
    await expect(page.get_by_label("Agree", exact=True)).to_be_checked()
    await page.get_by_label("Disagree", exact=True).check()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Send my answers").click()

    await expect(page.get_by_text("K7M-4QX")).to_be_visible()
    (draft,) = demo.drafts.values()
    assert draft.unit == "Oak Hill School"
    assert draft.answers == {
        "pride": "2",
        "services_used": ("hr", "payroll"),
        "when": "2026-3-7",
        "comment": None,
    }
    await page.reload()
    await expect(page.get_by_text("K7M-4QX")).to_be_visible()


async def test_a_form_on_another_origin_changes_nothing_and_the_answer_is_offered_back(
    page: Page, live_server: LiveServer
) -> None:
    demo = Demo()
    address = await live_server(demo.app)
    await page.goto(address + PATH)
    await page.get_by_role("button", name="Start").click()
    (draft,) = demo.drafts.values()
    draft.step = 5
    await page.goto(address + PATH)
    token = await page.locator("input[name=csrf]").first.input_value()

    async def trap(request: Request) -> Response:
        return HTMLResponse(
            f"<form method=post action='{address}{PATH}'><input name=csrf value='{token}'>"
            "<input name=question value=comment><input name=answer value='not mine'>"
            "<button>Win</button></form>"
        )

    await page.goto(await live_server(Starlette(routes=[Route("/", trap)])))
    await page.get_by_role("button", name="Win").click()

    await expect(page.locator(".govuk-error-summary")).to_contain_text("could not check")
    await expect(page.get_by_role("textbox")).to_have_value("not mine")
    assert draft.answers == {}


async def test_an_old_token_is_refused_and_the_second_try_goes_through(
    page: Page, live_server: LiveServer
) -> None:
    demo = Demo()
    address = await live_server(demo.app)
    await page.goto(address + PATH)
    await page.get_by_role("button", name="Start").click()
    (draft,) = demo.drafts.values()
    draft.step = 5
    await page.goto(address + PATH)
    await page.get_by_role("textbox").fill("Ŵyneb")
    await page.evaluate(
        "document.querySelectorAll('input[name=csrf]').forEach((i) => { i.value = 'hŷn' })"
    )

    await page.get_by_role("button", name="Continue").click()
    await expect(page.locator(".govuk-error-summary")).to_contain_text("could not check")
    await page.get_by_role("button", name="Continue").click()

    assert draft.answers == {"comment": "Ŵyneb"}


def test_a_post_without_our_cookie_explains_the_cookie_and_gives_the_text_back() -> None:
    answer = TestClient(Demo().app).post(
        PATH, data={"question": "comment", "answer": "my long text", "action": "answer"}
    )

    assert answer.status_code == 400
    assert "Your browser did not keep our cookie" in answer.text
    assert "my long text" in answer.text


def test_opening_a_page_without_a_cookie_gives_one() -> None:
    answer = TestClient(Demo().app).get(PATH)

    assert answer.status_code == 200
    assert "HttpOnly" in answer.headers["set-cookie"]


async def test_a_chosen_number_stands_out_in_forced_colours(
    browser: Browser, live_server: LiveServer
) -> None:
    address = await live_server(gallery())
    context = await browser.new_context(forced_colors="active")
    page = await context.new_page()

    await page.goto(f"{address}/page/scale-ends-given")
    widths = {
        value: await page.locator(f"input[value='{value}'] + label").evaluate(
            "(label) => getComputedStyle(label, '::before').borderTopWidth"
        )
        for value in ("6", "7")
    }

    assert widths == {"6": "2px", "7": "4px"}
