"""Polling: what is acknowledged, and what happens when Telegram says no."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
import structlog
from pydantic import SecretStr

from bot import poller
from bot.inbox import Inbox
from bot.poller import Poller, TokenRefused, backoff
from bot.process import run_bot
from survey.errors import Busy
from tests.bot.rig import Nudges, caller, no_wait, until
from tests.support.application import Running
from tests.telegram.server import FakeTelegram


class Kept:
    """Stands where the inbox does; `faults` are raised in turn."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.batches: list[list[int]] = []
        self.changed = asyncio.Condition()

    async def room(self) -> None:
        await no_wait(0)

    async def keep(self, updates: Sequence[Mapping[str, Any]]) -> None:
        async with self.changed:
            self.batches.append([update.get("update_id", -1) for update in updates])
            self.changed.notify_all()
        if self.faults:
            raise self.faults.pop(0)

    async def until(self, batches: int) -> None:
        async with asyncio.timeout(5), self.changed:
            await self.changed.wait_for(lambda: len(self.batches) >= batches)


async def _polling(
    telegram: FakeTelegram,
    kept: Kept,
    act: Callable[[], Awaitable[object]],
    *,
    waits: list[float] | None = None,
) -> None:
    """Poll while somebody acts."""

    async def sleep(seconds: float) -> None:
        if waits is not None:
            waits.append(seconds)
        await no_wait(0)

    async with caller(telegram) as bot:
        fetching = Poller(bot, cast("Inbox", kept), sleep=sleep, chance=lambda: 1.0)
        async with asyncio.TaskGroup() as tasks:
            polling = tasks.create_task(fetching.run())
            await act()
            polling.cancel()


async def test_an_update_that_could_not_be_stored_is_fetched_again() -> None:
    async with FakeTelegram() as telegram:
        kept = Kept(Busy("locked"), Busy("locked"))

        async def act() -> None:
            await telegram.person().sends("hello")
            await kept.until(3)

        await _polling(telegram, kept, act)
    assert kept.batches[0] == kept.batches[1] == kept.batches[2]


async def test_a_stored_update_is_acknowledged_by_the_next_fetch() -> None:
    async with FakeTelegram() as telegram:
        kept = Kept()

        async def act() -> None:
            person = telegram.person()
            await person.sends("one")
            await kept.until(1)
            await person.sends("two")
            await kept.until(2)

        await _polling(telegram, kept, act)
    assert len(kept.batches[1]) == 1
    assert kept.batches[0] != kept.batches[1]


async def test_an_update_that_makes_no_sense_hides_no_other() -> None:
    async with FakeTelegram() as telegram:
        kept = Kept()

        async def act() -> None:
            number = telegram.updates.next_id
            await telegram.updates.add_raw({"update_id": number, "message": "not a message"})
            await kept.until(1)

        await _polling(telegram, kept, act)
    assert len(kept.batches[0]) == 1


@pytest.mark.parametrize(
    ("code", "retry_after", "wait"),
    [(500, None, 1.0), (409, None, 1.0), (429, 17, 17)],
    ids=["server error", "another poller", "flood"],
)
async def test_polling_goes_on_after_a_refusal_with_a_wait(
    code: int, retry_after: int | None, wait: float
) -> None:
    waits: list[float] = []
    async with FakeTelegram() as telegram:
        kept = Kept()
        telegram.fail_next("getUpdates", error_code=code, retry_after=retry_after)

        async def act() -> None:
            await telegram.person().sends("hello")
            await kept.until(1)

        await _polling(telegram, kept, act, waits=waits)
    assert waits == [wait]


async def test_polling_goes_on_after_a_broken_line_and_a_broken_answer() -> None:
    async with FakeTelegram() as telegram:
        kept = Kept()
        telegram.cut_next("getUpdates", accepted=False)
        telegram.garble_next("getUpdates", status=502, body=b"<html>Bad gateway</html>")

        async def act() -> None:
            await telegram.person().sends("hello")
            await kept.until(1)

        await _polling(telegram, kept, act)
    assert len(kept.batches) == 1


async def test_a_refused_token_ends_polling() -> None:
    async with FakeTelegram() as telegram:
        telegram.fail_next("getUpdates", error_code=401, description="Unauthorized")
        async with caller(telegram) as bot:
            fetching = Poller(bot, cast("Inbox", Kept()), sleep=no_wait, chance=lambda: 0.0)
            with pytest.raises(TokenRefused):
                await fetching.run()


@pytest.mark.parametrize("when", ["at the start", "later"])
async def test_a_refused_token_stops_the_bot_alone_and_the_log_says_what_to_do(
    when: str, here: Running
) -> None:
    async with FakeTelegram() as telegram:
        token = "123456:a-token-that-nobody-knows"
        if when == "later":
            token = telegram.token
            telegram.fail_next("getUpdates", error_code=401, description="Unauthorized")
        settings = here.core.settings.model_copy(
            update={
                "telegram_token": SecretStr(token),
                "telegram_api_base": telegram.base_url,
            }
        )
        core = replace(here.core, settings=settings)
        with structlog.testing.capture_logs() as lines:
            await run_bot(core, Nudges(), sleep=no_wait)

    assert [line["event"] for line in lines] == ["telegram_token_refused"]
    assert "TELLBACK_TELEGRAM_TOKEN" in lines[0]["told"]
    assert token not in str(lines)


@pytest.mark.parametrize(
    ("failures", "chance", "seconds"),
    [(1, 0.0, 0.5), (1, 1.0, 1.0), (4, 1.0, 8.0), (50, 0.0, 30.0), (10_000, 1.0, 60.0)],
)
def test_waits_grow_to_a_minute(failures: int, chance: float, seconds: float) -> None:
    assert backoff(failures, chance) == seconds


async def test_updates_whose_numbers_begin_anew_below_the_last_are_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(poller, "POLL_SECONDS", 0)
    async with FakeTelegram() as telegram:
        kept = Kept()

        async def act() -> None:
            person = telegram.person()
            await person.sends("before a quiet week")
            await kept.until(1)

            async def is_acknowledged() -> bool:
                return not telegram.updates.pending()

            await until(is_acknowledged)
            before = len(telegram.ledger.calls("getUpdates"))

            async def is_asked_again() -> bool:
                return len(telegram.ledger.calls("getUpdates")) > before

            await until(is_asked_again)
            telegram.updates.next_id = 17
            await person.sends("after it")
            await kept.until(2)

        await _polling(telegram, kept, act)
    assert kept.batches[-1] == [17]


async def test_updates_without_a_number_are_stored_and_do_not_spin() -> None:
    waits: list[float] = []
    async with FakeTelegram() as telegram:
        kept = Kept()

        async def act() -> None:
            await telegram.updates.add_raw({"message": {"text": "no number"}})
            await kept.until(2)

        await _polling(telegram, kept, act, waits=waits)
    assert waits


async def test_a_webhook_is_deleted_before_the_first_fetch() -> None:
    async with FakeTelegram() as telegram, caller(telegram) as bot:
        await bot.set_webhook("http://127.0.0.1:9/old")
        kept = Kept()

        async def act() -> None:
            await telegram.person().sends("hello")
            await kept.until(1)

        await _polling(telegram, kept, act)
        assert (await bot.get_webhook_info()).url == ""
