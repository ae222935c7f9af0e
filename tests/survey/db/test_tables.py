"""What the tables promise: how long, and nothing that ties an answer to a person."""

import pytest
from sqlalchemy import Table, text
from sqlalchemy.exc import OperationalError

from survey.db import tables
from survey.db.engine import Database
from survey.db.tables import Retention


@pytest.mark.parametrize("table", tables.metadata.sorted_tables, ids=lambda table: table.name)
def test_each_table_declares_how_long_its_rows_are_kept(table: Table) -> None:
    retention = table.info.get("retention")

    assert isinstance(retention, Retention)
    assert retention.words
    assert (retention.days is None) == (retention.since is None)
    assert retention.since is None or retention.since in table.c


@pytest.mark.parametrize(
    "table", ["sealed", "participations", "receipts", "responses", "counts", "tones"]
)
async def test_sqlite_keeps_no_order_of_arrival(table: str, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    try:
        with pytest.raises(OperationalError, match="no such column: rowid"):
            async with database.reading() as connection:
                await connection.execute(text(f"SELECT rowid FROM {table}"))
    finally:
        await database.close()


def test_answers_stand_beside_no_person_receipt_or_day() -> None:
    assert set(tables.responses.c.keys()) == {
        "id", "questionnaire", "version", "series", "month", "wave", "unit", "language", "answers",
    }  # fmt: skip
    assert set(tables.receipts.c.keys()) == {"id", "reference", "accepted_at"}
    assert set(tables.participations.c.keys()) == {"questionnaire", "month", "wave", "participant"}
    assert set(tables.sealed.c.keys()) == {"box", "id", "blob"}
    assert set(tables.tones.c.keys()) == {
        "digest", "analyser", "polarity", "subjectivity", "month",
    }  # fmt: skip
