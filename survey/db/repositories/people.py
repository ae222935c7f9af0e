"""People who may be asked, the units that they stand for, and the links by which they join."""

from collections import Counter, defaultdict
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager
from datetime import datetime
from sys import intern
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.repositories.described import described
from survey.db.sets import AT_ONCE, Rows
from survey.db.statements import replacing, storable
from survey.db.tables import LEFT, joins, memberships, people
from survey.domain.folding import folded
from survey.domain.people import Described, Found, Join, PeopleSort, Person
from survey.errors import StaleRevision

_T = TypeVar("_T")

_PEOPLE: Final = Rows(people, replacing(people))
_MEMBERSHIPS: Final = Rows(memberships)

_WHO_LEFT: Final = select(people.c.id).where(LEFT)

_FEW: Final = 1_000
"""So many people are sorted sooner than found among all others by name."""


class SqlPeople:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, person: UUID) -> Person | None:
        return next(
            iter(await read_people(self._connection, select(people).where(people.c.id == person))),
            None,
        )

    async def those(self, ids: Collection[UUID]) -> Mapping[UUID, Person]:
        found = await read_people(self._connection, select(people).where(people.c.id.in_(ids)))
        return {person.id: person for person in found}

    async def by_key(self, key: str) -> Person | None:
        if not storable(key):
            return None
        return next(
            iter(await read_people(self._connection, select(people).where(people.c.key == key))),
            None,
        )

    async def names_of(self, ids: Collection[UUID]) -> Mapping[UUID, str]:
        chosen = select(people.c.id, people.c.name).where(people.c.id.in_(ids))
        return {row.id: row.name for row in await self._connection.execute(chosen)}

    async def names_by_key(self, keys: Collection[str]) -> Mapping[str, str]:
        known = [key for key in keys if storable(key)]
        chosen = select(people.c.key, people.c.name).where(people.c.key.in_(known))
        return {row.key: row.name for row in await self._connection.execute(chosen)}

    async def named_in(self, text: str, *, limit: int) -> Sequence[str]:
        within, words = folded(text), people.c.folded
        if self._connection.dialect.name == "postgresql":
            place = func.strpos(within, func.split_part(words, "\n", 1))
        else:
            place = func.instr(within, func.substr(words, 1, func.instr(words, "\n") - 1))
        chosen = select(people.c.name).where(people.c.name != "", place > 0).limit(limit)
        return (await self._connection.scalars(chosen)).all() if storable(within) else ()

    async def by_email(self, email: str) -> Sequence[Person]:
        if not storable(email):
            return ()
        same = people.c.email == email.casefold()
        return await read_people(
            self._connection, select(people).where(same).order_by(people.c.folded, people.c.id)
        )

    async def find(
        self,
        *,
        text: str = "",
        units: Collection[str] | None = None,
        ended: bool | None = False,
        opted_out: bool | None = None,
        sort: PeopleSort = PeopleSort.NAME,
        descending: bool = False,
        after: Person | None = None,
        limit: int = 50,
    ) -> Found:
        if not storable(text):
            return Found((), more=False)
        chosen = select(people).where(*_sought(text, ended, opted_out))
        if units is not None:
            chosen = await self._standing_for(chosen, units)
        column, value = _SORTED[sort]
        if after is not None:
            place = tuple_(column, people.c.id)
            last = tuple_(literal(value(after)), literal(after.id, people.c.id.type))
            chosen = chosen.where(place < last if descending else place > last)
        order = [each.desc() if descending else each for each in (column, people.c.id)]
        found = await read_people(self._connection, chosen.order_by(*order).limit(limit + 1))
        return Found(tuple(found[:limit]), more=len(found) > limit)

    async def all(self) -> AsyncIterator[Person]:
        joined = (
            select(people, memberships.c.unit)
            .outerjoin(memberships, memberships.c.person == people.c.id)
            .order_by(people.c.id, memberships.c.position)
        )
        async with self._connection.stream(joined) as rows:
            before: Row[Any] | None = None
            units: list[str] = []
            async for row in rows:
                if before is not None and row.id != before.id:
                    yield _person(before, units)
                    units = []
                before = row
                if row.unit is not None:
                    units.append(intern(row.unit))
            if before is not None:
                yield _person(before, units)

    async def count(
        self,
        units: Collection[str] | None = None,
        *,
        text: str = "",
        ended: bool | None = False,
        opted_out: bool | None = None,
        most: int | None = None,
    ) -> int:
        if not storable(text):
            return 0
        sought = list(_sought(text, ended, opted_out))
        if len(sought) == 1 and ended is False and (units is None or most is None):
            return await self._connection.scalar(_all_but_who_left(units)) or 0
        chosen = select(people.c.id).where(*sought)
        if units is not None:
            chosen = await self._standing_for(chosen, units, few=most or _FEW)
        counted = select(func.count()).select_from(chosen.limit(most).subquery())
        return await self._connection.scalar(counted) or 0

    async def count_by_unit(self) -> Mapping[str, int]:
        per_unit = select(memberships.c.unit, func.count()).group_by(memberships.c.unit)
        left = per_unit.where(memberships.c.person.in_(_WHO_LEFT))
        counted = Counter[str]()
        for unit, number in await self._connection.execute(per_unit):
            counted[unit] = number
        for unit, number in await self._connection.execute(left):
            counted[unit] -= number
        return {unit: number for unit, number in counted.items() if number}

    async def described(self, *, most_values: int) -> Described:
        return await described(self._connection, most_values=most_values)

    async def put(self, put: Iterable[Person]) -> None:
        """Raises: StaleRevision, where somebody else has the key of one of them."""
        for some in _batches(list(put)):
            with _key_taken():
                await _PEOPLE.put(self._connection, [_values(person) for person in some])
            await self._put_units(some)

    async def save(self, person: Person, *, expected_revision: int) -> bool:
        values = _values(person) | {"revision": expected_revision + 1}
        changed = await self._connection.execute(
            update(people)
            .where(people.c.id == person.id, people.c.revision == expected_revision)
            .values({name: value for name, value in values.items() if name != "id"})
        )
        if changed.rowcount != 1:
            return False
        await self._put_units([person])
        return True

    async def revisions(self, of: Sequence[UUID]) -> Mapping[UUID, int]:
        found: dict[UUID, int] = {}
        # In one order, so that two imports wait for each other and never in a circle.
        for some in _batches(sorted(of)):
            chosen = select(people.c.id, people.c.revision).where(people.c.id.in_(some))
            rows = await self._connection.execute(chosen.order_by(people.c.id).with_for_update())
            found |= {row.id: row.revision for row in rows}
        return found

    async def remove(self, person: UUID) -> None:
        await self._connection.execute(delete(people).where(people.c.id == person))

    async def _standing_for(
        self, chosen: Select[Any], units: Collection[str], *, few: int = _FEW
    ) -> Select[Any]:
        """Only people of these units: from their side where they are few, else one by one.

        SQLite would not know which is shorter.
        """
        some = _members(units).limit(few)
        number = await self._connection.scalar(select(func.count()).select_from(some.subquery()))
        if (number or 0) < few:
            return chosen.where(people.c.id.in_(_members(units)))
        # An expression, so that the few units of a person are compared with those wanted: by its
        # index SQLite would look for each of thousands wanted in turn.
        unit = memberships.c.unit.concat("")
        of_person = and_(memberships.c.person == people.c.id, unit.in_(units))
        return chosen.where(exists().where(of_person))

    async def _put_units(self, put: Sequence[Person]) -> None:
        ids = [person.id for person in put]
        await self._connection.execute(delete(memberships).where(memberships.c.person.in_(ids)))
        rows = [
            {"person": person.id, "unit": unit, "position": position}
            for person in put
            for position, unit in enumerate(person.units)
        ]
        await _MEMBERSHIPS.put(self._connection, rows)


