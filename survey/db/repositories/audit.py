"""The record of who did what: rows are only ever added, and the database refuses all else."""

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.statements import insert_or_ignore
from survey.db.tables import audit, audit_head
from survey.domain.audit import BEGINNING, Entry, Note, chained


class SqlAudit:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, note: Note) -> Entry:
        """Record it in this transaction; the head of the chain is locked until that ends."""
        first = {"id": 1, "number": 0, "digest": BEGINNING}
        await self._connection.execute(insert_or_ignore(self._connection, audit_head), first)
        head = (
            await self._connection.execute(
                select(audit_head).where(audit_head.c.id == 1).with_for_update()
            )
        ).one()
        entry = chained(head.digest, head.number + 1, note)
        await self._connection.execute(
            insert(audit),
            {
                "number": entry.number,
                "at": entry.at,
                "actor": entry.actor,
                "action": entry.action,
                "subject": entry.subject,
                "details": dict(entry.details),
                "digest": entry.digest,
            },
        )
        await self._connection.execute(
            update(audit_head)
            .where(audit_head.c.id == 1)
            .values(number=entry.number, digest=entry.digest)
        )
        return entry
