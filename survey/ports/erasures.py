"""Who was erased and must not come back by a file."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Protocol


class Erasures(Protocol):
    async def among(self, people: Mapping[str, str]) -> AbstractSet[str]:
        """Which of these were erased.

        Args:
            people: their e-mail addresses ("" where there is none) by their keys.

        Returns the keys of those whose key or address belonged to somebody who was erased.
        """
