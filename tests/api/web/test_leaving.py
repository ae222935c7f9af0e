"""Asking not to be asked, by the link of a letter and in one click of mail software."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from api.app import create_app
from survey.db.tables import audit
from survey.domain.people import Person
from survey.domain.waves import InvitationState, Wave, WaveState
from tests.support.application import NOON, Running
from tests.support.asked import Asked, a_wave, asked, invitation_of
from tests.support.web import WebPerson, browsing

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
async def wave(here: Running) -> Wave:
    return await a_wave(here)


@pytest.fixture
async def ann(here: Running, wave: Wave) -> Asked:
    return await asked(here, wave)


@pytest.fixture
def app(here: Running) -> FastAPI:
    return create_app(here.core, here.figures)


@pytest.fixture
async def person(app: FastAPI) -> AsyncIterator[WebPerson]:
    async with browsing(app) as somebody:
        yield somebody


async def state(here: Running, who: Asked) -> InvitationState:
    return (await invitation_of(here, who)).state


async def now(here: Running, who: Asked) -> Person:
    async with here.core.begin.read() as work:
        found = await work.people.get(who.person.id)
    assert found is not None
    return found


async def test_looking_stops_nothing(here: Running, person: WebPerson, ann: Asked) -> None:
    await person.opens(f"/u/{ann.token}")

    assert (person.status, person.heading) == (200, "What do you want to stop?")
    assert "You were asked to answer “Barnet staff pulse”." in person.text
    assert await state(here, ann) is InvitationState.DELIVERED
    assert (await now(here, ann)).may_be_asked
    assert person.secret is None


async def test_this_survey_alone_can_be_stopped(
    here: Running, person: WebPerson, ann: Asked
) -> None:
    await person.opens(f"/u/{ann.token}")
    await person.presses("Don't ask me about this")

    assert person.heading == "You are not asked about this any more"
    assert await state(here, ann) is InvitationState.REFUSED
    assert (await now(here, ann)).may_be_asked
    await person.opens(f"/i/{ann.token}")
    assert person.has("Start")


async def test_all_surveys_can_be_stopped_and_begun_again(
    here: Running, person: WebPerson, ann: Asked
) -> None:
    await person.opens(f"/u/{ann.token}")
    await person.presses("Stop all surveys")

    assert person.heading == "You get no more surveys"
    assert await state(here, ann) is InvitationState.REFUSED
    assert not (await now(here, ann)).may_be_asked
    await person.opens(f"/u/{ann.token}")
    await person.presses("Ask me again")
    assert person.heading == "You can be asked again"
    assert (await now(here, ann)).may_be_asked


async def test_both_are_on_the_first_page_of_the_survey(
    here: Running, person: WebPerson, ann: Asked
) -> None:
    await person.opens(f"/i/{ann.token}")
    await person.presses("Stop all surveys")

    assert person.heading == "You get no more surveys"
    assert not (await now(here, ann)).may_be_asked


async def test_mail_software_stops_all_surveys_in_one_click(
    here: Running, app: FastAPI, wave: Wave, ann: Asked
) -> None:
    """RFC 8058: a post without cookie, token of a form or page before it."""
    bob = await asked(here, wave, key="bob", email="bob@barnet.example")
    async with browsing(app) as robot:
        for _ in range(2):
            answer = await robot.http.post(f"/u/{ann.token}", data=ONE_CLICK)
            assert answer.status_code == 200
        assert "set-cookie" not in answer.headers

    assert not (await now(here, ann)).may_be_asked
    assert await state(here, ann) is InvitationState.REFUSED
    assert (await now(here, bob)).may_be_asked
    assert await state(here, bob) is InvitationState.DELIVERED


def of_a_letter(here: Running, who: Asked) -> str:
    """Where a letter leads that tells what was done, and asks nothing."""
    return f"/u/{here.core.leaving._letter_links.token(who.person.id)}"


async def test_a_letter_that_tells_what_was_done_is_stopped_in_one_click_and_so_are_surveys(
    here: Running, app: FastAPI, ann: Asked
) -> None:
    async with browsing(app) as robot:
        for _ in range(2):
            answer = await robot.http.post(of_a_letter(here, ann), data=ONE_CLICK)
            assert answer.status_code == 200

    assert not (await now(here, ann)).may_be_asked
    assert await state(here, ann) is InvitationState.REFUSED


async def test_looking_at_what_a_letter_can_stop_stops_nothing_and_it_can_be_taken_back(
    here: Running, person: WebPerson, ann: Asked
) -> None:
    await person.opens(of_a_letter(here, ann))

    assert (person.status, person.heading) == (200, "Do you want no more letters?")
    assert not person.has("Don't ask me about this")
    assert (await now(here, ann)).may_be_asked
    await person.presses("Stop all surveys")
    assert person.heading == "You get no more surveys"
    assert not (await now(here, ann)).may_be_asked
    await person.opens(of_a_letter(here, ann))
    await person.presses("Ask me again")
    assert (await now(here, ann)).may_be_asked


async def test_the_letter_of_somebody_who_left_leads_nowhere(
    here: Running, person: WebPerson, ann: Asked
) -> None:
    async with here.core.begin() as work:
        await work.people.put([replace(ann.person, ended_at=NOON)])
        await work.commit()

    await person.opens(of_a_letter(here, ann))

    assert person.status == 404


async def test_what_somebody_stops_is_recorded_as_theirs(
    here: Running, person: WebPerson, ann: Asked
) -> None:
    await person.http.post(f"/u/{ann.token}", data=ONE_CLICK)

    async with here.core.database.reading() as connection:
        rows = list(await connection.execute(select(audit.c.actor, audit.c.action)))
    theirs = {row.action for row in rows if row.actor == f"person:{ann.person.id}"}
    assert theirs >= {"person.opted_out", "invitation.refused"}


@pytest.mark.parametrize("answered", [True, False])
async def test_a_letter_of_long_ago_still_stops_all(
    here: Running, person: WebPerson, answered: bool
) -> None:
    ended = here.clock.now() - timedelta(days=1)
    wave = await a_wave(here, state=WaveState.CLOSED, closes_at=ended, closed_at=ended)
    state = InvitationState.ANSWERED if answered else InvitationState.EXPIRED
    ann = await asked(here, wave, state=state)

    await person.opens(f"/u/{ann.token}")
    await person.presses("Stop all surveys")

    assert not (await now(here, ann)).may_be_asked
    assert (await invitation_of(here, ann)).state is state


async def test_a_post_that_says_nothing_stops_nothing(
    here: Running, person: WebPerson, ann: Asked
) -> None:
    for fields in ({"x": "y"}, {"List-Unsubscribe": "x"}):
        assert (await person.http.post(f"/u/{ann.token}", data=fields)).status_code == 400

    assert await state(here, ann) is InvitationState.DELIVERED


async def test_the_page_is_in_the_persons_language(
    here: Running, person: WebPerson, wave: Wave
) -> None:
    sian = await asked(here, wave, key="sian", email="sian@barnet.example", language="cy")

    await person.opens(f"/u/{sian.token}")
    assert person.page.one("html").attributes["lang"] == "cy"
    await person.opens(f"/u/{sian.token}?language=en")
    assert person.page.one("html").attributes["lang"] == "en"
