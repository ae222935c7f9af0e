"""What many reporters are told at once, and how far that is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    String,
    and_,
    case,
    cast,
    distinct,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.tables import UNANNOUNCED, announcements, cases
from survey.domain.announcements import Announcement, Concerned, Reaching
from survey.domain.cases import EntryKind


class SqlAnnouncements:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, new: Announcement) -> None:
        values = {name: getattr(new, name) for name in Announcement.__slots__}
        values |= {"kind": new.kind.value, "data": dict(new.data)}
        await self._connection.execute(insert(announcements), values)

    async def any_due(self) -> bool:
        due = select(announcements.c.id).where(UNANNOUNCED).limit(1)
        return await self._connection.scalar(due) is not None

    async def due(self, *, only: UUID | None = None) -> Announcement | None:
        chosen = (
            select(announcements)
            .where(UNANNOUNCED, true() if only is None else announcements.c.id == only)
            .order_by(announcements.c.at, announcements.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)  # SQLite has no such clause; it is dropped there
        )
        return await self._first(chosen)

    async def advance(
        self, before: Announcement, *, by: int, after: UUID | None, ended_at: datetime | None
    ) -> bool:
        moved = await self._connection.execute(
            update(announcements)
            .where(
                announcements.c.id == before.id, announcements.c.done == before.done, UNANNOUNCED
            )
            .values(done=before.done + by, after=after, ended_at=ended_at)
        )
        return moved.rowcount == 1

    async def replace(self, problem: UUID, *, at: datetime) -> None:
        await self._connection.execute(
            update(announcements)
            .where(announcements.c.problem == problem, UNANNOUNCED)
            .values(ended_at=at)
        )

    async def last(
        self, *, problem: UUID | None = None, action: UUID | None = None
    ) -> Announcement | None:
        about = announcements.c.problem == problem if problem else announcements.c.action == action
        ended = case((announcements.c.ended_at.is_(None), 0), else_=1)
        ordered = select(announcements).where(about).order_by(ended, announcements.c.at.desc())
        return await self._first(ordered.limit(1))

    async def reports(
        self, whose: Concerned, *, until: datetime, after: UUID | None, limit: int
    ) -> Sequence[tuple[UUID, bool]]:
        place = func.row_number().over(
            partition_by=_RECEIVER, order_by=(cases.c.opened_at.desc(), cases.c.id.desc())
        )
        ranked = select(cases.c.id, place.label("place")).where(_among(whose, until)).subquery()
        chosen = select(ranked).order_by(ranked.c.id).limit(limit)
        if after is not None:
            chosen = chosen.where(ranked.c.id > after)
        found = [(row.id, row.place == 1) for row in await self._connection.execute(chosen)]
        # One after the other in the order of their ids, before anything else is locked: whoever
        # writes to one of them has it to themselves and waits for nothing that is held here.
        held = (
            select(cases.c.id)
            .where(cases.c.id.in_([each for each, _ in found]))
            .order_by(cases.c.id)
            .with_for_update(key_share=True)
        )
        await self._connection.execute(held)
        return found

    async def reaching(self, whose: Concerned, *, until: datetime) -> Reaching:
        among = _among(whose, until)
        counted = select(
            func.count().label("reports"),
            func.count(distinct(_RECEIVER)).label("receivers"),
            func.count(_RECEIVER).label("told"),
        ).where(among)
        row = (await self._connection.execute(counted)).one()
        known = select(cases.c.person).where(among, cases.c.person.is_not(None)).distinct()
        people = {each for each in await self._connection.scalars(known) if each is not None}
        return Reaching(row.reports, row.receivers, row.reports - row.told, frozenset(people))

    async def _first(self, chosen: Any) -> Announcement | None:
        row = (await self._connection.execute(chosen)).first()
        return _announcement(row) if row else None


_RECEIVER: ColumnElement[Any] = func.coalesce(
    cast(cases.c.person, String), cases.c.chat, func.nullif(cases.c.email, "")
)
"""As `survey.domain.telling.receiver_of`: who is told of a report, one key for each."""


def _among(whose: Concerned, until: datetime) -> ColumnElement[bool]:
    of_problem = cases.c.problem.in_(sorted(whose.problems))
    named = cases.c.reference.in_(sorted(whose.references))
    still = cases.c.ended_at.is_(None) if whose.open_only else true()
    for_all = cases.c.restricted.is_(False)
    return and_(or_(of_problem, named), still, for_all, cases.c.opened_at <= until)


def _announcement(row: Row[Any]) -> Announcement:
    values = {name: getattr(row, name) for name in Announcement.__slots__}
    return Announcement(**values | {"kind": EntryKind(row.kind)})
