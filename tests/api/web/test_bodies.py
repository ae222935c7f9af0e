"""Answering for a school by a link: as last time, by a colleague instead, the answers back."""

from collections.abc import AsyncIterator

import pytest

from api.app import create_app
from survey.domain.questionnaire import Privacy
from survey.domain.turns import Submit
from survey.domain.waves import InvitationState
from survey.services.bodies import MOST_HAND_ONS
from tests.support.application import Running
from tests.support.asked import Asked, a_wave, asked, invitation_of
from tests.support.bodies import CHECK, given, next_time, to_the_check
from tests.support.outgoing import change
from tests.support.web import WebPerson, browsing


@pytest.fixture
async def school(here: Running) -> Asked:
    """Oakfield, for which Ann is asked."""
    wave = await a_wave(here, questionnaire=CHECK, privacy=Privacy.ATTRIBUTED)
    return await asked(here, wave, body="oakfield")


@pytest.fixture
async def person(here: Running) -> AsyncIterator[WebPerson]:
    async with browsing(create_app(here.core, here.figures)) as somebody:
        yield somebody


async def has_answered(here: Running, who: Asked) -> None:
    """By another browser."""
    owner, talk = "web:another", here.core.conversations
    shown = await here.core.invited.open(who.id, owner=owner)
    shown = await to_the_check(here, shown, owner, satisfaction=2)
    await talk.apply(shown.conversation, Submit(shown.state.revision), owner=owner)


async def test_answers_of_a_school_are_taken_back_by_its_link(
    here: Running, school: Asked, person: WebPerson
) -> None:
    await has_answered(here, school)

    await person.opens(f"/i/{school.token}")
    assert person.heading == "Oakfield Primary School has answered"
    await person.presses("Take the answers back")

    assert person.heading.startswith("Check your answers")
    assert await given(here) == []
    assert (await invitation_of(here, school)).state is InvitationState.STARTED


async def test_the_same_as_last_time_is_sent_with_one_button(
    here: Running, school: Asked, person: WebPerson
) -> None:
    await has_answered(here, school)
    again = await next_time(here, school)

    await person.opens(f"/i/{again.token}")
    assert "Send the same as last time" in person.text
    await person.opens(f"/i/{again.token}/body")
    assert "May 2026" in person.text
    await person.presses("Send the same answers")

    assert person.path.endswith("/done")
    assert await given(here) == [("oakfield", 2)] * 2


async def test_a_colleague_is_asked_instead(
    here: Running, school: Asked, person: WebPerson
) -> None:
    wave = school.invitation.wave
    async with here.core.begin.read() as work:
        found = await work.waves.get(wave)
    assert found is not None
    bob = await asked(here, found, key="bob", email=None, body="elmwood")

    await person.opens(f"/i/{school.token}/body")
    await person.presses("Ask them")
    assert "Select a colleague" in person.text
    person.chooses("Bob Lee")
    await person.presses("Ask them")

    assert person.heading == "Handed on"
    kept = await invitation_of(here, school)
    assert (kept.person, kept.state) == (bob.person.id, InvitationState.WAITING)


async def test_who_cannot_hand_it_on_any_more_is_told_to_answer(
    here: Running, school: Asked, person: WebPerson
) -> None:
    async with here.core.begin.read() as work:
        wave = await work.waves.get(school.invitation.wave)
    assert wave is not None
    await asked(here, wave, key="bob", email=None, body="elmwood")
    await person.opens(f"/i/{school.token}/body")
    await change(here.core, school.id, hand_ons=MOST_HAND_ONS)
    person.chooses("Bob Lee")
    await person.presses("Ask them")

    assert person.status == 409
    assert "has been handed on as often as it can be" in person.text
    await person.opens(f"/i/{school.token}/body")
    assert "has been handed on as often as it can be" in person.text
    assert (await invitation_of(here, school)).person == school.person.id


async def test_a_link_that_is_nobodys_has_no_such_page(here: Running, person: WebPerson) -> None:
    ann = await asked(here, await a_wave(here))

    for token in (ann.token, "x" * 43):
        await person.opens(f"/i/{token}/body")
        assert person.status == 404
