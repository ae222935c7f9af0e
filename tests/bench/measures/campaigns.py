"""P11: how fast a campaign leaves, against a server with Telegram's limits, over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from time import monotonic
from typing import Final

from aiogram import Bot
from pydantic import SecretStr

from bot.outgoing import Outgoing
from bot.session import Session
from tests.bench.options import Options
from tests.bench.rounds import Goal, Line, Spread
from tests.support.application import NOON, TestClock, running
from tests.support.outgoing import a_campaign, joined
from tests.support.sending import ALWAYS
from tests.telegram.faults import Refuse, Slow
from tests.telegram.refusal import too_many_requests
from tests.telegram.server import FakeTelegram

LIMIT: Final = 30
_RECIPIENTS: Final = 900
_MANY: Final = 10_000
_PATIENCE: Final = 5
"""Seconds that Telegram asks for where it is made to."""


class Passing(TestClock):
    """NOON, and from there on as time goes."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__(NOON)
        self._begun = monotonic()

    def now(self) -> datetime:
        return NOON + timedelta(seconds=monotonic() - self._begun)


@dataclass(frozen=True, slots=True)
class _Sent:
    """Messages a second from the first to the last that arrived, and what was refused."""

    rate: float
    seconds: float
    refused: int


def measure(options: Options) -> Iterator[Line]:
    recipients = _RECIPIENTS // 10 if options.small else _RECIPIENTS
    ours = asyncio.run(_ours(options.folder / "ours", recipients))
    copied = asyncio.run(_copied(recipients))
    yield Line(
        f"P11 rate of a campaign to {recipients}, limit {LIMIT} a second, SQLite",
        "the limit",
        Spread.of([ours.rate / LIMIT]),
        f"{ours.rate:.2f} a second, {ours.refused} times 429; "
        f"`send; sleep(.05)` {copied.rate:.2f} a second, {copied.refused} times 429",
        Goal(0.95),
    )
    yield Line(
        "P11 the same, against `send; sleep(.05)`",
        "that loop",
        Spread.of([ours.rate / copied.rate]),
        f"{ours.seconds:.1f} s against {copied.seconds:.1f} s",
    )
    told = asyncio.run(_ours(options.folder / "told", recipients, patience=_PATIENCE))
    lost = told.seconds - _PATIENCE - ours.seconds
    yield Line(
        f"P11 the same with a 429 of {_PATIENCE} s in the middle",
        "without, and the time that was asked for",
        Spread.of([(told.seconds - _PATIENCE) / ours.seconds]),
        f"{lost:+.2f} s beside the {_PATIENCE} s, {told.refused} times 429",
        Goal(1.01, most=True),
    )
    if not options.small:
        many = asyncio.run(_ours(options.folder / "many", _MANY))
        yield Line(
            f"P11 rate of a campaign to {_MANY:,}, SQLite",
            "the limit",
            Spread.of([many.rate / LIMIT]),
            f"{many.rate:.2f} a second, {many.seconds:.0f} s, {many.refused} times 429",
            Goal(0.95),
        )


@asynccontextmanager
async def _server(recipients: int) -> AsyncIterator[tuple[FakeTelegram, list[int]]]:
    """The fake with its limits on, about 60 ms away, and the chats of so many people."""
    async with FakeTelegram() as telegram:
        people = [telegram.person(name=f"Person {each}") for each in range(recipients)]
        for each in people:
            await each.sends("/start")
        random = Random(7)
        for _ in range(recipients + 5):
            telegram.faults.order("sendMessage", Slow(random.lognormvariate(-2.85, 0.3)))
        telegram.limits.turn_on()
        yield telegram, [each.id for each in people]


async def _ours(folder: Path, recipients: int, *, patience: int = 0) -> _Sent:
    folder.mkdir()  # noqa: ASYNC240 (before the clock starts)
    async with (
        _server(recipients) as (telegram, chats),
        running(
            f"sqlite:///{folder / 'campaign.sqlite'}",
            folder,
            clock=Passing(),
            telegram_token=SecretStr(telegram.token),
            telegram_api_base=telegram.base_url,
        ) as here,
    ):
        await here.publish("people-pulse")
        sending = await a_campaign(
            here.core, questionnaire="people-pulse", people=recipients, hours=ALWAYS
        )
        bot = int(telegram.token.partition(":")[0])
        await joined(here.core, bot, dict(zip(sending.people, chats, strict=True)))
        if patience:
            refuse = Slow(0.06, then=Refuse(too_many_requests(patience)))
            telegram.faults.order("sendMessage", refuse, chat=chats[recipients // 2], first=True)
        async with Outgoing(here.core) as outgoing:
            while await outgoing.send():
                pass
    return _told(telegram, recipients)


async def _copied(recipients: int) -> _Sent:
    """What most examples do: wait for the answer, then a twentieth of a second."""
    async with _server(recipients) as (telegram, chats):
        async with Bot(telegram.token, session=Session(telegram.base_url)) as bot:
            for chat in chats:
                await bot.send_message(chat, "Staff pulse")
                await asyncio.sleep(0.05)
        return _told(telegram, recipients)


def _told(telegram: FakeTelegram, recipients: int) -> _Sent:
    """Raises: RuntimeError, where somebody got no message, or two."""
    calls = telegram.ledger.calls("sendMessage")
    sent = [call for call in calls if call.error_code is None]
    if len(sent) != recipients or len({call.chat for call in sent}) != recipients:
        raise RuntimeError(f"{len(sent)} messages arrived for {recipients} people")
    seconds = (sent[-1].at - sent[0].at).total_seconds()
    refused = sum(call.error_code == 429 for call in calls)
    return _Sent((recipients - 1) / seconds, seconds, refused)
