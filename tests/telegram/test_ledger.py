"""The ledger tells in order what each person saw, and what the bot asked for."""

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
