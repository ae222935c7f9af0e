"""Who fits an audience, read straight from the people in order of their id."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    false,
    func,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.repositories.people import read_people
from survey.db.statements import storable
from survey.db.tables import chats, memberships, people, units
from survey.domain.audience import units_of
from survey.domain.campaign import Audience
from survey.domain.people import Person
from survey.domain.records import Unit

_FEW: Final = 1_000
"""So many people of a unit are sorted sooner than found among all others by id."""


class SqlAudiences:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def count(self, audience: Audience) -> int:
        counted = select(func.count()).select_from(people).where(*await self._fitting(audience))
        return await self._connection.scalar(counted) or 0

    async def after(
        self, audience: Audience, *, after: UUID | None, limit: int
    ) -> Sequence[Person]:
        chosen = select(people).where(*await self._fitting(audience))
        if after is not None:
            chosen = chosen.where(people.c.id > after)
        return await read_people(self._connection, chosen.order_by(people.c.id).limit(limit))

    async def ids(self, audience: Audience) -> Sequence[UUID]:
        chosen = select(people.c.id).where(
            *await self._fitting(audience),
            people.c.ended_at.is_(None),
            people.c.opted_out_at.is_(None),
        )
        return list(await self._connection.scalars(chosen.order_by(people.c.id)))

    async def in_chat(self, of: Collection[UUID], *, bot: int | None) -> Collection[UUID]:
        chosen = select(chats.c.person).where(
            chats.c.person.in_(of), chats.c.blocked_at.is_(None), chats.c.stopped.is_(False)
        )
        if bot is not None:
            chosen = chosen.where(chats.c.bot == bot)
        return set(await self._connection.scalars(chosen))

    async def _fitting(self, audience: Audience) -> list[ColumnElement[bool]]:
        conditions = [*self._roles(audience), *self._attributes(audience)]
        inside = units_of(audience, await self._units(audience))
        if inside is not None:
            conditions.append(await self._standing_for(inside))
        return conditions

    async def _units(self, audience: Audience) -> Sequence[Unit]:
        """All units, where the audience needs them at all."""
        if not audience.units and not audience.kinds:
            return ()
        rows = await self._connection.execute(
            select(units.c.key, units.c.kind, units.c.parent, units.c.ended_at)
        )
        return [Unit(row.key, "", row.kind, row.parent, row.ended_at) for row in rows]

    async def _standing_for(self, inside: Collection[str]) -> ColumnElement[bool]:
        """From the side of the units where their people are few, else one by one.

        SQLite would not know which is shorter.
        """
        members = select(memberships.c.person).where(memberships.c.unit.in_(inside))
        some = select(func.count()).select_from(members.limit(_FEW).subquery())
        if (await self._connection.scalar(some) or 0) < _FEW:
            return people.c.id.in_(members)
        # An expression, so that the few units of a person are compared with those wanted: by its
        # index SQLite would look for each of thousands wanted in turn.
        unit = memberships.c.unit.concat("")
        return exists().where(and_(memberships.c.person == people.c.id, unit.in_(inside)))

    def _roles(self, audience: Audience) -> Iterator[ColumnElement[bool]]:
        if audience.roles:
            roles = people.c.roles
            role: ColumnElement[str] = (
                func.jsonb_array_elements_text(roles).column_valued("role")
                if self._on_postgres
                else func.json_each(roles).table_valued("value").c.value
            )
            wanted = filter(storable, audience.roles)
            yield exists(select(literal(1)).where(role.in_(list(wanted))))

    def _attributes(self, audience: Audience) -> Iterator[ColumnElement[bool]]:
        for name, values in audience.attributes.items():
            wanted = list(filter(storable, values))
            yield self._attribute(name).in_(wanted) if storable(name) else false()

    def _attribute(self, name: str) -> ColumnElement[str]:
        attributes = people.c.attributes
        if self._on_postgres:
            return func.jsonb_extract_path_text(attributes, name)
        # Not json_extract: a path cannot hold every name that a column of a file may have.
        each = func.json_each(attributes).table_valued("key", "value")
        return select(each.c.value).where(each.c.key == name).scalar_subquery()

    @property
    def _on_postgres(self) -> bool:
        return self._connection.dialect.name == "postgresql"