class SqlJoins:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, put: Iterable[Join]) -> None:
        rows = [
            {"digest": join.digest, "person": join.person, "expires_at": join.expires_at}
            for join in put
        ]
        if rows:
            await self._connection.execute(insert(joins), rows)

    async def find(self, digest: bytes, *, now: datetime) -> UUID | None:
        chosen = select(joins.c.person).where(joins.c.digest == digest, joins.c.expires_at > now)
        found: UUID | None = await self._connection.scalar(chosen)
        return found

    async def take(self, digest: bytes, *, now: datetime) -> UUID | None:
        taken = (
            delete(joins)
            .where(joins.c.digest == digest, joins.c.expires_at > now)
            .returning(joins.c.person)
        )
        person: UUID | None = (await self._connection.execute(taken)).scalar_one_or_none()
        if person is not None:
            await self.forget(person)
        return person

    async def forget(self, person: UUID) -> None:
        await self.forget_all([person])

    async def forget_all(self, of: Sequence[UUID]) -> None:
        for some in _batches(of):
            await self._connection.execute(delete(joins).where(joins.c.person.in_(some)))


async def read_people(connection: AsyncConnection, chosen: Select[Any]) -> list[Person]:
    """The people of these rows, in their order, with the units that they stand for."""
    rows = (await connection.execute(chosen)).all()
    units = defaultdict[UUID, list[str]](list)
    if rows:
        of_them = (
            select(memberships)
            .where(memberships.c.person.in_([row.id for row in rows]))
            .order_by(memberships.c.position)
        )
        for each in await connection.execute(of_them):
            units[each.person].append(each.unit)
    return [_person(row, units[row.id]) for row in rows]


