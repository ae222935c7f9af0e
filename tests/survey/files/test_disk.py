"""Bytes of attachments in a folder: whole or not there, and found by their digest alone."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from survey.errors import Busy, NotFound
from survey.files.disk import DiskFiles

CONTENT = b"May payslip"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def files(tmp_path: Path) -> DiskFiles:
    return DiskFiles(tmp_path / "files")


async def everything(files: DiskFiles) -> list[str]:
    return [each.digest async for each in files.all()]


async def test_what_is_kept_is_found_once_and_gone_when_it_is_removed(files: DiskFiles) -> None:
    assert await everything(files) == []
    await asyncio.gather(*(files.put(DIGEST, CONTENT) for _ in range(4)))

    assert await files.get(DIGEST) == CONTENT
    assert await everything(files) == [DIGEST]
    await files.remove(DIGEST)
    await files.remove(DIGEST)
    assert await everything(files) == []
    with pytest.raises(NotFound):
        await files.get(DIGEST)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "x" * 64, DIGEST.upper(), f"{DIGEST}/"])
async def test_no_name_but_a_digest_leads_anywhere(files: DiskFiles, name: str) -> None:
    with pytest.raises(NotFound):
        await files.get(name)
    with pytest.raises(NotFound):
        await files.put(name, CONTENT)
    with pytest.raises(NotFound):
        await files.remove(name)


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
