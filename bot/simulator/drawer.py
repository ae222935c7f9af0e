"""Files that visitors sent to the simulated bot, until it has fetched them: in memory, bounded.

A file that lay there too long is gone, as one that Telegram does not give out any more.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from survey.domain.case_records import HERE
from survey.ports import Clock, Ids

MOST_BYTES: Final = 100_000_000
"""Of all files together; the oldest go first."""

IDLE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Held:
    content: bytes
    until: datetime


class Drawer:
    def __init__(self, clock: Clock, ids: Ids, *, most_bytes: int = MOST_BYTES) -> None:
        self._clock, self._ids, self._most = clock, ids, most_bytes
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def put(self, content: bytes) -> str:
        """The id under which the bot gets it."""
        self._forget_old()
        name = f"{HERE}{self._ids.token()}"
        self._held[name] = _Held(content, self._clock.now() + IDLE)
        while len(self._held) > 1 and self._size() > self._most:
            self._held.popitem(last=False)
        return name

    def get(self, name: str) -> bytes | None:
        self._forget_old()
        found = self._held.get(name)
        return found.content if found else None

    def _size(self) -> int:
        return sum(len(each.content) for each in self._held.values())

    def _forget_old(self) -> None:
        """They stand in the order in which they came."""
        now = self._clock.now()
        while self._held and next(iter(self._held.values())).until <= now:
            self._held.popitem(last=False)
