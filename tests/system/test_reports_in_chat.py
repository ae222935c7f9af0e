"""Problems reported in chat: begun in any way, with files of any kind, sent once."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from survey.db.tables import attachments
from survey.domain import case_acts as acts
from survey.domain.cases import Case, CaseKind, CaseState, Effect, EntryKind
from tests.bot.rig import newest, presses, says, until
from tests.hostile.making import pdf
from tests.support.application import TestClock
from tests.support.in_chat import Chatting, InChat
from tests.telegram.people import PHOTO, Person, Shown

NOT_TAKEN = "I can take text, photo, voice or PDF."
PLACE = {"latitude": 51.6, "longitude": -0.2}
OTHERS: dict[str, dict[str, Any]] = {
    "location": {"location": PLACE},
    "live location": {"location": {**PLACE, "live_period": 900}},
    "contact": {"contact": {"phone_number": "+447700900123", "first_name": "Tom"}},
    "dice": {"dice": {"emoji": "🎲", "value": 3}},
    "poll": {
        "poll": {
            "id": "1",
            "question": "Tea?",
            "options": [],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
        }
    },
}


async def answered(chat: Chatting, act: Callable[[], Awaitable[object]]) -> Shown:
    """Do it, and what stands last once it was handled."""
    before = max((each.message_id for each in chat.sian.screen), default=0)
    await act()
    await chat.sian.until(
        lambda: any(each.by_bot and each.message_id > before for each in chat.sian.screen)
    )
    await chat.settled()
    return newest(chat.sian)


async def to_the_check(chat: Chatting, service: str = "Payroll") -> Shown:
    """From the question for the service, where the text and a file are there."""
    for label in (service, "Wrong pay or a wrong bill", "We are stuck"):
        shown = await chat.presses(label)
    assert shown.text.startswith("Check your answers")
    return shown


async def cases(chat: Chatting) -> list[Case]:
    return list(await chat.here.core.own_cases.of(chat.who))


async def test_a_photo_with_words_is_reported_with_four_taps(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        await answered(chat, lambda: chat.sian.sends_photo("payslip wrong again for 3 TAs"))
        await to_the_check(chat)
        told = await chat.presses("Send")

        [case] = await cases(chat)
        [entry] = (await chat.own(case)).timeline
        taps = [each for each in chat.telegram.ledger.acts(chat.sian.id) if "callback" in each.kind]

    assert told.text.startswith(f"Reported: {case.reference}.\nPayroll answers by ")
    assert told.buttons == (("Add a note or photo",), ("My reports",))
    assert (case.service, case.unit, case.person) == ("payroll", "oakfield", chat.known.id)
    assert (case.kind, case.effect) == (CaseKind.WRONG_PAY, Effect.STUCK)
    assert (entry.kind, entry.text) == (EntryKind.REPORTED, "payslip wrong again for 3 TAs")
    assert len(entry.files) == 1
    assert len(taps) == 4


@pytest.mark.parametrize("kind", ["photo", "album", "voice", "document"])
async def test_b14_each_kind_that_is_taken_starts_a_report_and_is_part_of_it(
    kind: str, database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        sian = chat.sian
        acts_: dict[str, Callable[[], Awaitable[object]]] = {
            "photo": lambda: sian.sends_photo("No pay"),
            "album": lambda: sian.sends_album(*[PHOTO] * 10, caption="No pay"),
            "voice": lambda: sian.sends_voice(seconds=20 * 60),
            "document": lambda: sian.sends_document("list.pdf", content=pdf(), caption="No pay"),
        }
        first = await answered(chat, acts_[kind])
        if kind == "voice":
            await chat.presses("Payroll")
            await chat.presses("Wrong pay or a wrong bill")
            await chat.says("No pay")
            await chat.presses("We are stuck")
        else:
            await to_the_check(chat)
        await chat.presses("Send")

        [case] = await cases(chat)
        [entry] = (await chat.own(case)).timeline
        ours = [each for each in sian.screen if each.by_bot]

    assert entry.text == "No pay"
    assert len(entry.files) == (10 if kind == "album" else 1)
    assert f"Added to your report: {len(entry.files)} file" in first.text
    assert len(ours) == (2 if kind == "voice" else 1)


async def test_a_file_that_is_not_kept_is_told_of_before_the_report_is_sent(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        document = partial(
            chat.sian.sends_document, "list.txt", content=b"MZ", kind="text/plain", caption="No pay"
        )
        await answered(chat, document)
        await until(lambda: is_refused(chat))
        for label in ("Payroll", "Wrong pay or a wrong bill", "We are stuck"):
            shown = await chat.presses(label)

    assert shown.text.startswith("We could not keep list.txt. We cannot take programs.")
    assert "Check your answers" in shown.text


async def is_refused(chat: Chatting) -> bool:
    async with chat.here.core.database.reading() as connection:
        return bool(await connection.scalar(select(attachments.c.refused)))


async def test_b14_kinds_that_are_not_taken_are_told_and_change_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        for content in OTHERS.values():
            told = await answered(chat, partial(chat.sian.sends_other, content))
            assert told.text == NOT_TAKEN
        assert (await answered(chat, chat.sian.sends_sticker)).text == NOT_TAKEN

        await answered(chat, lambda: chat.sian.sends_photo("No pay"))
        for content in OTHERS.values():
            told = await answered(chat, partial(chat.sian.sends_other, content))
            assert told.text.startswith(f"{NOT_TAKEN}\n")
            assert told.text.endswith("Which service is it about?")
        await to_the_check(chat)
        await chat.presses("Send")

        [case] = await cases(chat)
        assert len((await chat.own(case)).timeline[0].files) == 1


async def test_b14_a_document_of_50_mb_is_refused_in_words_and_never_fetched(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        told = await answered(
            chat, lambda: chat.sian.sends_document("film.pdf", size=50_000_000, caption="No pay")
        )
        await to_the_check_without_files(chat)
        await chat.presses("Send")

        [case] = await cases(chat)
        assert (await chat.own(case)).timeline[0].files == ()
        assert chat.telegram.ledger.calls("getFile") == ()

    assert "film.pdf: The file is larger than 20 MB." in told.text


async def to_the_check_without_files(chat: Chatting) -> None:
    for label in ("Payroll", "Wrong pay or a wrong bill", "We are stuck", "Skip"):
        shown = await chat.presses(label)
    assert shown.text.startswith("Check your answers")


async def test_files_come_at_any_time_of_the_report_and_words_with_them_answer_the_question(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        await chat.says("/report")
        await answered(chat, chat.sian.sends_voice)
        await chat.presses("Start")
        await chat.presses("IT")
        early = await answered(chat, lambda: chat.sian.sends_photo("What I see"))
        await chat.presses("Something is broken")
        await answered(chat, lambda: chat.sian.sends_photo("The screen is blue"))
        await chat.presses("We can work")
        await chat.presses("Send")

        [case] = await cases(chat)
        [entry] = (await chat.own(case)).timeline

    assert "I cannot add what you wrote with it here" in early.text
    assert entry.text == "The screen is blue"
    assert len(entry.files) == 3


async def test_b4_the_button_that_sent_a_report_sends_it_once(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        await answered(chat, lambda: chat.sian.sends_photo("No pay"))
        check = await to_the_check(chat)
        send = check.rows[0][0].data or ""
        async with chat.telegram.updates.held():
            for _ in range(3):
                await chat.sian.forge_callback(send, check)
        await chat.sian.until(lambda: not chat.sian.spinning)
        await chat.settled()

        assert len(await cases(chat)) == 1
        assert newest(chat.sian).text.startswith("Reported: ")


async def test_every_update_of_a_report_may_come_twice(database_url: str, tmp_path: Path) -> None:
    async with InChat(database_url, tmp_path) as chat:
        chat.telegram.updates.copies = 2
        await answered(chat, lambda: chat.sian.sends_album(PHOTO, PHOTO, caption="No pay"))
        await to_the_check(chat)
        await chat.presses("Send")
        await chat.says("Three of us")
        await chat.settled()

        [case] = await cases(chat)
        own = await chat.own(case)

    assert [len(each.files) for each in own.timeline] == [2, 0]
    assert [each.text for each in own.timeline] == ["No pay", "Three of us"]


async def test_b17_who_blocks_the_bot_in_mid_report_goes_on_at_the_same_question(
    database_url: str, tmp_path: Path
) -> None:
    clock = TestClock()
    async with InChat(database_url, tmp_path, clock=clock) as chat:
        await answered(chat, lambda: chat.sian.sends_photo("No pay"))
        asked = await chat.presses("Payroll")
        await chat.sian.blocks()
        await chat.sian.unblocks()
        again = await chat.says("/report")
        await chat.presses("Wrong pay or a wrong bill")
        await chat.presses("We are stuck")
        await chat.presses("Send")

        [case] = await cases(chat)
        assert len((await chat.own(case)).timeline[0].files) == 1

    assert again.text == asked.text


async def test_b16_in_a_group_a_report_is_neither_begun_nor_shown(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.reported("Secret words")
        group = chat.telegram.group()
        await group.adds_bot(chat.sian)
        for command in ("/report", "/mycases"):
            await group.hears(chat.sian, command)
        heard = [each for each in group.screen if each.by_bot]

        async def told() -> bool:
            heard[:] = [each for each in group.screen if each.by_bot]
            return len(heard) == 2

        await until(told)
        assert {each.text for each in heard} == {
            "I ask my questions in private. Write to me: @tellback_test_bot"
        }
        assert [each.id for each in await cases(chat)] == [case.id]


async def test_b20_words_of_danger_are_answered_at_once_and_the_report_is_for_few(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        await chat.says("/report")
        await chat.presses("Start")
        await chat.presses("HR")
        await chat.presses("Something else")
        helped = await chat.says("A pupil told me that he is being hit at home")
        question = await chat.sian.sees("How much does it stop you?")
        await chat.presses("We can work")
        await chat.presses("Skip")
        await chat.presses("Send")
        [case] = await cases(chat)

    assert "NSPCC helpline, 0808 800 5000." in helped.text
    assert question.message_id > helped.message_id
    assert case.restricted


async def test_the_telephone_for_what_is_urgent_stands_before_anything_is_typed(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        notice = await chat.says("/report")
        await chat.presses("Start")
        await chat.presses("HR")
        asked = await chat.presses("Something else")

    for shown in (notice, asked):
        assert "If somebody is in danger now, call 999." in shown.text


async def test_a_number_that_opens_records_is_deleted_from_the_chat_as_long_as_telegram_allows(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.staff(await chat.reported(), acts.asked("Whose payslip?"))
        told = await chat.says("AB123456C")
        await chat.settled()

        assert "AB123456C" not in "\n".join(each.text for each in chat.sian.screen)
        assert [each.text for each in await chat.written(case)] == ["AB123456C"]
        assert "We have deleted your message from this chat" in told.text
        assert f"/case/{chat.here.core.case_links.token(case.link)}" in told.text

        chat.telegram.fail_next("deleteMessage", description="message can't be deleted")
        told = await chat.says("And AB123457D")
        await chat.settled()
        assert "please take it out" in told.text


async def test_a_report_from_a_chat_that_nobody_knows_asks_for_the_school_and_is_answered_there(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        tom = chat.telegram.person(name="Tom")
        await tom.sends_photo("No pay")
        await tom.sees("Which school, department or team are you from?")
        await says(tom, "elm")
        await presses(tom, "Elmwood School")
        for label in ("Payroll", "Wrong pay or a wrong bill", "We are stuck", "Send"):
            told = await presses(tom, label)
        listed = await says(tom, "/mycases")

        assert told.text.startswith("Reported: ")
        assert "Payroll, reported today." in listed.text
        assert await cases(chat) == []


async def test_a_photo_beside_an_open_report_may_be_for_it_or_begin_another(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.reported()
        asked = await answered(chat, lambda: chat.sian.sends_photo("The portal is down"))
        assert asked.buttons == ((f"{case.reference} Payroll",), ("A new report", "No"))
        await tap(chat.sian, "A new report")
        await to_the_check(chat, "IT")
        await chat.presses("Send")

        [new] = [each for each in await cases(chat) if each.id != case.id]
        assert (await chat.own(new)).timeline[0].text == "The portal is down"
        assert await chat.written(case) == []


async def tap(person: Person, label: str) -> None:
    query = await person.taps(label)
    await person.until(lambda: query not in person.spinning)


async def test_personal_data_that_went_astray_is_said_to_reach_few(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        await answered(chat, lambda: chat.sian.sends_photo("Payslips sent to the wrong school"))
        await chat.presses("Payroll")
        told = await chat.presses("Personal data went astray")
        await chat.presses("It slows us down")
        await chat.presses("Send")
        [case] = await cases(chat)

    assert "responsible for data protection" in told.text
    assert (case.restricted, case.state) == (True, CaseState.NEW)


async def test_a_problem_that_is_over_by_the_time_of_the_tap_is_reported_all_the_same(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        problem = await chat.knows("Wrong payslips in May", "payroll")
        await answered(chat, lambda: chat.sian.sends_photo("No pay"))
        await chat.presses("Payroll")
        await chat.is_over(problem)
        shown = await chat.presses("Same problem: add us")

        assert chat.sian.toasts[-1].text == "This problem is over. Please report yours."
        assert shown.text.endswith("What kind of problem is it?")
        assert await cases(chat) == []


async def test_what_is_known_is_joined_once_however_often_it_is_tapped(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        problem = await chat.knows("Wrong payslips in May", "payroll")
        await answered(chat, lambda: chat.sian.sends_photo("No pay"))
        known = await chat.presses("Payroll")
        join = known.rows[0][0].data or ""
        async with chat.telegram.updates.held():
            for _ in range(3):
                await chat.sian.forge_callback(join, known)
        await chat.sian.until(lambda: not chat.sian.spinning)
        await chat.settled()

        [case] = await cases(chat)

    assert case.problem == problem.id
    assert newest(chat.sian).text.startswith(f"Reported: {case.reference}.")
