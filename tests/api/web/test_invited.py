"""The personal link of a letter, from the first look to the receipt."""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fastapi import FastAPI

from api.app import create_app
from api.limiting import Rates
from survey.db.tables import conversations, receipts, sealed, sessions
from survey.domain.audit import OPERATOR
from survey.domain.questionnaire import Privacy
from survey.domain.records import Chat, owner_of
from survey.domain.waves import InvitationState, Wave
from tests.api.web.conftest import count_rows
from tests.support.application import Running
from tests.support.asked import Asked, a_wave, asked, invitation_of
from tests.support.web import WebPerson, browsing

NO_LINK = "This link does not work"
FEW = Rates(wrong_links=10)


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
    """Somebody with a fresh browser, who has a letter."""
    async with browsing(app) as somebody:
        yield somebody


def link(who: Asked) -> str:
    return f"/i/{who.token}"


async def begins(person: WebPerson, who: Asked) -> None:
    await person.opens(link(who))
    await person.presses("Start")


async def sends(person: WebPerson) -> None:
    await person.answers(*["Agree"] * 7)
    person.types("More light")
    await person.presses("Continue")
    await person.presses("Send my answers")


async def test_the_first_page_says_what_who_why_how_private_and_until_when(
    person: WebPerson, ann: Asked
) -> None:
    await person.opens(link(ann))

    assert (person.status, person.heading) == (200, "Barnet staff pulse")
    for said in (
        "About 2 minutes".lower(),
        "People team",
        "To see where working here gets better or worse.",
        "sealed box",
        "Your link tells us that you answered, and never what.",
        "Staff surveys, May 2026",
        "Thursday 28 May",
    ):
        assert said in person.text, said
    for button in ("Start", "Not now", "Don't ask me about this", "Stop all surveys"):
        assert person.has(button)


async def test_somebody_goes_from_the_letter_to_the_receipt(
    here: Running, person: WebPerson, ann: Asked
) -> None:
    await begins(person, ann)
    assert person.path.startswith("/answer/")
    assert ann.token not in person.path
    assert (await invitation_of(here, ann)).state is InvitationState.STARTED
    await sends(person)

    assert person.path.endswith("/done")
    assert person.heading == "Thank you. Your answers are in the box"
    assert "Start a new answer" not in person.text
    assert (await invitation_of(here, ann)).state is InvitationState.ANSWERED
    assert (await invitation_of(here, ann)).mode == "web"
    assert await count_rows(here, sealed, receipts) == [1, 1]


async def test_preview_robots_use_nothing_up_and_note_nothing(
    here: Running, app: FastAPI, ann: Asked
) -> None:
    """A34, B32: 25 clients that look at the link, or ask for its head."""
    agents = [
        {"user-agent": f"Robot/{n}", "purpose": "prefetch", "accept-language": "cy"}
        for n in range(25)
    ]
    for headers in agents:
        async with browsing(app, headers=headers) as robot:
            for path in (link(ann), f"/u/{ann.token}", f"{link(ann)}/privacy"):
                assert (await robot.http.get(path)).status_code == 200
                await robot.http.head(path)
                await robot.http.options(path)

    assert (await invitation_of(here, ann)).state is InvitationState.DELIVERED
    assert await count_rows(here, sessions, conversations) == [0, 0]
    async with browsing(app) as person:
        await begins(person, ann)
        await sends(person)
        assert person.heading == "Thank you. Your answers are in the box"


async def test_of_fifty_who_press_at_once_the_invitation_has_one_answer(
    here: Running, person: WebPerson, ann: Asked
) -> None:
    """A34: 50 parallel uses are one."""
    await person.opens(link(ann))
    start = person.sending("Start")
    answers = await asyncio.gather(*(person.post(start) for _ in range(50)))

    assert {each.status_code for each in answers} == {200}
    assert await count_rows(here, conversations) == [1]
    await person.opens(link(ann))
    await person.presses("Go on")
    await sends(person)
    assert await count_rows(here, sealed, receipts) == [1, 1]


async def test_no_link_is_guessed_and_who_tries_is_held_up(here: Running, ann: Asked) -> None:
    """A34, at commit scale: the soak tries a million."""
    app = create_app(here.core, here.figures, rates=FEW)
    async with browsing(app) as robber:
        seen = [
            (await robber.http.get(f"/i/{secrets.token_urlsafe(32)}")).status_code
            for _ in range(12)
        ]
        held_up = (await robber.http.get(link(ann))).status_code
        also = (await robber.http.post(f"/u/{ann.token}", data={"action": "stop"})).status_code

    assert seen == [404] * 10 + [429] * 2
    assert (held_up, also) == (429, 429)


