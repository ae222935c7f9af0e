"""Telegram and people who write to a bot, in a process of their own.

    python -m tests.bench.crowd

Writes one line of JSON when the fake Bot API listens, `{"base_url", "token"}`, and does what lines
of standard input say, each answered by a line of JSON: `know N` gives N people chats with the bot
(`{"chats"}`), `limit` turns Telegram's limits on, `write N` has twenty people write N times, one
after another, and tells how long they waited (`{"p95"}`, seconds) and how often the bot was told to
be patient so far (`{"refused"}`). `report N` has N of those known report a problem with three
photos, 200 of them a minute, `report_alone N` one after another: how long each step took
(`{"p95"}`) and the references that they were told (`{"reported"}`).
"""

import asyncio
from collections.abc import Awaitable, Sequence
from statistics import quantiles
from time import perf_counter
from typing import Any, Final

from tests.bench.commands import obey, tell
from tests.bot.rig import says
from tests.support.pictures import picture, saved
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

_WRITERS: Final = 20
_REPORTS_APART: Final = 0.3
"""Seconds: 200 in a minute."""

_PATIENCE: Final = 60.0
_STEPS: Final = (
    ("Payroll", "Which service is it about?"),
    ("Wrong pay or a wrong bill", "What kind of problem is it?"),
    ("We are stuck", "How much does it stop you?"),
    ("Send", "Check your answers"),
)
"""What is tapped, and what is seen before."""

_SEEN: Final = (*(seen for _, seen in _STEPS[1:]), "Reported:")
_PHOTOS: Final = tuple(saved(picture(320 + number, 240), quality=90) for number in range(3))
_APART: Final = 0.25
"""Seconds between an answer and who writes next."""


class Crowd:
    def __init__(self, telegram: FakeTelegram) -> None:
        self._telegram = telegram
        self._known: list[Person] = []
        self._writing = [telegram.person(name=f"Person {each}") for each in range(_WRITERS)]

    async def know(self, number: int) -> dict[str, Any]:
        known = [self._telegram.person(name="Somebody", known=True) for _ in range(number)]
        self._known += known
        return {"chats": [each.id for each in known]}

    async def limit(self, _: int) -> dict[str, Any]:
        self._telegram.limits.turn_on()
        return {}

    async def write(self, number: int) -> dict[str, Any]:
        waited = await _waited(self._writing, number)
        return {"p95": quantiles(waited, n=20)[-1], "refused": self._telegram.limits.refused}

    async def report(self, number: int) -> dict[str, Any]:
        return await self._reports(number, apart=_REPORTS_APART)

    async def report_alone(self, number: int) -> dict[str, Any]:
        return await self._reports(number, apart=None)

    async def _reports(self, number: int, *, apart: float | None) -> dict[str, Any]:
        """Begun so many seconds apart, or each when the one before has ended."""
        reporting = [Reporting(self._known.pop()) for _ in range(number)]
        async with asyncio.TaskGroup() as tasks:
            for each in reporting:
                if apart is None:
                    await each.report()
                else:
                    tasks.create_task(each.report())
                    await asyncio.sleep(apart)
        waited = [seconds for each in reporting for seconds in each.waited]
        return {
            "p95": quantiles(waited, n=20)[-1],
            "reported": [each.reference for each in reporting],
        }


class Reporting:
    """Somebody who reports a problem, and how many seconds each step took."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self.waited: list[float] = []
        self.reference = ""

    async def report(self) -> None:
        person = self._person
        await self._step(
            person.sends_album(*_PHOTOS, caption="payslip wrong again for 3 TAs"), _STEPS[0][1]
        )
        for button, then in zip((each for each, _ in _STEPS), _SEEN, strict=True):
            await self._step(person.taps(button), then)
        told = (await person.sees(_SEEN[-1])).text
        self.reference = told.partition(_SEEN[-1])[2].partition(".")[0].strip()

    async def _step(self, does: Awaitable[object], then: str) -> None:
        begun = perf_counter()
        await does
        await self._person.sees(then, within=_PATIENCE)
        self.waited.append(perf_counter() - begun)


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
        await obey(
            {
                "know": crowd.know,
                "limit": crowd.limit,
                "write": crowd.write,
                "report": crowd.report,
                "report_alone": crowd.report_alone,
            }
        )


if __name__ == "__main__":
    asyncio.run(_serve())
