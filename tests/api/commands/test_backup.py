"""`tellback db backup|restore|hold|release`: copies that cannot send by mistake."""

import asyncio
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from survey.db import backup
from survey.db.engine import Database
from survey.db.unit_of_work import SqlBegin
from survey.domain.records import InstallationKind
from tests.api.commands.conftest import Tellback
from tests.api.commands.test_campaigns import PULSE
from tests.support.databases import DatabaseKind, PostgresServer, postgres_programs

HELD = "Held: nothing is sent until `tellback db release`.\n"


@pytest.fixture(autouse=True)
def programs_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{postgres_programs()}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def elsewhere(
    database_kind: DatabaseKind, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """Where to restore to: a second, empty database of the same kind."""
    if database_kind is DatabaseKind.SQLITE:
        yield f"sqlite:///{tmp_path / 'restored.sqlite'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create()
    yield server.url_of(name)
    server.drop(name)


@pytest.fixture
def served(installed: Tellback, database_url: str) -> Tellback:
    """An installation that was started once."""

    async def settle() -> None:
        database = Database(database_url)
        async with SqlBegin(database)() as work:
            await work.installation.settle(InstallationKind.REAL)
            await work.commit()
        await database.close()

    asyncio.run(settle())
    return installed


def is_held(url: str) -> bool:
    async def held() -> bool:
        database = Database(url)
        async with SqlBegin(database).read() as work:
            since = await work.installation.held()
        await database.close()
        return since is not None

    return asyncio.run(held())


def test_what_is_restored_is_whole_and_held_until_it_is_released(
    served: Tellback,
    folder: Path,
    database_url: str,
    elsewhere: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backed_up = served("db", "backup", "copy.backup")
    monkeypatch.setenv("TELLBACK_DATABASE_URL", elsewhere)
    restored = served("db", "restore", "copy.backup")
    listed = served("questionnaire", "list")
    held = is_held(elsewhere)
    released = served("db", "release")

    assert (backed_up.exit_code, restored.exit_code) == (0, 0), backed_up.stderr + restored.stderr
    assert "people-pulse" in listed.stdout
    assert held
    assert released.stdout == "Released: it sends again.\n"
    assert not is_held(elsewhere)
    assert not is_held(database_url), "taking a backup holds nothing"


def test_the_status_of_a_campaign_says_that_a_restored_copy_is_held_and_what_to_do(
    served: Tellback, folder: Path, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The survey administrator's checklist: a restored backup proves that it sends nothing."""
    (folder / "pulse.yaml").write_text(PULSE)
    served("campaign", "create", "pulse.yaml")
    served("db", "backup", "copy.backup")
    monkeypatch.setenv("TELLBACK_DATABASE_URL", elsewhere)
    served("db", "restore", "copy.backup")
    held = served("campaign", "status", "pulse")
    served("db", "release")
    released = served("campaign", "status", "pulse")

    assert held.stdout.splitlines() == [
        "Nothing is being sent until `tellback db release`.",
        "pulse: draft, next wave none",
    ]
    assert released.stdout.splitlines() == ["pulse: draft, next wave none"]


def test_only_the_owner_can_read_a_backup(served: Tellback, folder: Path) -> None:
    served("db", "backup", "copy.backup")

    assert stat.S_IMODE((folder / "copy.backup").stat().st_mode) == 0o600


def test_no_key_is_in_a_backup(served: Tellback, folder: Path) -> None:
    (folder / "keys" / "boxes" / "planted.key").write_bytes(b"\x01planted private key\x02")

    served("db", "backup", "copy.backup")

    assert b"planted private key" not in (folder / "copy.backup").read_bytes()


def test_a_backup_overwrites_no_file(served: Tellback, folder: Path) -> None:
    (folder / "copy.backup").write_text("something of mine")

    refused = served("db", "backup", "copy.backup")

    assert refused.exit_code == 1
    assert refused.stderr == (
        "tellback: copy.backup exists already; name another file\ntellback: Nothing was written.\n"
    )
    assert (folder / "copy.backup").read_text() == "something of mine"


def test_a_database_that_holds_something_is_not_restored_over(
    served: Tellback, folder: Path
) -> None:
    served("db", "backup", "copy.backup")

    refused = served("db", "restore", "copy.backup")

    assert refused.exit_code == 1
    assert "TELLBACK_DATABASE_URL" in refused.stderr
    assert "Nothing was restored." in refused.stderr


def test_a_damaged_backup_is_refused_and_nothing_of_it_is_kept(
    served: Tellback, folder: Path, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    served("db", "backup", "copy.backup")
    whole = (folder / "copy.backup").read_bytes()
    (folder / "cut.backup").write_bytes(whole[: len(whole) * 2 // 3])
    monkeypatch.setenv("TELLBACK_DATABASE_URL", elsewhere)

    refused = served("db", "restore", "cut.backup")
    after_all = served("db", "restore", "copy.backup")

    assert refused.exit_code == 1
    assert "cut.backup is damaged: take an earlier backup" in refused.stderr
    assert after_all.exit_code == 0, after_all.stderr


def test_a_file_that_is_no_backup_is_named_as_such(
    served: Tellback, folder: Path, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "letter.backup").write_text("Dear sir or madam")
    monkeypatch.setenv("TELLBACK_DATABASE_URL", elsewhere)

    refused = served("db", "restore", "letter.backup")

    assert refused.exit_code == 1
    assert "letter.backup is not a backup of a" in refused.stderr


def test_an_installation_can_be_held_and_released_at_any_time(
    served: Tellback, database_url: str
) -> None:
    assert served("db", "release").stdout == "It was not held.\n"
    assert served("db", "hold").stdout == HELD
    assert is_held(database_url)
    assert served("db", "release").stdout == "Released: it sends again.\n"


def test_what_was_never_started_is_held_too(
    installed: Tellback, database_url: str, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed("db", "backup", "copy.backup")
    assert installed("db", "hold").stdout == HELD
    assert is_held(database_url)

    monkeypatch.setenv("TELLBACK_DATABASE_URL", elsewhere)
    installed("db", "restore", "copy.backup")

    assert is_held(elsewhere)


def test_a_password_is_never_among_the_arguments_of_a_program(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    called = tmp_path / "called"
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$@" > {called}\necho "$PGPASSWORD" >> {called}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    backup.back_up("postgresql://clerk:s3cret@db.example/tellback", tmp_path / "copy.backup")

    arguments, password = called.read_text().splitlines()
    assert "postgresql://clerk@db.example/tellback" in arguments
    assert "s3cret" not in arguments
    assert password == "s3cret"
