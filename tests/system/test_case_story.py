"""Issue 6, done when 1: a report from its first photo to its rating, in chat, on the web, by mail.

Staff work in Chromium at the same time, and see the share of confirmed fixes move.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Final, Protocol

import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from survey.domain.accounts import Grant, Role
from survey.domain.case_records import CaseQuery
from survey.domain.cases import Case, Entry, EntryKind, Verdict
from survey.services.scores import HANDLING
from tests.bot.rig import newest, presses, says, until
from tests.support.in_chat import linked
from tests.support.joining import a_person
from tests.support.pictures import photo
from tests.system.place import Place, is_well, place, signs_in, words_of
from tests.system.test_reported_by_mail import ANN, answer_to, schools_mail
from tests.telegram.people import Person, Shown

REPLY_TO: Final = "help@tellback.barnet.example"
STAFF: Final = "sam.okafor@barnet.example"
WRONG: Final = "Payslip wrong again for three of us"
QUESTION: Final = "Which month is it?"
ANSWER: Final = "May, the second one."
FIRST_FIX: Final = "The May payslip is corrected."
SECOND_FIX: Final = "June is corrected too."


class Reporter(Protocol):
    """A business manager, on one of the ways to us."""

    async def reports(self) -> None: ...
    async def hears(self, text: str) -> None: ...
    async def answers(self, text: str) -> None: ...
    async def judges(self, verdict: Verdict) -> None: ...
    async def rates(self, score: int) -> None: ...


@dataclass
class InChat:
    """By a photo, taps and texts in Telegram."""

    its: Place
    person: Person
    told: Shown | None = None

    async def reports(self) -> None:
        await self.person.sends_photo(WRONG)
        await self.person.sees("Which service is it about?")
        for label in ("Payroll", "Wrong pay or a wrong bill", "We are stuck"):
            await presses(self.person, label)
        await presses(self.person, "Send")
        await self.person.sees("Reported: P-")

    async def hears(self, text: str) -> None:
        self.told = await self.person.sees(text)

    async def answers(self, text: str) -> None:
        told = await says(self.person, text)
        assert told.text.startswith("Added to P-")

    async def judges(self, verdict: Verdict) -> None:
        assert self.told is not None
        label = {Verdict.FIXED: "Fixed", Verdict.NOT_FIXED: "Not fixed"}[verdict]
        query = await self.person.taps(label, message=self.told)
        await self.person.until(lambda: query not in self.person.spinning)

    async def rates(self, score: int) -> None:
        assert newest(self.person).buttons == (("1", "2", "3", "4", "5"),)
        await presses(self.person, str(score))


@dataclass
class OnTheWeb:
    """By the form and the link that it ends with, without a script."""

    its: Place
    page: Page
    link: str = ""

    async def reports(self) -> None:
        await self.page.goto(f"{self.its.address}/problem")
        await is_well(self.page)
        await self._presses("Start")
        await self._at_oakfield()
        for label in ("Payroll", "Wrong pay or a wrong bill"):
            await self._chooses(label)
        await self.page.get_by_label("What happened?").fill(WRONG)
        await self._presses("Continue")
        await self._chooses("We are stuck")
        await self.page.locator("input[type=file]").set_input_files(
            FilePayload(name="slip.jpg", mimeType="image/jpeg", buffer=photo())
        )
        await self._presses("Continue")
        await self._presses("Continue")
        await is_well(self.page)
        await self._presses("Send my report")
        await expect(self.page.get_by_text("Your reference")).to_be_visible()
        await is_well(self.page)
        await self.page.get_by_role("link", name="Follow your report").click()
        await expect(self.page.get_by_role("heading", level=1)).to_contain_text("P-")
        self.link = self.page.url

    async def hears(self, text: str) -> None:
        await self.page.goto(self.link)
        await expect(self.page.get_by_text(text)).to_be_visible()
        await is_well(self.page)

    async def answers(self, text: str) -> None:
        await self.page.get_by_label("Message").fill(text)
        await self._presses("Send")
        await expect(self.page.get_by_text(text)).to_be_visible()

    async def judges(self, verdict: Verdict) -> None:
        label = {Verdict.FIXED: "Fixed", Verdict.NOT_FIXED: "Not fixed"}[verdict]
        await self.page.get_by_label(label, exact=True).check()
        await self._presses("Tell us")
        await expect(self.page.get_by_role("button", name="Tell us")).to_be_hidden()

    async def rates(self, score: int) -> None:
        assert score == 4
        await self.page.get_by_label("Well", exact=True).check()
        await self._presses("Send", first=True)
        await expect(self.page.get_by_label("Well", exact=True)).to_be_hidden()

    async def _chooses(self, label: str) -> None:
        await self.page.get_by_label(label, exact=True).check()
        await self._presses("Continue")

    async def _presses(self, label: str, *, first: bool = False) -> None:
        button = self.page.get_by_role("button", name=label, exact=True)
        await (button.first if first else button).click()

    async def _at_oakfield(self) -> None:
        await self.page.locator("input[name=find]").fill("Oakfield Primary School")
        await self._presses("Find")
        await self._chooses("Oakfield Primary School")


@dataclass
class ByMail:
    """By letters alone: one word says whether it is fixed, and a number how it was handled."""

    its: Place
    send: Callable[[EmailMessage], Awaitable[None]]
    page: Page
    told: EmailMessage | None = None
    verdict: Verdict | None = None
    read: int = field(default=0)

    async def reports(self) -> None:
        """Staff make a report of the letter: it could be about any service."""
        letter = EmailMessage()
        letter["From"], letter["To"] = f"Ann Lee <{ANN}>", REPLY_TO
        letter["Subject"] = "Payslips"
        letter.set_content(WRONG)
        letter.add_attachment(photo(), maintype="image", subtype="jpeg", filename="slip.jpg")
        await self.send(letter)
        await self.page.goto(f"{self.its.address}/staff/cases/held")
        await is_well(self.page)
        await self.page.get_by_role("link", name="Make a report of this letter").click()
        await self.page.get_by_label("Service").select_option("payroll")
        await self.page.get_by_label("What is wrong").select_option("wrong_pay")
        await is_well(self.page)
        await self.page.get_by_role("button", name="Keep the report").click()
        await self.page.get_by_text("The report is kept.").wait_for()
        await self.hears("We have your report")

    async def hears(self, text: str) -> None:
        """The next letter to her says it."""

        async def came() -> bool:
            return len(self._letters()) > self.read

        await until(came)
        self.told = self._letters()[self.read]
        self.read += 1
        body = self.told.get_body(["plain"])
        assert body is not None
        assert text in str(body.get_content())

    async def answers(self, text: str) -> None:
        assert self.told is not None
        await self.send(answer_to(self.told, text))

    async def judges(self, verdict: Verdict) -> None:
        self.verdict = verdict
        if verdict is Verdict.NOT_FIXED:
            await self.answers("No")

    async def rates(self, score: int) -> None:
        """Both in one letter."""
        assert self.verdict is Verdict.FIXED
        await self.answers(f"Fixed {score}")

    def _letters(self) -> list[EmailMessage]:
        contents = [each.content for each in self.its.post.envelopes if ANN in each.rcpt_tos]
        whole = [each for each in contents if isinstance(each, bytes)]
        return [message_from_bytes(each, policy=default) for each in whole]


@dataclass
class Staff:
    """Sam, who works on reports in Chromium."""

    its: Place
    page: Page

    async def opens(self, case: Case) -> None:
        await self.page.goto(f"{self.its.address}/staff/cases/{case.reference}")

    async def asks(self, case: Case, text: str) -> None:
        await self.opens(case)
        await is_well(self.page)
        await self.page.get_by_label("Your message").fill(text)
        await self.page.get_by_label("Ask, and wait for the answer").check()
        await self.page.get_by_role("button", name="Send", exact=True).click()
        await expect(self.page.locator("#timeline ~ ol")).to_contain_text(text)

    async def fixes(self, case: Case, text: str) -> None:
        await self.opens(case)
        await self.page.get_by_role("link", name="Say that it is fixed").click()
        await self.page.get_by_label("What was done").fill(text)
        await is_well(self.page)
        await self.page.get_by_role("button", name="Say it is fixed").click()
        await expect(self.page.locator("#timeline ~ ol")).to_contain_text(text)

    async def sees(self, case: Case, state: str) -> None:
        """How it stands, in a word at its head."""
        await self.opens(case)
        await expect(self.page.locator(".tb-case__state")).to_contain_text(state)

    async def figures(self) -> str:
        await self.page.goto(f"{self.its.address}/staff/cases/figures")
        await is_well(self.page)
        return await words_of(self.page)


@asynccontextmanager
async def reporter(way: str, its: Place, browser: Browser, staff: Page) -> AsyncIterator[Reporter]:
    ann = await a_person(its.here, "Ann Lee", "oakfield", email=ANN)
    async with AsyncExitStack() as stack:
        match way:
            case "chat":
                person = its.telegram.person(name="Ann", known=True)
                await linked(its.here, its.telegram, person, ann)
                yield InChat(its, person)
            case "web":
                context = await browser.new_context(locale="en-GB")
                yield OnTheWeb(its, await context.new_page())
            case _:
                send = await stack.enter_async_context(schools_mail(its.here))
                yield ByMail(its, send, staff)


async def the_case(its: Place) -> tuple[Case, list[Entry]]:
    """The only one, and all that was said and done."""
    async with its.here.core.begin.read() as work:
        found = await work.cases.listed(
            CaseQuery(restricted=True), now=its.clock.now(), limit=2, after=None
        )
        [case] = found.cases
        return case, list(await work.cases.timeline(case.id))


async def come(its: Place, kind: EntryKind, number: int = 1) -> Entry:
    """Wait until so many entries of this kind are there; the last of them."""

    async def there() -> bool:
        return sum(each.kind is kind for each in (await the_case(its))[1]) == number

    await until(there)
    return [each for each in (await the_case(its))[1] if each.kind is kind][-1]


@pytest.mark.parametrize("way", ["chat", "web", "mail"])
async def test_a_problem_is_reported_answered_fixed_refused_fixed_again_confirmed_and_rated(
    way: str, browser: Browser, database_url: str, tmp_path: Path
) -> None:
    socket = tmp_path / "lmtp.sock"
    async with place(
        database_url, tmp_path, mail_reply_to=REPLY_TO, lmtp_listen=f"unix:{socket}"
    ) as its:
        await its.here.publish(HANDLING, open_link=False)
        context = await browser.new_context(locale="en-GB")
        page = await context.new_page()
        await signs_in(
            its,
            page,
            STAFF,
            [Grant(Role.ADMINISTRATOR)],
            name="Sam Okafor",
            to="/staff/cases",
            heading="Problem reports",
        )
        await is_well(page)
        staff = Staff(its, page)
        async with reporter(way, its, browser, page) as ann:
            await ann.reports()
            case, [reported] = await the_case(its)
            assert (case.service, reported.text, len(reported.files)) == ("payroll", WRONG, 1)

            await staff.asks(case, QUESTION)
            await ann.hears(QUESTION)
            await ann.answers(ANSWER)
            assert (await come(its, EntryKind.MESSAGE)).text == ANSWER
            await staff.sees(case, "In progress")

            await staff.fixes(case, FIRST_FIX)
            await ann.hears(FIRST_FIX)
            await ann.judges(Verdict.NOT_FIXED)
            await come(its, EntryKind.JUDGED)
            await staff.sees(case, "Reopened")
            assert "reporters confirm 0." in await staff.figures()

            await staff.fixes(case, SECOND_FIX)
            await ann.hears(SECOND_FIX)
            await ann.judges(Verdict.FIXED)
            await ann.rates(4)
            await come(its, EntryKind.JUDGED, 2)
            await come(its, EntryKind.RATED)
            await staff.sees(case, "Confirmed fixed")
            assert "reporters confirm 100." in await staff.figures()
