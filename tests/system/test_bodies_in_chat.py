"""Answering for a school in chat: same as last time, ask a colleague, take the answers back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from survey.domain.questionnaire import Privacy
from survey.domain.records import Chat
from survey.domain.waves import InvitationState, Wave
from tests.bot.rig import house, newest, presses, says
from tests.support.application import Running
from tests.support.asked import Asked, a_wave, asked, invitation_of
from tests.telegram.people import Person, Shown
from tests.telegram.server import FakeTelegram

CHECK = "school-service-check"


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


async def joins(here: Running, telegram: FakeTelegram, person: Person, who: Asked) -> None:
    bot = int(telegram.token.partition(":")[0])
    async with here.core.begin() as work:
        await work.chats.put(Chat(bot, person.id))
        await work.chats.link(bot, person.id, who.person.id)
        await work.commit()


async def to_the_check(person: Person) -> Shown:
    await presses(person, "Start")
    await presses(person, next(b for row in newest(person).buttons for b in row if "Payroll" in b))
    await presses(person, "Done")
    await presses(person, "Very dissatisfied")
    while not newest(person).text.startswith("Check your answers"):
        await presses(person, "Skip")
    return newest(person)


async def given(here: Running) -> list[object]:
    async with here.core.begin.read(one_state=True) as work:
        return [each.answers["satisfaction_payroll"] async for each in work.responses.all(CHECK)]


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
        assert await given(here) == [1]

        back = await presses(ann, "Take the answers back")

        assert back.text.startswith("Check your answers")
        assert await given(here) == []
        await presses(ann, "Send")
        assert await given(here) == [1]
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


async def test_the_same_as_last_time_is_one_tap(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    ann = telegram.person(name="Ann")
    async with oakfield(database_url, tmp_path, telegram, ann) as (here, wave, who):
        await says(ann, f"/start i_{who.token}")
        await to_the_check(ann)
        await presses(ann, "Send")
        again = await next_time(here, wave, who)

        offered = await says(ann, f"/start i_{again.token}")
        assert ("Same as in May 2026",) in offered.buttons
        sent = await presses(ann, "Same as in May 2026")

        assert sent.text.startswith("Thank you")
        assert await given(here) == [1, 1]


async def next_time(here: Running, wave: Wave, who: Asked) -> Asked:
    now = here.clock.now()
    later = replace(
        wave,
        key=f"{wave.key}-again",
        number=2,
        slot="2026-05-20T09:00",
        opens_at=now,
        closes_at=now + timedelta(days=14),
    )
    again = replace(
        who.invitation, id=here.core.ids.uuid(), wave=later.key, state=InvitationState.DELIVERED
    )
    async with here.core.begin() as work:
        await work.waves.add(later)
        await work.invitations.add([again], [], made_on=now.date())
        await work.commit()
    return Asked(who.person, again, here.core.invitation_links.token(again.id))
