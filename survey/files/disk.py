"""Bytes by their digest in a folder, two levels deep so that no folder holds too many."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from survey.errors import Busy, NotFound
from survey.ports.files import Stored

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class DiskFiles:
    """Implements `survey.ports.files.Copies`; the folder is made when something is first kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, digest: str, content: bytes) -> None:
        await asyncio.to_thread(self._put, self._path(digest), content)

    async def get(self, digest: str) -> bytes:
        path = self._path(digest)
        try:
            return await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            raise NotFound("file") from None
        except OSError as error:
            raise Busy(f"files: {error.strerror}") from None

    async def renew(self, digest: str) -> None:
        path = self._path(digest)
        try:
            await asyncio.to_thread(os.utime, path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise Busy(f"files: {error.strerror}") from None

    async def remove(self, digest: str, *, before: datetime | None = None) -> None:
        await asyncio.to_thread(self._remove, self._path(digest), before)

    async def all(self) -> AsyncIterator[Stored]:
        for part in await asyncio.to_thread(_folders, self._folder):
            for each in await asyncio.to_thread(_stored, part):
                yield each

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise NotFound("file")
        return self._folder / digest[:2] / digest

    @staticmethod
    def _put(path: Path, content: bytes) -> None:
        """Written beside and moved, so that a file of this name is whole. Raises: Busy."""
        try:
            if path.exists():
                os.utime(path)
                return
            if not path.parent.is_dir():
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _keep_names(path.parent.parent)
            with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
                try:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                    Path(file.name).replace(path)
                    _keep_names(path.parent)
                except BaseException:
                    Path(file.name).unlink(missing_ok=True)
                    raise
        except OSError as error:
            raise Busy(f"files: {error.strerror}") from None

    @staticmethod
    def _remove(path: Path, before: datetime | None) -> None:
        try:
            if before is None or _put_at(path) < before:
                path.unlink(missing_ok=True)
        except FileNotFoundError:
            return
        except OSError as error:
            raise Busy(f"files: {error.strerror}") from None


def _keep_names(folder: Path) -> None:
    """Have the names in it outlive a loss of power: a row may name the file from now on."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _folders(folder: Path) -> list[Path]:
    """Raises: Busy."""
    try:
        return sorted(part for part in folder.iterdir() if part.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise Busy(f"files: {error.strerror}") from None


def _stored(part: Path) -> list[Stored]:
    """Those of one folder; what is removed meanwhile is left out."""
    found = []
    for path in sorted(part.iterdir()):
        if _DIGEST.fullmatch(path.name):
            with suppress(FileNotFoundError):
                found.append(Stored(path.name, _put_at(path)))
    return found


def _put_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
