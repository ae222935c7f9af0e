"""Letters by e-mail, and what sends them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from survey.domain.letters import Composed, Letter, LetterKind, Post


class Letters(Protocol):
    async def add(self, letters: Sequence[Letter]) -> None: ...
    async def any_due(self, *, now: datetime) -> bool: ...
    async def claim(self, *, now: datetime, limit: int, lease: timedelta) -> Sequence[Letter]:
        """Lease due letters to this process, oldest first, and count the attempt.

        A crashed process's letters come back when the lease ends: one may leave twice, and none
        is lost. Commit before sending.
        """

    async def settle(self, letter: UUID, *, at: datetime, failed: str | None = None) -> None:
        """It was sent, or (`failed` says why) given up."""

    async def postpone(self, letter: UUID, *, until: datetime) -> None: ...
    async def post(self) -> Post: ...
    async def gathers(self, kind: LetterKind, account: UUID) -> bool:
        """Whether a letter of this kind waits for the account that nobody has begun to send.

        Nobody begins to send it until the transaction ends.
        """

    async def written_since(self, kind: LetterKind, address: str, *, since: datetime) -> int:
        """How many of this kind were written to an address since then."""

    async def next_after(self, letter: Letter) -> datetime | None:
        """When the next letter of its kind to its account was begun; None where none was."""


class Mailer(Protocol):
    """Sends one letter."""

    async def send(self, letter: UUID, composed: Composed, *, at: datetime) -> None:
        """Hand it over to the mail server.

        Args:
            letter: goes into the Message-ID, so that a server can tell a letter that left twice.

        Raises: NotSent, which says whether trying again can help.
        """


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that takes letters, and as whom to come."""

    host: str
    port: int
    secure: bool
    """Encrypted from the first byte on (`smtps://`)."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
