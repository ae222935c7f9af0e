"""Units and services."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, case, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db import tables
from survey.db.repositories.installation import bump_revision
from survey.db.statements import insert_or_update, storable
from survey.domain.folding import folded
from survey.domain.records import Service, Unit


class SqlOrganisation:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def units(self) -> Sequence[Unit]:
        rows = await self._connection.execute(
            select(tables.units).order_by(tables.units.c.name, tables.units.c.key)
        )
        return [_unit(row) for row in rows]

    async def unit(self, key: str) -> Unit | None:
        if not storable(key):
            return None
        row = (
            await self._connection.execute(select(tables.units).where(tables.units.c.key == key))
        ).first()
        return _unit(row) if row else None

    async def find_units(self, text: str, *, limit: int = 8) -> Sequence[Unit]:
        """Units in use whose name or key holds the text (case and accents folded).

        Best first: the whole name or key, then its beginning, then the beginning of a word.
        """
        wanted = folded(text)
        if not wanted or not storable(wanted):
            return []
        name, key = tables.units.c.folded, tables.units.c.key
        rank = case(
            (or_(name == wanted, key == wanted), 0),
            (or_(*(each.startswith(wanted, autoescape=True) for each in (name, key))), 1),
            (name.contains(f" {wanted}", autoescape=True), 2),
            else_=3,
        )
        holds = or_(*(each.contains(wanted, autoescape=True) for each in (name, key)))
        rows = await self._connection.execute(
            select(tables.units)
            .where(holds, tables.units.c.ended_at.is_(None))
            .order_by(rank, name, key)
            .limit(limit)
        )
        return [_unit(row) for row in rows]

    async def put_units(self, units: Iterable[Unit]) -> None:
        rows = [
            {
                "key": unit.key,
                "name": unit.name,
                "kind": unit.kind,
                "parent": unit.parent,
                "folded": folded(unit.name),
                "ended_at": unit.ended_at,
                "revision": unit.revision,
            }
            for unit in units
        ]
        if rows:
            await self._connection.execute(insert_or_update(self._connection, tables.units), rows)
            await bump_revision(self._connection)

    async def services(self) -> Sequence[Service]:
        """In the order in which they were first put."""
        rows = await self._connection.execute(
            select(tables.services).order_by(tables.services.c.position)
        )
        using = defaultdict[str, list[str]](list)
        pairs = select(tables.service_units).order_by(tables.service_units.c.unit)
        for pair in await self._connection.execute(pairs):
            using[pair.service].append(pair.unit)
        return [
            Service(
                key=row.key,
                name=row.name,
                provider=row.provider,
                parent=row.parent,
                label=dict(row.label),
                owner=row.owner,
                systems=tuple(row.systems),
                units=tuple(using[row.key]),
                ended_at=row.ended_at,
                revision=row.revision,
            )
            for row in rows
        ]

    async def put_services(self, services: Iterable[Service]) -> None:
        services = list(services)
        last = await self._connection.scalar(select(func.max(tables.services.c.position)))
        rows = [
            {
                "key": service.key,
                "position": position,
                "name": service.name,
                "provider": service.provider,
                "parent": service.parent,
                "label": dict(service.label),
                "owner": service.owner,
                "systems": list(service.systems),
                "ended_at": service.ended_at,
                "revision": service.revision,
            }
            for position, service in enumerate(services, start=(last or 0) + 1)
        ]
        if rows:
            statement = insert_or_update(self._connection, tables.services, keep=["position"])
            await self._connection.execute(statement, rows)
            await self._put_using(services)
            await bump_revision(self._connection)

    async def _put_using(self, services: Sequence[Service]) -> None:
        using = tables.service_units
        keys = [service.key for service in services]
        await self._connection.execute(delete(using).where(using.c.service.in_(keys)))
        pairs = [
            {"service": service.key, "unit": unit} for service in services for unit in service.units
        ]
        if pairs:
            await self._connection.execute(insert(using), pairs)


def _unit(row: Row[Any]) -> Unit:
    return Unit(
        key=row.key,
        name=row.name,
        kind=row.kind,
        parent=row.parent,
        ended_at=row.ended_at,
        revision=row.revision,
    )
