"""Copying files beside the program while it runs."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from survey.files.disk import DiskFiles
from survey.ports.files import Stored
from survey.services.file_copies import Copied, back_up
from tests.support.application import NOON

KEPT, SWEPT = "a" * 64, "b" * 64


class Sweeping(DiskFiles):
    """Lists a file that is gone when it is read."""

    async def all(self) -> AsyncIterator[Stored]:
        yield Stored(SWEPT, NOON)
        async for each in super().all():
            yield each


async def test_a_file_that_is_swept_while_files_are_copied_ends_no_backup(tmp_path: Path) -> None:
    files, copies = Sweeping(tmp_path / "files"), DiskFiles(tmp_path / "copies")
    await files.put(KEPT, b"a payslip")

    assert await back_up(files, copies, forget=NOON - timedelta(days=30)) == Copied(1, 1, 0)
    assert await copies.get(KEPT) == b"a payslip"