def guesses(here: Running, ann: Asked, number: int) -> int:
    """How many of so many guesses are a link: anything, and the right id with a wrong proof."""
    hits = 0
    for n in range(number):
        proof = secrets.token_bytes(16)
        guess = ann.id.bytes + proof if n % 2 else secrets.token_bytes(16) + proof
        text = base64.urlsafe_b64encode(guess).decode().rstrip("=")
        hits += here.core.invitation_links.read(text) is not None
    return hits


def test_a_guess_is_no_link_even_where_the_invitation_is_known(here: Running, ann: Asked) -> None:
    """A34."""
    assert guesses(here, ann, 20_000) == 0


@pytest.mark.soak
def test_a_million_guesses_are_no_link(here: Running, ann: Asked) -> None:
    """A34 at full scale."""
    assert guesses(here, ann, 1_000_000) == 0


@pytest.mark.parametrize("spoil", ["wrong", "short", "other", "erased", "skipped", "left"])
async def test_every_link_that_leads_nowhere_says_the_same(
    here: Running, person: WebPerson, wave: Wave, ann: Asked, spoil: str
) -> None:
    token = ann.token
    match spoil:
        case "wrong":
            token = token[:-1] + ("A" if token[-1] != "A" else "B")
        case "short":
            token = token[:-3]
        case "other":
            token = here.core.invitation_links.token(here.core.ids.uuid())
        case "skipped":
            skipped = await asked(here, wave, key="bob", state=InvitationState.SKIPPED)
            token = skipped.token
        case "left":
            await here.core.people.deactivate(ann.person.id, expected_revision=1, by=OPERATOR)
        case _:
            await here.core.rights.erase(ann.person.id, by=OPERATOR)

    for path in (f"/i/{token}", f"/u/{token}", f"/i/{token}/privacy"):
        await person.opens(path)
        assert (person.status, person.heading) == (404, NO_LINK)
        assert "It may have been used already, or it was not copied whole." in person.text


async def test_a_closed_survey_says_since_when_to_whom_was_invited(
    here: Running, person: WebPerson, wave: Wave, ann: Asked
) -> None:
    here.clock.time = wave.closes_at

    await person.opens(link(ann))

    assert (person.status, person.heading) == (410, "This survey is closed")
    assert "This survey closed on Thursday 28 May. Thank you anyway." in person.text


async def test_what_was_written_when_it_closed_is_given_back(
    here: Running, person: WebPerson
) -> None:
    wave = await a_wave(here, closes_at=here.clock.now() + timedelta(days=10))
    ann = await asked(here, wave)
    await begins(person, ann)
    await person.answers(*["Agree"] * 7)
    here.clock.time = wave.closes_at
    person.types("More light in room 4")
    await person.presses("Continue")

    assert (person.status, person.heading) == (409, "This survey is closed")
    assert person.kept == ["More light in room 4"]


async def test_who_has_answered_is_led_to_the_receipt_or_told_so(
    here: Running, app: FastAPI, person: WebPerson, ann: Asked
) -> None:
    await begins(person, ann)
    await sends(person)
    receipt = person.receipt

    await person.opens(link(ann))
    assert person.receipt == receipt
    async with browsing(app) as other:
        await other.opens(link(ann))
        assert (other.status, other.heading) == (200, "You have already answered")


async def test_not_now_keeps_nothing_and_the_link_goes_on_working(
    here: Running, person: WebPerson, ann: Asked
) -> None:
    await person.opens(link(ann))
    await person.presses("Not now")

    assert person.heading == "You can answer later"
    assert "Your link works until the end of Thursday 28 May." in person.text
    assert await count_rows(here, conversations, sessions) == [0, 0]
    assert (await invitation_of(here, ann)).state is InvitationState.OPENED
    await begins(person, ann)
    assert person.path.startswith("/answer/")


async def test_another_browser_takes_the_answers_over(app: FastAPI, ann: Asked) -> None:
    async with browsing(app) as first, browsing(app) as second:
        await begins(first, ann)
        await first.answers("Agree", "Agree")
        before, heading = first.path, first.heading

        await second.opens(link(ann))
        assert "Your answers so far are still here." in second.text
        await second.presses("Go on")
        assert second.path.rpartition("/")[2] == before.rpartition("/")[2]

        await first.reloads()
        assert first.heading == "You continued this somewhere else"
        await first.presses("Take them back")
        assert (first.path, first.heading) == (before.partition("/q/")[0], heading)


async def test_a_stranger_with_the_address_of_the_pages_sees_nothing(
    app: FastAPI, ann: Asked
) -> None:
    async with browsing(app) as first, browsing(app) as stranger:
        await begins(first, ann)
        place = first.path.rpartition("/q/")[0]
        for path in (place, f"{place}/check", f"{place}/done", f"{place}/unit", first.path):
            await stranger.opens(path)
            assert stranger.heading == "Open the link again that we sent you"


