"""Stopping anywhere: after a restart and 13 days of silence, in chat and then on the web, everybody
is at the question where they stopped, and every answer is kept."""

from datetime import timedelta
from pathlib import Path

import pytest

from api.app import create_app
from survey.domain.loading import read
from survey.domain.path import answered_so_far
from survey.domain.questionnaire import QuestionType
from survey.domain.records import Comparison
from survey.domain.reporting import REPORT
from survey.domain.turns import (
    ChooseUnit,
    Input,
    NoticeTurn,
    Put,
    QuestionTurn,
    Read,
    ReviewTurn,
    Say,
    Skip,
    Start,
    Turn,
    UnitCandidate,
    UnitTurn,
)
from survey.questionnaires import library
from survey.services.shown import Shown as Step
from tests.bot.rig import newest, presses, says
from tests.support.application import Running
from tests.support.stored import stored_answers
from tests.support.web import WebPerson, browsing
from tests.system.test_moving import both, link_to_web
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

OAKFIELD = UnitCandidate("oakfield", "Oakfield Primary School")
SILENCE = timedelta(days=13)
MOST_STEPS = 60


def answer(turn: Turn) -> Input:
    """The first choice, or a word."""
    match turn:
        case NoticeTurn():
            return Start()
        case UnitTurn():
            return ChooseUnit(OAKFIELD)
        case QuestionTurn(name=name, type=QuestionType.NOTE):
            return Read(name)
        case QuestionTurn(name="email" as name):
            return Say(name, "ann@school.example")
        case QuestionTurn(name=name, type=QuestionType.FILE):
            return Skip(name)
        case QuestionTurn(name=name, type=QuestionType.SELECT_MULTIPLE, options=options):
            return Put(name, (options[0].name,))
        case QuestionTurn(name=name, options=options):
            return Say(name, options[0].name if options else "More light")
    raise AssertionError(turn)


async def stops_after(here: Running, owner: str, questionnaire: str, steps: int) -> Step:
    """Somebody in chat who stops after so many steps, or before the check page's button."""
    fixed = UnitCandidate("oakfield", OAKFIELD.name)
    needs_unit = library.shipped()[questionnaire].find("unit: fixed") >= 0
    step = await here.core.conversations.begin(
        owner, questionnaire, unit=fixed if needs_unit else None
    )
    for _ in range(steps):
        if isinstance(step.turn, ReviewTurn):
            break
        step = await here.core.conversations.apply(
            step.conversation, answer(step.turn), owner=owner
        )
    await here.core.conversations.mark_shown(step.conversation, revision=step.state.revision)
    return step


def place(turn: Turn) -> str:
    return turn.name if isinstance(turn, QuestionTurn) else type(turn).__name__


async def comes_back_in_chat(here: Running, person: Person, stopped: Step) -> None:
    """They are told how far they came, and are shown where they stopped."""
    shown = await says(person, "/survey")
    given = [value for value in stopped.state.answers.values() if value is not None]
    if given:
        today = here.clock.now().date()
        form = stopped.published.form
        answered, total = answered_so_far(form, stopped.state.answers, today)
        count = f"{answered} of {total}" if total else f"{answered} question"
        assert f"You answered {count}" in shown.text
        assert "on Thursday 14 May" in shown.text
        shown = await presses(person, "Go on")
    assert expected(stopped.turn) in shown.text


def expected(turn: Turn) -> str:
    match turn:
        case QuestionTurn(label=label):
            return label
        case ReviewTurn():
            return "Check your answers"
        case UnitTurn():
            return "Which school, department or team are you from?"
        case NoticeTurn(title=title):
            return title
    raise AssertionError(turn)


