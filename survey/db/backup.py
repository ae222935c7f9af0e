"""Backups: a copy of the database that nobody can start to send from by mistake.

What is restored is held (`installation.held_at`): it takes answers, and sends nothing until an
operator says so. A SQLite copy carries the hold in itself, one of PostgreSQL gets it in the
transaction that restores it. Keys are no part of a backup: what was sealed or half-finished stays
closed to whoever finds one.
"""

import os
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile, copyfileobj, which
from tempfile import TemporaryFile
from typing import Final

from sqlalchemy import URL, make_url

from survey.errors import CannotStart

_HOLD: Final = (
    # An installation that was never started does not say yet which kind it is.
    "INSERT INTO installation (id, kind, held_at) VALUES (1, 'real', {})"
    " ON CONFLICT (id) DO UPDATE SET"
    " held_at = coalesce(installation.held_at, excluded.held_at)"
)
_SQLITE_MAGIC: Final = b"SQLite format 3\0"
_DUMP_MAGIC: Final = b"PGDMP"


class BackupFailed(CannotStart):
    """The backup or restore was not done; nothing of it is left behind."""

    code = "backup_failed"


def back_up(url: str, target: Path) -> None:
    """Write a consistent copy of the database to `target`, while it is in use.

    Raises: BackupFailed, with what to do.
    """
    if target.exists():
        raise BackupFailed(f"{target.name} exists already; name another file")
    if not target.parent.is_dir():
        raise BackupFailed(f"the directory of {target.name} does not exist: create it first")
    unfinished = target.with_name(f".{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    address = make_url(url)
    try:
        unfinished.touch(mode=0o600)
        if _is_sqlite(address):
            _copy_sqlite(_file(address), unfinished)
        else:
            _dump_postgres(address, unfinished)
        _flush(unfinished)
        unfinished.rename(target)
    except OSError as error:
        raise BackupFailed(f"{target.name} cannot be written ({error.strerror})") from error
    finally:
        unfinished.unlink(missing_ok=True)


def restore(url: str, source: Path) -> None:
    """Fill an empty database from a backup; the copy is held.

    Raises: BackupFailed, with what to do.
    """
    try:
        with source.open("rb") as file:
            beginning = file.read(len(_SQLITE_MAGIC))
    except OSError as error:
        raise BackupFailed(f"{source.name} cannot be read ({error.strerror})") from error
    address = make_url(url)
    if _is_sqlite(address):
        if beginning != _SQLITE_MAGIC:
            raise BackupFailed(f"{source.name} is not a backup of a SQLite database")
        _restore_sqlite(source, _file(address))
    else:
        if not beginning.startswith(_DUMP_MAGIC):
            raise BackupFailed(f"{source.name} is not a backup of a PostgreSQL database")
        _restore_postgres(source, address)


def _is_sqlite(address: URL) -> bool:
    return address.get_backend_name() == "sqlite"


def _file(address: URL) -> Path:
    if not address.database or address.database == ":memory:":
        raise BackupFailed("TELLBACK_DATABASE_URL names no file")
    return Path(address.database)


# --- SQLite ---


def _copy_sqlite(database: Path, target: Path) -> None:
    if not database.is_file():
        raise BackupFailed("the file in TELLBACK_DATABASE_URL does not exist")
    target.unlink()
    try:
        with closing(sqlite3.connect(database, isolation_level=None)) as live:
            # Unlike a copy page by page, this leaves out pages that were freed.
            live.execute("VACUUM INTO ?", (str(target),))
        target.chmod(0o600)
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            copy.execute(_HOLD.format("?"), (_now().strftime("%Y-%m-%d %H:%M:%S.%f"),))
            _check_whole(copy)
    except sqlite3.DatabaseError as error:
        raise BackupFailed(
            "the database could not be copied: see whether the disk is full, and run "
            "`tellback db check`"
        ) from error


def _restore_sqlite(source: Path, database: Path) -> None:
    if database.exists():
        raise BackupFailed("the file in TELLBACK_DATABASE_URL exists: move it away first")
    unfinished = database.with_name(f".{database.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        copyfile(source, unfinished)
        with closing(sqlite3.connect(unfinished, isolation_level=None)) as copy:
            _check_whole(copy)
            copy.execute(_HOLD.format("?"), (_now().strftime("%Y-%m-%d %H:%M:%S.%f"),))
        _flush(unfinished)
        unfinished.rename(database)
    except sqlite3.DatabaseError as error:
        raise BackupFailed(f"{source.name} is damaged: take an earlier backup") from error
    except OSError as error:
        raise BackupFailed(f"the database cannot be written ({error.strerror})") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _check_whole(copy: sqlite3.Connection) -> None:
    if copy.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("integrity_check")


def _flush(path: Path) -> None:
    for place in (path, path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# --- PostgreSQL ---


def _dump_postgres(address: URL, target: Path) -> None:
    _run(
        [
            _tool("pg_dump"),
            *("--format=custom", "--no-owner", "--no-privileges"),
            *(f"--file={target}", f"--dbname={_plain(address)}"),
        ],
        address,
    )


def _restore_postgres(source: Path, address: URL) -> None:
    """All in one transaction, the hold included: a copy that is not held never exists."""
    psql = [_tool("psql"), "--no-psqlrc", "--quiet", f"--dbname={_plain(address)}"]
    psql += ["--set=ON_ERROR_STOP=1"]
    tables = _run(
        [*psql, "--tuples-only", "--command=SELECT to_regclass('alembic_version') IS NOT NULL"],
        address,
    )
    if tables.strip() == b"t":
        raise BackupFailed("the database in TELLBACK_DATABASE_URL is not empty: name an empty one")
    script = [_tool("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(source)]
    with TemporaryFile() as said:
        with (
            subprocess.Popen(script, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reading,
            subprocess.Popen(
                [*psql, "--file=-", "--output=/dev/null"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=_environment(address),
            ) as writing,
        ):
            assert reading.stdout is not None
            assert writing.stdin is not None
            # Where psql has given up, what it said tells more than the broken pipe.
            with suppress(BrokenPipeError):
                writing.stdin.write(b"BEGIN;\n")
                copyfileobj(reading.stdout, writing.stdin)
                if reading.wait() == 0:
                    # Without these lines the end of what it reads undoes everything.
                    hold = f"RESET search_path; {_HOLD.format('now()')}; COMMIT;\n"
                    writing.stdin.write(hold.encode())
            with suppress(BrokenPipeError):
                writing.stdin.close()
            reading.stdout.close()
        said.seek(0)
        if writing.returncode != 0:
            raise BackupFailed(_first_line(said.read()) or "psql failed")
        if reading.returncode != 0:
            raise BackupFailed(f"{source.name} is damaged: take an earlier backup")


def _run(command: Sequence[str], address: URL) -> bytes:
    """Raises: BackupFailed, with the first line that the tool said."""
    done = subprocess.run(command, env=_environment(address), capture_output=True, check=False)
    if done.returncode != 0:
        raise BackupFailed(_first_line(done.stderr) or f"{Path(command[0]).name} failed")
    return done.stdout


def _environment(address: URL) -> dict[str, str]:
    """The password goes here, not among the arguments, which every user of the machine sees."""
    if address.password:
        return {**os.environ, "PGPASSWORD": str(address.password)}
    return dict(os.environ)


def _first_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[0] if lines else ""


def _tool(name: str) -> str:
    found = which(name)
    if found is None:
        raise BackupFailed(f"{name} is not installed: install PostgreSQL's client programs")
    return found


def _plain(address: URL) -> str:
    """The address without driver and password, as PostgreSQL's own programs take it."""
    return (
        address._replace(drivername="postgresql", password=None)
        .render_as_string(hide_password=False)
        .replace("?ssl=", "?sslmode=")
        .replace("&ssl=", "&sslmode=")
    )


def _now() -> datetime:
    return datetime.now(UTC)
