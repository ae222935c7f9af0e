"""Files that come with reports and messages: looked at, kept by their digest, given out, swept."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from survey.domain.case_records import Attachment, Coming
from survey.domain.file_kinds import MOST_BYTES, MOST_OF_A_CASE, FileKind, Inspected, Refusal
from survey.domain.file_names import checked
from survey.errors import Busy, FileRefused, NotFound
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.ports.files import Files, Inspection

AT_ONCE: Final = 20

_BESIDE: Final = 4
"""Files that are fetched beside one another: each may be as large as there is."""

GRACE: Final = timedelta(hours=1)
"""Bytes are put before the row that names them is kept; so much later they have one, or never."""

TRIED_FOR: Final = timedelta(days=1)
"""How long a file is asked for at Telegram before it is given up."""

REST: Final = timedelta(seconds=10)
"""For which one that could not be had is left alone, at the least."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Served:
    """A file as a page gives it out; `inline` may be shown, all else is only saved."""

    name: str
    media_type: str
    inline: bool
    content: bytes


class Attachments:
    """Who may read a file is decided by whoever names it: with its case, or its conversation."""

    def __init__(
        self, begin: Begin, clock: Clock, ids: Ids, files: Files, inspection: Inspection
    ) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids
        self._files, self._inspection = files, inspection
        self._resting: dict[UUID, datetime] = {}

    async def keep(
        self,
        name: str,
        content: bytes,
        *,
        conversation: UUID | None = None,
        case: UUID | None = None,
    ) -> Attachment:
        """Keep a file that somebody sent.

        Pictures are drawn anew and nothing of the original is kept. Its kind is read from the
        content, and its name is made to fit.

        Raises: FileRefused, Busy.
        """
        async with self._begin.read() as work:
            await _require_room(work, name, conversation, case)
        inspected = await self._inspected(name, content)
        digest = await self._put(inspected.content)
        attachment = Attachment(
            id=self._ids.uuid(),
            name=inspected.name,
            kind=inspected.kind,
            size=len(inspected.content),
            made_at=self._clock.now(),
            digest=digest,
            conversation=conversation,
            case=case,
        )
        async with self._begin() as work:
            await _require_room(work, name, conversation, case)
            await work.attachments.add([attachment])
            await work.commit()
        return attachment

    async def expect(
        self,
        work: UnitOfWork,
        files: Iterable[Coming],
        *,
        conversation: UUID | None = None,
        case: UUID | None = None,
    ) -> tuple[tuple[Attachment, ...], tuple[FileRefused, ...]]:
        """Name files that are still at Telegram, in the caller's unit of work; `fetch` gets them.

        Returns: those that are expected, and why the others are not taken.
        """
        kept, refused = list[Attachment](), list[FileRefused]()
        for each in files:
            try:
                kept.append(await self._expected(work, each, conversation, case))
            except FileRefused as why:
                refused.append(why)
        return tuple(kept), tuple(refused)

    async def _expected(
        self, work: UnitOfWork, file: Coming, conversation: UUID | None, case: UUID | None
    ) -> Attachment:
        """Raises: FileRefused."""
        if file.size > MOST_BYTES:
            raise FileRefused(Refusal.TOO_LARGE, file.name)
        await _require_room(work, file.name, conversation, case)
        attachment = Attachment(
            id=self._ids.uuid(),
            name=checked(file.name),
            kind="",
            size=file.size,
            made_at=self._clock.now(),
            source=file.source,
            conversation=conversation,
            case=case,
        )
        await work.attachments.add([attachment])
        return attachment

    async def fetch(self, get: Callable[[str], Awaitable[bytes]]) -> bool:
        """Get some of the files that are still at Telegram; True where there are more.

        `get` takes a `source` and raises Busy where trying again can help, and NotFound or
        FileRefused where it cannot. One that cannot be had for a day is given up. Any number of
        processes may: the bytes are the same.
        """
        async with self._begin.read() as work:
            if await work.installation.held():
                return False
            resting = [each for each, until in self._resting.items() if until > self._clock.now()]
            waiting = await work.attachments.to_fetch(limit=AT_ONCE, besides=resting)
        for start in range(0, len(waiting), _BESIDE):
            async with asyncio.TaskGroup() as tasks:
                for attachment in waiting[start : start + _BESIDE]:
                    tasks.create_task(self._fetch(attachment, get))
        return len(waiting) == AT_ONCE

    async def read(self, attachment: UUID | Attachment) -> Served:
        """Raises: NotFound, also of one that was refused or is on its way; Busy."""
        found = attachment if isinstance(attachment, Attachment) else await self._get(attachment)
        if found.digest is None:
            raise NotFound("file")
        content = await self._files.get(found.digest)
        return Served(found.name, found.kind, FileKind(found.kind).drawn, content)

    async def sweep(self) -> int:
        """Remove bytes that no row names, and say how many files; none that came just now.

        Nothing is removed while the installation is held: the copy of a database knows nothing of
        files that came since it was made, and its original may be at work beside it.
        """
        async with self._begin.read() as work:
            if await work.installation.held():
                return 0
        before = self._clock.now() - GRACE
        removed, some = 0, list[str]()
        async for stored in self._files.all():
            if stored.put_at < before:
                some.append(stored.digest)
            if len(some) == AT_ONCE:
                removed += await self._remove_unnamed(some)
                some = []
        return removed + await self._remove_unnamed(some)

    async def _remove_unnamed(self, digests: list[str]) -> int:
        async with self._begin.read() as work:
            unnamed = set(digests) - set(await work.attachments.known(digests))
        before = self._clock.now() - GRACE
        for digest in unnamed:
            await self._files.remove(digest, before=before)
        return len(unnamed)

    async def _get(self, attachment: UUID) -> Attachment:
        async with self._begin.read() as work:
            found = await work.attachments.get(attachment)
        if found is None:
            raise NotFound("file")
        return found

    async def _inspected(self, name: str, content: bytes) -> Inspected:
        """Raises: FileRefused, Busy."""
        if len(content) > MOST_BYTES:
            raise FileRefused(Refusal.TOO_LARGE, name)
        return await self._inspection.inspect(name, content)

    async def _put(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        await self._files.put(digest, content)
        return digest

    async def _fetch(self, attachment: Attachment, get: Callable[[str], Awaitable[bytes]]) -> None:
        """Settle it, or leave it for another time."""
        try:
            inspected = await self._inspected(attachment.name, await get(attachment.source))
            settled = replace(
                attachment,
                name=inspected.name,
                kind=inspected.kind,
                size=len(inspected.content),
                digest=await self._put(inspected.content),
            )
        except FileRefused as refused:
            settled = replace(attachment, refused=refused.reason)
        except NotFound:
            settled = replace(attachment, refused=Refusal.LOST)
        except Busy:
            age = self._clock.now() - attachment.made_at
            if age < TRIED_FOR:
                # It holds up no other, and the older it is the rarer it is asked for.
                self._resting[attachment.id] = self._clock.now() + max(REST, age / 4)
                _log.info("file_not_fetched", attachment=str(attachment.id))
                return
            settled = replace(attachment, refused=Refusal.LOST)
        async with self._begin() as work:
            await work.attachments.settle(settled)
            await work.commit()
        self._resting.pop(attachment.id, None)


async def _require_room(
    work: UnitOfWork, name: str, conversation: UUID | None, case: UUID | None
) -> None:
    """Raises: FileRefused, where there are as many as there may be."""
    there = 0
    if conversation:
        there = len(await work.attachments.of_conversation(conversation))
    if case:
        there = max(there, len(await work.attachments.of_case(case)))
    if there >= MOST_OF_A_CASE:
        raise FileRefused(Refusal.TOO_MANY, name)
