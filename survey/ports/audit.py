"""The record of who did what, and what is written down of it outside the database."""

from collections.abc import Sequence
from typing import Protocol

from survey.domain.audit import Anchor, End, Entry, Note, Wanted


class Audit(Protocol):
    async def add(self, note: Note) -> Entry:
        """Record it, in the transaction of what it tells of: kept together or not at all."""

    async def find(
        self, wanted: Wanted, *, newest_first: bool, beyond: int | None, limit: int
    ) -> Sequence[Entry]:
        """By number; `beyond` is the number of the last one of the page before."""

    async def in_order(self, *, after: int | None, until: int, limit: int) -> Sequence[Entry]:
        """The entries whose numbers follow, up to `until`.

        Raises: ValueError, where one of them holds what no entry can hold.
        """

    async def end(self) -> End:
        """Head and last number, both of one moment."""


class Anchors(Protocol):
    """Where heads of the chain are written down, out of reach of who can write to the database."""

    def all(self) -> Sequence[Anchor]:
        """In the order of writing."""

    def put(self, anchor: Anchor) -> None:
        """On disk when it returns."""
