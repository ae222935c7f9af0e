"""Boxes and what is sealed in them."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.statements import insert
from survey.db.tables import boxes, questionnaires, sealed, waves
from survey.domain.questionnaire import Privacy
from survey.domain.records import Box
from survey.domain.waves import TAKING_ANSWERS

_WAITING = (
    select(func.count()).select_from(sealed).where(sealed.c.box == boxes.c.id).scalar_subquery()
)
_OF_NO_WAVE = boxes.c.wave == ""
"""Who answered in a wave, and when, is known. Opened as it fills, its responses would carry the
transaction of their round, and so tell on PostgreSQL who is in it."""
_ORDER = (boxes.c.month, boxes.c.questionnaire, boxes.c.wave)


class SqlBoxes:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, questionnaire: str, month: date, wave: str) -> Box | None:
        chosen = _counted().where(
            boxes.c.questionnaire == questionnaire, boxes.c.month == month, boxes.c.wave == wave
        )
        row = (await self._connection.execute(chosen)).first()
        return _box(row) if row else None

    async def add(self, box: Box) -> Box:
        await self._connection.execute(
            insert(self._connection, boxes).on_conflict_do_nothing(
                index_elements=["questionnaire", "month", "wave"]
            ),
            {
                "id": box.id,
                "questionnaire": box.questionnaire,
                "month": box.month,
                "wave": box.wave,
                "floor": box.floor,
                "privacy": box.privacy.value,
                "public_key": box.public_key,
            },
        )
        kept = await self.get(box.questionnaire, box.month, box.wave)
        if kept is None:
            raise LookupError("a box that was added a moment ago")
        return kept

    async def due(self, *, now_month: date) -> Sequence[Box]:
        rows = await self._connection.execute(_counted().where(_due(now_month)).order_by(*_ORDER))
        return [_box(row) for row in rows]

    async def waiting(self, box: UUID) -> Sequence[UUID]:
        chosen = select(sealed.c.id).where(sealed.c.box == box).order_by(sealed.c.id)
        return list(await self._connection.scalars(chosen))

    async def sealed(self, box: UUID, rows: Collection[UUID]) -> Sequence[bytes]:
        # By random key: PostgreSQL would return them as they arrived.
        chosen = select(sealed.c.blob).where(_these(box, rows)).order_by(sealed.c.id)
        return list(await self._connection.scalars(chosen))

    async def take(self, box: UUID, rows: Collection[UUID], *, now_month: date) -> bool:
        # A lock that another opening waits for, and a submission does not.
        await self._connection.execute(
            select(boxes.c.id).where(boxes.c.id == box).with_for_update(key_share=True)
        )
        enough = or_(and_(_OF_NO_WAVE, boxes.c.floor <= len(rows)), _over(now_month))
        due = select(boxes.c.id).where(boxes.c.id == box, enough)
        if (await self._connection.execute(due)).first() is None:
            return False
        taken = await self._connection.execute(delete(sealed).where(_these(box, rows)))
        return taken.rowcount == len(rows)

    async def spent(self, *, now_month: date) -> Sequence[Box]:
        # Two statements: on PostgreSQL the second sees what arrived while the first waited.
        await self._connection.execute(
            select(boxes.c.id).where(_over(now_month)).order_by(boxes.c.id).with_for_update()
        )
        rows = await self._connection.execute(
            _counted().where(_WAITING == 0, _over(now_month)).order_by(*_ORDER)
        )
        return [_box(row) for row in rows]

    async def forget(self, box: UUID) -> None:
        await self._connection.execute(delete(boxes).where(boxes.c.id == box))


def _these(box: UUID, rows: Collection[UUID]) -> ColumnElement[bool]:
    return and_(sealed.c.box == box, sealed.c.id.in_(rows))


def _counted() -> Select[Any]:
    return select(boxes, _WAITING.label("waiting"))


def _due(now_month: date) -> ColumnElement[bool]:
    filled = and_(_OF_NO_WAVE, boxes.c.floor <= _WAITING)
    return and_(_WAITING > 0, or_(filled, _over(now_month)))


def _over(now_month: date) -> ColumnElement[bool]:
    """A wave's box is over with its wave; any other with its month or its questionnaire."""
    closed = (
        select(questionnaires.c.closed_at.is_not(None))
        .where(questionnaires.c.key == boxes.c.questionnaire)
        .scalar_subquery()
    )
    running = exists().where(waves.c.key == boxes.c.wave, waves.c.state.in_(TAKING_ANSWERS))
    return case(
        (boxes.c.wave == "", or_(boxes.c.month < now_month, closed)),
        else_=~running,
    )


def _box(row: Row[Any]) -> Box:
    return Box(
        id=row.id,
        questionnaire=row.questionnaire,
        month=row.month,
        wave=row.wave,
        floor=row.floor,
        privacy=Privacy(row.privacy),
        public_key=row.public_key,
        waiting=row.waiting,
    )
