"""How the installation is: how much waits, and since when. Counts only, never a row."""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.tables import (
    OWED,
    WAITING,
    conversations,
    inbox,
    installation,
    publication_due,
)
from survey.db.types import UtcDateTime
from survey.domain.records import Vitals

_NUMBER: Final = func.count()

_TABLES: Final = text("SELECT version_num FROM alembic_version")

_VITALS: Final = select(
    select(installation.c.held_at).scalar_subquery().label("held_since"),
    select(_NUMBER).select_from(inbox).where(WAITING).scalar_subquery().label("waiting"),
    select(func.min(inbox.c.received_at, type_=UtcDateTime()))
    .where(WAITING)
    .scalar_subquery()
    .label("waiting_since"),
    select(_NUMBER).select_from(inbox).where(inbox.c.parked).scalar_subquery().label("parked"),
    select(_NUMBER)
    .select_from(conversations)
    .where(OWED, conversations.c.touched_at < bindparam("owed_before", type_=UtcDateTime()))
    .scalar_subquery()
    .label("owed"),
    select(_NUMBER).select_from(publication_due).scalar_subquery().label("months_due"),
)


class SqlVitals:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def tables(self) -> str | None:
        number: str | None = await self._connection.scalar(_TABLES)
        return number

    async def take(self, *, owed_before: datetime) -> Vitals:
        rows = await self._connection.execute(_VITALS, {"owed_before": owed_before})
        return Vitals(**rows.mappings().one())
