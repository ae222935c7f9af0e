"""Messages, edits and keyboards as a real bot makes them and as a person sees them."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiogram.enums import ParseMode
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramServerError
from aiogram.types import (
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    ReplyParameters,
)

from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

if TYPE_CHECKING:
    from aiogram import Bot

HTML = ParseMode.HTML


def keyboard(*rows: dict[str, str]) -> InlineKeyboardMarkup:
    """One row per mapping of labels to data."""
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=label, callback_data=data) for label, data in row.items()]
            for row in rows
        ]
    )


def one_button(**fields: str) -> InlineKeyboardMarkup:
    button = InlineKeyboardButton.model_validate({"text": "Agree", **fields})
    return InlineKeyboardMarkup(inline_keyboard=[[button]])


async def test_a_message_appears_with_its_text_markup_and_buttons(bot: "Bot", sian: Person) -> None:
    sent = await bot.send_message(
        sian.id,
        "<b>1 of 7</b>\nR&amp;D",
        parse_mode=HTML,
        reply_markup=keyboard({"Agree": "a"}, {"‹ Back": "b", "Skip": "s"}),
    )

    shown = await sian.sees("1 of 7")
    assert shown.message_id == sent.message_id
    assert shown.text == "1 of 7\nR&D"
    assert shown.html == "<b>1 of 7</b>\nR&amp;D"
    assert shown.buttons == (("Agree",), ("‹ Back", "Skip"))
    assert not shown.edited
    assert sent.from_user is not None
    assert sent.from_user.is_bot
    assert sent.chat.first_name == "Siân <b>&"


async def test_entities_counted_by_the_bot_are_shown(bot: "Bot", sian: Person) -> None:
    entities = [MessageEntity(type="bold", offset=3, length=4)]
    await bot.send_message(sian.id, "🏟 bold <b>", entities=entities)
    assert (await sian.sees("bold")).html == "🏟 <b>bold</b> &lt;b&gt;"


async def test_a_name_in_unescaped_markup_is_refused_and_not_shown(
    bot: "Bot", sian: Person
) -> None:
    with pytest.raises(TelegramBadRequest, match="can't parse entities"):
        await bot.send_message(sian.id, "Hello Siân <b>&", parse_mode=HTML)
    assert not [each for each in sian.screen if each.by_bot]


async def test_4096_units_of_utf16_are_the_limit_after_parsing(bot: "Bot", sian: Person) -> None:
    await bot.send_message(sian.id, f"<b>{'🏟' * 2048}</b>", parse_mode=HTML)
    with pytest.raises(TelegramBadRequest, match="message is too long"):
        await bot.send_message(sian.id, "🏟" * 2048 + "a")


async def test_an_empty_text_is_refused(bot: "Bot", sian: Person) -> None:
    for text in ("", "  ", "\n"):
        with pytest.raises(TelegramBadRequest, match="message text is empty"):
            await bot.send_message(sian.id, text)


async def test_an_edit_changes_the_message_in_place(bot: "Bot", sian: Person) -> None:
    first = await bot.send_message(sian.id, "Question 1", reply_markup=keyboard({"Agree": "a"}))
    await bot.edit_message_text(
        "Question 2",
        chat_id=sian.id,
        message_id=first.message_id,
        reply_markup=keyboard({"Yes": "y"}),
    )

    (shown,) = [each for each in sian.screen if each.by_bot]
    assert (shown.message_id, shown.text) == (first.message_id, "Question 2")
    assert shown.buttons == (("Yes",),)
    assert shown.edited


async def test_an_edit_without_a_keyboard_takes_it_away(bot: "Bot", sian: Person) -> None:
    sent = await bot.send_message(sian.id, "Question", reply_markup=keyboard({"Agree": "a"}))
    await bot.edit_message_text("Thank you", chat_id=sian.id, message_id=sent.message_id)
    assert (await sian.sees("Thank you")).buttons == ()


async def test_a_keyboard_can_change_alone(bot: "Bot", sian: Person) -> None:
    sent = await bot.send_message(sian.id, "Choose", reply_markup=keyboard({"HR": "hr"}))
    await bot.edit_message_reply_markup(
        chat_id=sian.id, message_id=sent.message_id, reply_markup=keyboard({"✓ HR": "hr"})
    )
    shown = await sian.sees("Choose")
    assert shown.buttons == (("✓ HR",),)


async def test_an_edit_that_changes_nothing_is_refused(bot: "Bot", sian: Person) -> None:
    buttons = keyboard({"Agree": "a"})
    sent = await bot.send_message(sian.id, "<b>x</b>", parse_mode=HTML, reply_markup=buttons)

    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await sent.edit_text("<b>x</b>", parse_mode=HTML, reply_markup=buttons)
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await sent.edit_reply_markup(reply_markup=buttons)
    await sent.edit_text("x", reply_markup=buttons)


async def test_only_an_own_message_that_exists_can_be_edited(bot: "Bot", sian: Person) -> None:
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("x", chat_id=sian.id, message_id=999_999)
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bot.edit_message_text("x", chat_id=sian.id, message_id=sian.screen[0].message_id)
    with pytest.raises(TelegramBadRequest, match="message identifier is not specified"):
        await bot.edit_message_text("x", chat_id=sian.id)


async def test_a_long_edit_is_refused(bot: "Bot", sian: Person) -> None:
    sent = await bot.send_message(sian.id, "x")
    with pytest.raises(TelegramBadRequest, match="MESSAGE_TOO_LONG"):
        await bot.edit_message_text("a" * 4097, chat_id=sian.id, message_id=sent.message_id)


async def test_a_message_of_one_person_is_unknown_in_the_chat_of_another(
    bot: "Bot", sian: Person, tom: Person
) -> None:
    sent = await bot.send_message(sian.id, "for Siân")
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("x", chat_id=tom.id, message_id=sent.message_id)


async def test_a_deleted_message_leaves_the_screen_and_cannot_be_deleted_again(
    bot: "Bot", sian: Person
) -> None:
    sent = await bot.send_message(sian.id, "secret")
    await bot.delete_message(sian.id, sent.message_id)
    assert "secret" not in [each.text for each in sian.screen]
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await bot.delete_message(sian.id, sent.message_id)


async def test_after_two_days_a_message_cannot_be_deleted(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    sent = await bot.send_message(sian.id, "old")
    telegram.clock.advance(timedelta(hours=49))
    with pytest.raises(TelegramBadRequest, match="message can't be deleted for everyone"):
        await bot.delete_message(sian.id, sent.message_id)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"callback_data": "é" * 33}, "BUTTON_DATA_INVALID"),
        ({}, "Text buttons are unallowed"),
        ({"callback_data": "a", "url": "https://example.org"}, "exactly one action"),
        ({"url": "http://localhost/"}, "URL 'http://localhost/' is invalid: Wrong HTTP URL"),
        ({"text": " ", "callback_data": "a"}, "button text must be non-empty"),
    ],
)
async def test_a_bad_button_is_refused(
    bot: "Bot", sian: Person, fields: dict[str, str], refusal: str
) -> None:
    with pytest.raises(TelegramBadRequest, match=refusal):
        await bot.send_message(sian.id, "x", reply_markup=one_button(**fields))


async def test_64_bytes_of_data_and_a_hundred_buttons_are_the_limit(
    bot: "Bot", sian: Person
) -> None:
    await bot.send_message(sian.id, "x", reply_markup=one_button(callback_data="é" * 32))
    hundred = [{str(n): str(n)} for n in range(100)]
    await bot.send_message(sian.id, "x", reply_markup=keyboard(*hundred))
    with pytest.raises(TelegramBadRequest, match="REPLY_MARKUP_TOO_LONG"):
        await bot.send_message(sian.id, "x", reply_markup=keyboard(*hundred, {"one": "more"}))
    with pytest.raises(TelegramBadRequest, match="REPLY_MARKUP_TOO_LONG"):
        await bot.send_message(
            sian.id, "x", reply_markup=keyboard({str(n): str(n) for n in range(9)})
        )


async def test_other_keyboards_are_refused_aloud(bot: "Bot", sian: Person) -> None:
    with pytest.raises(TelegramServerError, match="ForceReply"):
        await bot.send_message(sian.id, "x", reply_markup=ForceReply(force_reply=True))


async def test_a_reply_needs_the_message_that_it_answers(bot: "Bot", sian: Person) -> None:
    lost = ReplyParameters(message_id=999_999)
    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await bot.send_message(sian.id, "x", reply_parameters=lost)
    forgiving = ReplyParameters(message_id=999_999, allow_sending_without_reply=True)
    await bot.send_message(sian.id, "x", reply_parameters=forgiving)


async def test_nobody_gets_a_message_before_they_write(bot: "Bot", telegram: FakeTelegram) -> None:
    stranger = telegram.person()
    with pytest.raises(TelegramForbiddenError, match="bot can't initiate conversation"):
        await bot.send_message(stranger.id, "hello")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(1, "hello")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message("@somebody", "hello")


async def test_somebody_who_blocked_the_bot_gets_nothing_until_they_come_back(
    bot: "Bot", sian: Person
) -> None:
    sent = await bot.send_message(sian.id, "before")
    await sian.blocks()
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(sian.id, "during")
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.edit_message_text("during", chat_id=sian.id, message_id=sent.message_id)
    await sian.unblocks()
    await bot.send_message(sian.id, "after")
    assert [each.text for each in sian.screen if each.by_bot] == ["before", "after"]


async def test_a_deleted_account_gets_nothing(bot: "Bot", sian: Person) -> None:
    sian.leaves_telegram()
    with pytest.raises(TelegramForbiddenError, match="user is deactivated"):
        await bot.send_message(sian.id, "hello")


async def test_an_action_must_be_one_of_telegrams(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    await bot.send_chat_action(sian.id, "typing")
    assert telegram.ledger.shown(sian.id)[-1].text == "typing"
    with pytest.raises(TelegramBadRequest, match="wrong parameter action"):
        await bot.send_chat_action(sian.id, "thinking")
