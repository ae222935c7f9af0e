"""aiosqlite with one hop to its thread for a statement, where it and SQLAlchemy take four.

A hop costs more than most statements. Here the thread makes the cursor, runs the statement, fetches
the first rows and closes what is exhausted in one go; ending a transaction that never began takes
no hop at all.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final, Self, TypeVar

import aiosqlite

T = TypeVar("T")
Row = tuple[Any, ...]

_AHEAD: Final = 500
"""Rows fetched with the statement; most have fewer."""


class OneHopConnection(aiosqlite.Connection):
    """Made by `open`."""

    @classmethod
    async def open(
        cls,
        connect: Callable[[], sqlite3.Connection],
        settle: Callable[[sqlite3.Connection], object],
    ) -> Self:
        """Both run on the connection's own thread, `settle` with the settings it is to have."""
        connection = cls(connect, iter_chunk_size=_AHEAD)
        connection._thread.daemon = True  # as SQLAlchemy has it: an open pool keeps no process
        await connection
        try:
            await connection.on_thread(settle)
        except BaseException:
            await connection.close()
            raise
        return connection

    def cursor(self) -> "OneHopCursor":  # type: ignore[override]
        return OneHopCursor(self)

    async def on_thread(self, work: Callable[[sqlite3.Connection], T]) -> T:
        result: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return result

    async def commit(self) -> None:
        if self.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        if self.in_transaction:
            await super().rollback()


class OneHopCursor:
    """What SQLAlchemy's adapter needs of a cursor, for all rows at once or as a stream."""

    def __init__(self, connection: OneHopConnection) -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor | None = None
        self._ahead: list[Row] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        await self._connection.on_thread(
            lambda connection: self._done(connection.execute(sql, parameters))
        )
        return self

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> Self:
        await self._connection.on_thread(
            lambda connection: self._done(connection.executemany(sql, parameters))
        )
        return self

    async def fetchall(self) -> list[Row]:
        return await self._taken(None)

    async def fetchmany(self, size: int | None = None) -> list[Row]:
        return await self._taken(self.arraysize if size is None else size)

    async def fetchone(self) -> Row | None:
        rows = await self._taken(1)
        return rows[0] if rows else None

    async def __aiter__(self) -> AsyncIterator[Row]:
        while rows := await self._taken(_AHEAD):
            for row in rows:
                yield row

    async def close(self) -> None:
        self._ahead = []
        if self._cursor is not None:
            cursor, self._cursor = self._cursor, None
            await self._connection.on_thread(lambda _connection: cursor.close())

    async def _taken(self, size: int | None) -> list[Row]:
        """The next rows, all of them without a size."""
        if self._cursor is not None and (size is None or len(self._ahead) < size):
            await self._connection.on_thread(lambda _connection: self._fetch(size))
        taken, self._ahead = self._ahead[:size], [] if size is None else self._ahead[size:]
        return taken

    # --- on the thread ---

    def _done(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self.description = cursor.description
        if cursor.description:
            self._fetch(_AHEAD)
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        if not cursor.description:
            self._cursor = None
            cursor.close()

    def _fetch(self, size: int | None) -> None:
        """Fetch until so many are ahead; close the cursor once there are no more."""
        if self._cursor is None:
            return
        wanted = None if size is None else size - len(self._ahead)
        rows = self._cursor.fetchall() if wanted is None else self._cursor.fetchmany(wanted)
        self._ahead += rows
        if wanted is None or len(rows) < wanted:
            self._cursor.close()
            self._cursor = None
