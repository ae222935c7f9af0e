"""How a database is named, what is refused, and what SQLite is told."""

import os
from pathlib import Path

import pytest
from sqlalchemy import text

from survey.db.engine import Database, make_engine
from survey.errors import CannotStart


@pytest.mark.parametrize(
    ("url", "understood"),
    [
        ("postgresql://me@host/db", "postgresql+asyncpg://me@host/db"),
        ("postgres://me@host/db", "postgresql+asyncpg://me@host/db"),
        ("postgresql+psycopg://me@host/db", "postgresql+asyncpg://me@host/db"),
        ("postgresql://me@/db?host=/run/pg", "postgresql+asyncpg://me@/db?host=%2Frun%2Fpg"),
        ("postgresql://h/db?sslmode=require", "postgresql+asyncpg://h/db?ssl=require"),
    ],
)
def test_a_server_is_reached_by_our_driver_whatever_the_address_names(
    url: str, understood: str
) -> None:
    assert make_engine(url).url.render_as_string(hide_password=False) == understood


@pytest.mark.parametrize("driver", ["sqlite", "sqlite+aiosqlite", "sqlite+pysqlite"])
def test_a_file_is_reached_by_our_driver_whatever_the_address_names(
    driver: str, tmp_path: Path
) -> None:
    made = make_engine(f"{driver}:///{tmp_path}/file.sqlite")

    assert made.url.drivername == "sqlite+aiosqlite"
    assert made.url.database == f"{tmp_path}/file.sqlite"


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://me:secret@host/db", "sqlite", "//x"])
def test_an_address_that_makes_no_sense_is_refused_without_telling_it(url: str) -> None:
    with pytest.raises(CannotStart, match="TELLBACK_DATABASE_URL must look like") as refused:
        make_engine(url)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(CannotStart, match="must name a file"):
        make_engine(url)


def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"directory .* does not exist"):
        make_engine(f"sqlite:///{tmp_path}/missing/file.sqlite")


def test_a_directory_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="is not a file"):
        make_engine(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize(("place", "named"), [("file.sqlite", "the file"), ("", "the directory")])
def test_what_this_user_may_not_write_is_refused(
    place: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file.sqlite").touch()
    # By hand: the tests may run as root, who may write everything.
    closed = tmp_path / place
    monkeypatch.setattr(os, "access", lambda path, _mode: path != closed)

    with pytest.raises(CannotStart, match=f"{named} .*cannot be written"):
        make_engine(f"sqlite:///{tmp_path}/file.sqlite")


async def test_sqlite_is_durable_checks_references_and_wipes_what_is_deleted(
    sqlite_url: str,
) -> None:
    database = Database(sqlite_url)
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}

    async with database.reading() as connection:
        for name, value in wanted.items():
            assert await connection.scalar(text(f"PRAGMA {name}")) == value
    await database.close()


async def test_the_text_of_a_database_error_holds_no_values(database: Database) -> None:
    with pytest.raises(Exception, match="nothing_like_it") as failed:
        async with database.reading() as connection:
            await connection.execute(
                text("SELECT :answer FROM nothing_like_it"), {"answer": "my secret"}
            )

    assert "my secret" not in str(failed.value)
