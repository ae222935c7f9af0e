"""The start page of staff, and the frame of all their pages."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import Browser

from api.app import create_app
from api.cookies import Cookie, name_of
from survey.domain.accounts import Grant, Role
from survey.domain.letters import Letter, LetterKind
from tests.api.web.test_languages import left_in_english
from tests.support.application import Running
from tests.support.browser import assert_no_axe_violations
from tests.support.databases import DatabaseKind
from tests.support.server import LiveServer
from tests.support.staff import ADMINISTRATOR, an_account, signed_in, staff_secret_of
from tests.support.web import WebPerson, on_the_web

VIEWER = Grant(Role.VIEWER, unit="oakfield")
MANAGER = Grant(Role.SERVICE_MANAGER, unit="schools", service="payroll")


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


def cards(person: WebPerson) -> list[str]:
    return [each.one("a").text for each in person.page.all("li", class_="tb-cards__one")]


async def test_it_says_who_one_is_and_which_roles_one_holds_where(here: Running) -> None:
    async with signed_in(here, VIEWER, MANAGER, name="Sam Okafor") as person:
        await person.opens("/staff")

    assert person.heading == "Your start page"
    assert "Sam Okafor" in person.text
    assert "Viewer: Oakfield Primary School" in person.text
    assert "Service manager: Payroll, Schools" in person.text


async def test_only_pages_that_open_are_offered(here: Running) -> None:
    async with signed_in(here, VIEWER) as viewer:
        await viewer.opens("/staff")
        assert "Figures" in cards(viewer)
        assert "People" not in cards(viewer)
        for link in viewer.page.one("ul", class_="tb-cards").all("a"):
            await viewer.opens(link.attributes["href"])
            assert viewer.status == 200
    async with signed_in(here, Grant(Role.CASE_WORKER)) as worker:
        await worker.opens("/staff")
        assert "Figures" not in cards(worker)


async def test_what_waits_is_told_to_those_who_can_deal_with_it(here: Running) -> None:
    async with signed_in(here, ADMINISTRATOR) as administrator:
        await administrator.opens("/staff")
        assert "No survey is published yet." in administrator.text
        assert "No school or department is known yet." not in administrator.text
    async with signed_in(here, VIEWER) as viewer:
        await viewer.opens("/staff")
        assert "Nothing waits for you." in viewer.text


async def test_few_recovery_codes_are_told_to_whom_they_let_in(here: Running) -> None:
    account = replace(await an_account(here, ADMINISTRATOR), totp=b"encrypted")
    async with here.core.begin() as work:
        await work.accounts.put(account)
        await work.accounts.put_recovery_codes(account.id, [b"1", b"2"])
        await work.commit()
    secret = await staff_secret_of(here, account)
    async with on_the_web(here) as person:
        person.http.cookies.set(name_of(Cookie.STAFF, here.core.settings), secret)
        await person.opens("/staff")

        assert "You have few recovery codes left." in person.text
        links = {each.text: each.attributes["href"] for each in person.page.one("main").all("a")}
        await person.opens(links["Make new ones"])

    assert person.status == 200


async def test_a_page_that_is_not_theirs_says_whom_to_ask_and_leads_back(here: Running) -> None:
    async with signed_in(here, VIEWER) as viewer:
        await viewer.opens("/staff/people")
        assert viewer.status == 403
        assert "If you need it, ask an administrator." in viewer.text
        await viewer.opens("/staff/people/nobody")
        assert viewer.status == 404
        await viewer.opens(viewer.page.one("main").one("a").attributes["href"])

    assert viewer.heading == "Your start page"


async def test_nobody_who_is_signed_out_sees_it(here: Running) -> None:
    async with on_the_web(here) as somebody:
        answer = await somebody.http.get("/staff", follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/staff/sign-in?next=%2Fstaff"


async def test_it_speaks_welsh_and_the_language_is_chosen_by_its_address(here: Running) -> None:
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens("/staff")
        welsh = [link for link in person.page.all("a") if link.text == "Cymraeg"]
        await person.opens(welsh[0].attributes["href"])

    assert person.page.one("html").attributes["lang"] == "cy"
    assert left_in_english(person.page) == []


@pytest.mark.parametrize("width", [1280, 320])
async def test_a43_the_frame_is_accessible_and_scrolls_one_way_only(
    width: int, browser: Browser, live_server: LiveServer, here: Running
) -> None:
    await here.publish("service-satisfaction")
    address = await live_server(create_app(here.core, here.figures))
    account = await an_account(here, ADMINISTRATOR, name="Margaret Featherstonehaugh-Cholmondeley")
    secret = await staff_secret_of(here, account)
    context = await browser.new_context(viewport={"width": width, "height": 800})
    await context.add_cookies(
        [{"name": name_of(Cookie.STAFF, here.core.settings), "value": secret, "url": address}]
    )
    page = await context.new_page()

    for path in ("/staff", "/staff/trends", "/staff/trends?unit=no-such-unit"):
        await page.goto(f"{address}{path}", wait_until="networkidle")
        await assert_no_axe_violations(page)
        across = await page.evaluate("document.documentElement.scrollWidth")
        assert across <= width, f"{path} is {across} pixels wide"


async def test_an_administrator_is_told_of_letters_that_wait_and_that_were_given_up(
    here: Running,
) -> None:
    now = here.clock.now()
    ids = here.core.ids
    async with here.core.begin() as work:
        for kind in (LetterKind.EMAIL, LetterKind.RESET):
            letter = Letter(ids.uuid(), kind, "en", now, now, address="ann@barnet.example")
            await work.letters.add([letter])
        await work.letters.settle(letter.id, at=now, failed="refused")
        await work.commit()
    here.clock.advance(timedelta(hours=2))
    async with signed_in(here, ADMINISTRATOR) as administrator, signed_in(here, VIEWER) as viewer:
        await administrator.opens("/staff")
        await viewer.opens("/staff")

    assert "Letters that could not be sent in the last 30 days: 1." in administrator.text
    assert "Letters wait since 14 May 2026, 13:00." in administrator.text
    assert "Letters" not in viewer.text


async def test_the_language_that_was_chosen_stays_on_the_next_page(here: Running) -> None:
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens("/staff?language=cy")
        await person.opens("/staff/people")
        chosen = person.page.one("html").attributes["lang"]
        await person.opens("/staff/people?language=en")
        await person.opens("/staff")

    assert chosen == "cy"
    assert person.page.one("html").attributes["lang"] == "en"
