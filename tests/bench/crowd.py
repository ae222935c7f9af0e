"""Telegram and people who write to a bot, in a process of their own.

    python -m tests.bench.crowd

Writes one line of JSON when the fake Bot API listens, `{"base_url", "token"}`, and does what lines
of standard input say, each answered by a line of JSON: `know N` gives N people chats with the bot
(`{"chats"}`), `limit` turns Telegram's limits on, `write N` has twenty people write N times, one
after another, and tells how long they waited (`{"p95"}`, seconds) and how often the bot was told to
be patient so far (`{"refused"}`).
"""

import asyncio
from collections.abc import Sequence
from statistics import quantiles
from time import perf_counter
from typing import Any, Final

from tests.bench.commands import obey, tell
from tests.bot.rig import says
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

_WRITERS: Final = 20
_APART: Final = 0.25
"""Seconds between an answer and who writes next."""


class Crowd:
    def __init__(self, telegram: FakeTelegram) -> None:
        self._telegram = telegram
        self._writing = [telegram.person(name=f"Person {each}") for each in range(_WRITERS)]

    async def know(self, number: int) -> dict[str, Any]:
        known = (self._telegram.person(name="Somebody", known=True) for _ in range(number))
        return {"chats": [each.id for each in known]}

    async def limit(self, _: int) -> dict[str, Any]:
        self._telegram.limits.turn_on()
        return {}

    async def write(self, number: int) -> dict[str, Any]:
        waited = await _waited(self._writing, number)
        return {"p95": quantiles(waited, n=20)[-1], "refused": self._telegram.limits.refused}


async def _waited(writing: Sequence[Person], number: int) -> list[float]:
    """Seconds until each saw an answer."""
    waited = []
    for each in range(number):
        begun = perf_counter()
        await says(writing[each % len(writing)], "/help")
        waited.append(perf_counter() - begun)
        await asyncio.sleep(_APART)
    return waited


async def _serve() -> None:
    async with FakeTelegram() as telegram:
        crowd = Crowd(telegram)
        tell({"base_url": telegram.base_url, "token": telegram.token})
        await obey({"know": crowd.know, "limit": crowd.limit, "write": crowd.write})


if __name__ == "__main__":
    asyncio.run(_serve())
