"""What people type where a button is meant, write astray, and correct afterwards."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.rig import house, newest, presses, says
from tests.support.application import Running
from tests.support.stored import stored_answers
from tests.telegram.people import Person, Shown
from tests.telegram.server import FakeTelegram

LINK = "/start s_people-pulse"
QUESTIONS = 7
"""Scale questions of the pulse, before its comment."""

REMARK = "The rota changes too late each week"
HINT = "Please choose one of the five buttons, or Skip."


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def sian(telegram: FakeTelegram) -> Person:
    return telegram.person(name="Siân <b>&")


async def _to_first_question(person: Person, link: str = LINK) -> Shown:
    await says(person, link)
    await presses(person, "Start")
    await says(person, "oak")
    return await presses(person, "Oakfield Primary School")


async def _answers(here: Running, key: str = "people-pulse") -> dict[str, object]:
    [stored] = await stored_answers(here, key)
    found: dict[str, object] = stored["answers"]
    return found


def _with_buttons(person: Person) -> list[Shown]:
    return [each for each in person.screen if each.rows]


async def test_a_pulse_is_answered_without_touching_a_button(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await says(sian, LINK)
        await says(sian, "start")
        await says(sian, "oak")
        await presses(sian, "Oakfield Primary School")
        for typed in ("4", "four", "Agree", "strongly a", "pedwar", "4/5", "skip"):
            shown = await says(sian, typed)
        assert shown.text.startswith("8 of 8")
        assert (await says(sian, "back")).text.startswith("7 of 8")
        await says(sian, "neither")
        assert (await says(sian, "More light")).text.startswith("Check your answers")
        assert "Receipt" in (await says(sian, "send")).text

        assert await _answers(here) == {
            **dict.fromkeys(("pride", "advocacy", "attachment", "motivation", "leadership"), 4),
            "inspiration": 5,
            "workload": 3,
            "comment": "More light",
        }


async def test_a_word_that_means_nothing_gets_one_hint_once_and_no_heap_of_messages(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await _to_first_question(sian)
        first = await says(sian, "dunno")
        assert first.text.startswith(f"{HINT}\n1 of 8")
        for word in ("no idea", "pass"):
            again = await says(sian, word)
            assert again.text.startswith("1 of 8")
            await sian.until(lambda: len(_with_buttons(sian)) == 1)
        assert not any(HINT in each.text for each in sian.screen)

        await presses(sian, "Agree")
        assert (await says(sian, "dunno")).text.startswith(f"{HINT}\n2 of 8")


async def test_the_hint_is_welsh_where_the_survey_is(
    tmp_path: Path, telegram: FakeTelegram
) -> None:
    eleri = telegram.person(name="Eleri", language_code="cy")
    async with house(f"sqlite:///{tmp_path}/t.sqlite", tmp_path, telegram, "people-pulse"):
        await says(eleri, LINK)
        await says(eleri, "dechrau")
        await says(eleri, "oak")
        await presses(eleri, "Oakfield Primary School")
        missed = await says(eleri, "wn i ddim")
        assert missed.text.startswith("Dewiswch un o'r 5 botwm, neu Hepgor.\n1 o 8")
        assert (await says(eleri, "pedwar")).text.startswith("2 o 8")
        offer = await says(eleri, "Mae'r rota yn newid yn rhy hwyr bob wythnos")
        assert offer.text.startswith("Cadw hyn fel eich sylw?")
        assert (await says(eleri, "ie")).text.startswith("2 o 8")


async def test_a_longer_text_at_a_question_with_buttons_is_offered_as_the_comment(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await _to_first_question(sian)
        offer = await says(sian, REMARK)
        assert offer.text == f"Keep this as your comment?\n“\u2068{REMARK}\u2069”"
        assert offer.buttons == (("Yes", "No"),)
        question = await presses(sian, "Yes")
        assert question.text.startswith("1 of 8")
        assert question.message_id == offer.message_id
        for _ in range(QUESTIONS):
            check = await presses(sian, "Agree")
        assert f"One thing: “\u2068{REMARK}\u2069”" in check.text

        more = await says(sian, "And the lift is broken again")
        assert more.text.startswith("Add this to your comment?")
        assert (
            f"“\u2068{REMARK} And the lift is broken again\u2069”"
            in (await presses(sian, "Yes")).text
        )
        await presses(sian, "Send")
        assert (await _answers(here))["comment"] == f"{REMARK}\nAnd the lift is broken again"


async def test_an_offer_that_is_declined_leaves_nothing_behind(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await _to_first_question(sian)
        await says(sian, REMARK)
        assert (await says(sian, "nope")).text.startswith("1 of 8")
        for _ in range(QUESTIONS):
            last = await presses(sian, "Agree")
        assert last.text.startswith("8 of 8")


async def test_a_text_that_overtakes_the_tap_before_it_loses_neither(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await _to_first_question(sian)
        for _ in range(QUESTIONS - 1):
            before = await presses(sian, "Agree")
        last = before.rows[0][0].data or ""
        await says(sian, REMARK)
        query = await sian.forge_callback(last, before)
        await sian.until(lambda: query not in sian.spinning)
        assert newest(sian).text.startswith("Keep this as your comment?")
        check = await presses(sian, "Yes")

    assert "Acceptable workload: Strongly agree" in check.text or "Strongly agree" in check.text
    assert REMARK in check.text


async def test_what_is_written_after_sending_is_said_to_be_too_late(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await _to_first_question(sian)
        for _ in range(QUESTIONS):
            await presses(sian, "Agree")
        await presses(sian, "Skip")
        await presses(sian, "Send")
        told = await says(sian, REMARK)
        assert told.text.startswith("You have sent your answers, so I cannot add this to them.")


async def test_a_corrected_message_corrects_its_answer_while_the_survey_is_open(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await _to_first_question(sian)
        sent = await sian.sends("4")
        await sian.sees("2 of 8")
        await sian.edits(sent, "strongly agree")
        shown = await sian.sees("Your answer is corrected.")
        assert "2 of 8" in shown.text
        await sian.edits(sent, "dunno")
        await sian.sees("Your earlier answer stays.")
        await says(sian, "/back")
        assert "✓ Strongly agree" in [label for row in newest(sian).buttons for label in row]

        tapped = await presses(sian, "Agree")
        await sian.edits(sent, "1")
        await sian.sees("I cannot see which answer you corrected")
        await says(sian, "/back")
        assert "✓ Agree" in [label for row in newest(sian).buttons for label in row]
        assert "2 of 8" in tapped.text


async def test_a_message_corrected_after_sending_changes_nothing_and_says_so(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await _to_first_question(sian)
        for _ in range(QUESTIONS):
            await presses(sian, "Agree")
        sent = await sian.sends("More light")
        await sian.sees("Check your answers")
        await presses(sian, "Send")
        await sian.edits(sent, "Less light")
        await sian.sees("nothing has changed")

        assert (await _answers(here))["comment"] == "More light"


@pytest.mark.parametrize("bad", ["nul \x00 in it", "\x07\x07\x07 bell"])
async def test_a_character_that_cannot_be_kept_is_said_to_be_so(
    bad: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(f"sqlite:///{tmp_path}/t.sqlite", tmp_path, telegram, "people-pulse"):
        await _to_first_question(sian)
        for _ in range(QUESTIONS):
            await presses(sian, "Agree")
        shown = await says(sian, bad)
        assert "a character that we cannot keep" in shown.text
        assert "8 of 8" in shown.text


async def test_ten_thousand_characters_in_three_messages_are_each_taken_or_refused_with_the_limit(
    tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(f"sqlite:///{tmp_path}/t.sqlite", tmp_path, telegram, "people-pulse"):
        await _to_first_question(sian)
        for _ in range(QUESTIONS):
            await presses(sian, "Agree")
        for part in ("word " * 800, "word " * 800, "word " * 400):
            shown = await says(sian, part.strip())
        assert shown.text.startswith("Check your answers")
        over = await says(sian, "one word more than fits in here")
        assert over.text.startswith("Please use the buttons here.")
