"""Who was erased and must not come back by a file."""

from typing import Protocol


class Erasures(Protocol):
    async def holds(self, key: str) -> bool:
        """Whether the person of this key was erased."""
