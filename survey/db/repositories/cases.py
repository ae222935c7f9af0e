"""Cases and their entries."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.repositories.case_lists import CaseList
from survey.db.repositories.case_search import keep_words
from survey.db.statements import insert as insert_on_conflict
from survey.db.statements import storable
from survey.db.tables import DUE_CASE, attachments, cases, entries
from survey.domain.case_records import CaseQuery, CaseSort
from survey.domain.cases import (
    OPEN_STATES,
    Audience,
    Case,
    CaseKind,
    CaseState,
    Effect,
    Entry,
    EntryKind,
    FirstContact,
    Priority,
    Side,
    Verdict,
    Weight,
)
from survey.errors import BadQuery
from survey.ports.cases import MOST_COUNTED, CasePage

_FIELDS: Final = tuple(field.name for field in fields(Case))
_CLOCKS: Final = ("acknowledge_by", "update_by", "fix_by")
_AT_ONCE: Final = 10_000
"""Values of one statement: fewer than either database takes."""


class SqlCases:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, case: UUID) -> Case | None:
        return await self._one(cases.c.id == case)

    async def by_reference(self, reference: str) -> Case | None:
        return await self._one(cases.c.reference == reference) if storable(reference) else None

    async def by_link(self, link: UUID) -> Case | None:
        return await self._one(cases.c.link == link)

    async def of_person(self, person: UUID) -> Sequence[Case]:
        return await self._newest(cases.c.person == person)

    async def of_chat(self, chat: str) -> Sequence[Case]:
        return await self._newest(cases.c.chat == chat, cases.c.person.is_(None))

    async def add(self, case: Case, first: Entry) -> bool:
        added = await self._connection.execute(
            insert_on_conflict(self._connection, cases).on_conflict_do_nothing(),
            {
                "id": case.id,
                **_values(case),
                "touched_at": case.opened_at,
                "look_at": case.opened_at,
            },
        )
        if not added.rowcount:
            return False
        await self._write([first])
        await keep_words(self._connection, case, [first])
        return True

    async def append(self, case: Case, new: Sequence[Entry]) -> bool:
        before = new[0].number - 1
        saved = await self._connection.execute(
            update(cases)
            .where(cases.c.id == case.id, cases.c.revision == before)
            .values(**_values(case), touched_at=new[-1].at, look_at=new[-1].at)
        )
        if not saved.rowcount:
            return False
        await self._write(new)
        await keep_words(self._connection, case, await self.timeline(case.id))
        return True

    async def timeline(self, case: UUID) -> Sequence[Entry]:
        files = defaultdict[int, list[UUID]](list)
        named = (
            select(attachments.c.entry, attachments.c.id)
            .where(attachments.c.case == case, attachments.c.entry.is_not(None))
            .order_by(attachments.c.made_at, attachments.c.id)
        )
        for number, attachment in await self._connection.execute(named):
            files[number].append(attachment)
        chosen = select(entries).where(entries.c.case == case).order_by(entries.c.number)
        found = await self._connection.execute(chosen)
        return [_entry(row, tuple(files.get(row.number, ()))) for row in found]

    async def known(self, wanted: Collection[UUID]) -> Collection[UUID]:
        found, left = set[UUID](), sorted(wanted)
        for start in range(0, len(left), _AT_ONCE):
            some = cases.c.id.in_(left[start : start + _AT_ONCE])
            found |= set(await self._connection.scalars(select(cases.c.id).where(some)))
        return found

    async def reports(self, wanted: Collection[UUID]) -> Mapping[UUID, Entry]:
        chosen = select(entries).where(entries.c.case.in_(wanted), entries.c.number == 1)
        return {row.case: _entry(row, ()) for row in await self._connection.execute(chosen)}

    async def news(
        self, *, since: datetime, until: datetime, after: Entry | None, limit: int
    ) -> Sequence[tuple[Case, Entry]]:
        place = entries.c.at, entries.c.case, entries.c.number
        chosen = (
            select(entries)
            .join(cases, cases.c.id == entries.c.case)
            .where(cases.c.touched_at >= since, entries.c.at >= since, entries.c.at < until)
            .order_by(*place)
            .limit(limit)
        )
        if after is not None:
            reached = zip((after.at, after.case, after.number), place, strict=True)
            values = tuple_(*(literal(value, column.type) for value, column in reached))
            chosen = chosen.where(tuple_(*place) > values)
        rows = (await self._connection.execute(chosen)).all()
        theirs = select(cases).where(cases.c.id.in_({row.case for row in rows}))
        found = {row.id: _case(row) for row in await self._connection.execute(theirs)}
        return [(found[row.case], _entry(row, ())) for row in rows if row.case in found]

    async def listed(
        self, query: CaseQuery, *, now: datetime, limit: int, after: str | None
    ) -> CasePage:
        latest_first = query.sort is CaseSort.NEWEST
        wanted = CaseList(query, now, self._connection)
        column = wanted.place
        chosen = wanted.narrowed(select(cases.c.id, column.label("place")))
        if after is not None:
            place = _read_place(after)
            value, last = literal(place[0], column.type), literal(place[1], cases.c.id.type)
            key, reached = tuple_(column, cases.c.id), tuple_(value, last)
            chosen = chosen.where(key < reached if latest_first else key > reached)
        order = (column.desc(), cases.c.id.desc()) if latest_first else (column, cases.c.id)
        # Those of the page are found in an index, and only they are read as rows.
        those = chosen.order_by(*order).limit(limit + 1).subquery()
        rows = select(cases, those.c.place).join(those, those.c.id == cases.c.id)
        again = (those.c.place, those.c.id)
        rows = rows.order_by(*(each.desc() if latest_first else each for each in again))
        found = (await self._connection.execute(rows)).all()
        page = found[:limit]
        follows = len(found) > limit
        return CasePage(
            tuple(_case(row) for row in page),
            _place(page[-1].place, page[-1].id) if follows else None,
        )

    async def count(self, query: CaseQuery, *, now: datetime) -> int:
        wanted = CaseList(query, now, self._connection)
        any_of_them = wanted.narrowed(select(literal(1)).select_from(cases), in_order=False)
        some = any_of_them.limit(MOST_COUNTED + 1)
        counted = select(func.count()).select_from(some.subquery())
        return await self._connection.scalar(counted) or 0

    async def ids(self, query: CaseQuery, *, now: datetime, limit: int) -> Sequence[UUID]:
        wanted = CaseList(query, now, self._connection)
        chosen = wanted.narrowed(select(cases.c.id)).order_by(cases.c.id).limit(limit)
        return (await self._connection.scalars(chosen)).all()

    async def look_again(self, case: Case, *, at: datetime | None) -> None:
        as_seen = cases.c.id == case.id, cases.c.revision == case.revision
        await self._connection.execute(update(cases).where(*as_seen).values(look_at=at))

    async def to_look_at(self, *, now: datetime, limit: int) -> Sequence[Case]:
        chosen = (
            select(cases)
            .where(DUE_CASE, cases.c.look_at <= now)
            .order_by(cases.c.look_at, cases.c.id)
            .limit(limit)
        )
        return [_case(row) for row in await self._connection.execute(chosen)]

    async def waiting_among(
        self, people: Collection[UUID], *, services: Collection[str]
    ) -> Collection[UUID]:
        chosen = (
            select(cases.c.person)
            .where(
                cases.c.person.in_(people),
                cases.c.service.in_(services),
                cases.c.state.in_(OPEN_STATES),
            )
            .distinct()
        )
        return {person for person in await self._connection.scalars(chosen) if person is not None}

    async def _one(self, which: ColumnElement[bool]) -> Case | None:
        row = (await self._connection.execute(select(cases).where(which))).first()
        return _case(row) if row else None

    async def _newest(self, *which: ColumnElement[bool]) -> Sequence[Case]:
        chosen = select(cases).where(*which).order_by(cases.c.opened_at.desc(), cases.c.id)
        return [_case(row) for row in await self._connection.execute(chosen)]

    async def _write(self, new: Sequence[Entry]) -> None:
        await self._connection.execute(
            insert(entries),
            [
                {
                    "case": entry.case,
                    "number": entry.number,
                    "at": entry.at,
                    "kind": entry.kind.value,
                    "audience": entry.audience.value,
                    "side": entry.side.value,
                    "actor": entry.actor,
                    "text": entry.text,
                    "data": dict(entry.data),
                }
                for entry in new
            ],
        )
        for entry in new:
            if entry.files:
                await self._connection.execute(
                    update(attachments)
                    .where(attachments.c.id.in_(entry.files), attachments.c.entry.is_(None))
                    .values(case=entry.case, entry=entry.number, conversation=None)
                )


def _place(value: datetime, case: UUID) -> str:
    return json.dumps([value.isoformat(), str(case)])


def _read_place(place: str) -> tuple[datetime, UUID]:
    """Raises: BadQuery, for what no page gave out."""
    try:
        value, case = json.loads(place)
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC), UUID(case)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise BadQuery("after", "it is what the page before gave") from error


def _values(case: Case) -> dict[str, Any]:
    """What stands in the row besides its key and when it was touched."""
    values = {name: getattr(case, name) for name in _FIELDS if name != "id"}
    plain = {
        name: value.value if isinstance(value, Enum) else value for name, value in values.items()
    }
    clocks = [values[name] for name in _CLOCKS if values[name] is not None]
    return plain | {"due_at": min(clocks, default=None), "link": case.link}


def _case(row: Row[Any]) -> Case:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Case(
        **values
        | {
            "kind": CaseKind(row.kind),
            "effect": Effect(row.effect),
            "state": CaseState(row.state),
            "priority": Priority(row.priority),
            "weight": Weight(row.weight) if row.weight else None,
            "provider_verdict": Verdict(row.provider_verdict) if row.provider_verdict else None,
            "reporter_verdict": Verdict(row.reporter_verdict) if row.reporter_verdict else None,
            "first_contact": FirstContact(row.first_contact) if row.first_contact else None,
        }
    )


def _entry(row: Row[Any], files: tuple[UUID, ...]) -> Entry:
    return Entry(
        case=row.case,
        number=row.number,
        at=row.at,
        kind=EntryKind(row.kind),
        audience=Audience(row.audience),
        side=Side(row.side),
        actor=row.actor,
        text=row.text,
        data=row.data,
        files=files,
    )
