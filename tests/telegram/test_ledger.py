"""The ledger tells in order what each person saw, and what the bot asked for."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramNetworkError

from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram
from tests.telegram.test_messages import keyboard

if TYPE_CHECKING:
    from aiogram import Bot


async def test_everything_shown_is_in_order_and_of_one_person(
    bot: "Bot", sian: Person, tom: Person, telegram: FakeTelegram
) -> None:
    sent = await bot.send_message(sian.id, "Question", reply_markup=keyboard({"Agree": "a"}))
    await bot.send_message(tom.id, "for Tom")
    await bot.answer_callback_query(await sian.taps("Agree"), text="Noted")
    await bot.edit_message_text("Thank you", chat_id=sian.id, message_id=sent.message_id)
    await bot.delete_message(sian.id, sent.message_id)

    shown = telegram.ledger.shown(sian.id)

    assert [(entry.method, entry.text, entry.buttons) for entry in shown] == [
        ("sendMessage", "Question", (("Agree",),)),
        ("answerCallbackQuery", "Noted", ()),
        ("editMessageText", "Thank you", ()),
        ("deleteMessage", "", ()),
    ]
    assert {entry.message_id for entry in shown} == {sent.message_id, None}
    assert [entry.number for entry in telegram.ledger.entries] == [1, 2, 3, 4, 5]


async def test_only_new_messages_count_as_sent(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    sent = await bot.send_message(sian.id, "1")
    await bot.edit_message_text("2", chat_id=sian.id, message_id=sent.message_id)
    await bot.send_message(sian.id, "1")
    assert [entry.text for entry in telegram.ledger.sent_to(sian.id)] == ["1", "1"]
    assert telegram.ledger.sent_to(1) == ()


async def test_a_refused_call_is_noted_and_shown_to_nobody(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    with pytest.raises(TelegramBadRequest):
        await bot.send_message(sian.id, "a" * 4097)
    assert telegram.ledger.shown(sian.id) == ()
    (call,) = telegram.ledger.calls("sendMessage")
    assert (call.chat, call.error_code) == (sian.id, 400)


async def test_a_message_whose_answer_was_lost_was_seen_all_the_same(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    telegram.cut_next("sendMessage", accepted=True)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(sian.id, "Question")
    await bot.send_message(sian.id, "Question")
    assert len(telegram.ledger.sent_to(sian.id)) == 2
    assert [call.error_code for call in telegram.ledger.calls("sendMessage")] == [0, None]


# --- judgements ---


async def test_what_nobody_was_shown_was_missed(
    bot: "Bot", sian: Person, tom: Person, telegram: FakeTelegram
) -> None:
    sent = await bot.send_message(sian.id, "Question 1")
    await bot.edit_message_text("Question 2", chat_id=sian.id, message_id=sent.message_id)
    await bot.send_message(tom.id, "Receipt")
    assert telegram.ledger.missed(sian.id, "Question 1", "Question 2", "Receipt") == ("Receipt",)
    assert telegram.ledger.missed(tom.id, "Receipt") == ()


async def test_the_same_message_again_is_a_repeat_unless_the_person_did_something(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    await bot.send_message(sian.id, "Help")
    await sian.sends("/help")
    await bot.send_message(sian.id, "Help")
    assert telegram.ledger.repeated(sian.id) == ()
    assert len(telegram.ledger.repeated(sian.id, ever=True)) == 1
    await bot.send_message(sian.id, "Help")
    (again,) = telegram.ledger.repeated(sian.id)
    assert (again.text, again.message_id) == ("Help", newest_id(sian))


def newest_id(person: Person) -> int:
    return person.screen[-1].message_id


async def test_other_buttons_make_another_message(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    await bot.send_message(sian.id, "Q", reply_markup=keyboard({"Yes": "y"}))
    await bot.send_message(sian.id, "Q", reply_markup=keyboard({"No": "n"}))
    assert telegram.ledger.repeated(sian.id) == ()


async def test_what_somebody_did_last_may_be_unanswered(
    bot: "Bot", sian: Person, tom: Person, telegram: FakeTelegram
) -> None:
    await bot.send_message(sian.id, "Welcome")
    assert telegram.ledger.unanswered(sian.id) == ()
    assert [act.text for act in telegram.ledger.unanswered(tom.id)] == ["/start"]
    typed = await sian.sends("hello?")
    await sian.forge_callback("tap", typed)
    assert [act.kind for act in telegram.ledger.unanswered(sian.id)] == [
        "message",
        "callback_query",
    ]
    await bot.send_message(sian.id, "Here")
    assert telegram.ledger.unanswered(sian.id) == ()


async def test_the_screen_can_be_told_from_the_ledger_alone(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    gone = await bot.send_message(sian.id, "gone")
    kept = await bot.send_message(sian.id, "1", reply_markup=keyboard({"Yes": "y"}))
    await bot.edit_message_text("2", chat_id=sian.id, message_id=kept.message_id)
    await bot.delete_message(sian.id, gone.message_id)
    (visible,) = telegram.ledger.now_visible(sian.id)
    assert (visible.message_id, visible.text, visible.buttons) == (kept.message_id, "2", ())
    shown = [(each.message_id, each.text) for each in sian.screen if each.by_bot]
    assert shown == [(visible.message_id, visible.text)]


async def test_the_busiest_stretch_counts_messages_and_edits(
    bot: "Bot", sian: Person, tom: Person, telegram: FakeTelegram
) -> None:
    telegram.clock.hold()
    for chat in (sian.id, tom.id, sian.id):
        await bot.send_message(chat, "x")
    telegram.clock.advance(timedelta(seconds=1))
    await bot.send_message(sian.id, "x")
    second = timedelta(seconds=1)
    assert telegram.ledger.busiest(second) == 3
    assert telegram.ledger.busiest(second, chats=[sian.id]) == 2
    assert telegram.ledger.busiest(2 * second) == 4


async def test_a_summary_adds_up_what_people_saw(
    bot: "Bot", sian: Person, tom: Person, telegram: FakeTelegram
) -> None:
    for _ in range(2):
        await bot.send_message(sian.id, "x")
    summary = telegram.ledger.summary([sian.id, tom.id])
    assert summary == {"sendMessage": 2, "acts": 2, "repeated": 1, "unanswered": 1}
