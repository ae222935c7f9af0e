"""/staff/campaigns/KEY/key-in: answers from telephone or paper, and what is recorded of them."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from api.app import create_app
from survey.db.tables import audit, responses, sealed
from survey.domain.accounts import Grant, Role
from survey.domain.questionnaire import Privacy
from survey.domain.waves import InvitationState, WaveState
from tests.api.web.conftest import count_rows
from tests.support.application import NOON, Running
from tests.support.asked import CAMPAIGN, Asked, a_wave, asked, invitation_of
from tests.support.staff import signed_in
from tests.support.web import WebPerson, browsing

KEY_IN = f"/staff/campaigns/{CAMPAIGN}/key-in"
MANAGER = Grant(Role.SURVEY_MANAGER)
CHECK = "school-service-check"
BANNER = "You are keying in answers from paper."


@pytest.fixture
def app(here: Running) -> FastAPI:
    return create_app(here.core, here.figures)


@pytest.fixture
async def manager(here: Running, app: FastAPI) -> AsyncIterator[WebPerson]:
    async with signed_in(here, MANAGER, app=app) as person:
        yield person


async def keys_in(manager: WebPerson, who: Asked, *, how: str = "On paper") -> None:
    """From the page to the first question, by what stands on the slip."""
    await manager.opens(KEY_IN)
    manager.chooses(how)
    manager.types(f"https://survey.barnet.example/i/{who.token}", into="link")
    await manager.presses("Open the questions")


async def sends(person: WebPerson) -> None:
    await person.answers(*["Agree"] * 7)
    person.types("More light")
    await person.presses("Continue")
    await person.presses("Send my answers")


async def searches(manager: WebPerson, name: str) -> None:
    await manager.opens(KEY_IN)
    manager.chooses("On paper")
    manager.types(name, into="name")
    await manager.presses("Search")


async def recorded(here: Running) -> list[tuple[str, object]]:
    async with here.core.database.reading() as connection:
        rows = await connection.execute(
            select(audit.c.subject, audit.c.details).where(audit.c.action == "answers.keyed")
        )
        return [(row.subject, row.details) for row in rows]


async def test_answers_on_paper_go_into_the_box_like_any_other(
    here: Running, manager: WebPerson
) -> None:
    ann = await asked(here, await a_wave(here))

    await keys_in(manager, ann)
    assert BANNER in manager.text
    await sends(manager)

    assert manager.heading == "Thank you. Your answers are in the box"
    assert BANNER in manager.text
    now = await invitation_of(here, ann)
    assert (now.state, now.mode, now.response) == (InvitationState.ANSWERED, "paper", None)
    assert await count_rows(here, sealed, responses) == [1, 0]


@pytest.mark.parametrize("privacy", [Privacy.CONFIDENTIAL, Privacy.ANONYMOUS])
async def test_the_record_says_that_one_was_keyed_in_and_never_whose(
    here: Running, manager: WebPerson, privacy: Privacy
) -> None:
    ann = await asked(here, await a_wave(here, privacy=privacy))

    await keys_in(manager, ann, how="By telephone")
    await keys_in(manager, ann, how="By telephone")

    assert await recorded(here) == [(f"campaign:{CAMPAIGN}", {"mode": "telephone"})]


async def test_the_record_names_the_school_for_which_answers_are_keyed_in(
    here: Running, manager: WebPerson
) -> None:
    wave = await a_wave(here, questionnaire=CHECK, privacy=Privacy.ATTRIBUTED)
    await asked(here, wave, body="oakfield")

    await searches(manager, "oakf")
    manager.chooses("Oakfield Primary School")
    await manager.presses("Open the questions")

    assert BANNER in manager.text
    assert await recorded(here) == [(f"campaign:{CAMPAIGN}", {"mode": "paper", "unit": "oakfield"})]


async def test_a_person_is_found_by_name_whether_they_have_answered_or_not(
    here: Running, manager: WebPerson
) -> None:
    """It is no list of who has not answered: B48."""
    wave = await a_wave(here)
    await asked(here, wave, key="ann", email="a@b.example")
    await asked(here, wave, key="bob", email="b@b.example", state=InvitationState.ANSWERED)
    await asked(here, wave, key="cas", email="c@b.example", state=InvitationState.SKIPPED)

    await manager.opens(KEY_IN)
    assert "Lee" not in manager.text
    await searches(manager, "lee")
    assert [name in manager.text for name in ("Ann Lee", "Bob Lee", "Cas Lee")] == [
        True,
        True,
        False,
    ]
    assert "Answered" not in manager.text

    manager.chooses("Bob Lee")
    await manager.presses("Open the questions")
    assert (manager.status, manager.error) == (
        422,
        "The answers to this one are here already. They count once.",
    )


async def test_b48_nobody_of_an_anonymous_wave_is_found_by_name_and_the_page_says_why(
    here: Running, manager: WebPerson
) -> None:
    """B48."""
    ann = await asked(here, await a_wave(here, privacy=Privacy.ANONYMOUS))

    await manager.opens(KEY_IN)
    assert "There is no search by name: this survey is anonymous" in manager.text
    assert not manager.has("Search")
    pressed = manager.sending("Open the questions")
    await manager.sends(pressed.with_(action="find", name="Ann Lee", mode="paper"))
    assert str(ann.id) not in repr(manager.page.all("input"))
    assert "Ann Lee" not in manager.page.one("main").text
    await manager.sends(pressed.with_(chosen=str(ann.id), mode="paper"))
    assert manager.status == 422
    assert await recorded(here) == []

    await keys_in(manager, ann)
    assert BANNER in manager.text


async def test_staff_see_nothing_of_what_the_person_has_begun_and_take_nothing_away(
    here: Running, app: FastAPI, manager: WebPerson
) -> None:
    ann = await asked(here, await a_wave(here))
    async with browsing(app) as person:
        await person.opens(f"/i/{ann.token}")
        await person.presses("Start")
        await person.answers("Strongly agree")
        second = person.heading

        await keys_in(manager, ann)
        assert manager.heading != second
        assert manager.chosen == []
        await person.reloads()
        assert person.heading == second
        assert (await invitation_of(here, ann)).mode is None


async def test_the_answers_of_the_person_win_and_the_staff_page_says_so(
    here: Running, app: FastAPI, manager: WebPerson
) -> None:
    ann = await asked(here, await a_wave(here))
    await keys_in(manager, ann)
    async with browsing(app) as person:
        await person.opens(f"/i/{ann.token}")
        await person.presses("Start")
        await sends(person)

    await sends(manager)

    assert (manager.status, manager.heading) == (409, "These answers are here already")
    assert (await invitation_of(here, ann)).mode == "web"
    assert await count_rows(here, sealed) == [1]
    await keys_in(manager, ann)
    assert manager.error == "The answers to this one are here already. They count once."


async def test_whoever_was_keyed_in_is_told_that_their_answers_are_here(
    here: Running, app: FastAPI, manager: WebPerson
) -> None:
    ann = await asked(here, await a_wave(here))
    await keys_in(manager, ann)
    await sends(manager)

    async with browsing(app) as person:
        await person.opens(f"/i/{ann.token}")

        assert person.heading == "You have already answered"


async def test_what_was_begun_to_key_in_goes_on_where_it_was(
    here: Running, manager: WebPerson
) -> None:
    ann = await asked(here, await a_wave(here))
    await keys_in(manager, ann)
    first = manager.heading
    await manager.answers("Agree")

    await keys_in(manager, ann)

    assert manager.heading != first
    assert len(await recorded(here)) == 1


async def test_what_is_keyed_in_opens_in_no_other_browser(
    here: Running, app: FastAPI, manager: WebPerson
) -> None:
    await keys_in(manager, await asked(here, await a_wave(here)))
    async with browsing(app) as other:
        await other.opens(manager.path)

        assert BANNER not in other.text
        assert "I am proud" not in other.text


async def test_an_address_of_another_campaign_or_of_nothing_is_refused_alike(
    here: Running, manager: WebPerson
) -> None:
    ann = await asked(here, await a_wave(here))
    other = here.core.invitation_links.token(here.core.ids.uuid())
    await manager.opens(KEY_IN)
    pressed = manager.sending("Open the questions")
    for link in (other, f"{ann.token}x", "/i/", "https://elsewhere.example"):
        await manager.sends(pressed.with_(mode="paper", link=link))
        assert manager.status == 422
        assert manager.error == (
            "This address leads nowhere. Copy all of it from the slip or letter."
        )


async def test_what_is_missing_is_said_by_name(here: Running, manager: WebPerson) -> None:
    await a_wave(here)
    await manager.opens(KEY_IN)
    await manager.presses("Open the questions")
    assert "Select how the answers came" in manager.text
    assert "Enter the address on the slip or letter" in manager.text
    await searches(manager, "x")
    assert manager.error == "Enter at least two letters of the name"
    await searches(manager, "Nobody")
    assert manager.error == "Nobody of this name was asked. Check how it is written."


async def test_when_the_wave_is_over_nothing_can_be_keyed_in(
    here: Running, manager: WebPerson
) -> None:
    wave = await a_wave(here)
    ann = await asked(here, wave)
    await manager.opens(KEY_IN)
    pressed = manager.sending("Open the questions").with_(mode="paper", link=ann.token)
    async with here.core.begin() as work:
        await work.waves.set_state(wave.key, WaveState.CLOSED, at=NOON, was=WaveState.OPEN)
        await work.commit()

    await manager.sends(pressed)

    assert manager.status == 422
    assert "This survey takes no answers now." in manager.text
    assert await recorded(here) == []
