"""Whoever stops anywhere goes on there: after a kill, after 13 days, in chat or on the web."""

import re
from datetime import timedelta
from operator import itemgetter
from pathlib import Path
from typing import Final

import httpx2 as httpx

from tests.rig.house import PATIENCE, House, open_house
from tests.support.application import TestClock, running
from tests.support.stored import stored_answers
from tests.support.web import WebPerson
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

SURVEY: Final = "people-pulse"
SCALES: Final = (
    "pride",
    "advocacy",
    "attachment",
    "inspiration",
    "motivation",
    "leadership",
    "workload",
)
LABELS: Final = (
    "Strongly disagree",
    "Disagree",
    "Neither agree nor disagree",
    "Agree",
    "Strongly agree",
)
AWAY: Final = timedelta(days=13)


def _given(question: int) -> int:
    return 1 + question % len(LABELS)


async def _sees(person: Person, text: str, *, button: str = "") -> None:
    def there() -> bool:
        shown = [each for each in person.screen if each.by_bot][-1:]
        return any(
            text in each.text and (not button or any(button in row for row in each.buttons))
            for each in shown
        )

    await person.until(there, PATIENCE, text)


async def _stops_after(person: Person, answered: int) -> None:
    """Answer so many questions of the survey, and leave."""
    await person.sends(f"/start s_{SURVEY}")
    await _sees(person, "8 questions", button="Start")
    await person.taps("Start")
    await _sees(person, "Which school")
    await person.sends("oakfield")
    await _sees(person, "Which school", button="Oakfield Primary School")
    await person.taps("Oakfield Primary School")
    await _answers(person, 0, answered)


async def _answers(person: Person, first: int, end: int) -> None:
    for question in range(first, end):
        await _sees(person, f"{question + 1} of 8")
        await person.sends(str(_given(question)))
    await _sees(person, f"{end + 1} of 8")


async def _goes_on_in_chat(person: Person, answered: int) -> None:
    await person.sends("/survey")
    if answered:
        await _sees(person, f"You answered {answered} of 8", button="Go on")
        await person.taps("Go on")
    await _answers(person, answered, len(SCALES))
    await person.sends(f"stopped after {answered}")
    await _sees(person, "Check your answers", button="Send")
    await person.taps("Send")
    await _sees(person, "Receipt")


async def _goes_on_on_the_web(person: Person, answered: int, house: House) -> None:
    await person.sends("/web")
    await _sees(person, f"{house.address}/w/")
    [path] = re.findall(rf"{house.address}(/w/[\w-]+)", person.screen[-1].text)
    async with httpx.AsyncClient(
        base_url=house.address, follow_redirects=True, timeout=PATIENCE
    ) as http:
        browser = WebPerson(http)
        await browser.opens(path)
        await browser.presses("move")
        assert f"question {answered + 1} of 8" in browser.text
        await browser.answers(*(LABELS[_given(each) - 1] for each in range(answered, len(SCALES))))
        browser.types(f"stopped after {answered}")
        await browser.presses("Continue")
        await browser.presses("Send my answers")
        assert browser.receipt


async def test_who_stopped_at_any_question_goes_on_there_after_a_kill_and_13_days(
    database_url: str, tmp_path: Path
) -> None:
    async with running(database_url, tmp_path) as here:
        await here.publish(SURVEY)
    async with FakeTelegram() as telegram, open_house(database_url, tmp_path, telegram) as house:
        program = await house.start()
        people = [telegram.person(name=f"Stops after {number}") for number in range(8)]
        for answered, person in enumerate(people):
            await _stops_after(person, answered)

        await house.kill(program)
        house.clock.jump(AWAY)
        await house.start()
        for answered, person in enumerate(people):
            if answered % 2:
                await _goes_on_in_chat(person, answered)
            else:
                await _goes_on_on_the_web(person, answered, house)

        await house.stop()
        async with running(database_url, tmp_path, clock=TestClock(house.clock.now())) as here:
            stored = [each["answers"] for each in await stored_answers(here, SURVEY)]
    scales = {name: _given(number) for number, name in enumerate(SCALES)}
    assert sorted(stored, key=itemgetter("comment")) == [
        {**scales, "comment": f"stopped after {number}"} for number in range(8)
    ]
