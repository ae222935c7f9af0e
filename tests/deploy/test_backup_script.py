"""`deploy/backup.sh`: a copy that was proved, and no older one too many."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.support.databases import DatabaseKind, PostgresServer, postgres_programs

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "deploy" / "backup.sh"

BackUp = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def back_up(database_url: str, tmp_path: Path) -> BackUp:
    """Run the script; `back_up(FOLDER, DAYS, NAME=value)`."""
    programs = tmp_path / "programs"
    programs.mkdir()
    command = programs / "tellback"
    command.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from api.command import main\nmain()\n"
    )
    command.chmod(0o755)

    def call(*words: object, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SCRIPT), *map(str, words)],
            env={
                "PATH": f"{programs}:{postgres_programs()}:{os.environ['PATH']}",
                "TELLBACK_DATABASE_URL": database_url,
                **settings,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return call


@pytest.fixture
def scratch(
    database_kind: DatabaseKind, request: pytest.FixtureRequest
) -> Iterator[dict[str, str]]:
    """The scratch database that PostgreSQL needs for the proof."""
    if database_kind is DatabaseKind.SQLITE:
        yield {}
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create()
    yield {"TELLBACK_SCRATCH_DATABASE_URL": server.url_of(name)}
    server.drop(name)


def tables_in(url: str) -> int:
    async def count() -> int:
        connection = await asyncpg.connect(url)
        found: int = await connection.fetchval(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        )
        await connection.close()
        return found

    return asyncio.run(count())


def test_a_copy_is_written_proved_and_old_ones_are_deleted(
    back_up: BackUp, tmp_path: Path, scratch: dict[str, str]
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    old, recent = folder / "tellback-old.backup", folder / "tellback-recent.backup"
    other = folder / "minutes.txt"
    for path, days in ((old, 40), (recent, 10), (other, 400)):
        path.write_text("")
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - days * 86_400))

    done = back_up(folder, 35, **scratch)

    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("and restored it to prove it.")
    assert not old.exists()
    assert recent.exists()
    assert other.exists()
    assert len(list(folder.glob("tellback-2*.backup"))) == 1
    for url in scratch.values():
        assert tables_in(url) == 0, "the next night begins with an empty one"


def test_where_it_fails_no_earlier_copy_is_deleted(back_up: BackUp, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    old = folder / "tellback-old.backup"
    old.write_text("")
    os.utime(old, (0, 0))

    done = back_up(folder, 35, TELLBACK_DATABASE_URL=f"sqlite:///{tmp_path}/nowhere.sqlite")

    assert done.returncode == 1
    assert "Nothing was written." in done.stderr
    assert old.exists()
