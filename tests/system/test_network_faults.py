"""B69, B71 in small: the line to Telegram breaks, and nothing is lost or done twice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.screen import Screen
from bot.sweeper import PATIENCE, Sweeper
from tests.bot.rig import bot_on, no_wait, presses, says, settled
from tests.support.application import Running, running
from tests.support.proxy import Proxy, tcp_proxy
from tests.telegram.client import bot_of
from tests.telegram.people import Person, Shown
from tests.telegram.server import FakeTelegram

WITHIN = 20


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def sian(telegram: FakeTelegram) -> Person:
    return telegram.person(name="Siân")


@asynccontextmanager
async def behind_proxy(
    folder: Path, telegram: FakeTelegram
) -> AsyncIterator[tuple[Running, Proxy]]:
    """The bot, which reaches Telegram through the proxy alone."""
    async with (
        tcp_proxy(telegram.base_url) as (proxy, address),
        running(
            f"sqlite:///{folder}/t.sqlite",
            folder,
            telegram_token=SecretStr(telegram.token),
            telegram_api_base=address,
        ) as here,
    ):
        await here.publish("people-pulse")
        async with bot_on(here.core):
            yield here, proxy


async def to_first_question(person: Person) -> Shown:
    await says(person, "/start s_people-pulse")
    await presses(person, "Start")
    await says(person, "oakfield")
    return await presses(person, "Oakfield Primary School")


async def sweep(here: Running, telegram: FakeTelegram) -> None:
    here.clock.advance(PATIENCE + timedelta(seconds=1))
    await settled(here)
    async with bot_of(telegram) as bot:
        await Sweeper(here.core, Screen(bot, sleep=no_wait), bot=bot.id).sweep()


async def test_what_people_do_while_telegram_is_out_of_reach_is_answered_afterwards(
    tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with behind_proxy(tmp_path, telegram) as (_, proxy):
        await to_first_question(sian)
        await proxy.refuse()
        proxy.cut()
        await sian.taps("Agree")
        await sian.sends("5")
        await proxy.heal()
        await sian.sees("3 of 8", within=WITHIN)
        assert telegram.ledger.unanswered(sian.id) == ()
        assert telegram.ledger.repeated(sian.id) == ()


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
async def test_a_line_cut_in_the_middle_of_a_reply_advances_the_survey_once(
    answered: bool, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with behind_proxy(tmp_path, telegram) as (here, proxy):
        await to_first_question(sian)
        proxy.cut_at(b"/editMessageText", answered=answered)
        await sian.taps("Agree")
        await proxy.sprung()
        await says(sian, "/help")
        await sweep(here, telegram)
        await sian.sees("2 of 8", within=WITHIN)
        assert telegram.ledger.missed(sian.id, "2 of 8") == ()
        assert telegram.ledger.repeated(sian.id) == ()
        await sian.taps("Agree")
        await sian.sees("3 of 8", within=WITHIN)


async def test_updates_whose_delivery_broke_off_come_again_and_count_once(
    tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with behind_proxy(tmp_path, telegram) as (_, proxy):
        await to_first_question(sian)
        proxy.cut_at(b"/getUpdates", answered=True, times=3)
        await sian.taps("Agree")
        await sian.sees("2 of 8", within=WITHIN)
        await sian.sends("4")
        await sian.sees("3 of 8", within=WITHIN)
        assert telegram.ledger.repeated(sian.id) == ()


async def test_a_slow_line_changes_nothing_but_the_time(
    tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with behind_proxy(tmp_path, telegram) as (_, proxy):
        await to_first_question(sian)
        proxy.delay(0.1)
        await sian.taps("Agree")
        await sian.sees("2 of 8", within=WITHIN)
        assert telegram.ledger.repeated(sian.id) == ()


async def test_connections_that_break_after_so_many_bytes_lose_nothing(
    tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with behind_proxy(tmp_path, telegram) as (here, proxy):
        await to_first_question(sian)
        proxy.limit(4_000)
        proxy.cut()
        await sian.taps("Agree")
        await sian.until(lambda: not sian.spinning, within=WITHIN)
        await proxy.heal()
        await says(sian, "/help")
        await sweep(here, telegram)
        await sian.sees("2 of 8", within=WITHIN)
        await sian.taps("Agree")
        await sian.sees("3 of 8", within=WITHIN)