async def goes_on_on_the_web(
    here: Running, person: Person, browser: WebPerson, stopped: Step
) -> None:
    await browser.opens(await link_to_web(person))
    await browser.presses("move")
    key = stopped.state.questionnaire
    match stopped.turn:
        case QuestionTurn(label=label):
            assert label in browser.page.one("h1").text
        case ReviewTurn():
            assert browser.heading == "Check your answers before sending them"
    async with here.core.begin.read() as work:
        row = await work.conversations.get(stopped.conversation)
    assert row is not None
    now = await here.core.conversations.resume(stopped.conversation, owner=row.owner)
    assert row.owner.startswith("web:")
    assert now.state.answers == stopped.state.answers
    assert place(now.turn) == place(stopped.turn)
    assert browser.path.startswith("/problem" if key == REPORT else f"/s/{key}")


@pytest.mark.parametrize("questionnaire", sorted(library.shipped()))
async def test_whoever_stops_anywhere_goes_on_there_after_a_restart_and_13_days_in_either_channel(
    questionnaire: str, database_url: str, tmp_path: Path
) -> None:
    async with FakeTelegram() as telegram:
        bot = int(telegram.token.partition(":")[0])
        stopped: list[tuple[Person, Step]] = []
        async with both(database_url, tmp_path, telegram, [questionnaire]) as (here, _):
            for steps in range(MOST_STEPS):
                person = telegram.person(name=f"Stops after {steps}")
                owner = f"telegram:{bot}:{person.id}"
                step = await stops_after(here, owner, questionnaire, steps)
                stopped.append((person, step))
                if isinstance(step.turn, ReviewTurn):
                    break
        async with both(database_url, tmp_path, telegram, []) as (here, _):
            here.clock.advance(SILENCE)
            app = create_app(here.core, here.figures)
            for person, step in stopped:
                await comes_back_in_chat(here, person, step)
                async with browsing(app) as browser:
                    await goes_on_on_the_web(here, person, browser, step)

    assert isinstance(stopped[-1][1].turn, ReviewTurn)
    assert len({place(step.turn) for _, step in stopped}) == len(stopped)


# --- a new version meanwhile ---


async def test_who_has_begun_finishes_the_version_that_they_began(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        FakeTelegram() as telegram,
        both(database_url, tmp_path, telegram) as (here, _),
    ):
        sian, tom = telegram.person(name="Siân"), telegram.person(name="Tom")
        await begins(sian)
        await presses(sian, "Agree")
        changed = library.shipped()["people-pulse"].replace(
            "I would recommend ${organisation} as a great place to work",
            "I would tell a friend to work for ${organisation}",
        )
        await here.core.catalogue.publish(
            read(changed, name="people-pulse.yaml"),
            decide=lambda _: Comparison.BREAKS,
            open_link=True,
        )
        assert "as a great place to work" in (await says(sian, "/survey")).text
        for _ in range(6):
            await presses(sian, "Agree")
        await presses(sian, "Skip")
        assert "Receipt" in (await presses(sian, "Send")).text

        await begins(tom)
        assert "I would tell a friend" in (await presses(tom, "Agree")).text
        [stored] = await stored_answers(here, "people-pulse")
    assert stored["answers"]["advocacy"] == 4


async def begins(person: Person) -> None:
    await says(person, "/start s_people-pulse")
    await presses(person, "Start")
    await says(person, "oak")
    await presses(person, "Oakfield Primary School")


# --- two phones ---


async def test_two_phones_of_one_account_are_one_person_and_the_later_tap_is_told(
    database_url: str, tmp_path: Path
) -> None:
    """Both show the same messages; each taps what it has on its screen."""
    async with (
        FakeTelegram() as telegram,
        both(database_url, tmp_path, telegram) as (here, _),
    ):
        sian = telegram.person(name="Siân")
        await begins(sian)
        on_both = newest(sian)
        await presses(sian, "Agree")
        query = await sian.forge_callback(on_both.rows[4][0].data or "", on_both)
        await sian.until(lambda: query not in sian.spinning)
        assert sian.toasts[-1].text.startswith("You have already answered that one.")
        found = await here.core.conversations.current(
            f"telegram:{telegram.token.partition(':')[0]}:{sian.id}"
        )
    assert found is not None
    assert found.state.answers == {"pride": 4}
