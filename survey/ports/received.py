"""Letters that come in: who takes them, and where those are kept that staff look at first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Taken(StrEnum):
    """What became of a letter; in each case the mail server need not keep it any more."""

    KEPT = "kept"
    HELD = "held"
    """For staff to look at."""
    IGNORED = "ignored"
    """A machine wrote it."""
    UNKNOWN = "unknown"
    """There is no such address, or not any more."""
    LATER = "later"
    """It was not kept: it is to be handed over again."""


class Taking(Protocol):
    """Whoever takes letters in, for the server that they are handed to."""

    def knows(self, address: str) -> bool:
        """Whether it is an address of ours; that says nothing about whether there is a case."""

    async def take(self, content: bytes, *, sender: str, recipient: str) -> Taken:
        """Keep one letter, once however often it is handed over.

        Raises: Busy.
        """


@dataclass(frozen=True, slots=True)
class ReceivedLetter:
    """A letter that came; `held` says why staff look at it first, and `content` is there as long.

    `case` is the one that its address or its subject names, None where none does; `sender` is whom
    one that is held says it is from, in small letters.
    """

    digest: bytes
    at: datetime
    case: UUID | None
    held: str | None = None
    sender: str | None = None
    content: bytes | None = field(default=None, repr=False)


class ReceivedLetters(Protocol):
    async def add(self, letter: ReceivedLetter) -> bool:
        """Keep that it came; False where the same came before."""

    async def known(self, digest: bytes) -> bool: ...
    async def lately(self, case: UUID, *, since: datetime) -> int:
        """How many have come about it since then."""

    async def held_lately(self, why: str, *, since: datetime) -> int:
        """How many that wait for this reason have come since then."""

    async def held(self, *, limit: int) -> Sequence[ReceivedLetter]:
        """Those that wait for staff, the oldest first, without their content."""

    async def get_held(self, digest: bytes) -> ReceivedLetter | None: ...
    async def let_go(self, digest: bytes) -> bool:
        """Staff have looked at it: its content goes. False where somebody else has."""
