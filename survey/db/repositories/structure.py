"""What hangs on units and services, and what changed for people on a day."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.repositories.installation import bump_revision
from survey.db.tables import cells, counts, events, memberships, people, versions
from survey.domain.counting import ALL
from survey.domain.records import Event, EventKind


class SqlStructure:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        await bump_revision(self._connection)  # whoever else does waits for this row

    async def shared_people(self) -> Sequence[Collection[str]]:
        several = (
            select(memberships.c.person).group_by(memberships.c.person).having(func.count() > 1)
        )
        chosen = (
            select(memberships.c.person, memberships.c.unit)
            .join(people, people.c.id == memberships.c.person)
            .where(memberships.c.person.in_(several), people.c.ended_at.is_(None))
        )
        units = defaultdict[UUID, list[str]](list)
        for row in await self._connection.execute(chosen):
            units[row.person].append(row.unit)
        return list(units.values())

    async def responses_of_units(self, units: Collection[str]) -> int:
        people_counted = (
            counts.c.question == ALL,
            counts.c.value == ALL,
            counts.c.dimension == ALL,
            counts.c.unit.in_(units),
        )
        return await self._total(select(func.sum(counts.c.n)).where(*people_counted))

    async def responses_of_services(self, services: Collection[str]) -> int:
        # A service is named once in a response, or rated by one or more of its questions.
        place = [counts.c[name] for name in ("questionnaire", "month", "wave", "series", "unit")]
        rated = (
            select(func.max(counts.c.n).label("n"))
            .where(
                counts.c.value == ALL,
                counts.c.dimension == ALL,
                counts.c.service.in_(services),
            )
            .group_by(*place, counts.c.service)
            .subquery()
        )
        return await self._total(select(func.sum(rated.c.n)))

    async def highest_floor(self) -> int:
        return await self._total(select(func.max(versions.c.floor)))

    async def units_with_figures(self, units: Collection[str]) -> frozenset[str]:
        return await self._with_figures(cells.c.unit, units)

    async def services_with_figures(self, services: Collection[str]) -> frozenset[str]:
        return await self._with_figures(cells.c.service, services)

    async def _with_figures(
        self, column: ColumnElement[str], keys: Collection[str]
    ) -> frozenset[str]:
        if not keys:
            return frozenset()
        chosen = select(column).where(column.in_(keys)).distinct()
        return frozenset(await self._connection.scalars(chosen))

    async def _total(self, chosen: Any) -> int:
        return int(await self._connection.scalar(chosen) or 0)


class SqlEvents:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> Sequence[Event]:
        chosen = select(events).order_by(events.c.day, events.c.name, events.c.id)
        return [_event(row) for row in await self._connection.execute(chosen)]

    async def get(self, event: UUID) -> Event | None:
        row = (await self._connection.execute(select(events).where(events.c.id == event))).first()
        return _event(row) if row else None

    async def add(self, event: Event) -> None:
        await self._connection.execute(
            insert(events),
            {
                "id": event.id,
                "day": event.day,
                "kind": event.kind,
                "name": event.name,
                "service": event.service,
                "unit": event.unit,
            },
        )

    async def remove(self, event: UUID) -> None:
        await self._connection.execute(delete(events).where(events.c.id == event))


def _event(row: Row[Any]) -> Event:
    return Event(row.id, row.day, EventKind(row.kind), row.name, row.service, row.unit)
