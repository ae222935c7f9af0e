"""The record of who did what: rows are only ever added, and the database refuses all else."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.statements import insert_or_ignore, storable
from survey.db.tables import audit, audit_head
from survey.domain.audit import BEGINNING, End, Entry, Note, Wanted, chained


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

    async def find(
        self, wanted: Wanted, *, newest_first: bool, beyond: int | None, limit: int
    ) -> Sequence[Entry]:
        if not all(map(storable, (wanted.actor, wanted.action, *wanted.subjects))):
            return []
        chosen = select(audit).where(*_conditions(wanted))
        if beyond is not None:
            number = audit.c.number
            chosen = chosen.where(number < beyond if newest_first else number > beyond)
        order = audit.c.number.desc() if newest_first else audit.c.number
        rows = await self._connection.execute(chosen.order_by(order).limit(limit))
        return [read_entry(row) for row in rows]

    async def in_order(self, *, after: int | None, until: int, limit: int) -> Sequence[Entry]:
        chosen = select(audit).where(audit.c.number <= until)
        if after is not None:
            chosen = chosen.where(audit.c.number > after)
        rows = await self._connection.execute(chosen.order_by(audit.c.number).limit(limit))
        return [read_entry(row) for row in rows]

    async def end(self) -> End:
        last = select(func.coalesce(func.max(audit.c.number), 0)).scalar_subquery()
        # A head that was removed is one that says nothing; the numbers tell.
        head = select(last.label("last"), audit_head.c.number, audit_head.c.digest).select_from(
            select(last.label("one")).subquery().outerjoin(audit_head, audit_head.c.id == 1)
        )
        row = (await self._connection.execute(head)).one()
        return End(row.number or 0, row.digest or BEGINNING, row.last)


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.actor:
        yield audit.c.actor == wanted.actor
    if wanted.action:
        yield audit.c.action.startswith(wanted.action, autoescape=True)
    if wanted.subjects:
        yield audit.c.subject.in_(sorted(wanted.subjects))
    if wanted.since is not None:
        yield audit.c.at >= wanted.since
    if wanted.until is not None:
        yield audit.c.at < wanted.until


def read_entry(row: Row[Any]) -> Entry:
    return Entry(
        row.number, row.at, row.actor, row.action, row.subject, dict(row.details), row.digest
    )
