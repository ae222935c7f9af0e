"""A43 for problem reports: each page of theirs with the demonstration loaded, as it is opened, with
forms filled in wrong, and empty.

Each is looked at in English on a wide window and in Welsh on one of 320 pixels, and in both it fits
into both widths. All faults are told together.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page

from api.app import create_app
from api.cookies import Cookie, name_of
from api.demonstration import borough, load_demonstration
from survey.domain import case_acts as acts
from survey.domain.audit import OPERATOR
from survey.domain.cases import Case, CaseKind, Verdict
from survey.services.reporters import Reporter
from survey.services.scores import HANDLING
from tests.support.application import Running
from tests.support.browser import axe_violations
from tests.support.cases import a_case, an_entry
from tests.support.databases import DatabaseKind
from tests.support.joining import a_person
from tests.support.pictures import photo
from tests.support.server import LiveServer
from tests.support.staff import ADMINISTRATOR, an_account, staff_secret_of
from tests.survey.services.test_inbound import a_letter, taken

WIDE: Final = 1280
NARROW: Final = 320
LOOKS: Final = (("en", WIDE), ("cy", NARROW))
SCHOOL: Final = next(each for each in borough.units() if each.kind == "school")

_HIDDEN_COLUMNS: Final = (
    "() => [...document.querySelectorAll('.tb-sideways')]"
    ".some(each => each.scrollWidth > each.clientWidth)"
)

Step = Callable[["Walk"], Awaitable[None]]


@dataclass
class Walk:
    """Somebody who goes from page to page; `faults` are those of all pages so far."""

    page: Page
    address: str
    language: str
    width: int
    faults: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    async def opens(self, path: str) -> None:
        """Go to a page, and look at it."""
        sign = "&" if "?" in path else "?"
        answer = await self.page.goto(f"{self.address}{path}{sign}language={self.language}")
        if answer is None or not answer.ok:
            self.faults.append(f"{path}: {answer and answer.status}")
        await self.looks()

    async def presses(self, selector: str) -> None:
        """Press, and look at where that leads."""
        async with self.page.expect_navigation():
            await self.page.locator(selector).first.click()
        await self.looks()

    async def answers(self, *values: str) -> None:
        """One question each, by the value of its radio; "" is the first."""
        for value in values:
            named = f'[value="{value}"]' if value else ""
            await self.page.locator(f"main input[type=radio]{named}").first.check()
            await self.presses("main button[value=answer]")

    async def looks(self) -> None:
        """Look at the page as it stands."""
        page, place = self.page, urlsplit(self.page.url).path
        self.seen.append(place)
        for violation in await axe_violations(page):
            nodes = "; ".join(node["html"] for node in violation["nodes"])
            self._found(f"{violation['id']}: {nodes}")
        if await page.locator("h1").count() != 1:
            self._found("not one first heading")
        if await page.locator("html").get_attribute("lang") != self.language:
            self._found("in another language")
        for width in (NARROW, WIDE):
            await page.set_viewport_size({"width": width, "height": 800})
            across = await page.evaluate("document.documentElement.scrollWidth")
            if across > width:
                self._found(f"{across} pixels wide on {width}")
        if await page.evaluate(_HIDDEN_COLUMNS):
            self._found("columns of a table are out of sight on a wide window")
        await page.set_viewport_size({"width": self.width, "height": 800})

    def _found(self, what: str) -> None:
        self.faults.append(f"{self.seen[-1]} ({self.language}, {self.width}): {what}")


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


@pytest.fixture
async def told(here: Running) -> Running:
    await load_demonstration(here.core, here.figures, months=1, tell=lambda _: None)
    return here


async def walked(
    here: Running, live_server: LiveServer, browser: Browser, *steps: Step, staff: bool = False
) -> list[str]:
    """What is wrong on the pages of these walks, each made in both ways."""
    address = await live_server(create_app(here.core, here.figures))
    faults: list[str] = []
    for language, width in LOOKS:
        context = await browser.new_context(
            locale="en-GB",
            timezone_id="Europe/London",
            viewport={"width": width, "height": 800},
        )
        if staff:
            account = await an_account(here, ADMINISTRATOR)
            secret, name = await staff_secret_of(here, account), Cookie.STAFF
            cookie = {"name": name_of(name, here.core.settings), "value": secret, "url": address}
            await context.add_cookies([cookie])  # type: ignore[list-item]
        walk = Walk(await context.new_page(), address, language, width, faults)
        for step in steps:
            await step(walk)
        await context.close()
    return faults


# --- reporting, and following a report ---


async def a_report(walk: Walk) -> None:
    """Each step of /problem, each error on the way, and the page of the report."""
    page = walk.page
    await walk.opens("/problem")
    await walk.presses("button[value=start]")
    await walk.presses("button[value=find]")
    await page.locator("input[name=find]").fill(SCHOOL.name)
    await walk.presses("button[value=find]")
    await page.locator("main input[type=radio]").first.check()
    await walk.presses("main button[value=choose]")
    await walk.presses("main button[value=answer]")
    await walk.answers("payroll", "", "wrong_pay")
    await walk.presses("main button[value=answer]")
    await page.locator("textarea").fill("The pay of AB123456C is wrong. I want to kill myself.")
    await walk.presses("main button[value=answer]")
    await walk.answers("slows")
    files = page.locator("input[type=file]")
    svg = b"<svg onload='alert(1)'/>"
    await files.set_input_files({"name": "x.svg", "mimeType": "image/svg+xml", "buffer": svg})
    await walk.presses("main button[value=answer]")
    await files.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    await walk.presses("main button[value=answer]")
    await walk.opens("/problem/q/files")
    await walk.opens("/problem/q/email")
    await page.locator("input[name=answer]").fill("nobody")
    await walk.presses("main button[value=answer]")
    await walk.presses("main button[value=skip]")
    await walk.opens("/problem/check")
    await walk.presses("main button[value=submit]")
    link = await page.locator('main a[href*="/case/"]').get_attribute("href")
    await walk.opens(urlsplit(link or "").path)
    await walk.presses("main button[value=message]")


async def public_pages(walk: Walk) -> None:
    for path in ("/problem/privacy", "/status", "/status?service=parking", "/results"):
        await walk.opens(path)
    await walk.opens("/results?service=parking")


async def test_reporting_and_what_anybody_reads_is_accessible_in_both_languages_and_widths(
    told: Running, live_server: LiveServer, browser: Browser
) -> None:
    assert await walked(told, live_server, browser, a_report, public_pages) == []


async def test_a_report_is_accessible_in_each_state_in_both_languages_and_widths(
    here: Running, live_server: LiveServer, browser: Browser
) -> None:
    await here.publish(HANDLING, open_link=False)

    async def its_states(walk: Walk) -> None:
        ann = await a_person(here, "Ann Byrne")
        said: dict[str, Any] = {"person": ann.id, "unit": "oakfield", "system": "Payslips online"}
        case = await a_case(here, text=f"No payslip\n{'W' * 60}", **said)
        page = f"/case/{here.core.case_links.token(case.link)}"
        who = Reporter(link=case.link)
        await walk.opens(page)
        await an_entry(here, case, acts.acknowledged("Thank you"), acts.asked("Which month?"))
        await walk.opens(page)
        kept = await here.core.attachments.keep("slip.jpg", photo(), case=case.id)
        await here.core.own_cases.say(case.id, "May", (kept.id,), who=who)
        await an_entry(here, case, acts.fixed("Paid"))
        await walk.opens(page)
        await walk.presses("main button[value=verdict]")
        await here.core.own_cases.judge(case.id, Verdict.PARTLY, "Two of three", who=who)
        await walk.opens(page)
        await an_entry(here, case, acts.fixed("All of them"))
        await here.core.own_cases.judge(case.id, Verdict.FIXED, who=who)
        await walk.opens(page)
        await walk.presses("main button[value=rating]")
        await here.core.own_cases.rate(case.id, 4, who=who)
        await walk.opens(page)
        await walk.opens(f"{page}/hand-on")
        other = await a_case(here, **said)
        await an_entry(here, other, acts.declined("not_ours", "Ask your bank"))
        await walk.opens(f"/case/{here.core.case_links.token(other.link)}")

    assert await walked(here, live_server, browser, its_states) == []


# --- working reports, problems and actions ---


async def the_list(walk: Walk) -> None:
    for asked in (
        "",
        "?state=over&order=newest",
        "?service=hr&late=1&order=due&risk=1",
        "?find=headcount",
        "?find=zzz",
        "?state=monitored",
    ):
        await walk.opens(f"/staff/cases{asked}")
    await walk.opens("/staff/cases?find=headcount")
    await walk.presses("form.tb-keep button")
    await walk.opens("/staff/cases")
    for tick in (await walk.page.locator("input[name=case]").all())[:3]:
        await tick.check()
    await walk.page.locator("select[name=act]").select_option("decline")
    await walk.presses("div.tb-many-act button >> nth=0")
    await walk.presses("#begin")


async def other_lists(walk: Walk) -> None:
    for page in ("new", "held", "risks", "templates", "templates/add", "figures"):
        await walk.opens(f"/staff/cases/{page}")
    await walk.opens("/staff/cases/figures?service=parking&months=3")
    await walk.opens("/staff/cases/new")
    await walk.presses("main form button >> nth=0")
    for path in ("/staff", "/staff/services/hr/promise"):
        await walk.opens(path)


async def problems(walk: Walk) -> None:
    for path in ("", "?all=1&service=hr", "?service=parking", "/add", "/add?planned=1"):
        await walk.opens(f"/staff/problems{path}")
    await walk.presses("main form button")
    await walk.opens("/staff/problems")
    await walk.presses("main table a")
    await walk.opens(f"{urlsplit(walk.page.url).path}/edit")


async def actions(walk: Walk) -> None:
    for path in ("", "/add"):
        await walk.opens(f"/staff/actions{path}")
    await walk.presses("main form button")
    await walk.opens("/staff/actions")
    await walk.presses("main table a")
    one = urlsplit(walk.page.url).path
    await walk.opens(f"{one}/edit")
    await walk.opens(f"{one}/publish")


async def a_case_page(walk: Walk, case: Case) -> None:
    """The page, each of its forms, and each form sent empty."""
    one = f"/staff/cases/{case.reference}"
    await walk.opens(one)
    links = await walk.page.locator(".tb-acts a").all()
    forms = [await link.get_attribute("href") or "" for link in links]
    for form in forms:
        await walk.opens(form)
    for form in (form for form in forms if form.endswith(("plan", "fix", "decline", "merge"))):
        await walk.page.goto(walk.address + form)
        await walk.presses("main form button")
    await walk.page.goto(walk.address + one)
    await walk.presses("button[name=do][value=send]")


async def test_staff_pages_of_reports_are_accessible_in_both_languages_and_widths(
    told: Running, live_server: LiveServer, browser: Browser
) -> None:
    ann = await a_person(told, "Ann Byrne", SCHOOL.key)
    said: dict[str, Any] = {"person": ann.id, "unit": SCHOOL.key}
    case = await a_case(told, text=f"Wrong again {'Payslip' * 30}", **said)
    kept = await told.core.attachments.keep("slip.jpg", photo(), case=case.id)
    who = Reporter(person=ann.id)
    await told.core.own_cases.say(case.id, "Here", (kept.id,), who=who)
    await an_entry(told, case, acts.asked("Which month?"), acts.note("Look in May"))
    over = await an_entry(told, await a_case(told, **said), acts.fixed("Paid"))
    few = await a_case(told, restricted=True, kind=CaseKind.DATA_ASTRAY, **said)
    text = {"en": "Thank you for telling us.", "cy": "Diolch am ddweud wrthym."}
    await told.core.case_desk.put_template(None, name="Thanks", service="", text=text, by=OPERATOR)
    sender = "eve@elsewhere.example"
    await taken(told, case, a_letter("It was May", sender=sender), sender=sender)

    async def cases(walk: Walk) -> None:
        for each in (case, over, few):
            await a_case_page(walk, each)

    faults = await walked(
        told, live_server, browser, the_list, cases, other_lists, problems, actions, staff=True
    )
    assert faults == []
