"""Days on which units are closed, times in which nothing is sent, addresses that refuse mail."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, delete, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.statements import insert_or_update, storable
from survey.db.tables import closures, pauses, refused_addresses
from survey.domain.waves import Closure, Pause, PauseKind


class SqlCalendar:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def closures(self, *, since: date, until: date) -> Sequence[Closure]:
        chosen = (
            select(closures)
            .where(closures.c.day.between(since, until))
            .order_by(closures.c.day, closures.c.unit)
        )
        return [
            Closure(row.day, row.unit, row.name) for row in await self._connection.execute(chosen)
        ]

    async def put_closures(self, put: Iterable[Closure]) -> None:
        rows = [{"day": each.day, "unit": each.unit, "name": each.name} for each in put]
        if rows:
            await self._connection.execute(insert_or_update(self._connection, closures), rows)

    async def remove_closures(self, removed: Iterable[tuple[date, str]]) -> int:
        keys = list(removed)
        gone = await self._connection.execute(
            delete(closures).where(tuple_(closures.c.day, closures.c.unit).in_(keys))
        )
        return gone.rowcount

    async def pauses(self, *, now: datetime) -> Sequence[Pause]:
        chosen = (
            select(pauses)
            .where(or_(pauses.c.ends_at.is_(None), pauses.c.ends_at > now))
            .order_by(pauses.c.begins_at, pauses.c.id)
        )
        return [
            Pause(row.id, PauseKind(row.kind), row.name, row.begins_at, row.ends_at)
            for row in await self._connection.execute(chosen)
        ]

    async def add_pause(self, pause: Pause) -> None:
        await self._connection.execute(
            insert(pauses),
            {
                "id": pause.id,
                "kind": pause.kind.value,
                "name": pause.name,
                "begins_at": pause.begins_at,
                "ends_at": pause.ends_at,
            },
        )

    async def end_pause(self, pause: UUID, *, at: datetime) -> bool:
        still = or_(pauses.c.ends_at.is_(None), pauses.c.ends_at > at)
        ended = await self._connection.execute(
            update(pauses).where(and_(pauses.c.id == pause, still)).values(ends_at=at)
        )
        return ended.rowcount == 1


class SqlRefusedAddresses:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, address: str, *, at: datetime, reason: str) -> None:
        await self._connection.execute(
            insert_or_update(self._connection, refused_addresses),
            {"address": address.casefold(), "at": at, "reason": reason},
        )

    async def of(self, addresses: Collection[str]) -> Collection[str]:
        known = [each.casefold() for each in addresses if storable(each)]
        chosen = select(refused_addresses.c.address).where(refused_addresses.c.address.in_(known))
        return set(await self._connection.scalars(chosen))

    async def since(self, address: str) -> datetime | None:
        chosen = select(refused_addresses.c.at).where(
            refused_addresses.c.address == address.casefold()
        )
        return await self._connection.scalar(chosen)

    async def remove(self, address: str) -> bool:
        gone = await self._connection.execute(
            delete(refused_addresses).where(refused_addresses.c.address == address.casefold())
        )
        return gone.rowcount == 1
