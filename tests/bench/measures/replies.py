"""P13: how soon somebody is answered while a campaign has tens of thousands of messages to send."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from bot.outgoing import Outgoing, pacer_of
from bot.pacing import Pacer
from bot.process import run_bot
from tests.bench.measures.campaigns import Passing
from tests.bench.options import Options
from tests.bench.processes import Commanded, commanded
from tests.bench.rounds import Goal, Line, Spread
from tests.bot.rig import Nudges
from tests.support.application import Running, running
from tests.support.outgoing import a_campaign, joined
from tests.support.sending import ALWAYS

_QUEUED: Final = 50_000
_A_WAVE: Final = 1_000
"""Messages of each wave of those that are queued."""

_REPLIES: Final = 100


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
    async with _house(folder, queued) as (here, crowd, pacer):
        crowd.does("limit")
        await _write(crowd, replies // 4)
        for _ in range(rounds):
            idle = await _write(crowd, replies)
            async with _sending(here, pacer):
                busy = await _write(crowd, replies)
            ratios.append(busy["p95"] / idle["p95"])
        return ratios, idle["p95"], busy["p95"], busy["refused"]


async def _write(crowd: Commanded, replies: int) -> dict[str, Any]:
    return await asyncio.to_thread(crowd.does, f"write {replies}")


@asynccontextmanager
async def _house(
    folder: Path, queued: int
) -> AsyncIterator[tuple[Running, Commanded, Pacer | None]]:
    """The bot at work, so many messages to send, and people who write to it from elsewhere."""
    with commanded("tests.bench.crowd", first=False) as crowd:
        token = crowd.first["token"]
        async with running(
            f"sqlite:///{folder / 'replies.sqlite'}",
            folder,
            clock=Passing(),
            telegram_token=SecretStr(token),
            telegram_api_base=crowd.first["base_url"],
        ) as here:
            await here.publish("people-pulse")
            bot = int(token.partition(":")[0])
            for number in range(queued // _A_WAVE):
                sending = await a_campaign(
                    here.core,
                    key=f"pulse-{number}",
                    questionnaire="people-pulse",
                    people=_A_WAVE,
                    hours=ALWAYS,
                )
                chats = crowd.does(f"know {_A_WAVE}")["chats"]
                await joined(here.core, bot, dict(zip(sending.people, chats, strict=True)))
            pacer = pacer_of(here.core)
            async with asyncio.TaskGroup() as tasks:
                answering = tasks.create_task(run_bot(here.core, Nudges(), pacer=pacer))
                try:
                    yield here, crowd, pacer
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
