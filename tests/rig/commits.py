"""Traps at the commits of both drivers, below SQLAlchemy and below whatever goes past it."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from tests.rig.journal import Journal, ends

Pass = Callable[[str], None]
"""Called with the name of a point whenever the program comes by."""


def install(passes: Pass) -> None:
    """Watch every connection that is made from now on."""
    _sqlite(passes)
    _postgresql(passes)


@contextmanager
def _noted(
    journal: Journal, passes: Pass, statement: str, values: object, *, in_transaction: bool
) -> Iterator[None]:
    """Around one statement; one outside a transaction commits itself."""
    journal.note(statement, values)
    if ends(statement) or not (in_transaction or _begins(statement)):
        with _committing(journal, passes):
            yield
    else:
        yield


@contextmanager
def _committing(journal: Journal, passes: Pass) -> Iterator[None]:
    kinds = journal.commits()
    for kind in kinds:
        passes(f"before the commit: {kind}")
    yield
    for kind in kinds:
        passes(f"after the commit: {kind}")


def _begins(statement: str) -> bool:
    return statement.lstrip().upper().startswith(("BEGIN", "START"))


class _Connection(sqlite3.Connection):
    passes: ClassVar[Pass]

    def __init__(self, *given: Any, **options: Any) -> None:
        self.journal = Journal()
        super().__init__(*given, **options)

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(factory or _Cursor)

    # The driver's own make a cursor that is none of ours.
    def execute(self, *given: Any) -> Any:
        return self.cursor().execute(*given)

    def executemany(self, *given: Any) -> Any:
        return self.cursor().executemany(*given)

    def noted(self, statement: str, values: object) -> Any:
        inside = self.in_transaction
        return _noted(self.journal, type(self).passes, statement, values, in_transaction=inside)

    def commit(self) -> None:
        with _committing(self.journal, type(self).passes):
            super().commit()

    def rollback(self) -> None:
        self.journal.commits()
        super().rollback()


class _Cursor(sqlite3.Cursor):
    connection: _Connection

    def execute(self, statement: str, *values: Any) -> "_Cursor":
        with self.connection.noted(statement, values):
            super().execute(statement, *values)
        return self

    def executemany(self, statement: str, *values: Any) -> "_Cursor":
        with self.connection.noted(statement, values):
            super().executemany(statement, *values)
        return self


def _sqlite(passes: Pass) -> None:
    connect = sqlite3.connect
    _Connection.passes = staticmethod(passes)

    def watched(*given: Any, **options: Any) -> Any:
        return connect(*given, **{"factory": _Connection, **options})

    sqlite3.connect = watched


Of = Callable[..., tuple[asyncpg.Connection, str]]
"""The connection and the statement of a call, given its arguments."""


def _postgresql(passes: Pass) -> None:
    journals: WeakKeyDictionary[asyncpg.Connection, Journal] = WeakKeyDictionary()

    def watch(owner: Any, names: Iterable[str], of: Of) -> None:
        for name in names:
            setattr(owner, name, watched(getattr(owner, name), of))

    def watched(call: Any, of: Of) -> Any:
        @wraps(call)
        async def noted(self: Any, *given: Any, **options: Any) -> Any:
            connection, statement = of(self, *given)
            journal = journals.setdefault(connection, Journal())
            inside = connection.is_in_transaction()
            with _noted(journal, passes, statement, given, in_transaction=inside):
                return await call(self, *given, **options)

        return noted

    watch(
        asyncpg.Connection,
        ("execute", "executemany", "fetch", "fetchrow", "fetchval", "fetchmany"),
        lambda self, statement, *_: (self, statement),
    )
    watch(
        asyncpg.Connection,
        ("copy_records_to_table",),
        lambda self, table, *_: (self, f"INSERT INTO {table}"),
    )
    watch(
        PreparedStatement,
        ("executemany", "fetch", "fetchrow", "fetchval", "fetchmany"),
        lambda self, *_: (self._connection, self.get_query()),
    )
