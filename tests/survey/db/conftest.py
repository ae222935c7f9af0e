"""A database of the test's own, and what goes into it."""

from collections.abc import AsyncIterator

import pytest

from survey.db.engine import Database
from survey.db.unit_of_work import SqlBegin


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def begin(database: Database) -> SqlBegin:
    return SqlBegin(database)
