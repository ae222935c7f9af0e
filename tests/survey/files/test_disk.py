"""What only a folder does: it can be cut off while it writes, and be in the way."""

import hashlib
from pathlib import Path

import pytest

from survey.errors import Busy
from survey.files.disk import DiskFiles

CONTENT = b"May payslip"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def files(tmp_path: Path) -> DiskFiles:
    return DiskFiles(tmp_path / "files")


async def everything(files: DiskFiles) -> list[str]:
    return [each.digest async for each in files.all()]


async def test_what_was_cut_off_while_it_was_written_is_no_file(
    files: DiskFiles, tmp_path: Path
) -> None:
    await files.put(DIGEST, CONTENT)
    (tmp_path / "files" / DIGEST[:2] / ".half").write_bytes(b"May")

    assert await everything(files) == [DIGEST]


async def test_a_disk_that_takes_nothing_is_told_as_busy(tmp_path: Path) -> None:
    (tmp_path / "files").write_bytes(b"in the way")
    files = DiskFiles(tmp_path / "files")

    with pytest.raises(Busy):
        await files.put(DIGEST, CONTENT)
    with pytest.raises(Busy):
        await files.get(DIGEST)
