"""Which cases a list shows, and along which index it is read.

A page is read along an index that has the order of the list and stops when it is full, so that it
takes as long among 200,000 cases as among 20,000. PostgreSQL finds the way by its statistics.
SQLite has none, and would begin with whatever column is named: there columns that only narrow a
list are hidden from it by a plus sign, all but the one that leads.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, literal_column, or_, true
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.repositories.case_search import fitting
from survey.db.tables import cases
from survey.domain.case_records import CaseQuery, CaseSort, Reach
from survey.domain.cases import RISK

_PLACES: Final = {
    CaseSort.TOUCHED: "touched_at",
    CaseSort.NEWEST: "opened_at",
    CaseSort.DUE: "due_at",
}


def conditions(query: CaseQuery, now: datetime) -> Iterator[ColumnElement[bool]]:
    """What holds for the cases that fit, their words aside; for sums of all of them."""
    return CaseList(query, now).conditions()


class CaseList:
    """One question about cases, as SQL; `place` is the column by which it is sorted."""

    def __init__(
        self, query: CaseQuery, now: datetime, connection: AsyncConnection | None = None
    ) -> None:
        """Without a connection no column is hidden, and no words are looked for."""
        self._connection, self._query, self._now = connection, query, now
        self._hides = connection is not None and connection.dialect.name == "sqlite"
        self._leads = _leading(query)
        self.place = self._column(_PLACES[query.sort])

    def narrowed(self, chosen: Select[Any], *, in_order: bool = True) -> Select[Any]:
        chosen = chosen.where(*self.conditions())
        if self._connection is None:
            return chosen
        found = fitting(self._connection, self._query.words, first=in_order)
        return chosen if found is None else chosen.where(found)

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        yield self._reached()
        yield from self._as_they_stand()
        yield from self._about()
        yield from self._by_time()

    def _column(self, name: str) -> ColumnElement[Any]:
        column = cases.c[name]
        if not self._hides or name in self._leads:
            return column
        return literal_column(f"+{cases.name}.{name}", column.type)

    def _reached(self) -> ColumnElement[bool]:
        query = self._query
        reached = or_(false(), *(self._within(each) for each in query.reach))
        if query.restricted:
            return reached
        of_them = query.restricted_of
        theirs = self._column("owner") == of_them if of_them else false()
        return and_(reached, or_(cases.c.restricted.is_(False), theirs))

    def _within(self, reach: Reach) -> ColumnElement[bool]:
        sets = {"unit": reach.units, "service": reach.services}
        parts = [
            self._column(name).in_(sorted(keys)) for name, keys in sets.items() if keys is not None
        ]
        if reach.handed_over:
            parts.append(cases.c.handed_over.is_not(None))
        return and_(true(), *parts)

    def _as_they_stand(self) -> Iterator[ColumnElement[bool]]:
        query = self._query
        if _open_alone(query):
            yield self._column("ended_at").is_(None)
        elif query.open is False:
            yield self._column("ended_at").is_not(None)
        sets = {"state": query.states, "kind": query.kinds, "priority": query.priorities}
        for name, wanted in sets.items():
            if wanted:
                yield self._column(name).in_(sorted(str(each) for each in wanted))
        if query.risks:
            yield cases.c.impact * cases.c.likelihood >= RISK

    def _about(self) -> Iterator[ColumnElement[bool]]:
        query = self._query
        for name in ("unit", "service", "owner", "problem", "person"):
            if value := getattr(query, name):
                yield self._column(name) == value
        for name, wanted in {"unit": query.units, "service": query.services}.items():
            if wanted:
                yield self._column(name).in_(sorted(wanted))
        if query.nobodys:
            yield self._column("owner").is_(None)

    def _by_time(self) -> Iterator[ColumnElement[bool]]:
        query = self._query
        if query.late:
            yield self._column("due_at") < self._now
        if query.sort is CaseSort.DUE:
            yield self.place.is_not(None)
        if query.since is not None:
            yield self._column("opened_at") >= query.since
        if query.until is not None:
            yield self._column("opened_at") < query.until


def _open_alone(query: CaseQuery) -> bool:
    return bool(query.open) or (bool(query.states) and all(each.open for each in query.states))


def _leading(query: CaseQuery) -> frozenset[str]:
    """The columns of the index along which SQLite is to look.

    What somebody searches, their own cases, those of one problem, those that are late and those
    that a provider was given are few and sorted afterwards; all else is read in its order, open
    ones along an index of theirs.
    """
    place = _PLACES[query.sort]
    if query.words.strip() or any(each.handed_over for each in query.reach):
        return frozenset()
    for name in ("person", "problem"):
        if getattr(query, name):
            return frozenset({name})
    if query.late or query.sort is CaseSort.DUE:
        return frozenset({"due_at"})
    if _open_alone(query):
        return frozenset({place, "ended_at", *(["owner"] if query.owner else [])})
    within = _sole(query.reach)
    for name in ("unit", "service"):
        if getattr(query, name) or name in within:
            return frozenset({place, name})
    return frozenset({place})


def _sole(reach: tuple[Reach, ...]) -> frozenset[str]:
    """By which of both the reach is but one key."""
    if len(reach) != 1:
        return frozenset()
    sets = {"unit": reach[0].units, "service": reach[0].services}
    return frozenset(name for name, keys in sets.items() if keys is not None and len(keys) == 1)
