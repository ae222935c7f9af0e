"""Where the bytes of attachments lie: on disk, or in a storage that speaks as S3 does."""

from collections.abc import AsyncIterator
from typing import Protocol


class Files(Protocol):
    """Bytes by their digest; the same bytes are there once. What is put is whole or not there."""

    async def put(self, digest: str, content: bytes) -> None:
        """Keep them; to keep them again changes nothing. Raises: Busy."""

    async def get(self, digest: str) -> bytes:
        """Raises: NotFound, Busy."""

    async def remove(self, digest: str) -> None:
        """Nothing where it is not there. Raises: Busy."""

    def all(self) -> AsyncIterator[str]:
        """Every digest that is there, in no order: for sweeping what no row names."""
