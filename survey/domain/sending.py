"""How many messages are under way at once, and how careful a channel is after trouble."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

IN_FLIGHT: Final = 4
"""Messages that may be under way at once, and so in doubt, where one process alone sends.

As many as fill Telegram's 30 a second when each takes a tenth of one.
"""

UNCLEAR_TRIES: Final = 3
UNCLEAR_APART: Final = timedelta(hours=12)
"""Three refusals that nobody understands lie at least a day apart, from the first to the last."""

_FIRST_REST: Final = timedelta(seconds=5)
_LONGEST_REST: Final = timedelta(minutes=5)
_DOUBT_REST: Final = timedelta(seconds=1)


def window(*, alone: bool) -> int:
    """How many messages a sender may have under way: one, unless it is known to be the only one."""
    return IN_FLIGHT if alone else 1


@dataclass(frozen=True, slots=True)
class Health:
    """How a channel fares: `rests_until` nothing is tried; `down_since` it does not work at all.

    After any of both it is asked whether it works before a message is risked.
    """

    troubles: int = 0
    rests_until: datetime | None = None
    down_since: datetime | None = None
    doubtful: bool = False

    def rest(self, now: datetime) -> timedelta:
        """How long it is to be left alone from now on."""
        return max(self.rests_until - now, timedelta()) if self.rests_until else timedelta()

    def busy(self, now: datetime, seconds: float) -> Self:
        """It asked for patience: nothing is wrong with it."""
        until = now + timedelta(seconds=seconds)
        return replace(self, rests_until=max(until, self.rests_until or until))

    def doubted(self, now: datetime) -> Self:
        """A message may have arrived or not."""
        until = max(now + _DOUBT_REST, self.rests_until or now)
        return replace(self, rests_until=until, doubtful=True)

    def down(self, now: datetime) -> Self:
        """It does not work: asked again soon, and then seldom."""
        if self.rests_until and self.rests_until > now and self.down_since:
            return self  # others that were under way with the first say the same
        rest = min(_FIRST_REST * 2**self.troubles, _LONGEST_REST)
        return replace(
            self,
            troubles=min(self.troubles + 1, 16),
            rests_until=now + rest,
            down_since=self.down_since or now,
            doubtful=True,
        )
