"""The inbox of updates, and what people chose in their chats."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, delete, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.statements import insert_or_ignore, insert_or_update
from survey.db.tables import INBOX_DAYS, WAITING, chats, inbox
from survey.domain.records import Chat, InboxRow, UpdateKey

EMPTIED: Final[Mapping[str, Any]] = {
    "user": None,
    "payload": None,
    "payload_key": None,
    "received_at": None,
    "error": None,
    "parked": False,
}
"""What an applied update loses: (bot, update id, day) remain, and how often it was tried."""


class SqlInbox:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def store(self, rows: Sequence[InboxRow]) -> None:
        stored = [
            {
                "bot": row.key.bot,
                "update_id": row.key.update_id,
                "day": row.received_at.astimezone(UTC).date(),
                "user": row.user,
                "payload": row.payload,
                "payload_key": row.payload_key,
                "received_at": row.received_at,
                "attempts": row.attempts,
                "parked": False,
            }
            for row in rows
        ]
        if stored:
            await self._connection.execute(insert_or_ignore(self._connection, inbox), stored)

    async def waiting(self, *, limit: int) -> Sequence[InboxRow]:
        rows = await self._connection.execute(
            select(inbox)
            .where(WAITING)
            .order_by(inbox.c.received_at, inbox.c.bot, inbox.c.update_id)
            .limit(limit)
        )
        return [
            InboxRow(
                key=UpdateKey(row.bot, row.update_id),
                user=row.user,
                payload=row.payload,
                payload_key=row.payload_key,
                received_at=row.received_at,
                attempts=row.attempts,
            )
            for row in rows
        ]

    async def applied(self, key: UpdateKey) -> None:
        await self._connection.execute(update(inbox).where(_is(key)).values(EMPTIED))

    async def failed(self, key: UpdateKey, *, code: str, park: bool) -> None:
        """Count the attempt; one that is parked blocks nobody and waits for an operator."""
        await self._connection.execute(
            update(inbox)
            .where(_is(key), inbox.c.payload.is_not(None))
            .values(attempts=inbox.c.attempts + 1, error=code, parked=park)
        )

    async def forget_old(self, *, today: date) -> None:
        done_with = or_(inbox.c.payload.is_(None), inbox.c.parked)
        old = inbox.c.day <= today - timedelta(days=INBOX_DAYS)
        await self._connection.execute(delete(inbox).where(old, done_with))


class SqlChats:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, bot: int, user: int) -> Chat | None:
        chosen = select(chats).where(chats.c.bot == bot, chats.c.user == user)
        row = (await self._connection.execute(chosen)).first()
        return _chat(row) if row else None

    async def of(self, keys: Collection[tuple[int, int]]) -> Mapping[tuple[int, int], Chat]:
        """Those of these (bot, user) that there are."""
        rows = await self._connection.execute(
            select(chats).where(tuple_(chats.c.bot, chats.c.user).in_(keys))
        )
        return {(row.bot, row.user): _chat(row) for row in rows}

    async def put(self, chat: Chat) -> None:
        await self._connection.execute(
            insert_or_update(self._connection, chats),
            {
                "bot": chat.bot,
                "user": chat.user,
                "language": chat.language,
                "unit": chat.unit,
                "stopped": chat.stopped,
            },
        )


def _chat(row: Row[Any]) -> Chat:
    return Chat(row.bot, row.user, row.language, row.unit, row.stopped)


def _is(key: UpdateKey) -> ColumnElement[bool]:
    return and_(inbox.c.bot == key.bot, inbox.c.update_id == key.update_id)
