"""A survey in chat, as people meet it: from the link to the receipt, and every way in between."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.rig import house, newest, presses, says
from tests.support.application import Running
from tests.telegram.people import Person, Shown
from tests.telegram.server import FakeTelegram

LINK = "/start s_people-pulse"
QUESTIONS = 7
"""Scale questions of the pulse, before its comment."""


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def sian(telegram: FakeTelegram) -> Person:
    return telegram.person(name="Siân <b>&")


async def _to_first_question(person: Person) -> Shown:
    await says(person, LINK)
    await presses(person, "Start")
    await says(person, "oak")
    return await presses(person, "Oakfield Primary School")


async def _to_check(person: Person, comment: str = "/skip") -> Shown:
    await _to_first_question(person)
    for _ in range(QUESTIONS):
        await presses(person, "Agree")
    return await says(person, comment)


async def _responses(here: Running, key: str = "people-pulse") -> list[dict[str, object]]:
    """What is kept once the questionnaire is closed and its box opened."""
    await here.core.catalogue.close(key)
    await here.tick()
    async with here.core.begin.read(one_state=True) as work:
        return [dict(each.answers) async for each in work.responses.all(key)]


async def test_a_pulse_is_answered_from_the_link_to_the_receipt(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        notice = await says(sian, LINK)
        assert "Staff pulse: 8 questions, about 2 minutes" in notice.text
        assert "From: Barnet Council. Why: " in notice.text
        assert "fewer than 10 people" in notice.text
        assert "Telegram itself can see this chat." in notice.text
        assert notice.buttons[0] == ("Start", "Not now")

        question = await _to_first_question(sian)
        assert question.html.startswith("<b>1 of 8</b>\nI am proud")
        assert question.buttons == (
            ("Strongly agree",),
            ("Agree",),
            ("Neither agree nor disagree",),
            ("Disagree",),
            ("Strongly disagree",),
            ("‹ Back", "Skip"),
        )
        for _ in range(QUESTIONS):
            last = await presses(sian, "Agree")
        assert last.message_id == question.message_id

        check = await says(sian, "The rota changes <b>too</b> late & often")
        assert "One thing: “\u2068The rota changes <b>too</b> late & often\u2069”" in check.text

        done = await presses(sian, "Send")
        assert done.message_id == check.message_id
        assert re.search(r"Receipt [2-9A-Z]{3}-[2-9A-Z]{3} \(it proves", done.text)
        assert done.rows == ()
        bots = [each.text for each in sian.screen if each.by_bot]
        assert not any("Proud to work here" in text for text in bots)

        assert await _responses(here) == [
            dict.fromkeys(
                ("pride", "advocacy", "attachment", "inspiration", "motivation", "leadership",
                 "workload"),
                4,
            )
            | {"comment": "The rota changes <b>too</b> late & often"}
        ]  # fmt: skip


async def test_two_people_answer_at_once_and_neither_sees_the_other(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    people = [telegram.person(name=name) for name in ("Siân", "Tom")]
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await asyncio.gather(*(_to_check(each, f"from {each.id}") for each in people))
        for each, other in (people, people[::-1]):
            assert f"from {each.id}" in newest(each).text
            assert not any(str(other.id) in shown.text for shown in each.screen)
        await asyncio.gather(*(presses(each, "Send") for each in people))

        stored = await _responses(here)
    assert sorted(str(each["comment"]) for each in stored) == sorted(
        f"from {each.id}" for each in people
    )


async def test_after_a_restart_the_same_question_is_open(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await _to_first_question(sian)
        await presses(sian, "Agree")

    async with house(database_url, tmp_path, telegram):
        shown = await presses(sian, "Disagree")
        assert shown.text.startswith("3 of 8")
        shown = await says(sian, "/back")
        assert ("✓ Disagree",) in shown.buttons


async def test_what_was_sent_while_the_bot_was_down_is_answered_when_it_is_back(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await _to_first_question(sian)
    await sian.taps("Agree")
    await sian.taps("Agree")  # once more, since nothing happened

    async with house(database_url, tmp_path, telegram):
        await sian.sees("2 of 8")
        await sian.until(lambda: not sian.spinning)
        assert sian.toasts[-1].text == "You have already answered that one."


async def test_a_tap_on_a_button_of_earlier_is_refused_kindly(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        first = await _to_first_question(sian)
        agree = first.rows[1][0].data or ""
        await presses(sian, "Agree")
        await says(sian, "4")  # typed, so that the open question is in a newer message

        query = await sian.forge_callback(agree, first)
        await sian.until(lambda: query not in sian.spinning)

        told = sian.toasts[-1].text
        assert told == "You have already answered that one. Question 3 is below."
        assert newest(sian).text.startswith("3 of 8")


@pytest.mark.parametrize(
    "forged",
    ["", "x", "z" * 64, "language/fr", "survey/no-such-survey", "survey/../../etc", "\x00", "☃"],
)  # fmt: skip
async def test_forged_buttons_are_refused_in_words(
    forged: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(f"sqlite:///{tmp_path}/t.sqlite", tmp_path, telegram, "people-pulse"):
        shown = await _to_first_question(sian)
        query = await sian.forge_callback(forged, shown)
        await sian.until(lambda: query not in sian.spinning)

        told = sian.toasts[-1].text
        assert told == "This button does not work any more. Send /survey to go on."
        assert newest(sian) == shown


async def test_nobody_can_tap_the_buttons_of_somebody_else(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    tom = telegram.person(name="Tom")
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        hers = await _to_first_question(sian)
        page = await says(tom, "/help")
        for row in hers.rows:
            for button in row:
                query = await tom.forge_callback(button.data or "", page)
                await tom.until(lambda query=query: query not in tom.spinning)  # type: ignore[misc]

        words = {toast.text for toast in tom.toasts}
        assert words == {"This button does not work any more. Send /survey to go on."}
        assert newest(sian) == hers


@pytest.mark.parametrize(
    "payload",
    ["s_no-such", "s_", "s_People Pulse", "i_abc", "x" * 64, "x" * 65, "s_" + "a" * 63,
     "'; DROP TABLE chats; --", "<b>", "\u202e", "s_member-it", "s_people-pulse extra"],
)  # fmt: skip
async def test_every_link_that_leads_nowhere_gives_the_same_plain_page(
    payload: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    database = f"sqlite:///{tmp_path}/t.sqlite"
    async with house(database, tmp_path, telegram, "people-pulse") as here:
        await here.publish("member-it", open_link=False)
        page = await says(sian, f"/start {payload}")

        assert page.text == (
            "This link does not work. It may have been used already.\n"
            "Ask whoever sent it for a new one, or send /survey."
        )
        assert page.rows == ()


async def test_start_without_a_link_lists_what_is_open(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram) as here:
        page = await says(sian, "/start")
        assert "There is no survey open just now." in page.text

        await here.publish("people-pulse")
        await here.publish("before-a-change", open_link=False)
        page = await says(sian, "/start")
        assert page.buttons == (("Staff pulse",),)
        shown = await presses(sian, "Staff pulse")
        assert shown.message_id == page.message_id
        assert "8 questions" in shown.text


async def test_back_skip_and_cancel_have_an_answer_at_every_point(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "service-satisfaction"):
        for command in ("/back", "/skip", "/cancel"):
            assert "No survey is open here." in (await says(sian, command)).text

        await says(sian, "/start s_service-satisfaction")
        assert "This is the beginning." in (await says(sian, "/back")).text
        assert "There is no question to skip here." in (await says(sian, "/skip")).text

        await presses(sian, "Start")
        await says(sian, "oakf")
        required = await presses(sian, "Oakfield Primary School")
        assert not any("Skip" in row for row in required.buttons)
        refused = await says(sian, "/skip")
        assert refused.html.startswith("<i>")
        assert refused.rows == required.rows

        sure = await says(sian, "/cancel")
        assert sure.buttons == (("Throw away", "Keep them"),)
        assert (await presses(sian, "Keep them")).rows == required.rows
        await says(sian, "/cancel")
        gone = await presses(sian, "Throw away")
        assert gone.text.startswith("Your answers are thrown away.")
        assert "No survey is open here." in (await says(sian, "/skip")).text


async def test_back_and_skip_work_on_the_last_question_and_the_check_page(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await _to_check(sian)
        assert "There is no question to skip here." in (await says(sian, "/skip")).text
        last = await says(sian, "/back")
        assert last.text.startswith("8 of 8, optional")
        assert (await says(sian, "/back")).text.startswith("7 of 8")


async def test_one_answer_is_changed_before_sending(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await _to_check(sian)
        menu = await presses(sian, "Change an answer")
        assert menu.buttons[1] == ("Proud to work here",)
        await presses(sian, "Proud to work here")
        check = await presses(sian, "Strongly disagree")
        assert "Proud to work here: Strongly disagree" in check.text


async def test_another_language_keeps_question_and_answers(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await _to_first_question(sian)
        english = await presses(sian, "Agree")
        await says(sian, "/language")
        welsh = await presses(sian, "Cymraeg")
        assert welsh.text.startswith("2 ")
        assert welsh.text != english.text
        assert [each.data for row in welsh.rows for each in row] == [
            each.data for row in english.rows for each in row
        ]
        assert len([each for each in sian.screen if each.rows]) == 1


async def test_a_closed_survey_says_when_it_closed(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await _to_first_question(sian)
        await here.core.catalogue.close("people-pulse")
        shown = await presses(sian, "Agree")
        assert shown.text == "This survey closed on Thursday 14 May. Thank you anyway."
        assert sian.toasts[-1].text == shown.text
        assert shown.rows == ()
        assert "closed on Thursday 14 May" in (await says(sian, LINK)).text


@pytest.mark.parametrize(
    "comment",
    ["<b>bold</b> & <script>", "x" * 2_000, "😀" * 1_000, "Mae’r tŷ’n oer", "مرحبا \u202eabc",
     "e\u0301" * 500, "line\nbreak\ttab"],
    ids=["markup", "longest", "emoji", "welsh", "arabic", "combining", "lines"],
)  # fmt: skip
async def test_a_comment_is_kept_exactly(
    comment: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(f"sqlite:///{tmp_path}/t.sqlite", tmp_path, telegram, "people-pulse") as here:
        check = await _to_check(sian, comment)
        assert "Check your answers" in check.text
        await presses(sian, "Send")
        [stored] = await _responses(here)
    assert stored["comment"] == comment


async def test_a_comment_over_the_limit_is_refused_with_the_limit(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        shown = await _to_check(sian, "x" * 4_096)
        assert "2000 characters or fewer" in shown.text.replace(",", "")
        assert "8 of 8" in shown.text


async def test_what_is_not_text_is_declined_and_the_question_stays(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        question = await _to_first_question(sian)
        await sian.sends_sticker()
        shown = await sian.sees("I can take text and taps on buttons only.")
        assert shown.rows == question.rows
        sent = await sian.sends_photo("a caption")
        shown = await sian.sees(lambda each: each.message_id > sent.message_id)
        assert "I can take text and taps on buttons only." in shown.text


async def test_stop_is_kept_until_start(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    bot = int(telegram.token.partition(":")[0])
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        for command, stopped in (("/stop", True), ("/start", False)):
            await says(sian, command)
            async with here.core.begin.read() as work:
                chat = await work.chats.get(bot, sian.id)
            assert chat is not None
            assert chat.stopped is stopped


async def test_each_command_of_the_menu_answers(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await _to_first_question(sian)
        for command in sian.menu:
            shown = await says(sian, f"/{command}")
            assert shown.text
        assert "/survey" in (await says(sian, "/nonsense")).text
