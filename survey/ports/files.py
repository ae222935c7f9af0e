"""Where the bytes of attachments lie, and what looks at them before they are kept."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from survey.domain.file_kinds import Inspected


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that are there, and when they were last put."""

    digest: str
    put_at: datetime


class Files(Protocol):
    """Bytes by their digest; the same bytes are there once. What is put is whole or not there."""

    async def put(self, digest: str, content: bytes) -> None:
        """Keep them; to keep them again renews when they were put. Raises: Busy."""

    async def get(self, digest: str) -> bytes:
        """Raises: NotFound, Busy."""

    async def remove(self, digest: str, *, before: datetime | None = None) -> None:
        """Nothing where it is not there, or was put at `before` or later. Raises: Busy."""

    def all(self) -> AsyncIterator[Stored]:
        """All that is there, in no order: for sweeping what no row names. Raises: Busy."""


class Copies(Files, Protocol):
    """Copies of what another storage holds."""

    async def renew(self, digest: str) -> None:
        """Say that it was put now; nothing where it is not there. Raises: Busy."""


class Inspection(Protocol):
    async def inspect(self, name: str, content: bytes, *, sender: str) -> Inspected:
        """What a file is by its content; of one `sender`, whatever tells them apart, one at a time.

        Raises: FileRefused; Busy, where so many wait that this one was not looked at.
        """
