"""Queues of accounts, and texts to begin replies from."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.statements import insert as insert_on_conflict
from survey.db.tables import queues, reply_templates
from survey.domain.case_desk import ReplyTemplate, SavedQueue


class SqlQueues:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, account: UUID) -> Sequence[SavedQueue]:
        chosen = select(queues).where(queues.c.account == account).order_by(queues.c.name)
        return [
            SavedQueue(row.id, row.account, row.name, row.query)
            for row in await self._connection.execute(chosen)
        ]

    async def add(self, queue: SavedQueue) -> None:
        values = {"id": queue.id, "account": queue.account, "name": queue.name}
        await self._connection.execute(insert(queues), values | {"query": queue.query})

    async def remove(self, queue: UUID, *, account: UUID) -> bool:
        theirs = queues.c.id == queue, queues.c.account == account
        removed = await self._connection.execute(delete(queues).where(*theirs))
        return removed.rowcount == 1


class SqlReplyTemplates:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, template: UUID) -> ReplyTemplate | None:
        chosen = select(reply_templates).where(reply_templates.c.id == template)
        row = (await self._connection.execute(chosen)).first()
        return ReplyTemplate(row.id, row.name, row.service, row.text) if row else None

    async def all(self) -> Sequence[ReplyTemplate]:
        chosen = select(reply_templates).order_by(reply_templates.c.name, reply_templates.c.id)
        return [
            ReplyTemplate(row.id, row.name, row.service, row.text)
            for row in await self._connection.execute(chosen)
        ]

    async def put(self, template: ReplyTemplate) -> None:
        values = {
            "name": template.name,
            "service": template.service,
            "text": dict(template.text),
        }
        await self._connection.execute(
            insert_on_conflict(self._connection, reply_templates).on_conflict_do_update(
                index_elements=["id"], set_=values
            ),
            {"id": template.id, **values},
        )

    async def remove(self, template: UUID) -> None:
        gone = delete(reply_templates).where(reply_templates.c.id == template)
        await self._connection.execute(gone)
