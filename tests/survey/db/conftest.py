"""A database of the test's own, a questionnaire in it, and a running writer."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select

from survey.db.engine import Database
from survey.db.unit_of_work import SqlBegin
from survey.db.writer import SqlWriter
from survey.domain.questionnaire import Questionnaire
from tests.survey.db.builders import Ids, publish, questionnaire
from tests.survey.db.statements import StatementsSeen

Rows = Callable[[Table], Awaitable[list[dict[str, Any]]]]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def begin(database: Database) -> SqlBegin:
    return SqlBegin(database)


@pytest.fixture
async def asked(begin: SqlBegin) -> Questionnaire:
    """A published, open questionnaire, `pulse`."""
    asked = questionnaire()
    await publish(begin, asked)
    return asked


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[SqlWriter]:
    async with SqlWriter(database, Ids()) as writer:
        yield writer


@pytest.fixture
async def rows(database_url: str) -> AsyncIterator[Rows]:
    """All rows of a table, as another connection sees them."""
    beside = Database(database_url)

    async def read(table: Table) -> list[dict[str, Any]]:
        async with beside.reading() as connection:
            found = await connection.execute(select(table).order_by(*table.primary_key))
            return [dict(row) for row in found.mappings()]

    yield read
    await beside.close()


@pytest.fixture
def statements_seen(monkeypatch: pytest.MonkeyPatch) -> StatementsSeen:
    """Of every connection that is opened from now on outside the pool, so of the writer's."""
    return StatementsSeen(monkeypatch)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite file, for what is true of SQLite alone."""
    return f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path / 'alone.sqlite')}"
