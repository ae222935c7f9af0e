"""One database: how it is reached, and on SQLite whose turn it is to write.

SQLite lets one connection write at a time. Writers of this process therefore take turns here
instead of waiting on a busy database; readers go beside them. PostgreSQL needs no turns.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Final

import asyncpg
from sqlalchemy import URL, Connection, ExceptionContext, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from survey.db.one_hop import OneHopConnection
from survey.errors import Busy, CannotStart

SETTING: Final = "TELLBACK_DATABASE_URL"

BUSY_SECONDS: Final = 10
"""How long to wait for another process that writes to the same SQLite file."""

_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}

CONNECTIONS: Final = 15
"""Most connections of one process, beside the writer's own; none is opened before it is needed."""

# No overflow: SQLAlchemy would open such a connection for one use and close it again.
_ENGINE: Final[Mapping[str, Any]] = {
    "hide_parameters": True,
    "pool_size": CONNECTIONS,
    "max_overflow": 0,
    "pool_use_lifo": True,
}

CONNECT_SECONDS: Final = 5
STATEMENT_SECONDS: Final = 12
"""A server that falls silent is given up after this long: nobody waits for a dead line."""

RECYCLE_SECONDS: Final = 600
"""A connection older than this is replaced: something between may have forgotten it silently."""

_PATIENCE: Final = {"timeout": CONNECT_SECONDS, "command_timeout": STATEMENT_SECONDS}

# Where trying again can help. PostgreSQL's classes of SQLSTATE: connection, rollback (deadlock),
# resources, intervention by the operator; and a server that only reads, as a standby does.
_READ_ONLY: Final = "25006"
_PASSING_STATES: Final = ("08", "40", "53", "57", _READ_ONLY)
_PASSING_CODES: Final = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}

DatabaseErrors: Final = (
    DBAPIError,
    PoolTimeout,
    OSError,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)
"""What comes of a database that fails or cannot be reached."""


class Database:
    """An engine with its turns. Close it in the event loop in which it was used."""

    def __init__(self, url: str) -> None:
        """Raises: CannotStart, where the address makes no sense or its file cannot be written."""
        self.engine = make_engine(url)
        self.dialect = self.engine.dialect.name
        self._write_engine = self.engine.execution_options(begin="IMMEDIATE")
        on_sqlite = self.dialect == "sqlite"
        self._read_engine = self.engine.execution_options(
            **({"begin": ""} if on_sqlite else {"isolation_level": "AUTOCOMMIT"})
        )
        self._one_state_engine = self.engine.execution_options(
            **({"begin": "DEFERRED"} if on_sqlite else {"isolation_level": "REPEATABLE READ"})
        )
        self._turn = asyncio.Lock() if self.dialect == "sqlite" else nullcontext()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that may write; without `commit` nothing is kept.

        Raises: Busy, when the database cannot be reached or stays locked by another process.
        """
        async with self._turn:
            with unreachable_is_busy():
                async with self._write_engine.connect() as connection:
                    yield connection

    @asynccontextmanager
    async def reading(self, *, one_state: bool = False) -> AsyncIterator[AsyncConnection]:
        """A connection to read with, which does not wait for writers.

        Each statement sees what is committed when it begins, and takes one trip to the database.
        With `one_state` all of them see what the first one saw, for two trips more; reading a
        stream needs it.

        Raises: Busy, as `writing`.
        """
        engine = self._one_state_engine if one_state else self._read_engine
        with unreachable_is_busy():
            async with engine.connect() as connection:
                yield connection

    async def forget_log(self) -> bool:
        """Empty SQLite's write-ahead log, which still holds what was deleted.

        Call it after the transaction that opened a box. False where a reader, still at an older
        state, held some of it back: call again later. PostgreSQL has nothing to do.
        """
        if self.dialect != "sqlite":
            return True
        async with self._turn:
            with unreachable_is_busy():
                async with self._read_engine.connect() as connection:
                    checkpoint = await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
                    held_back: int = checkpoint.one()[0]
                    return held_back == 0

    @property
    def turn(self) -> AbstractAsyncContextManager[object]:
        """Whose turn it is to write: for one who writes over a connection of his own."""
        return self._turn

    def open_file(self) -> sqlite3.Connection:
        """A connection to the SQLite file, for the thread that calls."""
        connection = _connect_file(str(self.engine.url.database))
        try:
            _settle_file(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    async def connect_server(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection to the PostgreSQL server beside those of the pool."""
        _, options = self.engine.dialect.create_connect_args(self.engine.url)
        return await asyncpg.connect(**{**options, **_PATIENCE})

    async def close(self) -> None:
        await self.engine.dispose()


