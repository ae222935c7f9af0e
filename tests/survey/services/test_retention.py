"""A38: nothing is kept longer than its table says, and nothing is deleted sooner."""

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, select

from survey.db import tables
from survey.db.tables import Retention, metadata
from survey.domain.audit import Wanted
from survey.domain.records import CountKey
from survey.domain.retention import DRAFT_DAYS, RECEIPT_DAYS, first_whole_month
from survey.services.retention import ROUND
from tests.support.application import NOON, Running
from tests.support.databases import DatabaseKind
from tests.support.rows import at, put_row


def timed(table: Table) -> bool:
    kept: Retention = table.info["retention"]
    return kept.days is not None


TIMED = [table for table in metadata.sorted_tables if timed(table)]


async def keys_of(here: Running, table: Table) -> set[tuple[Any, ...]]:
    async with here.core.database.reading() as connection:
        return {tuple(row) for row in await connection.execute(select(*table.primary_key))}


def key_of(table: Table, row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)


@pytest.mark.parametrize("table", TIMED, ids=lambda table: table.name)
async def test_a38_a_row_is_gone_a_day_after_its_time_and_not_before_it(
    here: Running, table: Table
) -> None:
    kept: Retention = table.info["retention"]
    assert kept.days is not None
    assert kept.since is not None
    since = table.c[kept.since]
    limit = timedelta(days=kept.days)
    async with here.core.database.writing() as connection:
        over = await put_row(
            connection, table, **{since.name: at(since, NOON - limit - timedelta(hours=24))}
        )
        within = await put_row(
            connection, table, **{since.name: at(since, NOON - limit + timedelta(hours=1))}
        )
        await connection.commit()

    deleted = await here.core.retention.forget_due()

    left = await keys_of(here, table)
    assert key_of(table, over) not in left, "the job does not reach this table"
    assert key_of(table, within) in left
    assert deleted[table.name] == 1
    assert table.name not in await here.core.retention.forget_due()


async def test_a38_what_has_no_limit_yet_is_not_touched(here: Running) -> None:
    """Somebody who has not left, an account that has not ended."""
    async with here.core.database.writing() as connection:
        for table in (tables.people, tables.accounts):
            await put_row(connection, table)
        await connection.commit()
    here.clock.advance(timedelta(days=4000))

    await here.core.retention.forget_due()

    for table in (tables.people, tables.accounts):
        assert len(await keys_of(here, table)) == 1


async def test_a38_an_update_that_waits_to_be_applied_is_not_lost(here: Running) -> None:
    async with here.core.database.writing() as connection:
        await put_row(
            connection,
            tables.inbox,
            day=date(2026, 1, 1),
            payload=b"encrypted",
            received_at=NOON,
            parked=False,
        )
        await connection.commit()

    assert await here.core.retention.forget_due() == {}
    assert len(await keys_of(here, tables.inbox)) == 1


async def test_a38_a_file_that_no_entry_of_its_case_names_goes_as_a_draft_does(
    here: Running,
) -> None:
    """Somebody attached it to a message that they never sent."""
    async with here.core.database.writing() as connection:
        case = (await put_row(connection, tables.cases))["id"]
        old = {"case": case, "made_at": NOON - timedelta(days=DRAFT_DAYS + 2)}
        await put_row(connection, tables.attachments, **old, entry=1)
        await put_row(connection, tables.attachments, **old)
        await connection.commit()

    await here.core.retention.forget_due()

    assert len(await keys_of(here, tables.attachments)) == 1


async def test_many_rows_go_in_short_rounds(here: Running) -> None:
    old = {"accepted_at": NOON - timedelta(days=RECEIPT_DAYS + 1)}
    async with here.core.database.writing() as connection:
        for _ in range(ROUND + 7):
            await put_row(connection, tables.receipts, **old)
        await connection.commit()
    before = here.core.begin.commits

    deleted = await here.core.retention.forget_due()

    assert deleted == {"receipts": ROUND + 7}
    assert here.core.begin.commits - before >= 2


async def test_people_who_are_deleted_are_noted_in_the_record_by_their_number(
    here: Running,
) -> None:
    async with here.core.database.writing() as connection:
        for _ in range(2):
            await put_row(connection, tables.people, ended_at=NOON - timedelta(days=400))
        await connection.commit()

    await here.core.retention.forget_due()

    found = await here.core.audit.find(Wanted(action="people."))
    (entry,) = found.entries
    assert (entry.actor, entry.action, entry.details) == ("service", "people.forgotten", {"n": 2})


@pytest.mark.parametrize("database_kind", [DatabaseKind.SQLITE])
async def test_what_was_deleted_stands_in_no_file_any_more(
    here: Running, database_url: str
) -> None:
    async with here.core.database.writing() as connection:
        await put_row(
            connection,
            tables.conversations,
            draft=b"a-draft-to-be-found",
            touched_at=NOON - timedelta(days=DRAFT_DAYS + 2),
        )
        await connection.commit()
    assert b"a-draft-to-be-found" in files_of(database_url)

    await here.core.retention.forget_due()

    assert b"a-draft-to-be-found" not in files_of(database_url)


def files_of(database_url: str) -> bytes:
    path = Path(database_url.removeprefix("sqlite:///"))
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))


def test_the_first_whole_month_has_lost_no_answers() -> None:
    assert first_whole_month(date(2026, 5, 14)) == date(2024, 6, 1)
    assert first_whole_month(date(2026, 5, 2)) == date(2024, 5, 1)  # 731 days before it


async def test_rebuilding_leaves_counts_of_months_whose_answers_are_gone(here: Running) -> None:
    await here.publish("people-pulse")
    sealed, recent = date(2024, 4, 1), date(2026, 4, 1)
    async with here.core.begin() as work:
        await work.responses.add((), {a_count(sealed): 7, a_count(recent): 5})
        await work.commit()

    await here.core.responses.rebuild_counts("people-pulse")

    async with here.core.database.reading() as connection:
        chosen = select(tables.counts.c.month, tables.counts.c.n)
        left = [tuple(row) for row in await connection.execute(chosen)]
    assert left == [(sealed, 7)]  # of the recent month nobody's answers are there


def a_count(month: date) -> CountKey:
    return CountKey(
        month=month,
        wave="",
        unit="oakfield",
        questionnaire="people-pulse",
        series=1,
        service="",
        dimension="",
        category="",
        question="*",
        value="*",
    )


@pytest.mark.parametrize("database_kind", [DatabaseKind.POSTGRESQL])
async def test_counts_written_while_they_are_rebuilt_are_added_afterwards(here: Running) -> None:
    await here.publish("people-pulse")
    month = date(2026, 5, 1)

    async def add() -> None:
        async with here.core.begin() as work:
            await work.responses.add((), {a_count(month): 1})
            await work.commit()

    async with asyncio.TaskGroup() as tasks, here.core.begin() as work:
        await work.responses.lock_counts()
        adding = tasks.create_task(add())
        done, _ = await asyncio.wait([adding], timeout=0.3)
        assert not done
        await work.responses.rebuild_counts("people-pulse", {a_count(month): 3}, since=month)
        await work.commit()

    async with here.core.database.reading() as connection:
        assert await connection.scalar(select(func.sum(tables.counts.c.n))) == 4
