"""Files between their preview and the word that keeps them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sent; `content` is encrypted with the key named `content_key`."""

    id: UUID
    account: UUID
    kind: str
    name: str
    content: bytes
    content_key: str
    expires_at: datetime


class Uploads(Protocol):
    async def add(self, upload: Upload) -> None: ...
    async def get(self, upload: UUID, *, account: UUID, now: datetime) -> Upload | None:
        """The account's own, as long as it has not expired."""

    async def remove(self, upload: UUID) -> None: ...
    async def forget_expired(self, *, now: datetime) -> None: ...
    async def forget_older(self, account: UUID, *, keeping: int) -> None:
        """Leave so many of the account's, those that expire last."""
