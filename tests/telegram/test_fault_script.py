"""Faults that are composed: the third call, one chat, one text, late, half-open, or a lie."""

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING

import pytest
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramNetworkError

from tests.telegram.client import bot_of
from tests.telegram.faults import (
    Cut,
    Garble,
    Hold,
    Refuse,
    Silent,
    Slow,
    other_chat,
    reused_id,
)
from tests.telegram.people import Person
from tests.telegram.refusal import forbidden
from tests.telegram.server import FakeTelegram
from tests.telegram.troubles import NEW_HOME, TROUBLES, Means, Trouble, troubles_of

if TYPE_CHECKING:
    from aiogram import Bot


async def test_the_third_message_to_a_chat_is_cut_after_its_effect(
    bot: "Bot", sian: Person, tom: Person, telegram: FakeTelegram
) -> None:
    telegram.faults.order("sendMessage", Cut(accepted=True), chat=sian.id, nth=3)
    for text in "12":
        await bot.send_message(sian.id, text)
        await bot.send_message(tom.id, text)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(sian.id, "3")
    await bot.send_message(sian.id, "4")
    assert [each.text for each in telegram.ledger.sent_to(sian.id)] == ["1", "2", "3", "4"]


async def test_only_calls_that_fit_count(bot: "Bot", sian: Person, telegram: FakeTelegram) -> None:
    refusal = Refuse(forbidden("bot was blocked by the user"))
    telegram.faults.order("sendMessage", refusal, when=lambda call: "Receipt" in call.text)
    await bot.send_message(sian.id, "Question")
    with pytest.raises(TelegramAPIError):
        await bot.send_message(sian.id, "Receipt")


async def test_a_slow_call_ends_in_the_fault_behind_it(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    telegram.faults.order("sendMessage", Slow(0.05, then=Cut(accepted=False)))
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(sian.id, "x")
    assert loop.time() - began >= 0.05
    assert telegram.ledger.sent_to(sian.id) == ()


async def test_a_held_call_goes_on_when_the_gate_opens(
    bot: "Bot", sian: Person, tom: Person, telegram: FakeTelegram
) -> None:
    gate = asyncio.Event()
    telegram.faults.order("sendMessage", Hold(gate), chat=sian.id)
    async with asyncio.TaskGroup() as tasks:
        held = tasks.create_task(bot.send_message(sian.id, "held"))
        await bot.send_message(tom.id, "not held")
        assert telegram.ledger.sent_to(sian.id) == ()
        gate.set()
        assert (await held).text == "held"


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_half_open_connection_says_nothing_until_the_bot_gives_up(
    bot: "Bot", sian: Person, telegram: FakeTelegram, accepted: bool
) -> None:
    telegram.faults.order("sendMessage", Silent(accepted))
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(sian.id, "x", request_timeout=1)
    assert len(telegram.ledger.sent_to(sian.id)) == accepted


async def test_closing_the_fake_ends_what_it_holds() -> None:
    telegram = FakeTelegram()
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks, bot_of(telegram) as bot:
        async with telegram:
            sian = telegram.person()
            await sian.sends("/start")
            telegram.faults.order("sendMessage", Hold(), chat=sian.id)
            telegram.faults.order("sendChatAction", Silent(accepted=False))
            calls = [
                tasks.create_task(_failure(bot.send_message(sian.id, "x"))),
                tasks.create_task(_failure(bot.send_chat_action(sian.id, "typing"))),
            ]
            await telegram.faults.all_met()
        assert [await call for call in calls] == ["TelegramNetworkError"] * 2
    assert telegram.ledger.sent_to(sian.id) == ()


async def _failure(call: Awaitable[object]) -> str:
    with pytest.raises(TelegramAPIError) as caught:
        await call
    return type(caught.value).__name__


async def test_a_success_may_name_an_id_that_was_used_before(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    first = await bot.send_message(sian.id, "first")
    telegram.faults.order("sendMessage", reused_id(first.message_id))
    second = await bot.send_message(sian.id, "second")
    assert second.message_id == first.message_id
    assert [each.text for each in telegram.ledger.now_visible(sian.id)] == ["first", "second"]


async def test_a_success_may_be_for_another_chat(
    bot: "Bot", sian: Person, tom: Person, telegram: FakeTelegram
) -> None:
    telegram.faults.order("sendMessage", other_chat(tom.id))
    assert (await bot.send_message(sian.id, "x")).chat.id == tom.id
    assert telegram.ledger.sent_to(tom.id) == ()


async def test_a_garbled_answer_may_have_had_no_effect(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    telegram.faults.order("sendMessage", Garble(200, b"", accepted=False))
    with pytest.raises(ClientDecodeError):
        await bot.send_message(sian.id, "x")
    assert telegram.ledger.sent_to(sian.id) == ()


def test_the_table_names_each_trouble_once_and_every_method_has_several() -> None:
    names = [trouble.name for trouble in TROUBLES]
    assert len(names) == len(set(names)) >= 22
    for method in ("sendMessage", "editMessageText", "answerCallbackQuery", "getUpdates"):
        assert len({trouble.means for trouble in troubles_of(method)}) >= 3


@pytest.mark.parametrize("trouble", troubles_of("sendMessage"), ids=str)
async def test_a_trouble_reaches_the_bot_as_the_table_says(
    bot: "Bot", sian: Person, telegram: FakeTelegram, trouble: Trouble
) -> None:
    telegram.faults.order("sendMessage", trouble.fault)
    with pytest.raises(Exception) as caught:  # noqa: PT011 of every kind that aiogram has
        await bot.send_message(sian.id, "x")
    if trouble.means is Means.CHAT_MOVED:
        assert getattr(caught.value, "migrate_to_chat_id", None) == NEW_HOME
    seen = len(telegram.ledger.sent_to(sian.id))
    assert seen == (trouble.name == "reset after")
