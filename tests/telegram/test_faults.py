"""Faults come when they were ordered, to whom they were ordered, and no longer."""

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

if TYPE_CHECKING:
    from aiogram import Bot


async def test_too_many_requests_says_how_long_to_wait(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    telegram.fail_next("sendMessage", retry_after=37)
    with pytest.raises(TelegramRetryAfter) as caught:
        await bot.send_message(sian.id, "x")
    assert caught.value.retry_after == 37
    await bot.send_message(sian.id, "x")
    assert len(telegram.ledger.sent_to(sian.id)) == 1


async def test_a_fault_is_for_one_method_one_chat_and_so_many_calls(
    bot: "Bot", sian: Person, tom: Person, telegram: FakeTelegram
) -> None:
    telegram.fail_next(
        "sendMessage",
        error_code=403,
        description="Forbidden: bot can't send messages to the user",
        times=2,
        chat=sian.id,
    )
    await bot.send_chat_action(sian.id, "typing")
    await bot.send_message(tom.id, "x")
    assert telegram.faults.outstanding == 2
    for _ in range(2):
        with pytest.raises(TelegramForbiddenError, match="can't send messages to the user"):
            await bot.send_message(sian.id, "x")
    await bot.send_message(sian.id, "x")
    assert telegram.faults.outstanding == 0


async def test_faults_come_in_the_order_of_their_making(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    telegram.fail_next("sendMessage", error_code=502, description="Bad Gateway")
    telegram.fail_next("sendMessage", retry_after=1)
    with pytest.raises(TelegramServerError):
        await bot.send_message(sian.id, "x")
    with pytest.raises(TelegramRetryAfter):
        await bot.send_message(sian.id, "x")


async def test_a_fault_does_not_hide_a_malformed_call(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    telegram.fail_next("sendMessage", retry_after=1)
    with pytest.raises(TelegramBadRequest, match="chat_id is empty"):
        await bot.send_message("", "x")
    assert telegram.faults.outstanding == 1


async def test_a_cut_before_acceptance_shows_nothing(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    telegram.cut_next("sendMessage", accepted=False)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(sian.id, "x")
    assert telegram.ledger.shown(sian.id) == ()


async def test_a_cut_leaves_other_connections_alone(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    telegram.cut_next("sendMessage", accepted=True)
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(bot.get_updates(offset=telegram.updates.next_id, timeout=5))
        with pytest.raises(TelegramNetworkError):
            await bot.send_message(sian.id, "x")
        await sian.sends("hello")
    assert [each.message.text for each in poll.result() if each.message] == ["hello"]


@pytest.mark.parametrize(
    ("status", "body", "raised"),
    [
        (200, b"", ClientDecodeError),
        (502, b"<html>Bad Gateway</html>", ClientDecodeError),
        (200, b'{"ok": false}', TelegramAPIError),
    ],
)
async def test_a_garbled_answer_reaches_the_bot_as_it_is(
    bot: "Bot",
    sian: Person,
    telegram: FakeTelegram,
    status: int,
    body: bytes,
    raised: type[Exception],
) -> None:
    telegram.garble_next("sendMessage", status=status, body=body)
    with pytest.raises(raised):
        await bot.send_message(sian.id, "x")
    assert len(telegram.ledger.sent_to(sian.id)) == 1