def _sought(text: str, ended: bool | None, opted_out: bool | None) -> Iterator[ColumnElement[bool]]:
    if wanted := folded(text):
        yield people.c.folded.contains(wanted, autoescape=True)
    if ended is not None:
        yield _left(ended)
    if opted_out is not None:
        silent = people.c.opted_out_at
        yield silent.is_not(None) if opted_out else silent.is_(None)


def _left(ended: bool) -> ColumnElement[bool]:
    return people.c.ended_at.is_not(None) if ended else people.c.ended_at.is_(None)


def _all_but_who_left(units: Collection[str] | None) -> Select[Any]:
    """How many there are (of these units), less those who left: two numbers that indexes hold."""
    if units is None:
        everybody = select(func.count()).select_from(people)
        left = everybody.where(LEFT)
    else:
        everybody = select(func.count(memberships.c.person.distinct())).where(
            memberships.c.unit.in_(units)
        )
        left = everybody.where(memberships.c.person.in_(_WHO_LEFT))
    return select(everybody.scalar_subquery() - left.scalar_subquery())


def _members(units: Collection[str]) -> Select[tuple[UUID]]:
    return select(memberships.c.person).where(memberships.c.unit.in_(units))


def _folded(person: Person) -> str:
    """What is looked through: a line for each, so that no text is found across two of them."""
    return "\n".join(map(folded, (person.name, person.key, person.email or "")))


_SORTED: Final[Mapping[PeopleSort, tuple[ColumnElement[str], Callable[[Person], str]]]] = {
    PeopleSort.NAME: (people.c.folded, _folded),
    PeopleSort.KEY: (people.c.key, lambda person: person.key),
}
"""For each order its column, and what stands there of a person."""


@contextmanager
def _key_taken() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise StaleRevision("another person has this key") from error


def _batches(rows: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]


def _values(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "key": person.key,
        "name": person.name,
        "folded": _folded(person),
        "email": person.email.casefold() if person.email else None,
        "language": person.language,
        "roles": list(person.roles),
        "attributes": dict(person.attributes),
        "created_at": person.created_at,
        "ended_at": person.ended_at,
        "opted_out_at": person.opted_out_at,
        "revision": person.revision,
    }


def _person(row: Row[Any], units: Iterable[str]) -> Person:
    return Person(
        id=row.id,
        key=row.key,
        name=row.name,
        units=tuple(units),
        created_at=row.created_at,
        email=row.email,
        language=row.language,
        roles=tuple(row.roles),
        # One name of a column for all who have it, however many they are.
        attributes={intern(column): text for column, text in row.attributes.items()},
        ended_at=row.ended_at,
        opted_out_at=row.opted_out_at,
        revision=row.revision,
    )
