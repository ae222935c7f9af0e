"""Many rows in one statement: as one JSON document on SQLite, as one array a column on PostgreSQL.

On SQLite that is not for the database's sake: after every call the thread must take the interpreter
back from an event loop that is busy with requests, and a call a row would hold the writer's turn
for as many turns of the loop.
"""

# ruff: noqa: S608 (SQL of fixed parts; the names in it are those of the tables)

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Column, LargeBinary, Table
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.dialects.sqlite.pysqlite import dialect as sqlite_dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from survey.db.statements import binders

_SQLITE: Final = sqlite_dialect()
_POSTGRES: Final = asyncpg_dialect()  # type: ignore[no-untyped-call]

FITS: Final = "(SELECT yes FROM fits)"
"""The condition of `ArrayInsert.if_it_fits`: a query of that name stands before it."""

AT_ONCE: Final = 2_000
"""Rows of one statement: what is to be put may be much more than a batch of the writer."""

_VALUE: Final = "json_extract(value, '$[{0}]')"
_BYTES: Final = "substr(:bytes, json_extract(value, '$[{0}][0]'), json_extract(value, '$[{0}][1]'))"


class JsonSet:
    """Rows of these columns, sent as one JSON document and met as `self.sql`.

    JSON cannot hold bytes: those of all rows travel in a row of their own, and the document says
    where each begins and how long it is.
    """

    def __init__(self, columns: Iterable[Column[Any]]) -> None:
        chosen = list(columns)
        self._binders = binders(chosen, _SQLITE)
        self._bytes = [isinstance(each.type, LargeBinary) for each in chosen]
        given = [
            _BYTES.format(at) if are_bytes else _VALUE.format(at)
            for at, are_bytes in enumerate(self._bytes)
        ]
        names = [_SQLITE.identifier_preparer.quote(each.name) for each in chosen]
        named = ", ".join(f"{one} AS {name}" for one, name in zip(given, names, strict=True))
        # WHERE keeps what follows, ON CONFLICT, from being read as part of a join.
        self.sql = f"SELECT {named} FROM json_each(:rows) WHERE true"

    def values(self, rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
        content = bytearray(1)  # of no bytes at all SQLite makes NULL, even for none of them
        columns: list[Iterable[Any]] = []
        for bind, are_bytes, column in zip(
            self._binders, self._bytes, zip(*rows, strict=True), strict=True
        ):
            if are_bytes:
                columns.append([_placed(value, content) for value in column])
            elif bind:
                columns.append([None if value is None else bind(value) for value in column])
            else:
                columns.append(column)
        document = json.dumps(list(zip(*columns, strict=True)))
        return {"rows": document, "bytes": bytes(content)}


def _placed(value: bytes | None, content: bytearray) -> tuple[int, int] | None:
    """Where the bytes begin, counted from 1, and how long they are."""
    if value is None:
        return None
    content += value
    return len(content) - len(value) + 1, len(value)


class JsonInsert:
    """Insert rows as they are, with the columns of the table."""

    def __init__(self, table: Table, conflict: str = "") -> None:
        self._set = JsonSet(table.columns)
        names = ", ".join(map(_SQLITE.identifier_preparer.quote, table.columns.keys()))
        self.sql = f"INSERT INTO {table.name} ({names}) {self._set.sql} {conflict}"
        self.values = self._set.values


class ArraySet:
    """Rows of these columns, sent as one array a column and met as FROM `self.sql`."""

    def __init__(self, columns: Iterable[Column[Any]]) -> None:
        chosen = list(columns)
        types = [f"${at}::{each.type.compile(_POSTGRES)}[]" for at, each in enumerate(chosen, 1)]
        self.sql = f"unnest({', '.join(types)})"
        self._binders = binders(chosen, _POSTGRES)

    def arrays(self, rows: Sequence[Sequence[Any]]) -> list[list[Any] | None]:
        """A column of nothing goes as no array, which is as long as the others to PostgreSQL."""
        return [
            _array(bind, column)
            for bind, column in zip(self._binders, zip(*rows, strict=True), strict=True)
        ]


def _array(bind: Callable[[Any], Any] | None, column: Sequence[Any]) -> list[Any] | None:
    if column.count(None) == len(column):
        return None
    if bind:
        return [None if value is None else bind(value) for value in column]
    return list(column)


class ArrayInsert:
    """Insert rows as they are, with the columns of the table."""

    def __init__(self, table: Table, conflict: str = "") -> None:
        rows = ArraySet(table.columns)
        names = ", ".join(map(_POSTGRES.identifier_preparer.quote, table.columns.keys()))
        insert = f"INSERT INTO {table.name} ({names}) SELECT * FROM {rows.sql}"
        self.sql = f"{insert} {conflict}"
        self.if_it_fits = f"{insert} WHERE {FITS} {conflict}"
        self.arrays = rows.arrays


class Rows:
    """Inserts rows of a table on either database, many at a time."""

    def __init__(self, table: Table, conflict: str = "") -> None:
        """`conflict` is ON CONFLICT as both databases understand it."""
        self._names = table.columns.keys()
        self._json, self._arrays = JsonInsert(table, conflict), ArrayInsert(table, conflict)

    async def put(self, connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Each row has a value for every column."""
        for start in range(0, len(rows), AT_ONCE):
            some = [[row[name] for name in self._names] for row in rows[start : start + AT_ONCE]]
            if connection.dialect.name == "postgresql":
                arrays = tuple(self._arrays.arrays(some))
                await connection.exec_driver_sql(self._arrays.sql, arrays)
            else:
                await connection.exec_driver_sql(self._json.sql, self._json.values(some))


class Many:
    """One change over many rows, met as `new`, on either database.

    A text has `{rows}` once, where a table would stand, and a `{name}` for each further value.
    """

    def __init__(
        self,
        columns: Sequence[Column[Any]],
        *texts: str,
        on_postgresql: str | None = None,
        **values: TypeEngine[Any],
    ) -> None:
        """Several texts are run one after another, over the same rows.

        `on_postgresql` is the same in one statement, for what only PostgreSQL can say.
        """
        self._json, self._arrays = JsonSet(columns), ArraySet(columns)
        names = ", ".join(column.name for column in columns)
        numbered = {
            name: f"${at}::{kind.compile(_POSTGRES)}"
            for at, (name, kind) in enumerate(values.items(), len(columns) + 1)
        }
        on_sqlite = {"rows": f"({self._json.sql}) AS new", **{name: f":{name}" for name in values}}
        on_postgres = {"rows": f"{self._arrays.sql} AS new ({names})", **numbered}
        self._on_sqlite = [text.format(**on_sqlite) for text in texts]
        self._on_postgres = [
            text.format(**on_postgres) for text in ((on_postgresql,) if on_postgresql else texts)
        ]
        given = [Column(name, kind) for name, kind in values.items()]
        self._names = tuple(values)
        self._bind_json = dict(zip(self._names, binders(given, _SQLITE), strict=True))
        self._bind_arrays = dict(zip(self._names, binders(given, _POSTGRES), strict=True))

    async def run(
        self, connection: AsyncConnection, rows: Sequence[Sequence[Any]], **values: Any
    ) -> Sequence[tuple[Any, ...]]:
        """What the last statement returns, as the driver gives it; no rows ask for nothing."""
        if not rows:
            return ()
        given: tuple[Any, ...] | dict[str, Any]
        if connection.dialect.name == "postgresql":
            bound = _bound(self._bind_arrays, values)
            given = (*self._arrays.arrays(rows), *(bound[name] for name in self._names))
            texts = self._on_postgres
        else:
            given = {**self._json.values(rows), **_bound(self._bind_json, values)}
            texts = self._on_sqlite
        for text in texts:
            result = await connection.exec_driver_sql(text, given)
        return [tuple(row) for row in result] if result.returns_rows else ()


def _bound(binders_: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: bind(values[name]) if bind else values[name] for name, bind in binders_.items()}
