"""Virtual time: for the application inside a test, and for a real process beside it.

Time comes into the program as a part (`World.clock`, `Parts.sleep`), never as a setting.
"""

import asyncio
import mmap
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Final, Self

from tests.support.application import TestClock

_OFFSET: Final = struct.Struct("<q")
_LOOK_AGAIN: Final = 0.05
"""Seconds of wall time between two looks at a clock that another process turns."""


@dataclass(slots=True)
class VirtualClock(TestClock):
    """The application's clock and its `sleep`: waiting is what makes time pass.

    `waited` are the seconds that were asked for, in their order.
    """

    __test__ = False

    waited: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once; others get their turn."""
        self.waited.append(seconds)
        self.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)


class WallClock(TestClock):
    """The application's clock where time must pass by itself: leases run out."""

    __test__ = False

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def lease_now(self, leases: object) -> datetime:
        return self.now()


@dataclass(slots=True)
class RunningClock(TestClock):
    """The application's clock, which begins at a time of the test's own and runs as the wall's."""

    __test__ = False

    _began: float = field(default_factory=monotonic)

    def now(self) -> datetime:
        return self.time + timedelta(seconds=monotonic() - self._began)

    def elapsed(self) -> float:
        return self.now().timestamp()

    async def lease_now(self, leases: object) -> datetime:
        return self.now()


class SharedClock:
    """Wall time plus an offset in a file that several processes have mapped.

    A test jumps; every process that has the file sees it at its next look.
    """

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _OFFSET.size)

    @classmethod
    def make(cls, path: Path) -> Self:
        """A new file whose clock agrees with the wall."""
        path.write_bytes(_OFFSET.pack(0))
        return cls(path)

    @property
    def ahead(self) -> timedelta:
        """Of the wall."""
        return timedelta(microseconds=_OFFSET.unpack_from(self._map)[0])

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def lease_now(self, _leases: object) -> datetime:
        """All who share the file agree on the time."""
        return self.now()

    def jump(self, by: timedelta) -> None:
        """Into the future, or back into the past as a wrong clock does."""
        _OFFSET.pack_into(self._map, 0, (self.ahead + by) // timedelta(microseconds=1))

    async def sleep(self, seconds: float) -> None:
        """Until this clock has moved on by so much: a jump ends the wait."""
        until = self.now() + timedelta(seconds=seconds)
        # No event of ours can tell that another process has turned the clock.
        while (left := (until - self.now()).total_seconds()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(left, _LOOK_AGAIN))
