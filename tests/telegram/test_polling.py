"""getUpdates: long polling, acknowledgement by offset, one poller."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiogram.exceptions import ClientDecodeError, TelegramConflictError
from aiogram.types import Update

from tests.telegram.client import bot_of
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

if TYPE_CHECKING:
    from aiogram import Bot


def texts(updates: list[Update]) -> list[str | None]:
    return [update.message.text for update in updates if update.message]


async def poll_under_way(telegram: FakeTelegram) -> None:
    """Until the server has begun to hold a poll."""
    async with asyncio.timeout(5), telegram.updates.changed:
        await telegram.updates.changed.wait_for(lambda: telegram.updates.is_polled)


async def test_an_update_comes_again_until_an_offset_acknowledges_it(
    bot: "Bot", telegram: FakeTelegram
) -> None:
    person = telegram.person()
    await person.sends("1")
    await person.sends("2")

    first = await bot.get_updates()
    again = await bot.get_updates(offset=first[0].update_id)
    rest = await bot.get_updates(offset=first[0].update_id + 1)
    gone = await bot.get_updates(offset=rest[0].update_id + 1)

    assert texts(first) == texts(again) == ["1", "2"]
    assert texts(rest) == ["2"]
    assert gone == []
    assert await bot.get_updates() == []


async def test_a_limit_holds_the_others_back(bot: "Bot", telegram: FakeTelegram) -> None:
    person = telegram.person()
    for text in "123":
        await person.sends(text)
    assert texts(await bot.get_updates(limit=2)) == ["1", "2"]


async def test_a_negative_offset_forgets_all_but_the_last(
    bot: "Bot", telegram: FakeTelegram
) -> None:
    person = telegram.person()
    for text in "123":
        await person.sends(text)
    assert texts(await bot.get_updates(offset=-1)) == ["3"]
    assert texts(await bot.get_updates()) == ["3"]


async def test_a_long_poll_waits_for_the_next_update(bot: "Bot", telegram: FakeTelegram) -> None:
    person = telegram.person()
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(bot.get_updates(timeout=5))
        await poll_under_way(telegram)
        await person.sends("now")
    assert texts(poll.result()) == ["now"]


async def test_a_long_poll_ends_empty_when_its_time_is_up(bot: "Bot") -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await bot.get_updates(timeout=1) == []
    assert loop.time() - began >= 0.99


async def test_the_older_of_two_pollers_is_thrown_out(bot: "Bot", telegram: FakeTelegram) -> None:
    person = telegram.person()
    async with asyncio.TaskGroup() as tasks:
        old = tasks.create_task(refused_poll(bot))
        await poll_under_way(telegram)
        new = tasks.create_task(bot.get_updates(timeout=5))
        assert "terminated by other getUpdates request" in await old
        await person.sends("to the new one")
    assert texts(new.result()) == ["to the new one"]


async def test_setting_a_webhook_ends_a_poll_and_forbids_the_next(
    bot: "Bot", telegram: FakeTelegram
) -> None:
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(refused_poll(bot))
        await poll_under_way(telegram)
        await bot.set_webhook("http://127.0.0.1:9/telegram/webhook")
        assert "terminated by setWebhook request" in await poll
    with pytest.raises(TelegramConflictError, match="while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == []


async def refused_poll(bot: "Bot") -> str:
    with pytest.raises(TelegramConflictError) as caught:
        await bot.get_updates(timeout=5)
    return str(caught.value)


async def test_only_the_kinds_that_were_asked_for_are_queued_from_then_on(
    bot: "Bot", telegram: FakeTelegram
) -> None:
    person = telegram.person()
    await bot.get_updates(allowed_updates=["callback_query"])
    typed = await person.sends("not wanted")
    await person.forge_callback("wanted", typed)
    await bot.get_updates()
    await person.sends("still not wanted")
    assert [each.event_type for each in await bot.get_updates()] == ["callback_query"]


async def test_old_updates_expire_presses_sooner(bot: "Bot", telegram: FakeTelegram) -> None:
    person = telegram.person()
    typed = await person.sends("kept for a day")
    await person.forge_callback("a", typed)
    telegram.clock.advance(timedelta(seconds=151))
    assert [each.event_type for each in await bot.get_updates()] == ["message"]
    telegram.clock.advance(timedelta(days=1))
    assert await bot.get_updates() == []


async def test_an_update_may_be_repeated_foreign_or_broken(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    (first,) = telegram.updates.pending()
    await telegram.updates.add_raw(first.payload)
    await telegram.updates.add_raw({"update_id": first.update_id + 1, "brand_new_kind": {}})
    updates = await bot.get_updates()
    assert [each.update_id - first.update_id for each in updates] == [0, 0, 1]

    await telegram.updates.add_raw({"message": "no update_id"})
    with pytest.raises(ClientDecodeError):
        await bot.get_updates()


async def test_ids_may_start_anew_after_a_quiet_week(bot: "Bot", telegram: FakeTelegram) -> None:
    person = telegram.person()
    telegram.updates.next_id = 17
    await person.sends("after the pause")
    assert [each.update_id for each in await bot.get_updates()] == [17]


async def test_leaving_answers_a_poll_that_waits() -> None:
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        telegram = FakeTelegram()
        async with bot_of(telegram) as bot:
            async with telegram:
                poll = tasks.create_task(bot.get_updates(timeout=50))
                await poll_under_way(telegram)
            assert await poll == []
