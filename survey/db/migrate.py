"""Bringing a database to the tables of this version; Alembic set up in code.

Both databases change their tables inside a transaction, so that a migration that is killed half-way
leaves the database as it was.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from survey.db.engine import SETTING, DatabaseErrors, make_engine
from survey.db.tables import BY_WORDS, metadata
from survey.errors import CannotStart

SCRIPTS: Final = "survey:db/migrations"

_LOCK: Final = 7_305_129_476_118_034
"""Any number that nothing else in the database uses for an advisory lock."""

T = TypeVar("T")


def upgrade(url: str) -> None:
    """Bring the database to this version's tables; a new database gets them all.

    Two processes may call it at once: the second waits, and finds nothing left to do.
    It blocks; inside an event loop call it by `asyncio.to_thread`.

    Raises: CannotStart.
    """
    _run(url, lambda connection: command.upgrade(_config(connection), "head"))


def downgrade(url: str, to: str) -> None:
    """Take the database back to revision `to`, or to nothing ("base").

    Raises: CannotStart.
    """
    _run(url, lambda connection: command.downgrade(_config(connection), to))


def check(url: str) -> list[str]:
    """What sets the database apart from this version's tables; empty when nothing does.

    Raises: CannotStart.
    """
    return _run(url, _differences)


def draft(message: str, *, revision: str) -> None:
    """Write a new migration to the tables as declared now, to be read and corrected by hand."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/draft.sqlite"
        upgrade(url)
        _run(
            url,
            lambda connection: command.revision(
                _config(connection), message, autogenerate=True, rev_id=revision
            ),
        )


def current_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def head_revision() -> str | None:
    """Of the migrations that this version comes with."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def require_current(url: str) -> None:
    """Raises: CannotStart, when the database is not at this version's tables."""
    current = _run(url, current_revision)
    if current != head_revision():
        raise CannotStart(
            f"the database in {SETTING} is at {current or 'nothing'} and this version needs "
            f"{head_revision()}: run tellback db upgrade"
        )


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    # A module's name begins with a letter.
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _differences(connection: Connection) -> list[str]:
    current, head = current_revision(connection), head_revision()
    if current != head:
        return [f"the database is at {current or 'nothing'}, this version needs {head}"]
    options = {"compare_type": True, "include_name": is_declared}
    context = MigrationContext.configure(connection, opts=options)
    return [repr(difference) for difference in compare_metadata(context, metadata)]


def is_declared(name: str | None, _kind: str, _parents: object) -> bool:
    """Whether what stands in a database under this name is to be as the code declares it."""
    return not (name or "").startswith(BY_WORDS)


def _run(url: str, work: Callable[[Connection], T]) -> T:
    """Do `work` in one transaction that nobody else migrates beside.

    A thread of its own has no running event loop, whoever calls.
    """
    with _failures_in_words(), ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, _in_transaction(url, work)).result()


async def _in_transaction(url: str, work: Callable[[Connection], T]) -> T:
    # Rebuilding a table on SQLite drops it, which foreign keys would forbid; checked at the end.
    engine = make_engine(url, foreign_keys=False, patient=True)
    try:
        async with engine.execution_options(begin="IMMEDIATE").begin() as connection:
            if engine.dialect.name == "postgresql":
                await connection.execute(
                    text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK}
                )
            done = await connection.run_sync(work)
            if engine.dialect.name == "sqlite":
                await connection.run_sync(_check_foreign_keys)
            return done
    finally:
        await engine.dispose()


def _check_foreign_keys(connection: Connection) -> None:
    broken: list[Any] = list(connection.execute(text("PRAGMA foreign_key_check")))
    if broken:
        raise CannotStart(f"{len(broken)} rows refer to nothing: restore from the last backup")


@contextmanager
def _failures_in_words() -> Iterator[None]:
    try:
        yield
    except DatabaseErrors as error:
        raise CannotStart(
            f"the database in {SETTING} does not answer, or is no database of this program"
        ) from error
