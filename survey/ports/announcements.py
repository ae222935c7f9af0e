"""What many reporters are told at once, and how far that is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from survey.domain.announcements import Announcement, Concerned, Reaching


class Announcements(Protocol):
    async def add(self, new: Announcement) -> None: ...
    async def any_due(self) -> bool: ...
    async def due(self, *, only: UUID | None = None) -> Announcement | None:
        """The oldest that is not at its end and that nobody else works on, or that one alone.

        Nobody else is given it until the transaction ends.
        """

    async def advance(
        self, before: Announcement, *, by: int, after: UUID | None, ended_at: datetime | None
    ) -> bool:
        """So many more reports had their turn; False where somebody was there before."""

    async def replace(self, problem: UUID, *, at: datetime) -> None:
        """What was not told yet of a problem is not told any more."""

    async def last(
        self, *, problem: UUID | None = None, action: UUID | None = None
    ) -> Announcement | None: ...
    async def reports(
        self, whose: Concerned, *, until: datetime, after: UUID | None, limit: int
    ) -> Sequence[tuple[UUID, bool]]:
        """Reports behind `after` in the order of their ids, with whether it is the newest of all
        that its receiver has among them.

        Those made later than `until` are left out: whoever reported them has read it. They are held
        until the transaction ends.
        """

    async def reaching(self, whose: Concerned, *, until: datetime) -> Reaching: ...
