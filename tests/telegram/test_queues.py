"""How updates wait, overtake each other, come again and grow old, as in the official server."""

import asyncio
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest
from starlette.responses import Response

from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram
from tests.telegram.test_webhook import Receiver, receiver

if TYPE_CHECKING:
    from aiogram import Bot

__all__ = ["receiver"]


async def kinds(bot: "Bot") -> list[str]:
    return [each.event_type for each in await bot.get_updates()]


async def test_a_text_and_a_tap_may_arrive_in_either_order(
    bot: "Bot", telegram: FakeTelegram
) -> None:
    person = telegram.person()
    typed = await person.sends("/start")
    await bot.get_updates(offset=telegram.updates.next_id)

    async with telegram.updates.held(first=lambda kind: kind == "callback_query"):
        await person.sends("typed first")
        await person.forge_callback("tapped second", typed)
    arrived = await bot.get_updates()

    assert [each.event_type for each in arrived] == ["callback_query", "message"]
    assert arrived[0].update_id < arrived[1].update_id


async def test_a_mixed_queue_keeps_the_order_of_each_lane(
    bot: "Bot", telegram: FakeTelegram
) -> None:
    people = [telegram.person(name=name) for name in ("Siân", "Tom")]
    async with telegram.updates.held(chance=Random(3)):
        for number in range(8):
            for person in people:
                typed = await person.sends(f"{number}")
                await person.forge_callback(f"{number}", typed)
    assert telegram.updates.history
    arrived = await bot.get_updates()
    assert [each.event_type for each in arrived] != ["message", "callback_query"] * 16
    for person in people:
        texts = [
            each.message.text
            for each in arrived
            if each.message and each.message.chat.id == person.id
        ]
        taps = [
            each.callback_query.data
            for each in arrived
            if each.callback_query and each.callback_query.from_user.id == person.id
        ]
        assert texts == taps == [str(number) for number in range(8)]


async def test_each_update_may_come_several_times(bot: "Bot", telegram: FakeTelegram) -> None:
    telegram.updates.copies = 3
    await telegram.person().sends("x")
    arrived = await bot.get_updates()
    assert len(arrived) == 3
    assert len({each.update_id for each in arrived}) == 1


async def test_everything_can_be_delivered_again_shuffled(
    bot: "Bot", telegram: FakeTelegram
) -> None:
    person = telegram.person()
    for number in range(10):
        await person.sends(str(number))
    first = await bot.get_updates()
    await telegram.updates.drop_all()

    assert await telegram.updates.redeliver(chance=Random(5)) == 10
    again = [each.update_id for each in await bot.get_updates()]
    assert again != (ids := [each.update_id for each in first])
    assert sorted(again) == ids


async def test_copies_come_side_by_side_where_a_webhook_takes_them(
    bot: "Bot", telegram: FakeTelegram, receiver: Receiver
) -> None:
    receiver.gate.clear()
    telegram.updates.copies, telegram.updates.at_once = 8, True
    await bot.set_webhook(receiver.url)
    await telegram.person().sends("x")
    await receiver.until(lambda: len(receiver.got) == 8)
    receiver.gate.set()
    assert len({update["update_id"] for update in receiver.got}) == 1


async def test_an_update_that_is_refused_for_a_day_blocks_its_chat_and_is_then_dropped(
    bot: "Bot", telegram: FakeTelegram, receiver: Receiver
) -> None:
    receiver.answers = [Response(status_code=500)] * 1000
    person, other = telegram.person(), telegram.person()
    await bot.set_webhook(receiver.url)
    await person.sends("poison")
    await receiver.until(lambda: len(receiver.got) >= 3)
    assert set(receiver.texts) == {"poison"}

    telegram.clock.advance(timedelta(hours=23))
    await person.sends("waits behind it")
    await receiver.until(lambda: len(receiver.got) >= 5)
    assert set(receiver.texts) == {"poison"}

    receiver.answers = []
    receiver.gate.clear()
    telegram.clock.advance(timedelta(hours=2))
    receiver.gate.set()
    await receiver.until(lambda: receiver.texts[-1] == "waits behind it")
    await other.sends("not concerned")
    await receiver.until(lambda: receiver.texts[-1] == "not concerned")


async def test_a_webhook_that_does_not_answer_in_time_gets_the_update_again(
    bot: "Bot",
    telegram: FakeTelegram,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.telegram.webhook.GIVES_UP_AFTER", 0.2)
    receiver.gate.clear()
    await bot.set_webhook(receiver.url)
    await telegram.person().sends("slow")
    await receiver.until(lambda: len(receiver.got) == 2)
    receiver.gate.set()
    assert set(receiver.texts) == {"slow"}
    assert (await bot.get_webhook_info()).last_error_message == "Connection failed: TimeoutError"


async def test_after_a_quiet_week_the_next_number_is_anybodys_guess(
    bot: "Bot", telegram: FakeTelegram
) -> None:
    person = telegram.person()
    await person.sends("before")
    await person.sends("before")
    before = await bot.get_updates()
    offset = before[-1].update_id + 1

    telegram.clock.advance(timedelta(days=7))
    await person.sends("after")
    await person.sends("after")
    (after, second) = await bot.get_updates(offset=offset)

    assert before[1].update_id == before[0].update_id + 1
    assert second.update_id == after.update_id + 1
    assert after.update_id != offset
    assert await bot.get_updates(offset=second.update_id + 1) == []


async def test_taps_made_while_the_bot_is_away_too_long_are_lost_to_the_person(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    await bot.get_updates(offset=telegram.updates.next_id)
    typed = await sian.sends("hello")
    early = await sian.forge_callback("early", typed)
    telegram.clock.advance(timedelta(seconds=100))
    await sian.forge_callback("late", typed)
    telegram.clock.advance(timedelta(seconds=51))
    arrived = await bot.get_updates()
    assert [each.callback_query.data for each in arrived if each.callback_query] == ["late"]
    assert early in sian.spinning


async def test_time_that_is_held_passes_only_when_it_is_advanced(telegram: FakeTelegram) -> None:
    telegram.clock.hold()
    held = telegram.clock.now()
    await asyncio.sleep(0.01)
    assert telegram.clock.now() == held
    telegram.clock.advance(timedelta(hours=1))
    assert telegram.clock.now() - held == timedelta(hours=1)