def make_engine(url: str, *, foreign_keys: bool = True, patient: bool = False) -> AsyncEngine:
    """An engine for `sqlite:///path` or `postgresql://...`, whatever driver the address names.

    Errors hide the values of statements, since they hold answers. A statement has
    `STATEMENT_SECONDS` on PostgreSQL, but as long as it needs for who is `patient`.

    Raises: CannotStart.
    """
    address = _address(url)
    if address.get_backend_name() == "sqlite":
        connect = partial(_connect_file, str(address.database))
        settle = partial(_settle_file, foreign_keys=foreign_keys)

        engine = create_async_engine(
            address, async_creator=partial(OneHopConnection.open, connect, settle), **_ENGINE
        )
        event.listen(engine.sync_engine, "begin", _begin)
        return engine
    engine = create_async_engine(
        address,
        pool_recycle=RECYCLE_SECONDS,
        connect_args={} if patient else dict(_PATIENCE),
        **_ENGINE,
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    event.listen(engine.sync_engine, "handle_error", _leave_server)
    return engine


def _leave_server(context: ExceptionContext) -> None:
    """Give up connections to a server that became a standby, or does not answer in time.

    The next ones find the primary.
    """
    error = context.original_exception
    if getattr(error, "sqlstate", None) == _READ_ONLY or isinstance(error, TimeoutError):
        context.is_disconnect = True


def _connect_file(path: str) -> sqlite3.Connection:
    """A connection that begins no transaction by itself: the driver would, late and not IMMEDIATE.

    Whoever opens it sees to it that one thread at a time uses it.
    """
    return sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )


def _settle_file(connection: sqlite3.Connection, *, foreign_keys: bool = True) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    """Let the pool connect anew where the server has ended a connection that lay idle.

    The driver has heard of it by then: asking the server each time would cost a trip.
    """
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError("the server closed it")


@contextmanager
def unreachable_is_busy() -> Iterator[None]:
    """Turn what passes by itself (no connection, a lock, a deadlock) into Busy."""
    try:
        yield
    except DatabaseErrors as error:
        if not passes(error):
            raise
        raise Busy("the database cannot be reached or is locked") from error


def passes(error: Exception) -> bool:
    """Whether a failure is of the moment, so that trying again can help."""
    if isinstance(error, PoolTimeout | OSError):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _passes_by_code(error.orig)
    if isinstance(error, asyncpg.InterfaceError) and not isinstance(error, asyncpg.DataError):
        return True  # the connection is closed: the client alone raises these
    return _passes_by_code(error)


def _passes_by_code(error: BaseException | None) -> bool:
    state = str(getattr(error, "sqlstate", None) or "")
    # The low byte; the others say more exactly what happened.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return state.startswith(_PASSING_STATES) or code in _PASSING_CODES


def _address(url: str) -> URL:
    """The address with our driver; checked as far as can be without connecting."""
    try:
        address = make_url(url)
        driver = _DRIVERS[address.drivername.partition("+")[0]]
    except (ArgumentError, KeyError) as error:
        raise CannotStart(
            f"{SETTING} must look like sqlite:///path/to/file or postgresql://user@host/database"
        ) from error
    address = address.set(drivername=driver)
    if driver.startswith("sqlite"):
        _check_file(address.database)
    elif mode := address.query.get("sslmode"):
        # asyncpg's name for libpq's word.
        address = address.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return address


def _check_file(name: str | None) -> None:
    if not name or name == ":memory:" or name.startswith("file:"):
        raise CannotStart(f"{SETTING} must name a file: a database in memory keeps nothing")
    path = Path(name)
    if not path.parent.is_dir():
        raise CannotStart(f"the directory of the file in {SETTING} does not exist: create it first")
    if path.exists() and not path.is_file():
        raise CannotStart(f"what {SETTING} names is not a file")
    # SQLite writes its log beside the file, so the directory counts too.
    for place in (path, path.parent):
        if place.exists() and not os.access(place, os.R_OK | os.W_OK):
            what = "file" if place == path else "directory of the file"
            raise CannotStart(
                f"the {what} in {SETTING} cannot be written by this user: change its owner or mode"
            )


def _begin(connection: Connection) -> None:
    """Begin as the execution option `begin` says; "" is not at all."""
    how = connection.get_execution_options().get("begin", "DEFERRED")
    if how:
        connection.exec_driver_sql(f"BEGIN {how}")