async def test_an_open_link_and_two_invitations_stay_apart_in_one_browser(
    here: Running, app: FastAPI, person: WebPerson
) -> None:
    wave = await a_wave(here, open_link=True)
    ann, bob = await asked(here, wave), await asked(here, wave, key="bob", email="b@b.example")

    await begins(person, ann)
    await person.answers("Agree")
    anns = person.path
    await begins(person, bob)
    await person.answers("Disagree", "Disagree")
    bobs = person.path
    await person.comes_to_the_first_question("/s/people-pulse")
    assert person.path == "/s/people-pulse/q/pride"

    for path in (anns, bobs):
        await person.opens(path)
        assert (person.path, person.status) == (path, 200)
    assert anns != bobs
    assert await count_rows(here, conversations) == [3]


async def test_the_language_is_the_persons_and_can_be_changed(
    here: Running, person: WebPerson, wave: Wave
) -> None:
    sian = await asked(here, wave, key="sian", email="sian@barnet.example", language="cy")

    await person.opens(link(sian))
    assert person.page.one("html").attributes["lang"] == "cy"
    await person.opens(f"{link(sian)}?language=en")
    await person.presses("Start")
    assert person.page.one("html").attributes["lang"] == "en"
    await person.opens(link(sian))
    assert person.page.one("html").attributes["lang"] == "en"


async def test_what_is_closed_is_said_in_the_persons_language(
    here: Running, person: WebPerson, wave: Wave
) -> None:
    sian = await asked(here, wave, key="sian", email="sian@barnet.example", language="cy")
    here.clock.time = wave.closes_at

    await person.opens(link(sian))

    assert person.page.one("html").attributes["lang"] == "cy"


async def test_a_body_and_a_contact_are_named_on_the_page(here: Running, person: WebPerson) -> None:
    wave = await a_wave(here, questionnaire="school-service-check", privacy=Privacy.ATTRIBUTED)
    ann = await asked(
        here,
        wave,
        body="oakfield",
        about="your call about council tax",
        about_day=here.clock.now().date() - timedelta(days=3),
    )

    await person.opens(link(ann))

    assert "Oakfield Primary School" in person.text
    assert "your call about council tax on 11 May 2026" in person.text
    assert "never what" not in person.text


async def test_a_wave_that_promises_more_says_so_on_every_page(
    here: Running, person: WebPerson
) -> None:
    wave = await a_wave(here, privacy=Privacy.ANONYMOUS)
    ann = await asked(here, wave)

    await person.opens(link(ann))
    assert "We do not ask who you are." in person.text
    await person.presses("Start")
    place = person.path.partition("/q/")[0].removesuffix("/unit")
    await person.opens(f"{place}/privacy")
    assert "We do not ask who you are." in person.text


async def test_a_post_that_no_page_of_ours_sent_changes_nothing(
    here: Running, person: WebPerson, ann: Asked
) -> None:
    await person.opens(link(ann))
    start = person.sending("Start")

    await person.sends(start.with_(csrf="x"))
    assert person.status == 403
    answer = await person.http.post(
        start.address, data=dict(start.fields), headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    await person.opens(link(ann))
    await person.sends(start.with_(action="nonsense"))
    assert person.status == 400
    person.http.cookies.clear()
    await person.sends(start)
    assert (person.status, person.heading) == (400, "Your browser did not keep our cookie")
    assert await count_rows(here, conversations) == [0]


async def test_nobody_learns_the_link_from_where_it_leads(person: WebPerson, ann: Asked) -> None:
    answer = await person.http.get(link(ann))

    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    await begins(person, ann)
    assert ann.token not in person.page.one("body").text
    forms = [form.attributes.get("action", "") for form in person.page.all("form")]
    assert not any(ann.token in action for action in forms)


async def test_answers_begun_here_can_be_taken_to_the_chat_and_back(
    here: Running, person: WebPerson, ann: Asked
) -> None:
    await begins(person, ann)
    await person.answers("Agree")
    place = person.path.partition("/q/")[0]
    chat = owner_of(1, 77)
    async with here.core.begin() as work:
        await work.chats.put(Chat(1, 77))
        await work.chats.link(1, 77, ann.person.id)
        await work.commit()
    shown = await here.core.invited.open(ann.token, owner=chat)
    assert shown.wave is not None

    await person.opens(place)
    assert person.heading == "You continued this somewhere else"
    await person.presses("Take them back")
    assert person.path.startswith(place)
    assert person.status == 200
