"""The update that is being handled, and what is known of those that come after it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from survey.domain.records import UpdateKey


@dataclass(slots=True)
class Handling:
    """The update being handled; `kept` once a step has marked it as applied.

    `waiting` tells how many later updates of the same person are there by now, and `later` reads
    them, the oldest first; so many of them are `taken`: kept with this one.
    """

    key: UpdateKey
    kept: bool = False
    waiting: Callable[[], int] = int
    later: Callable[[], Sequence[tuple[UpdateKey, Mapping[str, Any]]]] = tuple
    taken: int = 0

    def to_come(self) -> int:
        """How many later updates will be answered for themselves."""
        return self.waiting() - self.taken
