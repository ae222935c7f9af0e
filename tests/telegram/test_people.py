"""A person taps, types and reads; the bot answers through a real aiogram dispatcher."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiogram import Dispatcher
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery, InaccessibleMessage, Message, Update
from aiogram.types import Message as AiogramMessage

from tests.telegram.people import NoSuchButton, NotSeen, Person
from tests.telegram.server import FakeTelegram
from tests.telegram.test_messages import keyboard, one_button

if TYPE_CHECKING:
    from aiogram import Bot


@pytest.fixture
async def dispatcher(bot: "Bot") -> AsyncIterator[Dispatcher]:
    """Asks one question, edits its message with the answer; runs by polling."""

    async def ask(message: Message) -> None:
        await message.answer("I am proud", reply_markup=keyboard({"Agree": "a"}, {"Skip": "s"}))

    async def answered(press: CallbackQuery) -> None:
        await press.answer("Noted" if press.data == "a" else None)
        assert isinstance(press.message, AiogramMessage)
        await press.message.edit_text(f"You chose {press.data}")

    made = Dispatcher()
    made.message.register(ask)
    made.callback_query.register(answered)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(made.start_polling(bot, handle_signals=False, close_bot_session=False))
        yield made
        await made.stop_polling()


async def waiting(bot: "Bot") -> list[Update]:
    return await bot.get_updates()


async def test_a_tap_goes_to_the_bot_and_its_edit_comes_back(
    dispatcher: Dispatcher, telegram: FakeTelegram
) -> None:
    sian = telegram.person()
    await sian.sends("/start s_people-pulse")
    question = await sian.sees("I am proud")

    await sian.taps("Agree")

    answer = await sian.sees("You chose a")
    assert answer.message_id == question.message_id
    assert [toast.text for toast in sian.toasts] == ["Noted"]
    assert sian.spinning == ()


async def test_twelve_people_do_not_disturb_one_another(
    dispatcher: Dispatcher, telegram: FakeTelegram
) -> None:
    async def answers(person: Person) -> None:
        await person.sends("/start")
        await person.sees("I am proud")
        await person.taps("Skip")
        await person.sees("You chose s")

    people = [telegram.person(name=f"Person {n}") for n in range(12)]
    async with asyncio.TaskGroup() as tasks:
        for person in people:
            tasks.create_task(answers(person))

    assert all(len(telegram.ledger.sent_to(person.id)) == 1 for person in people)


async def test_the_newest_message_with_the_button_is_tapped(bot: "Bot", sian: Person) -> None:
    first = await bot.send_message(sian.id, "1", reply_markup=keyboard({"Agree": "old"}))
    second = await bot.send_message(sian.id, "2", reply_markup=keyboard({"Agree": "new"}))
    await bot.send_message(sian.id, "3", reply_markup=keyboard({"Other": "other"}))

    await sian.taps("Agree")
    await sian.taps("Agree", message=await sian.sees("1"))
    await sian.taps(data="new")

    presses = [each.callback_query for each in await waiting(bot) if each.callback_query]
    assert [press.data for press in presses] == ["new", "old", "new"]
    assert [press.message.message_id for press in presses if press.message] == [
        second.message_id,
        first.message_id,
        second.message_id,
    ]


async def test_a_button_that_is_not_on_the_screen_cannot_be_tapped(
    bot: "Bot", sian: Person
) -> None:
    sent = await bot.send_message(sian.id, "1", reply_markup=keyboard({"Agree": "a"}))
    await bot.edit_message_text("2", chat_id=sian.id, message_id=sent.message_id)
    with pytest.raises(NoSuchButton, match="no visible button 'Agree'"):
        await sian.taps("Agree")
    with pytest.raises(NoSuchButton, match="say which"):
        await sian.taps()


async def test_two_buttons_with_one_label_are_told_apart_by_data(bot: "Bot", sian: Person) -> None:
    await bot.send_message(sian.id, "1", reply_markup=keyboard({"Yes": "a"}, {"Yes": "b"}))
    with pytest.raises(NoSuchButton, match="2 buttons 'Yes'"):
        await sian.taps("Yes")
    await sian.taps("Yes", data="b")


async def test_a_link_is_opened_not_tapped(bot: "Bot", sian: Person) -> None:
    markup = one_button(text="Results", url="https://example.org/results")
    await bot.send_message(sian.id, "1", reply_markup=markup)
    assert sian.opens("Results") == "https://example.org/results"
    with pytest.raises(NoSuchButton, match="opens"):
        await sian.taps("Results")


async def test_what_does_not_come_is_reported_with_the_screen(bot: "Bot", sian: Person) -> None:
    await bot.send_message(sian.id, "Something else", reply_markup=keyboard({"Agree": "a"}))
    with pytest.raises(NotSeen, match=r"(?s)'Thank you'.*Something else.*\[ Agree \]"):
        await sian.sees("Thank you", within=0.01)


async def test_seeing_waits_for_what_fits(bot: "Bot", sian: Person) -> None:
    async with asyncio.TaskGroup() as tasks:
        seen = tasks.create_task(sian.sees(lambda shown: shown.buttons == (("Done",),)))
        await bot.send_message(sian.id, "1", reply_markup=keyboard({"Agree": "a"}))
        await bot.send_message(sian.id, "2", reply_markup=keyboard({"Done": "d"}))
    assert seen.result().text == "2"


async def test_the_newest_of_several_that_fit_is_seen(bot: "Bot", sian: Person) -> None:
    await bot.send_message(sian.id, "Question 1")
    newest = await bot.send_message(sian.id, "Question 2")
    await bot.send_message(sian.id, "Thank you")
    assert (await sian.sees("Question")).message_id == newest.message_id


async def test_people_do_not_mistake_their_own_words_for_the_bots(sian: Person) -> None:
    await sian.sends("Thank you")
    with pytest.raises(NotSeen):
        await sian.sees("Thank you", within=0.01)


async def test_a_press_is_answered_once(bot: "Bot", sian: Person) -> None:
    query_id = await sian.forge_callback("a", sian.screen[0])
    assert sian.spinning == (query_id,)
    await bot.answer_callback_query(query_id, text="Noted", show_alert=True)
    assert [(toast.text, toast.alert) for toast in sian.toasts] == [("Noted", True)]
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(query_id)


async def test_a_press_is_answered_within_15_seconds(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    in_time = await sian.forge_callback("a", sian.screen[0])
    telegram.clock.advance(timedelta(seconds=10))
    late = await sian.forge_callback("b", sian.screen[0])
    await bot.answer_callback_query(in_time)
    telegram.clock.advance(timedelta(seconds=16))
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(late)
    with pytest.raises(TelegramBadRequest, match="query ID is invalid"):
        await bot.answer_callback_query("1")


async def test_a_toast_has_200_characters(bot: "Bot", sian: Person) -> None:
    query_id = await sian.forge_callback("a", sian.screen[0])
    with pytest.raises(TelegramBadRequest, match="MESSAGE_TOO_LONG"):
        await bot.answer_callback_query(query_id, text="a" * 201)
    await bot.answer_callback_query(query_id, text="a" * 200)


async def test_a_forged_press_may_carry_anything(bot: "Bot", sian: Person, tom: Person) -> None:
    of_tom = await bot.send_message(tom.id, "for Tom", reply_markup=keyboard({"Agree": "a"}))
    await sian.forge_callback("x" * 65, await tom.sees("for Tom"))
    await sian.forge_callback("a", 999_999)

    foreign, lost = [each.callback_query for each in await waiting(bot) if each.callback_query]
    assert foreign is not None
    assert foreign.from_user.id == sian.id
    assert foreign.data == "x" * 65
    assert foreign.message is not None
    assert (foreign.message.chat.id, foreign.message.message_id) == (tom.id, of_tom.message_id)
    assert lost is not None
    assert isinstance(lost.message, InaccessibleMessage)


async def test_every_thing_a_person_does_is_an_update_that_aiogram_reads(
    bot: "Bot", telegram: FakeTelegram
) -> None:
    person = telegram.person(name="Siân <b>&", language_code="cy", username="sian")
    typed = await person.sends("/start s_people-pulse")
    await person.edits(typed, "/start")
    await person.sends_photo("payslip wrong again")
    await person.sends_sticker()
    await person.sends_other({"contact": {"phone_number": "1", "first_name": "Tom"}})
    await person.forge_callback("a", typed)
    await person.blocks()
    await person.unblocks()

    updates = await waiting(bot)

    assert [each.event_type for each in updates] == [
        "message",
        "edited_message",
        "message",
        "message",
        "message",
        "callback_query",
        "my_chat_member",
        "my_chat_member",
    ]
    ids = [each.update_id for each in updates]
    assert ids == sorted(set(ids))
    first = updates[0].message
    assert first is not None
    assert first.from_user is not None
    assert (first.from_user.first_name, first.from_user.language_code) == ("Siân <b>&", "cy")
    assert first.from_user.id > 2**32
    assert [(each.type, each.length) for each in first.entities or []] == [("bot_command", 6)]
    assert updates[1].edited_message is not None
    assert updates[1].edited_message.edit_date is not None
    assert updates[2].message is not None
    assert updates[2].message.photo
    assert updates[3].message is not None
    assert updates[3].message.sticker


async def test_who_blocked_the_bot_cannot_write_to_it(sian: Person) -> None:
    await sian.blocks()
    with pytest.raises(NotSeen):
        await sian.sends("hello")


async def test_people_edit_their_own_messages_only(bot: "Bot", sian: Person) -> None:
    await bot.send_message(sian.id, "of the bot")
    with pytest.raises(NotSeen, match="their own"):
        await sian.edits(await sian.sees("of the bot"), "x")
