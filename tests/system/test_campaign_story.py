"""A survey manager's campaign in Chromium, from the form to the figures of 60 people's answers."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page

from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.waves import InvitationState
from survey.tally import Counted
from tests.bot.rig import until
from tests.support.crowd import (
    Crowd,
    a_crowd,
    answers_by_link,
    answers_in_chat,
    invitations,
    letters,
    link_in,
)
from tests.system.place import Place, is_well, place, signs_in, words_of
from tests.telegram.faults import Hold
from tests.telegram.ledger import SENT

ASKED: Final = 60
IN_CHAT: Final = 30
TITLE: Final = "Staff pulse"
CAMPAIGN: Final = "staff-pulse"
MANAGER: Final = "mo.khan@barnet.example"
PLAYING: Final = 120_000
"""Milliseconds that a dry run may take."""
GONE_BEFORE: Final = 10
"""Messages in chats that leave before the line is held, as on a slow day."""
UNDER_WAY: Final = 4
"""Messages that have begun when somebody presses "Pause", at most."""


@dataclass(frozen=True, slots=True)
class Town(Place):
    """Where a campaign runs."""

    async def standing(self) -> Counter[InvitationState]:
        """How many of the only wave's audience are in each state."""
        status = await self.here.core.campaigns.status(CAMPAIGN)
        return Counter(status.waves[0].standing.states) if status.waves else Counter()

    async def stand(self, state: InvitationState, number: int) -> None:
        """Wait until so many are in this state."""

        async def so_many() -> bool:
            return (await self.standing())[state] == number

        await until(so_many)

    async def two_more_looks(self) -> None:
        """Wait until the sending job has looked twice at what there is to send."""

        def looks() -> int:
            return self.here.core.tally.counts[(Counted.JOBS, "outgoing", "well")]

        before = looks()

        async def looked() -> bool:
            return looks() >= before + 2

        await until(looked)

    def gone(self) -> tuple[int, int]:
        """How many messages of the campaign have arrived: in chats, and as letters."""
        return len(invitations(self.telegram, TITLE)), len(self.post.envelopes)


@asynccontextmanager
async def town(database_url: str, folder: Path) -> AsyncIterator[Town]:
    async with place(database_url, folder) as its:
        yield Town(its.here, its.clock, its.address, its.telegram, its.post)


async def test_a_campaign_is_planned_played_launched_paused_answered_and_closed(
    browser: Browser, database_url: str, tmp_path: Path
) -> None:
    """By one manager in Chromium, and by 60 people in chats and by the links in their letters."""
    async with town(database_url, tmp_path) as its:
        await its.here.publish("people-pulse", open_link=False)
        crowd = await a_crowd(
            its.here, its.telegram, size=ASKED + 1, in_chat=IN_CHAT, now=its.clock.now()
        )
        await its.here.core.people.opt_out(crowd.people[-1].id, by=OPERATOR)
        context = await browser.new_context(locale="en-GB", base_url=its.address)
        page = await context.new_page()

        await signs_in(
            its,
            page,
            MANAGER,
            [Grant(Role.SURVEY_MANAGER)],
            name="Mo Khan",
            to="/staff/campaigns",
            heading="Campaigns",
        )
        await is_well(page)
        await plans(page)
        await plays_a_dry_run(page)
        await launches(its, page)
        await pauses_while_it_sends_and_goes_on(its, page)
        await everybody_was_asked_once(its, crowd)
        await all_answer(its, browser, crowd)
        await closes(its, page)
        await the_figures_are_published(its, page)


async def plans(page: Page) -> None:
    """By the form, for both schools, at ten past one of today; then all numbers are on the page."""
    await page.get_by_role("button", name="Plan a campaign").click()
    await page.get_by_label("Survey", exact=True).select_option("people-pulse")
    await page.get_by_label("Title", exact=True).fill(TITLE)
    await page.get_by_label("From", exact=True).fill("People team")
    await page.get_by_label("Why you ask").fill("To see where working here gets better or worse.")
    await page.get_by_label("Public task").check()
    await page.get_by_label("Privacy notice").fill("Staff privacy notice, May 2026")
    await page.get_by_label("Schools", exact=True).check()
    await page.get_by_label("Once", exact=True).check()
    for part, number in (("Day", "14"), ("Month", "5"), ("Year", "2026")):
        await page.get_by_label(part, exact=True).fill(number)
    await page.get_by_label("Time of day", exact=True).fill("13:10")
    await is_well(page)
    await page.get_by_role("button", name="Save and see who would be asked").click()
    await page.get_by_role("heading", name="Before you launch").wait_for()
    told = await words_of(page)
    assert f"{ASKED} would be asked 1 would not {ASKED + 1} in the audience" in told
    assert "They want no surveys: 1" in told
    assert f"Chat: {IN_CHAT}" in told
    assert f"E-mail: {ASKED - IN_CHAT}" in told
    assert "No way to reach them: 0" in told
    assert "Thursday 14 May 2026, 13:10" in told
    await is_well(page)


async def plays_a_dry_run(page: Page) -> None:
    await page.get_by_role("button", name="Play a dry run").click(timeout=PLAYING)
    heading = page.get_by_role("heading", name="Dry run: nothing of this is real")
    await heading.wait_for(timeout=PLAYING)
    await is_well(page)
    await page.get_by_role("link", name="Back to the plan").click()


