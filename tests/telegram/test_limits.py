"""The limits on sending: off until a test turns them on, kept by the fake's clock."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiogram.exceptions import TelegramRetryAfter

from tests.telegram.limits import Rate, Rates
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

if TYPE_CHECKING:
    from aiogram import Bot

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _still(telegram: FakeTelegram) -> None:
    telegram.clock.hold()


async def refused(bot: "Bot", chat: int) -> int:
    """The seconds that Telegram asks for."""
    with pytest.raises(TelegramRetryAfter) as caught:
        await bot.send_message(chat, "one too many")
    return caught.value.retry_after


async def test_without_limits_everything_is_taken(bot: "Bot", sian: Person) -> None:
    for _ in range(40):
        await bot.send_message(sian.id, "x")


async def test_a_chat_takes_a_short_burst_and_then_one_a_second(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    telegram.limits.turn_on()
    for _ in range(3):
        await bot.send_message(sian.id, "burst")
    assert await refused(bot, sian.id) == 1
    for _ in range(5):
        telegram.clock.advance(SECOND)
        await bot.send_message(sian.id, "in time")
    assert await refused(bot, sian.id) == 1
    assert len(telegram.ledger.sent_to(sian.id)) == 8


async def test_one_chat_over_its_limit_holds_up_no_other(
    bot: "Bot", sian: Person, tom: Person, telegram: FakeTelegram
) -> None:
    telegram.limits.turn_on()
    for _ in range(3):
        await bot.send_message(sian.id, "burst")
    await refused(bot, sian.id)
    await bot.send_message(tom.id, "not concerned")
    assert list(telegram.limits.blocked) == [sian.id]


async def test_thirty_a_second_are_taken_overall_and_more_blocks_everybody(
    bot: "Bot", telegram: FakeTelegram
) -> None:
    people = [telegram.person(name=f"P{n}") for n in range(32)]
    for person in people:
        await person.sends("/start")
    telegram.limits.turn_on()
    for person in people[:30]:
        await bot.send_message(person.id, "x")
    assert await refused(bot, people[30].id) == 1
    assert await refused(bot, people[31].id) == 1
    assert list(telegram.limits.blocked) == [None]
    assert telegram.limits.early == 1
    telegram.clock.advance(SECOND)
    for person in people[2:]:
        await bot.send_message(person.id, "y")
    assert telegram.ledger.busiest(SECOND) == 30


async def test_a_group_takes_twenty_a_minute(
    bot: "Bot", tom: Person, telegram: FakeTelegram
) -> None:
    group = telegram.group()
    await group.adds_bot(tom)
    telegram.limits.turn_on(Rates(overall=Rate(a_second=1000, burst=1000)))
    for _ in range(20):
        await bot.send_message(group.id, "x")
    assert await refused(bot, group.id) == 3
    telegram.clock.advance(3 * SECOND)
    await bot.send_message(group.id, "x")


async def test_who_asks_during_a_block_is_counted_as_early(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    telegram.limits.block(3600)
    assert await refused(bot, sian.id) == 3600
    telegram.clock.advance(timedelta(minutes=59, seconds=59))
    assert await refused(bot, sian.id) == 1
    assert (telegram.limits.refused, telegram.limits.early) == (2, 2)
    telegram.clock.advance(SECOND)
    await bot.send_message(sian.id, "x")
    assert telegram.limits.blocked == {}


async def test_answers_to_taps_are_never_limited(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    telegram.limits.block(60)
    typed = await sian.sends("hello")
    for _ in range(5):
        await bot.answer_callback_query(await sian.forge_callback("a", typed))


async def test_turned_off_limits_refuse_nothing(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    telegram.limits.turn_on(Rates(chat=Rate(a_second=0.001, burst=1)))
    await bot.send_message(sian.id, "x")
    await refused(bot, sian.id)
    telegram.limits.turn_off()
    await bot.send_message(sian.id, "x")
