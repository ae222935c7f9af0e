"""What a server that drops connections and a disk that fails do to those who write and read."""

import asyncio
import sqlite3
from contextlib import suppress
from typing import Any, Final

import asyncpg
import pytest

from survey.db import tables
from survey.db.engine import Database
from survey.db.unit_of_work import SqlBegin
from survey.db.writer import SqlWriter
from survey.domain.questionnaire import Questionnaire
from survey.domain.records import Chat, Receipt
from survey.errors import Busy
from tests.support.databases import DatabaseKind
from tests.survey.db.builders import Ids, a_box, direct, into_box, publish, questionnaire
from tests.survey.db.conftest import Rows

# --- a server that ends connections ---

on_postgresql = pytest.mark.parametrize("database_kind", [DatabaseKind.POSTGRESQL], ids=str)


@on_postgresql
async def test_a_pool_of_connections_that_the_server_ended_is_replaced_by_itself(
    database_url: str, begin: SqlBegin
) -> None:
    await asyncio.gather(*(_looked(begin) for _ in range(5)))
    await _end_others(database_url)
    await _heard()

    await asyncio.gather(*(_looked(begin) for _ in range(5)))
    async with begin() as work:
        await work.chats.put(Chat(1, 7))
        await work.commit()


@on_postgresql
async def test_a_connection_that_ends_in_use_is_busy_and_the_next_one_works(
    database_url: str, begin: SqlBegin
) -> None:
    async def cut_off() -> None:
        async with begin() as work:
            await work.chats.get(1, 7)
            await _end_others(database_url)
            await work.chats.put(Chat(1, 7))

    with pytest.raises(Busy):
        await cut_off()

    async with begin() as work:
        await work.chats.put(Chat(1, 8))
        await work.commit()


@on_postgresql
async def test_the_writer_connects_anew_where_the_server_ended_its_connection(
    database_url: str, writer: SqlWriter, asked: Questionnaire, rows: Rows
) -> None:
    await writer.submit(direct(asked))
    for _ in range(3):
        await _end_others(database_url)
        given = await asyncio.gather(
            *(writer.submit(direct(asked)) for _ in range(5)), return_exceptions=True
        )
        assert {type(each) for each in given} <= {Receipt, Busy}
        assert isinstance(await writer.submit(direct(asked)), Receipt)

    assert len(await rows(tables.receipts)) == len(await rows(tables.responses))


async def _looked(begin: SqlBegin) -> None:
    async with begin.read() as work:
        await work.chats.get(1, 7)


async def _heard() -> None:
    """Until the event loop has taken note of what the server sent."""
    for _ in range(5):
        await asyncio.sleep(0)


async def _end_others(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()


# --- a disk without room ---


class Room:
    """How far the files that are opened from now on may grow."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._opened: list[sqlite3.Connection] = []
        self._pages = _UNLIMITED
        connect = sqlite3.connect

        def limited(*arguments: Any, **options: Any) -> sqlite3.Connection:
            connection: sqlite3.Connection = connect(*arguments, **options)
            self._opened.append(connection)
            self._limit(connection)
            return connection

        monkeypatch.setattr(sqlite3, "connect", limited)

    def take_away(self) -> None:
        """What is there can be written over; there is no room for more."""
        self._all(1)

    def give_back(self) -> None:
        self._all(_UNLIMITED)

    def _all(self, pages: int) -> None:
        self._pages = pages
        for connection in self._opened:
            with suppress(sqlite3.ProgrammingError):  # closed meanwhile
                self._limit(connection)

    def _limit(self, connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA max_page_count = {self._pages}")


_UNLIMITED: Final = 1_073_741_823


async def test_a_full_disk_is_busy_and_taken_up_again_by_itself(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(monkeypatch)
    database = Database(sqlite_url)
    begin = SqlBegin(database)
    await publish(begin, questionnaire())
    async with begin() as work:
        box = await work.boxes.add(a_box())
        await work.commit()

    async with SqlWriter(database, Ids()) as writer:
        before = await writer.submit(into_box(box))
        room.take_away()
        refused = await asyncio.gather(
            *(writer.submit(into_box(box, bytes(50_000))) for _ in range(4)),
            return_exceptions=True,
        )
        room.give_back()
        after = await writer.submit(into_box(box, bytes(50_000)))

    assert {type(each) for each in refused} == {Busy}
    async with database.reading() as connection:
        kept = await connection.execute(tables.receipts.select())
        assert {row.id for row in kept} == {before.id, after.id}
    await database.close()


async def test_a_unit_of_work_on_a_full_disk_is_busy_and_keeps_nothing(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(monkeypatch)
    database = Database(sqlite_url)
    begin = SqlBegin(database)
    room.take_away()

    async def fill() -> None:
        async with begin() as work:
            for user in range(5_000):
                await work.chats.put(Chat(1, user))
            await work.commit()

    with pytest.raises(Busy):
        await fill()

    async with begin.read() as reading:
        assert await reading.chats.get(1, 0) is None
    await database.close()