async def launches(its: Town, page: Page) -> None:
    """The line to Telegram is slow that day: what leaves after the first ten has to wait."""
    assert its.gone() == (0, 0)
    its.telegram.limits.turn_on()
    await page.get_by_label(f"Type {ASKED}, the number of people").fill(str(ASKED))
    await page.get_by_role("button", name="Launch").click()
    await page.get_by_text("It is launched.").wait_for()
    assert "Nobody was asked yet" in await words_of(page)
    await is_well(page)


async def pauses_while_it_sends_and_goes_on(its: Town, page: Page) -> None:
    """After a pause nothing more leaves than what was under way."""
    line = Hold()
    its.telegram.faults.order(SENT, line, times=ASKED, nth=GONE_BEFORE + 1)
    its.clock.advance(timedelta(minutes=10))

    async def held() -> bool:
        return its.telegram.faults.outstanding < ASKED

    await until(held)
    await page.reload()
    await page.get_by_role("progressbar").wait_for()
    await is_well(page)

    await page.get_by_role("button", name="Pause").click()
    await page.get_by_text("It is paused. Nothing more is sent.").wait_for()
    line.gate.set()
    await its.two_more_looks()
    in_chats, as_letters = its.gone()
    assert GONE_BEFORE <= in_chats <= GONE_BEFORE + UNDER_WAY
    assert as_letters < ASKED - IN_CHAT
    await its.two_more_looks()
    assert its.gone() == (in_chats, as_letters)
    await page.reload()
    assert f"{in_chats + as_letters} of {ASKED} have left. Sending is paused." in await words_of(
        page
    )
    await is_well(page)

    await page.get_by_role("button", name="Go on").click()
    await page.get_by_text("It goes on where it was.").wait_for()
    await its.stand(InvitationState.DELIVERED, ASKED)
    its.telegram.faults.clear()


async def everybody_was_asked_once(its: Town, crowd: Crowd) -> None:
    asked = Counter(each.chat for each in invitations(its.telegram, TITLE))
    assert asked == dict.fromkeys((each.id for each in crowd.chats.values()), 1)
    written = {to: len(those) for to, those in letters(its.post).items()}
    assert written == {each.email: 1 for each in crowd.by_mail[:-1]}
    assert its.telegram.limits.refused == 0
    its.telegram.limits.turn_off()


async def all_answer(its: Town, browser: Browser, crowd: Crowd) -> None:
    """Who is in a chat agrees, who was written to agrees strongly; one of these in Chromium."""
    links = [link_in(those[0]) for those in letters(its.post).values()]
    await asyncio.gather(*(answers_in_chat(each, "Agree") for each in crowd.chats.values()))
    await answers_in_chromium(browser, links[0], "Strongly agree")
    await asyncio.gather(*(answers_by_link(each, "Strongly agree") for each in links[1:]))
    await its.stand(InvitationState.ANSWERED, ASKED)


async def answers_in_chromium(browser: Browser, link: str, label: str) -> None:
    page = await (await browser.new_context(locale="en-GB")).new_page()
    await page.goto(link)
    await is_well(page)
    await page.get_by_role("button", name="Start").click()
    for number in range(1, 8):
        await page.get_by_text(f"Question {number} of 8").wait_for()
        if number == 1:
            await is_well(page)
        await page.get_by_label(label, exact=True).check()
        await page.get_by_role("button", name="Continue", exact=True).click()
    await page.get_by_role("button", name="Skip").click()
    await is_well(page)
    await page.get_by_role("button", name="Send my answers").click()
    await page.get_by_role("heading", name="Thank you. Your answers are in the box").wait_for()
    await is_well(page)


async def closes(its: Town, page: Page) -> None:
    """Everybody of the audience is in one row, and the rows add up."""
    await page.goto(f"/staff/campaigns/{CAMPAIGN}")
    await page.get_by_role("button", name="Close").click()
    await is_well(page)
    await page.get_by_role("button", name="Yes, close it").click()
    await page.get_by_text("It is closed. What was sent in counts.").wait_for()
    told = await words_of(page)
    assert (
        f"{ASKED + 1} in the audience {ASKED} invited {ASKED} answered 100% response rate" in told
    )
    rows = page.get_by_role("region", name="Where everybody is").locator("tbody tr")
    shown = [int(await row.locator("td").first.inner_text()) for row in await rows.all()]
    assert sum(shown[:-1]) == shown[-1] == ASKED + 1
    assert f"The numbers add up to everybody of the audience: {ASKED + 1}." in told
    schools = await page.get_by_role("table", name="Response rate by school").inner_text()
    assert len(re.findall(r"30\s+30\s+100%", schools)) == 2
    await is_well(page)


async def the_figures_are_published(its: Town, page: Page) -> None:
    """By wave: half of 75 and half of 100, of all who answered."""

    async def published() -> bool:
        async with its.here.core.begin.read() as work:
            return any(key.wave for key in await work.cells.of("people-pulse"))

    await until(published)
    await page.goto("/staff/trends?measure=engagement_index&questionnaire=people-pulse&by=wave")
    row = await page.locator("tbody tr", has_text="Opened 14 May 2026").inner_text()
    assert row == ""
    await is_well(page)
