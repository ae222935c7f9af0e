"""What goes into a column comes out as it was, on both databases."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError

from survey.db import tables
from survey.db.engine import Database
from survey.db.unit_of_work import SqlBegin
from survey.domain.expressions import Value
from survey.domain.questionnaire import Questionnaire
from survey.domain.waves import Pause, PauseKind
from tests.survey.db.builders import response
from tests.survey.db.conftest import Rows

SUMMER = timezone(timedelta(hours=1))


async def test_a_time_comes_back_aware_and_in_utc(begin: SqlBegin, rows: Rows) -> None:
    async with begin() as work:
        await work.responses.mark_imported(
            "a" * 64, at=datetime(2026, 7, 1, 0, 30, 0, 5, tzinfo=SUMMER)
        )
        await work.commit()

    (kept,) = await rows(tables.imports)
    assert kept["imported_at"] == datetime(2026, 6, 30, 23, 30, 0, 5, tzinfo=UTC)
    assert kept["imported_at"].tzinfo is UTC


async def test_a_time_without_a_zone_is_refused(begin: SqlBegin) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        async with begin() as work:
            await work.responses.mark_imported("a" * 64, at=datetime(2026, 7, 1))  # noqa: DTZ001


async def test_b59_a_database_in_another_zone_keeps_and_compares_the_same_moments(
    database: Database, database_url: str
) -> None:
    """The server's own zone changes what its clock shows, and no moment of ours."""
    if database.dialect == "postgresql":
        async with database.writing() as connection:
            await connection.execute(text(_SET_ZONE))
            await connection.commit()
    elsewhere = Database(database_url)
    begin = SqlBegin(elsewhere)
    midnight = datetime(2026, 10, 24, 23, tzinfo=UTC)
    pause = Pause(uuid4(), PauseKind.OTHER, "Funeral", midnight - timedelta(hours=1), midnight)

    async with begin() as work:
        await work.calendar.add_pause(pause)
        await work.commit()
    async with begin.read() as work:
        before = await work.calendar.pauses(now=midnight - timedelta(microseconds=1))
        after = await work.calendar.pauses(now=midnight)
    await elsewhere.close()

    assert (before, after) == ([pause], [])
    assert before[0].begins_at.tzinfo is UTC


_SET_ZONE = """
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET timezone TO %L', current_database(), 'Asia/Tokyo');
END $$
"""


@pytest.mark.parametrize(
    "answer",
    [
        "Mae'n iawn \U0001f44d",
        "",
        0,
        -7,
        True,
        Decimal("7.50"),
        date(2026, 2, 28),
        ("north", "south"),
        (),
        None,
    ],
    ids=repr,
)
async def test_an_answer_comes_back_as_it_was(
    answer: Value, begin: SqlBegin, asked: Questionnaire
) -> None:
    said = response({"why": answer})
    async with begin() as work:
        await work.responses.add([said], {})
        await work.commit()

    async with begin.read(one_state=True) as work:
        (kept,) = [each async for each in work.responses.all("pulse")]
    assert kept == said
    assert type(kept.answers["why"]) is type(answer)
    assert str(kept.answers["why"]) == str(answer)
