"""Answering for a school in chat: same as last time, ask a colleague, take the answers back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from survey.domain.questionnaire import Privacy
from survey.domain.waves import InvitationState, Wave
from survey.services.bodies import MOST_HAND_ONS
from tests.bot.rig import house, joins, newest, presses, says
from tests.support.application import Running
from tests.support.asked import Asked, a_wave, asked, invitation_of
from tests.support.bodies import CHECK, given, next_time
from tests.support.outgoing import change
from tests.telegram.people import Person, Shown
from tests.telegram.server import FakeTelegram


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@asynccontextmanager
async def oakfield(
    database_url: str, folder: Path, telegram: FakeTelegram, ann: Person
) -> AsyncIterator[tuple[Running, Wave, Asked]]:
    """Oakfield is asked how the services are; Ann answers for it, in her chat."""
    async with house(database_url, folder, telegram) as here:
        wave = await a_wave(here, questionnaire=CHECK, privacy=Privacy.ATTRIBUTED)
        who = await asked(here, wave, body="oakfield")
        await joins(here, telegram, ann, who)
        yield here, wave, who


async def to_the_check(person: Person) -> Shown:
    await presses(person, "Start")
    await presses(person, next(b for row in newest(person).buttons for b in row if "Payroll" in b))
    await presses(person, "Done")
    await presses(person, "Very dissatisfied")
    while not newest(person).text.startswith("Check your answers"):
        await presses(person, "Skip")
    return newest(person)


async def test_answers_of_a_school_are_sent_taken_back_and_sent_again(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    ann = telegram.person(name="Ann")
    async with oakfield(database_url, tmp_path, telegram, ann) as (here, _, who):
        offered = await says(ann, f"/start i_{who.token}")
        assert "You answer on behalf of Oakfield Primary School." in offered.text
        assert offered.buttons == (("Start", "Not now"), ("Ask a colleague instead",))
        await to_the_check(ann)
        sent = await presses(ann, "Send")
        assert sent.buttons == (("Take the answers back",),)
        assert await given(here) == [("oakfield", 1)]

        back = await presses(ann, "Take the answers back")

        assert back.text.startswith("Check your answers")
        assert await given(here) == []
        await presses(ann, "Send")
        assert await given(here) == [("oakfield", 1)]
        assert (await invitation_of(here, who)).state is InvitationState.ANSWERED


async def test_a_colleague_is_asked_instead_and_whoever_handed_it_on_takes_it_back(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    ann = telegram.person(name="Ann")
    async with oakfield(database_url, tmp_path, telegram, ann) as (here, wave, who):
        elmwood = await asked(here, wave, key="bob", email=None, body="elmwood")
        await says(ann, f"/start i_{who.token}")

        chosen = await presses(ann, "Ask a colleague instead")
        assert chosen.buttons == (("Bob Lee",), ("‹ Back",))
        told = await presses(ann, "Bob Lee")

        assert told.text == (
            "We ask Bob Lee to answer for Oakfield Primary School. "
            "What you have answered goes along."
        )
        kept = await invitation_of(here, who)
        assert (kept.person, kept.state) == (elmwood.person.id, InvitationState.WAITING)
        refused = await says(ann, f"/start i_{who.token}")
        assert refused.text.startswith("This invitation was sent to somebody else")
        await ann.taps("Answer it myself after all", message=told)
        await ann.until(lambda: any("again" in each.text for each in ann.screen))
        assert (await invitation_of(here, who)).person == who.person.id


async def test_who_cannot_hand_it_on_any_more_is_told_to_answer(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    ann = telegram.person(name="Ann")
    async with oakfield(database_url, tmp_path, telegram, ann) as (here, wave, who):
        await asked(here, wave, key="bob", email=None, body="elmwood")
        await says(ann, f"/start i_{who.token}")
        await presses(ann, "Ask a colleague instead")
        await change(here.core, who.id, hand_ons=MOST_HAND_ONS)

        told = await presses(ann, "Bob Lee")

        assert told.text == (
            "This survey has been handed on as often as it can be. Please answer it yourself."
        )
        await presses(ann, "‹ Back")
        assert (await presses(ann, "Ask a colleague instead")).text == told.text
        assert (await invitation_of(here, who)).person == who.person.id


async def test_the_same_as_last_time_is_one_tap(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    ann = telegram.person(name="Ann")
    async with oakfield(database_url, tmp_path, telegram, ann) as (here, _, who):
        await says(ann, f"/start i_{who.token}")
        await to_the_check(ann)
        await presses(ann, "Send")
        again = await next_time(here, who)

        offered = await says(ann, f"/start i_{again.token}")
        assert ("Same as in May 2026",) in offered.buttons
        sent = await presses(ann, "Same as in May 2026")

        assert sent.text.startswith("Thank you")
        assert await given(here) == [("oakfield", 1)] * 2
