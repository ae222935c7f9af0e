"""The record of who did what."""

from typing import Protocol

from survey.domain.audit import Entry, Note


class Audit(Protocol):
    async def add(self, note: Note) -> Entry:
        """Record it, in the transaction of what it tells of: kept together or not at all."""
