"""P13: how soon somebody is answered while a campaign has tens of thousands of messages to send."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Final

from pydantic import SecretStr

from bot.outgoing import Outgoing, pacer_of
from bot.pacing import Pacer
from bot.process import run_bot
from tests.bench.measures.campaigns import Passing
from tests.bench.options import Options
from tests.bench.rounds import Goal, Line, Spread
from tests.bot.rig import Nudges, says
from tests.support.application import Running, running
from tests.support.outgoing import a_campaign, joined
from tests.support.sending import ALWAYS
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

_QUEUED: Final = 50_000
_A_WAVE: Final = 1_000
"""Messages of each wave of those that are queued."""

_REPLIES: Final = 100
_APART: Final = 0.25
"""Seconds between two people who write."""


def measure(options: Options) -> Iterator[Line]:
    queued = _QUEUED // 50 if options.small else _QUEUED
    replies = _REPLIES // 4 if options.small else _REPLIES
    ratios, idle, busy, refused = asyncio.run(
        _measured(options.folder / "replies", queued, replies, rounds=2 if options.small else 3)
    )
    yield Line(
        f"P13 a live reply, p95, with {queued:,} messages queued, SQLite",
        "with none",
        Spread.of(ratios),
        f"{1000 * busy:.0f} ms against {1000 * idle:.0f} ms, {refused} times 429",
        Goal(2, most=True),
    )


async def _measured(
    folder: Path, queued: int, replies: int, *, rounds: int
) -> tuple[list[float], float, float, int]:
    """The ratio of each round, the last p95 of both in seconds, and how often 429 was said."""
    folder.mkdir()  # noqa: ASYNC240 (before the clock starts)
    ratios = []
    async with _house(folder, queued) as (here, telegram, writing, pacer):
        telegram.limits.turn_on()
        await _p95(writing, replies // 4)
        for _ in range(rounds):
            idle = await _p95(writing, replies)
            async with _sending(here, pacer):
                busy = await _p95(writing, replies)
            ratios.append(busy / idle)
        return ratios, idle, busy, telegram.limits.refused


@asynccontextmanager
async def _house(
    folder: Path, queued: int
) -> AsyncIterator[tuple[Running, FakeTelegram, Sequence[Person], Pacer | None]]:
    """The bot at work, so many messages to send, and twenty people who write to it."""
    async with (
        FakeTelegram() as telegram,
        running(
            f"sqlite:///{folder / 'replies.sqlite'}",
            folder,
            clock=Passing(),
            telegram_token=SecretStr(telegram.token),
            telegram_api_base=telegram.base_url,
        ) as here,
    ):
        await here.publish("people-pulse")
        bot = int(telegram.token.partition(":")[0])
        for number in range(queued // _A_WAVE):
            sending = await a_campaign(
                here.core,
                key=f"pulse-{number}",
                questionnaire="people-pulse",
                people=_A_WAVE,
                hours=ALWAYS,
            )
            chats = [telegram.person(name="Somebody", known=True).id for _ in sending.people]
            await joined(here.core, bot, dict(zip(sending.people, chats, strict=True)))
        writing = [telegram.person(name=f"Person {number}") for number in range(20)]
        pacer = pacer_of(here.core)
        async with asyncio.TaskGroup() as tasks:
            answering = tasks.create_task(run_bot(here.core, Nudges(), pacer=pacer))
            try:
                yield here, telegram, writing, pacer
            finally:
                answering.cancel()


@asynccontextmanager
async def _sending(here: Running, pacer: Pacer | None) -> AsyncIterator[None]:
    """Messages of the campaigns leave meanwhile, as fast as they may."""
    async with Outgoing(here.core, pacer=pacer) as outgoing:

        async def send() -> None:
            while await outgoing.send():
                pass

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(send())
            try:
                yield
            finally:
                outgoing.stop()


async def _p95(writing: Sequence[Person], replies: int) -> float:
    """Seconds after which 95 in 100 had their answer."""
    waited = []
    for number in range(replies):
        begun = perf_counter()
        await says(writing[number % len(writing)], "/help")
        waited.append(perf_counter() - begun)
        await asyncio.sleep(_APART)
    return quantiles(waited, n=20)[-1]
