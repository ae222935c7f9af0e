"""The main job: one questionnaire in chat and on the web, stored, measured and shown the same."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2 as httpx
from playwright.async_api import Browser

from api.app import create_app
from survey.services.api_keys import Scope
from tests.bot.rig import house, presses, says
from tests.support.application import Running
from tests.support.server import serving
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

WORDS = ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree")
ITEMS = 5
"""Of the engagement index; they come first in the pulse."""

# Index of each person: 24 people whose mean is 50, and no two halves alike.
IN_CHAT = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 50)
ON_THE_WEB = (5, 15, 25, 35, 45, 55, 65, 75, 85, 95, 45, 55)


def items(index: int) -> Sequence[str]:
    """Five answers in words whose index is this."""
    each, more = divmod(index // 5, ITEMS)
    return [WORDS[each + (place < more)] for place in range(ITEMS)]


async def answers_in_chat(person: Person, index: int) -> str:
    """One person's conversation, from the link to the receipt; gives the last message."""
    await says(person, "/start s_people-pulse")
    await presses(person, "Start")
    await says(person, "oakfield")
    await presses(person, "Oakfield Primary School")
    for word in items(index):
        await presses(person, word)
    for _ in range(3):
        await presses(person, "Skip")
    return (await presses(person, "Send")).text


async def answers_on_the_web(browser: Browser, address: str, index: int) -> str:
    """One person's journey in a browser of their own; gives the confirmation's text."""
    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.goto(f"{address}/s/people-pulse?unit=oakfield")
        await page.get_by_role("button", name="Start").click()
        for word in items(index):
            await page.get_by_label(word, exact=True).check()
            await page.get_by_role("button", name="Continue").click()
        for _ in range(3):
            await page.get_by_role("button", name="Skip").click()
        await page.get_by_role("button", name="Send").click()
        await page.get_by_role("heading", name="Thank you").wait_for()
        return await page.inner_text("main")
    finally:
        await context.close()


async def index_by_api(address: str, key: str) -> dict[str, Any]:
    async with httpx.AsyncClient() as http:
        answer = await http.get(
            f"{address}/api/v1/trends",
            params={"measure": "engagement_index", "unit": "oakfield", "by": "quarter"},
            headers={"Authorization": f"Bearer {key}"},
        )
    (point,) = answer.json()["points"]
    found: dict[str, Any] = point
    return found


async def index_on_the_page(browser: Browser, address: str) -> str:
    """The row of this quarter in the table of the trends page."""
    page = await browser.new_page()
    await page.goto(f"{address}/staff/trends?measure=engagement_index&unit=oakfield&by=quarter")
    await page.get_by_text("Show the figures", exact=True).click()
    row = await page.locator("table tbody tr").first.inner_text()
    await page.close()
    return " ".join(row.split())


async def test_twenty_four_people_in_two_channels_are_one_figure_in_the_api_and_on_the_page(
    database_url: str, tmp_path: Path, browser: Browser
) -> None:
    async with (
        FakeTelegram() as telegram,
        house(database_url, tmp_path, telegram, "people-pulse", demo=True) as here,
        serving(create_app(here.core, here.figures)) as address,
    ):
        people = [telegram.person(name=f"Person {number}") for number in range(len(IN_CHAT))]
        thanks = await asyncio.gather(
            *(answers_in_chat(*each) for each in zip(people, IN_CHAT, strict=True))
        )
        for index in ON_THE_WEB[:-1]:
            assert "Thank you" in await answers_on_the_web(browser, address, index)
        before = await figures(here, browser, address)
        await answers_on_the_web(browser, address, ON_THE_WEB[-1])

        await here.core.catalogue.close("people-pulse")
        after = await figures(here, browser, address)

    assert all("Receipt" in each for each in thanks)
    # Twenty of the 23 are out of the box: what is shown lags by fewer than ten.
    assert before[0]["n_band"] == "20-29"
    assert (after[0]["status"], after[0]["value"], after[0]["n_band"]) == ("published", 50, "20-29")
    low, high = after[0]["low"], after[0]["high"]
    assert after[1].startswith(f"Q1 2026/27 50 {low} to {high} 20–29")


async def figures(here: Running, browser: Browser, address: str) -> tuple[dict[str, Any], str]:
    """The same figure from the API and from the page, after the worker's next tick."""
    await here.tick()
    made = await here.core.api_keys.add("test", frozenset({Scope.READ}))
    return await index_by_api(address, made.secret), await index_on_the_page(browser, address)
