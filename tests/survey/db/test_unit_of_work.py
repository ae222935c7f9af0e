"""Nothing is kept without `commit`; writers take turns; readers go beside them."""

import asyncio

import pytest

from survey.db import engine, tables
from survey.db.engine import Database
from survey.db.unit_of_work import SqlBegin
from survey.domain.records import Chat
from survey.errors import Busy
from tests.survey.db.conftest import Rows


async def test_what_was_committed_is_seen_by_another_connection(
    begin: SqlBegin, rows: Rows
) -> None:
    async with begin() as work:
        await work.chats.put(Chat(1, 7))
        assert await rows(tables.chats) == []
        await work.commit()

    assert len(await rows(tables.chats)) == 1


async def test_leaving_without_a_commit_keeps_nothing(begin: SqlBegin, rows: Rows) -> None:
    async with begin() as work:
        await work.chats.put(Chat(1, 7))

    assert await rows(tables.chats) == []


async def test_an_error_keeps_nothing_and_frees_the_turn(begin: SqlBegin, rows: Rows) -> None:
    async def fail() -> None:
        async with begin() as work:
            await work.chats.put(Chat(1, 7))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await rows(tables.chats) == []
    async with begin() as work:
        await work.chats.put(Chat(1, 8))
        await work.commit()
    assert [row["user"] for row in await rows(tables.chats)] == [8]


async def test_a_reading_unit_goes_beside_a_writing_one_and_sees_what_is_kept(
    begin: SqlBegin,
) -> None:
    async with begin() as writing:
        await writing.chats.put(Chat(1, 7))
        async with begin.read() as reading:
            assert await reading.chats.get(1, 7) is None
        await writing.commit()

    async with begin.read() as reading:
        assert await reading.chats.get(1, 7) == Chat(1, 7)


async def test_reads_of_one_state_do_not_see_what_is_kept_meanwhile(begin: SqlBegin) -> None:
    async with begin.read(one_state=True) as reading, begin.read() as beside:
        assert await reading.chats.get(1, 7) is None
        assert await beside.chats.get(1, 7) is None
        async with begin() as writing:
            await writing.chats.put(Chat(1, 7))
            await writing.commit()
        assert await reading.chats.get(1, 7) is None
        assert await beside.chats.get(1, 7) == Chat(1, 7)


async def test_a_reading_unit_has_nothing_to_keep(begin: SqlBegin, rows: Rows) -> None:
    with pytest.raises(RuntimeError):
        async with begin.read() as work:
            await work.commit()


async def test_many_units_at_once_all_get_their_turn(begin: SqlBegin, rows: Rows) -> None:
    async def put(user: int) -> None:
        async with begin() as work:
            await work.chats.put(Chat(1, user))
            await asyncio.sleep(0)
            await work.commit()

    await asyncio.gather(*(put(user) for user in range(40)))

    assert len(await rows(tables.chats)) == 40


async def test_a_file_that_another_process_holds_is_busy_after_a_bounded_wait(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.1)
    holding, waiting = Database(sqlite_url), Database(sqlite_url)

    async with SqlBegin(holding)() as work:
        await work.chats.put(Chat(1, 7))
        with pytest.raises(Busy):
            async with SqlBegin(waiting)() as late:
                await late.chats.put(Chat(1, 8))

    await holding.close()
    await waiting.close()


async def test_a_server_that_went_away_is_busy() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nowhere")

    with pytest.raises(Busy):
        async with SqlBegin(database).read() as work:
            await work.chats.get(1, 7)

    await database.close()
