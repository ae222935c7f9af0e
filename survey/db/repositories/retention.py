"""Deleting what was kept long enough, as each table declares it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Date, and_, delete, exists, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.repositories.case_search import wipe_words
from survey.db.tables import attachments, cases, conversations, inbox, metadata
from survey.domain.retention import Rule

_ONLY: Final[dict[str, ColumnElement[bool]]] = {
    # Else it goes with its case; and a report that is still being made keeps its files.
    "attachments": and_(
        attachments.c.entry.is_(None),
        ~exists().where(conversations.c.id == attachments.c.conversation),
    ),
    # What still waits to be applied is somebody's answer: an alert tells of it, no clock ends it.
    "inbox": or_(inbox.c.payload.is_(None), inbox.c.parked),
}


class SqlRetention:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    def rules(self) -> Sequence[Rule]:
        """In an order in which what leads to a row goes before it."""
        return [
            Rule(table.name, kept.days, kept.since)
            for table in reversed(metadata.sorted_tables)
            if (kept := table.info["retention"]).days is not None
        ]

    async def forget(self, rule: Rule, *, now: datetime, limit: int) -> int:
        """A day counts to its end, in UTC."""
        table = metadata.tables[rule.table]
        since, before = table.c[rule.since], now - timedelta(days=rule.days)
        is_day = isinstance(since.type, Date)
        over = since < before.astimezone(UTC).date() if is_day else since < before
        chosen = (
            select(*table.primary_key).where(and_(over, _ONLY.get(rule.table, true()))).limit(limit)
        )
        deleted = await self._connection.execute(
            delete(table).where(tuple_(*table.primary_key).in_(chosen))
        )
        if deleted.rowcount and table is cases:
            await wipe_words(self._connection)
        return deleted.rowcount
