"""One hop for a statement, whatever it gives back."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from survey.db import one_hop
from survey.db.one_hop import OneHopConnection


class Hops(OneHopConnection):
    """Counts what is asked of the thread."""

    taken = 0

    async def _execute(self, *arguments: Any, **options: Any) -> Any:
        self.taken += 1
        return await super()._execute(*arguments, **options)  # type: ignore[no-untyped-call]


@pytest.fixture
async def hops(tmp_path: Path) -> AsyncIterator[Hops]:
    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            tmp_path / "file.sqlite", isolation_level=None, check_same_thread=False
        )

    def settle(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE numbers (n INTEGER)")
        connection.executemany("INSERT INTO numbers VALUES (?)", [(n,) for n in range(1_201)])

    connection = await Hops.open(connect, settle)
    connection.taken = 0
    yield connection
    await connection.close()


async def test_a_statement_with_its_rows_takes_one_hop(hops: Hops) -> None:
    async with hops.cursor() as cursor:
        await cursor.execute("SELECT n FROM numbers WHERE n < ?", (3,))
        assert cursor.description[0][0] == "n"
        assert await cursor.fetchall() == [(0,), (1,), (2,)]
        assert await cursor.fetchone() is None

    assert hops.taken == 1


async def test_a_statement_without_rows_takes_one_hop_and_says_how_many_it_changed(
    hops: Hops,
) -> None:
    async with hops.cursor() as cursor:
        await cursor.execute("UPDATE numbers SET n = -1 WHERE n < 5")
        assert (cursor.description, cursor.rowcount) == (None, 5)
        await cursor.executemany("DELETE FROM numbers WHERE n = ?", [(7,), (8,), (9_999,)])
        assert cursor.rowcount == 2

    assert hops.taken == 2


async def test_ending_a_transaction_that_never_began_takes_no_hop(hops: Hops) -> None:
    await hops.rollback()
    await hops.commit()
    assert hops.taken == 0

    async with hops.cursor() as cursor:
        await cursor.execute("BEGIN")
    await hops.rollback()
    assert hops.taken == 2
    assert not hops.in_transaction


@pytest.mark.parametrize("ahead", [1, 7, 400, 1_201, 5_000])
async def test_every_row_comes_once_and_in_order_however_it_is_fetched(
    hops: Hops, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    monkeypatch.setattr(one_hop, "_AHEAD", ahead)
    seen: list[tuple[int]] = []

    async with hops.cursor() as cursor:
        await cursor.execute("SELECT n FROM numbers ORDER BY n")
        first = await cursor.fetchone()
        assert first is not None
        seen += [first, *await cursor.fetchmany(500), *await cursor.fetchmany()]
        seen += [row async for row in cursor][:300]
    async with hops.cursor() as cursor:
        await cursor.execute("SELECT n FROM numbers WHERE n > 801 ORDER BY n")
        seen += await cursor.fetchall()

    assert seen == [(n,) for n in range(1_201)]


async def test_a_cursor_that_is_left_early_frees_the_file(hops: Hops) -> None:
    async with hops.cursor() as cursor:
        await cursor.execute("SELECT n FROM numbers")
        await cursor.fetchone()

    async with hops.cursor() as cursor:
        await cursor.execute("DROP TABLE numbers")
