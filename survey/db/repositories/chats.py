"""The inbox of updates, and what people chose in their chats."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    bindparam,
    delete,
    func,
    not_,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.statements import insert_or_ignore, insert_or_update
from survey.db.tables import WAITING, chats, inbox, invitations, lanes
from survey.domain.records import Backlog, Chat, InboxRow, ParkedUpdate, Reachable, UpdateKey
from survey.domain.retention import INBOX_DAYS
from survey.errors import AlreadyApplied

EMPTIED: Final[Mapping[str, Any]] = {
    "user": None,
    "payload": None,
    "payload_key": None,
    "received_at": None,
    "error": None,
    "parked": False,
}
"""What an applied update loses: (bot, update id, day) remain, and how often it was tried."""

# Made once: every tap needs them, and to make one costs as much as to run it.
_ALL_WAITING: Final = (
    select(inbox)
    .where(WAITING, inbox.c.bot == bindparam("bot"))
    .order_by(inbox.c.received_at, inbox.c.update_id)
    .limit(bindparam("limit"))
)
_MINE_WAITING: Final = _ALL_WAITING.join(
    lanes, and_(lanes.c.bot == inbox.c.bot, lanes.c.user == inbox.c.user)
).where(lanes.c.holder == bindparam("holder"))
_CHATS: Final = select(chats).where(
    tuple_(chats.c.bot, chats.c.user).in_(bindparam("keys", expanding=True))
)


_NOT_CHOSEN: Final = ("person", "blocked_at", "failures", "failed_at")


class SqlInbox:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def store(self, rows: Sequence[InboxRow]) -> None:
        # In one order, so that two processes that store the same ones wait and never in a circle.
        in_order = sorted(rows, key=lambda row: (row.key.bot, row.key.update_id))
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
                "error": row.parked,
                "parked": row.parked is not None,
            }
            for row in in_order
        ]
        if stored:
            await self._connection.execute(insert_or_ignore(self._connection, inbox), stored)

    async def park_others(self, bots: Collection[int], *, code: str) -> int:
        parked = await self._connection.execute(
            update(inbox).where(WAITING, inbox.c.bot.not_in(bots)).values(error=code, parked=True)
        )
        return parked.rowcount

    async def waiting(
        self, bot: int, *, limit: int, holder: UUID | None = None
    ) -> Sequence[InboxRow]:
        chosen = _ALL_WAITING
        asked: dict[str, Any] = {"bot": bot, "limit": limit}
        if holder is not None:
            chosen, asked = _MINE_WAITING, {**asked, "holder": holder}
        rows = await self._connection.execute(chosen, asked)
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

    async def require_waiting(self, key: UpdateKey) -> None:
        chosen = select(inbox.c.day).where(_is(key), inbox.c.payload.is_not(None))
        if (await self._connection.execute(chosen.with_for_update())).first() is None:
            raise AlreadyApplied("update")

    async def waits(self, key: UpdateKey) -> bool:
        chosen = select(inbox.c.day).where(_is(key), inbox.c.payload.is_not(None))
        return (await self._connection.execute(chosen)).first() is not None

    async def applied(self, key: UpdateKey) -> None:
        await self._connection.execute(update(inbox).where(_is(key)).values(EMPTIED))

    async def failed(self, key: UpdateKey, *, code: str, park: bool) -> bool:
        """Count the attempt; one that is parked blocks nobody and waits for an operator."""
        counted = await self._connection.execute(
            update(inbox)
            .where(_is(key), inbox.c.payload.is_not(None))
            .values(attempts=inbox.c.attempts + 1, error=code, parked=park)
        )
        return counted.rowcount > 0

    async def backlog(self) -> Backlog:
        waiting = (
            await self._connection.execute(
                select(func.count(), func.min(inbox.c.received_at)).where(WAITING)
            )
        ).one()
        parked = await self._connection.scalar(
            select(func.count()).select_from(inbox).where(inbox.c.parked)
        )
        return Backlog(waiting[0], waiting[1], parked or 0)

    async def parked(self) -> Sequence[ParkedUpdate]:
        rows = await self._connection.execute(
            select(inbox)
            .where(inbox.c.parked)
            .order_by(inbox.c.received_at, inbox.c.bot, inbox.c.update_id)
        )
        return [
            ParkedUpdate(
                UpdateKey(row.bot, row.update_id), row.received_at, row.attempts, row.error or ""
            )
            for row in rows
        ]

    async def put_back(self, update_id: int | None) -> int:
        put = await self._connection.execute(
            update(inbox).where(_parked(update_id)).values(parked=False, attempts=0, error=None)
        )
        return put.rowcount

    async def drop(self, update_id: int) -> int:
        dropped = await self._connection.execute(
            update(inbox).where(_parked(update_id)).values(EMPTIED)
        )
        return dropped.rowcount

    async def forget_old(self, *, today: date) -> None:
        done_with = or_(inbox.c.payload.is_(None), inbox.c.parked)
        old = inbox.c.day < today - timedelta(days=INBOX_DAYS)
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
        rows = await self._connection.execute(_CHATS, {"keys": list(keys)})
        return {(row.bot, row.user): _chat(row) for row in rows}

    async def of_person(self, person: UUID) -> Sequence[Chat]:
        rows = await self._connection.execute(select(chats).where(chats.c.person == person))
        return [_chat(row) for row in rows]

    async def link(self, bot: int, user: int, person: UUID | None) -> None:
        this = and_(chats.c.bot == bot, chats.c.user == user)
        if person is not None:
            await self._connection.execute(
                update(chats).where(chats.c.person == person, not_(this)).values(person=None)
            )
        await self._connection.execute(update(chats).where(this).values(person=person))

    async def heard_from(self, bot: int, user: int) -> None:
        await self._connection.execute(
            update(chats)
            .where(chats.c.bot == bot, chats.c.user == user)
            .values(blocked_at=None, failures=0, failed_at=None)
        )

    async def reachable(self, bot: int, people: Collection[UUID]) -> Mapping[UUID, Reachable]:
        asked = (
            select(func.max(invitations.c.message_id))
            .where(invitations.c.person == chats.c.person)
            .correlate(chats)
            .scalar_subquery()
        )
        chosen = select(chats, asked.label("newest")).where(
            chats.c.bot == bot,
            chats.c.person.in_(people),
            chats.c.stopped.is_(False),
            chats.c.blocked_at.is_(None),
        )
        return {
            row.person: Reachable(row.user, row.language, row.newest or 0, row.failures)
            for row in await self._connection.execute(chosen)
        }

    async def answered(
        self, bot: int, *, person: UUID | None = None, user: int | None = None
    ) -> Reachable | None:
        whose = chats.c.person == person if person is not None else chats.c.user == user
        row = (
            await self._connection.execute(select(chats).where(chats.c.bot == bot, whose))
        ).first()
        if row is None:
            return Reachable(user) if user is not None else None
        blocked = row.blocked_at is not None
        return None if blocked else Reachable(row.user, row.language, failures=row.failures)

    async def note_blocked(self, bot: int, user: int, *, at: datetime) -> None:
        await self._connection.execute(
            update(chats)
            .where(chats.c.bot == bot, chats.c.user == user, chats.c.blocked_at.is_(None))
            .values(blocked_at=at, failures=0, failed_at=None)
        )

    async def note_unclear(self, bot: int, user: int, *, at: datetime) -> tuple[int, datetime]:
        counted = await self._connection.execute(
            update(chats)
            .where(chats.c.bot == bot, chats.c.user == user)
            .values(failures=chats.c.failures + 1, failed_at=func.coalesce(chats.c.failed_at, at))
            .returning(chats.c.failures, chats.c.failed_at)
        )
        row = counted.first()
        return (row.failures, row.failed_at) if row else (1, at)

    async def note_reached(self, bot: int, user: int) -> None:
        await self._connection.execute(
            update(chats)
            .where(chats.c.bot == bot, chats.c.user == user)
            .values(failures=0, failed_at=None)
        )

    async def put(self, chat: Chat) -> None:
        await self._connection.execute(
            insert_or_update(self._connection, chats, keep=_NOT_CHOSEN),
            {
                "bot": chat.bot,
                "user": chat.user,
                "language": chat.language,
                "unit": chat.unit,
                "stopped": chat.stopped,
                "person": chat.person,
                "about": chat.about,
                "about_at": chat.about_at,
            },
        )


def _parked(update_id: int | None) -> ColumnElement[bool]:
    named = true() if update_id is None else inbox.c.update_id == update_id
    return and_(inbox.c.parked, named)


def _chat(row: Row[Any]) -> Chat:
    unreached = row.blocked_at is not None or row.failures > 0
    return Chat(
        row.bot,
        row.user,
        row.language,
        row.unit,
        row.stopped,
        row.person,
        unreached,
        row.about,
        row.about_at,
    )


def _is(key: UpdateKey) -> ColumnElement[bool]:
    return and_(inbox.c.bot == key.bot, inbox.c.update_id == key.update_id)
