"""Bytes by their digest in a folder, two levels deep so that no folder holds too many."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from survey.errors import Busy, NotFound

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class DiskFiles:
    """Implements `survey.ports.files.Files`; the folder is made when something is first kept."""

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

    async def remove(self, digest: str) -> None:
        path = self._path(digest)
        try:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        except OSError as error:
            raise Busy(f"files: {error.strerror}") from None

    async def all(self) -> AsyncIterator[str]:
        if not self._folder.is_dir():
            return
        for part in sorted(await asyncio.to_thread(os.listdir, self._folder)):
            inside = self._folder / part
            if inside.is_dir():
                for name in sorted(await asyncio.to_thread(os.listdir, inside)):
                    if _DIGEST.fullmatch(name):
                        yield name

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise NotFound("file")
        return self._folder / digest[:2] / digest

    @staticmethod
    def _put(path: Path, content: bytes) -> None:
        """Written beside and moved, so that a file of this name is whole. Raises: Busy."""
        try:
            if path.exists():
                return
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
                try:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                    Path(file.name).replace(path)
                except BaseException:
                    Path(file.name).unlink(missing_ok=True)
                    raise
        except OSError as error:
            raise Busy(f"files: {error.strerror}") from None
