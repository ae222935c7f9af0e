"""Copies of files for the worst day: made beside those of the database, put back, and checked.

A copy of the database names files by their digest; their bytes never change, so each is copied
once. Made after that of the database, a copy of the files holds all that it names.
"""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from survey.errors import NotFound
from survey.ports import Begin
from survey.ports.files import Copies, Files

_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Copied:
    """How many files the copy holds of those that are there now, and what was done for it."""

    held: int
    new: int
    forgotten: int


@dataclass(frozen=True, slots=True)
class Checked:
    """How many files are named; of which the bytes are missing or not those that were kept."""

    named: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]


async def back_up(files: Files, copies: Copies, *, forget: datetime) -> Copied:
    """Copy what is not there yet, and forget what was gone from here before `forget`.

    Later than that, a copy of the database may name it. It needs no database itself.

    Raises: Busy.
    """
    old = {each.digest: each.put_at async for each in copies.all()}
    held = new = 0
    async for stored in files.all():
        if old.pop(stored.digest, None):
            # Its time counts from the day on which it is gone.
            await copies.renew(stored.digest)
        else:
            try:
                content = await files.get(stored.digest)
            except NotFound:
                continue  # swept since it was listed
            await copies.put(stored.digest, content)
            new += 1
        held += 1
    gone = [digest for digest, put_at in old.items() if put_at < forget]
    for digest in gone:
        await copies.remove(digest)
    return Copied(held, new, len(gone))


class FileCopies:
    def __init__(self, begin: Begin, files: Files) -> None:
        self._begin, self._files = begin, files

    async def restore(self, copies: Files) -> int:
        """Put back what the database names and is not here; how many files. Raises: Busy."""
        here = {each.digest async for each in self._files.all()}
        restored = 0
        async for digests in self._named():
            for digest in digests:
                if digest not in here:
                    try:
                        content = await copies.get(digest)
                    except NotFound:
                        continue  # `check` names it
                    await self._files.put(digest, content)
                    restored += 1
        return restored

    async def check(self) -> Checked:
        """Read every file that the database names. Raises: Busy."""
        named, missing, damaged = 0, list[str](), list[str]()
        async for digests in self._named():
            for digest in digests:
                named += 1
                try:
                    content = await self._files.get(digest)
                except NotFound:
                    missing.append(digest)
                else:
                    if hashlib.sha256(content).hexdigest() != digest:
                        damaged.append(digest)
        return Checked(named, tuple(missing), tuple(damaged))

    async def _named(self) -> AsyncIterator[Sequence[str]]:
        """All digests that rows name, some at a time; nothing is held open between."""
        after = ""
        while True:
            async with self._begin.read() as work:
                digests = await work.attachments.digests(after=after, limit=_AT_ONCE)
            if not digests:
                return
            yield digests
            after = digests[-1]
