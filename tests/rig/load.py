"""What people and clients send, and what they were told: the other side of every promise."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.rig.house import PATIENCE


@dataclass(slots=True)
class Sent:
    """What one person or client sent, and what they were told.

    `answers` are those that count in the end, with a comment by which they can be found again.
    `chat` is None for a client; `texts` counts the messages that a person wrote, `kills` the deaths
    of the program meanwhile. `trouble` says where somebody got stuck.
    """

    marker: str
    questionnaire: str
    answers: Mapping[str, Any]
    chat: int | None = None
    references: Counter[str] = field(default_factory=Counter)
    texts: int = 0
    kills: int = 0
    trouble: str = ""


class Load:
    """All that is sent in one run."""

    def __init__(self, chance: Random) -> None:
        self.sent: list[Sent] = []
        self.told = 0
        self._changed = asyncio.Condition()
        self._run = f"{chance.getrandbits(40):010x}"
        self._begun: Counter[str] = Counter()
        self.marks = re.compile(rf"[a-z]+-{self._run}-\d{{6}}".encode())
        """Finds every comment in bytes of any kind."""

    def marker(self, kind: str) -> str:
        """A comment that nobody else writes."""
        self._begun[kind] += 1
        return f"{kind}-{self._run}-{self._begun[kind]:06}"

    def begun(self, kind: str) -> int:
        return self._begun[kind]

    async def heard(self) -> None:
        """Somebody was told something: the program is at work."""
        async with self._changed:
            self.told += 1
            self._changed.notify_all()

    async def more(self, by: int) -> None:
        """Wait until so much more was told. Raises: TimeoutError, where nothing goes on."""
        aim = self.told + by
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: self.told >= aim)

    async def side_by_side(
        self, one: Callable[[], Awaitable[Sent]], wanted: Callable[[], bool], *, at_once: int
    ) -> None:
        """While `wanted`, let so many at once do it, one after the other."""

        async def again_and_again() -> None:
            while wanted():
                self.sent.append(await one())

        async with asyncio.TaskGroup() as tasks:
            for _ in range(at_once):
                tasks.create_task(again_and_again())
