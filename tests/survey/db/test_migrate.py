"""Migrations: up, down, twice, at once, and nothing drifts."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from survey.db.engine import Database
from survey.db.migrate import check, downgrade, head_revision, require_current, upgrade
from survey.db.unit_of_work import SqlBegin
from survey.errors import CannotStart

AT_NOTHING = f"the database is at nothing, this version needs {head_revision()}"


def test_an_upgraded_database_is_as_the_code_declares_it(empty_database_url: str) -> None:
    assert check(empty_database_url) == [AT_NOTHING]

    upgrade(empty_database_url)

    assert check(empty_database_url) == []


def test_a_start_requires_the_tables_of_this_version(empty_database_url: str) -> None:
    with pytest.raises(CannotStart, match="tellback db upgrade"):
        require_current(empty_database_url)

    upgrade(empty_database_url)
    require_current(empty_database_url)


def test_a_downgrade_to_nothing_can_be_upgraded_again(database_url: str) -> None:
    downgrade(database_url, "base")
    assert check(database_url) != []

    upgrade(database_url)

    assert check(database_url) == []


def test_upgrades_at_the_same_time_wait_for_each_other(empty_database_url: str) -> None:
    with ThreadPoolExecutor(max_workers=4) as threads:
        list(threads.map(upgrade, [empty_database_url] * 4))

    assert check(empty_database_url) == []


async def test_an_upgrade_can_be_called_inside_an_event_loop(empty_database_url: str) -> None:
    await asyncio.to_thread(upgrade, empty_database_url)
    upgrade(empty_database_url)

    database = Database(empty_database_url)
    async with SqlBegin(database).read() as work:
        assert await work.installation.revision() == 0
    await database.close()


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.execute", _fail)
        with pytest.raises(ZeroDivisionError):
            upgrade(empty_database_url)

    assert check(empty_database_url) == [AT_NOTHING]
    upgrade(empty_database_url)
    assert check(empty_database_url) == []


def test_a_file_that_is_no_database_is_refused_with_the_setting_named(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam, this is no database." * 100)

    with pytest.raises(CannotStart, match="TELLBACK_DATABASE_URL"):
        upgrade(f"sqlite:///{path}")


def test_a_server_that_does_not_answer_is_refused_without_telling_the_password() -> None:
    with pytest.raises(CannotStart, match="TELLBACK_DATABASE_URL") as refused:
        check("postgresql://someone:hunter2@127.0.0.1:1/nowhere")

    assert "hunter2" not in str(refused.value)


def _fail(*_arguments: object) -> None:
    raise ZeroDivisionError
