"""What a chat remembers of a person: their unit, how far they came, and that they have answered."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.callbacks import Page, PagePress, encode
from survey.domain.loading import read
from survey.domain.records import Chat, Comparison
from tests.bot.rig import house, newest, presses, says
from tests.support.application import Running
from tests.telegram.people import Person, Shown
from tests.telegram.server import FakeTelegram

PULSE = "/start s_people-pulse"
RATING = "/start s_service-satisfaction"
MEMBERS = "/start s_member-it"
ANONYMOUS = """
key: whispers
title: Whispers
purpose: To hear what nobody says aloud
privacy: anonymous
unit: ask
questions:
  - {name: safe, type: text, label: Do you feel safe to speak up?}
"""


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def sian(telegram: FakeTelegram) -> Person:
    return telegram.person(name="Siân")


async def _begins(person: Person, link: str) -> Shown:
    await says(person, link)
    await presses(person, "Start")
    await says(person, "oakfield")
    return await presses(person, "Oakfield Primary School")


async def _skips_to_check(person: Person, *, questions: int) -> Shown:
    for _ in range(questions):
        shown = await presses(person, "Skip")
    assert shown.text.startswith("Check your answers")
    return shown


async def _answers_the_pulse(person: Person) -> Shown:
    await _begins(person, PULSE)
    await presses(person, "Agree")
    await _skips_to_check(person, questions=7)
    return await presses(person, "Send")


async def _rates_payroll(person: Person) -> Shown:
    await presses(person, "Payroll")
    await presses(person, "Satisfied")
    while not newest(person).text.startswith("Check your answers"):
        await presses(person, "Skip")
    return await presses(person, "Send")


async def _chat(here: Running, telegram: FakeTelegram, person: Person) -> Chat | None:
    async with here.core.begin.read() as work:
        return await work.chats.get(int(telegram.token.partition(":")[0]), person.id)


async def _forges(person: Person, data: str) -> str:
    """What the bot says to a tap on this button."""
    before = len(person.toasts)
    query = await person.forge_callback(data, newest(person))
    await person.until(lambda: query not in person.spinning)
    return " ".join(each.text for each in person.toasts[before:])


# --- the unit ---


async def test_the_next_survey_knows_the_unit_and_it_can_be_changed(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse", "before-a-change"):
        await _answers_the_pulse(sian)
        assert "I remember the school" in (await says(sian, "/privacy")).text

        await says(sian, "/start s_before-a-change")
        question = await presses(sian, "Start")
        assert question.text.startswith("1 of ")
        check = await _skips_to_check(sian, questions=5)
        assert "School, department or team: \u2068Oakfield Primary School\u2069" in check.text
        menu = await presses(sian, "Change an answer")
        assert menu.buttons[0] == ("School, department or team",)
        await presses(sian, "School, department or team")
        await says(sian, "elm")
        check = await presses(sian, "Elmwood School")
        assert "Elmwood School" in check.text


async def test_a_unit_is_remembered_only_once_the_answers_are_sent(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await _begins(sian, PULSE)
        assert await _chat(here, telegram, sian) is None
        assert "I remember" not in (await says(sian, "/privacy")).text
        await says(sian, "/survey")
        await _skips_to_check(sian, questions=8)
        await presses(sian, "Send")
        chat = await _chat(here, telegram, sian)

    assert chat is not None
    assert chat.unit == "oakfield"


async def test_an_anonymous_survey_leaves_no_unit_behind(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram) as here:
        await here.core.catalogue.publish(
            read(ANONYMOUS, name="whispers.yaml"),
            decide=lambda _: Comparison.SAME_SERIES,
            open_link=True,
        )
        await _begins(sian, "/start s_whispers")
        await says(sian, "No")
        assert "Receipt" in (await presses(sian, "Send")).text

        assert await _chat(here, telegram, sian) is None


async def test_a_remembered_unit_that_is_gone_is_asked_for_again(
    tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    bot = int(telegram.token.partition(":")[0])
    async with house(f"sqlite:///{tmp_path}/t.sqlite", tmp_path, telegram, "people-pulse") as here:
        async with here.core.begin() as work:
            await work.chats.put(Chat(bot, sian.id, unit="closed-school"))
            await work.commit()

        await says(sian, PULSE)
        assert "Which school, department or team" in (await presses(sian, "Start")).text


async def test_a_survey_for_a_fixed_unit_says_that_it_needs_its_own_link_or_knows_the_unit(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse", "member-it"):
        page = await says(sian, MEMBERS)
        assert page.text == (
            "This survey needs a link that says which school, department or team you are from.\n"
            "Ask whoever sent it for a new one, or send /survey."
        )
        assert "needs a link" not in await _forges(
            sian, encode(PagePress(Page.SURVEY, "member-it"))
        )
        assert "needs a link" in newest(sian).text

        await _answers_the_pulse(sian)
        notice = await says(sian, MEMBERS)
        assert notice.buttons[0] == ("Start", "Not now")
        assert "Which school" not in (await presses(sian, "Start")).text


async def test_cancelling_at_the_notice_asks_nothing_about_a_remembered_unit(
    tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    database = f"sqlite:///{tmp_path}/t.sqlite"
    async with house(database, tmp_path, telegram, "people-pulse", "before-a-change"):
        await _answers_the_pulse(sian)
        await says(sian, "/start s_before-a-change")

        assert (await says(sian, "/cancel")).text.startswith("Your answers are thrown away.")


# --- coming back ---


@pytest.mark.parametrize("way", ["/survey", "/start", PULSE])
async def test_who_comes_back_after_days_is_told_how_far_they_came_and_goes_on(
    way: str, database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await _begins(sian, PULSE)
        await presses(sian, "Agree")
        await presses(sian, "Skip")
        left = await presses(sian, "Disagree")
        here.clock.advance(timedelta(days=5))

        page = await says(sian, way)
        assert page.text == "Staff pulse\nYou answered 2 of 8 on Thursday."
        assert page.buttons == (("Go on", "Start again"), ("Continue on the web",))
        await sian.until(lambda: len([each for each in sian.screen if each.rows]) == 1)

        again = await presses(sian, "Go on")
        assert (again.message_id, again.text) == (page.message_id, left.text)


async def test_who_was_away_for_minutes_sees_the_question_at_once(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await _begins(sian, PULSE)
        await presses(sian, "Agree")
        here.clock.advance(timedelta(minutes=10))
        assert (await says(sian, "/survey")).text.startswith("2 of 8")

        here.clock.advance(timedelta(minutes=1))
        assert "You answered 1 of 8 today." in (await says(sian, "/survey")).text


async def test_who_has_answered_nothing_yet_is_not_told_how_far_they_came(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await _begins(sian, PULSE)
        await presses(sian, "Skip")
        here.clock.advance(timedelta(days=1))

        assert (await says(sian, PULSE)).text.startswith("2 of 8")


async def test_answers_that_wait_to_be_sent_are_said_to_do_so(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await _begins(sian, PULSE)
        await presses(sian, "Agree")
        await _skips_to_check(sian, questions=7)
        here.clock.advance(timedelta(hours=1))

        page = await says(sian, "/survey")
        assert "You answered 1 question today.\nYou have not sent them yet." in page.text
        assert (await presses(sian, "Go on")).text.startswith("Check your answers")


async def test_starting_again_begins_with_no_answers_in_the_same_message(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await _begins(sian, PULSE)
        await presses(sian, "Agree")
        here.clock.advance(timedelta(days=1))
        page = await says(sian, "/survey")

        notice = await presses(sian, "Start again")
        assert notice.message_id == page.message_id
        assert notice.buttons[0] == ("Start", "Not now")
        await presses(sian, "Start")
        await says(sian, "oakfield")
        first = await presses(sian, "Oakfield Primary School")
        assert first.text.startswith("1 of 8")
        assert not any("✓" in label for row in first.buttons for label in row)
        async with here.core.begin.read() as work:
            owed = await work.conversations.owed(
                int(telegram.token.partition(":")[0]),
                before=here.clock.now() + timedelta(days=1),
                limit=9,
            )
    assert owed == []


async def test_an_old_start_again_throws_nothing_away_that_was_answered_since(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await _begins(sian, PULSE)
        await presses(sian, "Agree")
        here.clock.advance(timedelta(days=1))
        page = await says(sian, "/survey")
        await presses(sian, "Go on")
        await presses(sian, "Disagree")

        await _forges(sian, page.rows[0][1].data or "")

        assert newest(sian).text.startswith("3 of 8")


# --- once a month ---


async def test_nobody_answers_a_pulse_twice_in_one_month(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await _answers_the_pulse(sian)

        page = await says(sian, PULSE)
        assert page.text == "You have already answered this in May. Thank you."
        assert page.rows == ()
        await says(sian, "/survey")
        assert (await presses(sian, "Staff pulse")).text == page.text
        await _forges(sian, encode(PagePress(Page.ANSWER_AGAIN, "people-pulse")))
        assert newest(sian).text == page.text

        here.clock.advance(timedelta(days=18))
        assert "8 questions" in (await says(sian, PULSE)).text


async def test_another_person_and_another_survey_are_asked(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    tom = telegram.person(name="Tom")
    async with house(database_url, tmp_path, telegram, "people-pulse", "before-a-change"):
        await _answers_the_pulse(sian)

        assert "8 questions" in (await says(tom, PULSE)).text
        assert "questions" in (await says(sian, "/start s_before-a-change")).text


async def test_who_rates_services_may_answer_again_about_another_one(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "service-satisfaction") as here:
        await _begins(sian, RATING)
        await _rates_payroll(sian)
        here.clock.advance(timedelta(minutes=1))

        page = await says(sian, RATING)
        assert page.text == (
            "You have already answered this in May. Thank you.\n"
            "To rate another service, answer again."
        )
        assert page.buttons == (("Answer again",),)
        notice = await presses(sian, "Answer again")
        assert notice.message_id == page.message_id
        await presses(sian, "Start")
        await presses(sian, "Payroll")
        here.clock.advance(timedelta(days=1))
        await says(sian, RATING)
        await presses(sian, "Start again")
        await presses(sian, "Start")
        assert "Receipt" in (await _rates_payroll(sian)).text
