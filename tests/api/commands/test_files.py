"""`tellback files backup|restore|check`: what people sent survives the loss of its disk."""

import asyncio
import os
from pathlib import Path
from uuid import uuid4

import pytest

from survey.settings import read_settings
from survey.wiring import open_application
from tests.api.commands.conftest import Tellback
from tests.hostile.making import pdf

DAY = 86_400


@pytest.fixture
def files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TELLBACK_FILES_DIR", str(folder / "files"))
    return folder / "files"


def keep(*contents: bytes) -> list[str]:
    """Files of a report; their digests."""

    async def kept() -> list[str]:
        async with open_application(read_settings()) as core:
            return [
                str((await core.attachments.keep("a.pdf", each, conversation=uuid4())).digest)
                for each in contents
            ]

    return asyncio.run(kept())


def at(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest


def test_files_are_copied_once_and_put_back_where_they_are_lost(
    installed: Tellback, files: Path, folder: Path
) -> None:
    first, second = keep(pdf(), pdf(b"<< /A 1 >>"))
    copies = str(folder / "copies")
    assert "2 files are copied" in installed("files", "backup", copies).stdout
    assert "0 new" in installed("files", "backup", copies).stdout
    at(files, first).unlink()
    at(files, second).write_bytes(b"of a failing disk")

    checked = installed("files", "check")
    assert checked.exit_code == 1
    assert f"{first}: missing" in checked.stderr
    assert f"{second}: damaged" in checked.stderr
    at(files, second).unlink()
    assert installed("files", "restore", copies).stdout == "2 files restored.\n"

    assert installed("files", "check").stdout == "All 2 files are there.\n"


def test_a_copy_stays_while_a_copy_of_the_database_may_name_it(
    installed: Tellback, files: Path, folder: Path
) -> None:
    gone, there = keep(pdf(), pdf(b"<< /A 1 >>"))
    copies = folder / "copies"
    installed("files", "backup", str(copies))
    at(files, gone).unlink()
    for digest in (gone, there):
        past = at(copies, digest).stat().st_mtime - 40 * DAY
        os.utime(at(copies, digest), (past, past))

    assert "0 forgotten" in installed("files", "backup", str(copies), "--days", "60").stdout
    assert "1 forgotten" in installed("files", "backup", str(copies), "--days", "35").stdout

    assert not at(copies, gone).exists()
    assert at(copies, there).exists()


def test_what_nobody_names_any_more_is_not_put_back(
    installed: Tellback, files: Path, folder: Path
) -> None:
    """Somebody was erased since the copy was made."""
    keep(pdf())
    copies = folder / "copies"
    installed("files", "backup", str(copies))
    extra = at(copies, "e" * 64)
    extra.parent.mkdir(exist_ok=True)
    extra.write_bytes(b"of somebody who was erased")

    assert installed("files", "restore", str(copies)).stdout == "0 files restored.\n"


def test_what_is_in_no_copy_is_told(installed: Tellback, files: Path, folder: Path) -> None:
    [digest] = keep(pdf())
    (folder / "copies").mkdir()
    at(files, digest).unlink()

    done = installed("files", "restore", str(folder / "copies"))

    assert done.exit_code == 1
    assert "1 files that the database names are not in" in done.stderr
    assert installed("files", "restore", str(folder / "nowhere")).exit_code == 1
