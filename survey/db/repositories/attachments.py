"""Files that came with reports and messages; where their bytes lie is `survey.ports.files`."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.tables import TO_FETCH, attachments
from survey.domain.case_records import HERE, Attachment

_COLUMNS: Final = {"size": "bytes"}
"""Columns that have another name than the field; `bytes` is a type in Python."""


class SqlAttachments:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, new: Sequence[Attachment]) -> None:
        if new:
            await self._connection.execute(insert(attachments), [_values(each) for each in new])

    async def get(self, attachment: UUID) -> Attachment | None:
        chosen = select(attachments).where(attachments.c.id == attachment)
        row = (await self._connection.execute(chosen)).first()
        return _attachment(row) if row else None

    async def of_conversation(self, conversation: UUID) -> Sequence[Attachment]:
        return await self._of(attachments.c.conversation == conversation)

    async def of_case(self, case: UUID) -> Sequence[Attachment]:
        return await self._of(attachments.c.case == case)

    async def to_fetch(
        self, *, limit: int, besides: Collection[UUID] = (), here: bool = False
    ) -> Sequence[Attachment]:
        ours = attachments.c.source.startswith(HERE, autoescape=True)
        chosen = (
            select(attachments)
            .where(TO_FETCH, attachments.c.id.not_in(besides), ours if here else ~ours)
            .order_by(attachments.c.made_at, attachments.c.id)
            .limit(limit)
        )
        return [_attachment(row) for row in await self._connection.execute(chosen)]

    async def settle(self, attachment: Attachment) -> bool:
        became = {"digest", "kind", "bytes", "name", "refused"}
        values = {name: value for name, value in _values(attachment).items() if name in became}
        settled = await self._connection.execute(
            update(attachments)
            .where(attachments.c.id == attachment.id, TO_FETCH)
            .values(**values, source="")
        )
        return bool(settled.rowcount)

    async def remove(self, attachment: UUID) -> None:
        await self._connection.execute(
            delete(attachments).where(attachments.c.id == attachment, attachments.c.entry.is_(None))
        )

    async def known(self, digests: Collection[str]) -> Collection[str]:
        chosen = select(attachments.c.digest).where(attachments.c.digest.in_(digests)).distinct()
        return {digest for digest in await self._connection.scalars(chosen) if digest is not None}

    async def digests(self, *, after: str, limit: int) -> Sequence[str]:
        chosen = select(attachments.c.digest).where(attachments.c.digest > after).distinct()
        ordered = chosen.order_by(attachments.c.digest).limit(limit)
        return [digest for digest in await self._connection.scalars(ordered) if digest is not None]

    async def _of(self, which: ColumnElement[bool]) -> Sequence[Attachment]:
        chosen = select(attachments).where(which).order_by(attachments.c.made_at, attachments.c.id)
        return [_attachment(row) for row in await self._connection.execute(chosen)]


def _values(attachment: Attachment) -> dict[str, Any]:
    return {_COLUMNS.get(name, name): getattr(attachment, name) for name in Attachment.__slots__}


def _attachment(row: Row[Any]) -> Attachment:
    return Attachment(
        **{name: getattr(row, _COLUMNS.get(name, name)) for name in Attachment.__slots__}
    )
