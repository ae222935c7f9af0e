"""How many messages Telegram takes from a bot, and what it says to more.

Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: about 30
messages a second in all, one a second to a chat with short bursts tolerated, 20 a minute to a
group. Telegram does not publish its bursts; ours are guesses on the strict side.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from types import MappingProxyType
from typing import Final

from tests.telegram.clock import VirtualClock
from tests.telegram.refusal import too_many_requests

LIMITED: Final = frozenset(
    {"sendMessage", "sendPhoto", "sendDocument", "editMessageText", "editMessageReplyMarkup"}
)
"""Methods that count as a message."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """`a_second` messages go on being taken; `burst` at once after a rest."""

    a_second: float
    burst: int


@dataclass(frozen=True, kw_only=True)
class Rates:
    overall: Rate = Rate(a_second=30, burst=30)
    chat: Rate = Rate(a_second=1, burst=3)
    group: Rate = Rate(a_second=20 / 60, burst=20)


class _Bucket:
    """Tokens that come back with time."""

    def __init__(self, rate: Rate, now: datetime) -> None:
        self._rate, self._level, self._at = rate, float(rate.burst), now

    def wait(self, now: datetime) -> float:
        """Seconds until a token is there; 0 where one is."""
        gained = (now - self._at).total_seconds() * self._rate.a_second
        self._level, self._at = min(self._level + gained, float(self._rate.burst)), now
        # A token that came back in ten parts is whole.
        missing = 1 - self._level
        return missing / self._rate.a_second if missing > 1e-9 else 0.0

    def take(self) -> None:
        self._level -= 1


class Limits:
    """Off until `turn_on`; `block` works without. The fake's clock decides.

    A refused call asks for patience: until that time is over, every call that it concerns (of the
    chat, or of all) is refused and counted as `early`.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._rates: Rates | None = None
        self._overall: _Bucket | None = None
        self._chats: dict[int, _Bucket] = {}
        self._until: dict[int | None, datetime] = {}
        self.refused = 0
        self.early = 0

    def turn_on(self, rates: Rates | None = None) -> None:
        """From full buckets; Telegram's own rates where none are given."""
        self._rates = rates or Rates()
        self._overall = _Bucket(self._rates.overall, self._clock.now())
        self._chats.clear()

    def turn_off(self) -> None:
        self._rates, self._overall = None, None
        self._until.clear()

    def block(self, seconds: int, *, chat: int | None = None) -> None:
        """Refuse all messages, or those to one chat, for so long."""
        self._until[chat] = self._clock.now() + timedelta(seconds=seconds)

    @property
    def blocked(self) -> Mapping[int | None, datetime]:
        """Until when, by chat; None stands for all."""
        now = self._clock.now()
        return MappingProxyType({key: until for key, until in self._until.items() if until > now})

    def check(self, method: str, chat: int | None) -> None:
        """Count a call.

        Raises:
            Refusal: 429, with the seconds to wait.
        """
        if method not in LIMITED or chat is None:
            return
        now = self._clock.now()
        for key in (None, chat):
            if (until := self._until.get(key, now)) > now:
                self.early += 1
                self._refuse((until - now).total_seconds())
        if self._rates is None or self._overall is None:
            return
        rate = self._rates.chat if chat > 0 else self._rates.group
        own = self._chats.setdefault(chat, _Bucket(rate, now))
        for key, bucket in ((None, self._overall), (chat, own)):
            if wait := bucket.wait(now):
                self.block(ceil(wait), chat=key)
                self._refuse(wait)
        self._overall.take()
        own.take()

    def _refuse(self, seconds: float) -> None:
        self.refused += 1
        raise too_many_requests(max(1, ceil(seconds)))
