"""What those who work cases keep at their desk."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from survey.domain.case_desk import ReplyTemplate, SavedQueue


class Queues(Protocol):
    async def of(self, account: UUID) -> Sequence[SavedQueue]:
        """By name."""

    async def add(self, queue: SavedQueue) -> None: ...
    async def remove(self, queue: UUID, *, account: UUID) -> bool:
        """False where it is none of theirs."""


class ReplyTemplates(Protocol):
    async def get(self, template: UUID) -> ReplyTemplate | None: ...
    async def all(self) -> Sequence[ReplyTemplate]:
        """By name."""

    async def put(self, template: ReplyTemplate) -> None:
        """Insert or update by id."""

    async def remove(self, template: UUID) -> None: ...
