"""How fast one person is answered, however fast they write.

Everything that somebody sends is applied, in its order; it is the replies that are fewer. A few
come at once, then one a second, and of several messages that wait together only the last one is
answered: by then it shows where they all led.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from bot.screen import Sleep
from survey.ports import Clock

AT_ONCE: Final = 20
"""Replies to somebody who was quiet before: more than a short survey has questions."""

SECONDS_EACH: Final = 1.0
"""Then so long for each."""

CALM: Final = timedelta(seconds=30)
"""After so long, another flood is another one."""

SIGN_OF_LIFE: Final = timedelta(seconds=5)
"""After so long without an answer, one comes though more is waiting."""

A_HEAP: Final = 5
"""With so many messages waiting, nobody reads what stands between."""

MOST_KNOWN: Final = 10_000
"""People who are remembered at a time; the longest quiet go first."""


class Reply(Enum):
    """What to do with a reply that is ready."""

    NOW = "now"
    WITH_A_WORD = "now, and say that it stands for several"
    NOT_AT_ALL = "a later message of theirs is answered instead"


@dataclass(slots=True)
class _Budget:
    """Replies that somebody may still have at once.

    `unanswered_at` is when a message was passed over first since the last reply, `flooded_at` when
    one was last; `told` once they know why.
    """

    left: float
    at: datetime
    unanswered_at: datetime | None = None
    flooded_at: datetime | None = None
    told: bool = False


class Pace:
    """Everybody's budget of replies in this process."""

    def __init__(self, clock: Clock, sleep: Sleep) -> None:
        self._clock, self._sleep = clock, sleep
        self._budgets: OrderedDict[int, _Budget] = OrderedDict()

    @property
    def known(self) -> int:
        """How many people are remembered."""
        return len(self._budgets)

    async def turn(self, user: int, waiting: Callable[[], int]) -> Reply:
        """Wait until this person may be answered again, a second at most.

        Args:
            waiting: how many later messages of theirs are there by now.
        """
        budget = self._budget(user)
        heap = waiting() >= A_HEAP and not self._is_kept_waiting(budget)
        if heap or (budget.left < 1 and waiting()):
            return self._pass_over(budget)
        if budget.left < 1:
            await self._sleep((1 - budget.left) * SECONDS_EACH)
            if waiting():
                return self._pass_over(budget)
            self._refill(budget)
        budget.left, budget.unanswered_at = max(0.0, budget.left - 1), None
        if budget.flooded_at and not budget.told:
            budget.told = True
            return Reply.WITH_A_WORD
        return Reply.NOW

    @staticmethod
    def _pass_over(budget: _Budget) -> Reply:
        budget.flooded_at = budget.at
        budget.unanswered_at = budget.unanswered_at or budget.at
        return Reply.NOT_AT_ALL

    @staticmethod
    def _is_kept_waiting(budget: _Budget) -> bool:
        """However long a flood lasts, a sign of life comes now and then."""
        since = budget.unanswered_at
        return since is not None and budget.at - since >= SIGN_OF_LIFE

    def _budget(self, user: int) -> _Budget:
        budget = self._budgets.get(user)
        if budget is None:
            budget = self._budgets[user] = _Budget(AT_ONCE, self._clock.now())
            if len(self._budgets) > MOST_KNOWN:
                self._budgets.popitem(last=False)
        else:
            self._budgets.move_to_end(user)
            self._refill(budget)
        return budget

    def _refill(self, budget: _Budget) -> None:
        """A clock that was put back gives nothing."""
        now = self._clock.now()
        seconds = max(0.0, (now - budget.at).total_seconds())
        budget.left = min(float(AT_ONCE), budget.left + seconds / SECONDS_EACH)
        budget.at = now
        if budget.flooded_at and now - budget.flooded_at >= CALM:
            budget.flooded_at, budget.told = None, False
