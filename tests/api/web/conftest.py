"""Somebody before the whole application, and a look at what is stored."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Table, func, select

from tests.support.application import Running
from tests.support.web import WebPerson, on_the_web


async def count_rows(here: Running, *tables: Table) -> list[int]:
    """How many rows each table has."""
    async with here.core.database.reading() as connection:
        return [
            await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in tables
        ]


@pytest.fixture
async def person(here: Running) -> AsyncIterator[WebPerson]:
    """Somebody before an open pulse, on SQLite and PostgreSQL."""
    await here.publish("people-pulse")
    async with on_the_web(here) as somebody:
        yield somebody
