"""Waves from beginning to end: what the worker's jobs and the doors call.

Each of these may run in several processes at once: what is written is decided by unique keys and
conditions in the database, so that nothing happens twice whoever does it.
"""

from survey.services.endings import Endings
from survey.services.reminding import Reminding


class Waves:
    def __init__(self, endings: Endings, reminding: Reminding) -> None:
        self._endings, self._reminding = endings, reminding

    async def close_due(self) -> int:
        """See `Endings.close_due`."""
        return await self._endings.close_due()

    async def drop_unsent(self) -> int:
        """See `Endings.drop_unsent`."""
        return await self._endings.drop_unsent()

    async def remind(self) -> int:
        """See `Reminding.remind`."""
        return await self._reminding.remind()
