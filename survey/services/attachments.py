"""Files that come with reports and messages: looked at, kept by their digest, given out, swept."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from survey.domain import reporter_acts
from survey.domain.audit import SERVICE
from survey.domain.case_records import Attachment, Coming
from survey.domain.file_kinds import (
    MOST_BYTES,
    MOST_OF_A_CASE,
    MOST_UNSENT,
    MOST_UNSENT_BYTES,
    FileKind,
    Inspected,
    Refusal,
)
from survey.domain.file_names import checked
from survey.errors import Busy, FileRefused, NotFound
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.ports.files import Files, Inspection
from survey.services.timelines import Timelines
from survey.services.tries import Limit, Tries

AT_ONCE: Final = 20

_BESIDE: Final = 4
"""Files that are fetched beside one another: each may be as large as there is."""

GRACE: Final = timedelta(hours=1)
"""Bytes are put before the row that names them is kept; so much later they have one, or never."""

TRIED_FOR: Final = timedelta(days=1)
"""How long a file is asked for at Telegram before it is given up."""

REST: Final = timedelta(seconds=10)
"""For which one that could not be had is left alone, at the least."""

_PART: Final = 1_000_000
"""Bytes that count as one."""

FILES_OF_A_DAY: Final = Limit("files", 100, timedelta(days=1))
"""Of one owner of reports that are not sent, and of one chat for reports that are: whatever became
of them. On the web an owner is a cookie, which anybody has anew: see `FILES_OF_AN_ADDRESS`."""

BYTES_OF_A_DAY: Final = Limit("file_bytes", 500, timedelta(days=1))
"""Of the same files, in parts of a million."""

FILES_OF_AN_ADDRESS: Final = Limit("address_files", 4 * FILES_OF_A_DAY.most, timedelta(days=1))
"""Of one address in the network, whatever they are for: a school sits behind one."""

BYTES_OF_AN_ADDRESS: Final = Limit("address_bytes", 4 * BYTES_OF_A_DAY.most, timedelta(days=1))
"""Of the same files, in parts of a million."""

BY_MAIL: Final = "mail"
"""The sender of all files that come with letters: no address, so that no day is counted for it."""

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
        self,
        begin: Begin,
        clock: Clock,
        ids: Ids,
        files: Files,
        inspection: Inspection,
        timelines: Timelines,
        tries: Tries,
    ) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids
        self._files, self._inspection = files, inspection
        self._timelines, self._tries = timelines, tries
        self._resting: dict[UUID, datetime] = {}

    async def keep(
        self,
        name: str,
        content: bytes,
        *,
        conversation: UUID | None = None,
        case: UUID | None = None,
        sender: str = "",
    ) -> Attachment:
        """Keep a file that somebody sent.

        Pictures are drawn anew and nothing of the original is kept. Its kind is read from the
        content, and its name is made to fit. Files of one `sender`, an address in the network,
        wait for each other and are counted by the day; whoever says nothing of it (staff) is told
        apart by what the file is for, and not counted.

        Raises: FileRefused, Busy.
        """
        await self._count(name, len(content), conversation, case, sender)
        sender = sender or str(case or conversation)
        inspected = await self._inspected(name, content, sender)
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
            await _require_room(work, name, attachment.size, conversation, case)
            await work.attachments.add([attachment])
            await work.commit()
        return attachment

    async def _count(
        self, name: str, size: int, conversation: UUID | None, case: UUID | None, sender: str
    ) -> None:
        """Before a file is looked at, so that those which are refused count as well.

        Raises: FileRefused.
        """
        async with self._begin.read() as work:
            await _require_room(work, name, size, conversation, case)
            row = await work.conversations.get(conversation) if conversation else None
        address = "" if sender == BY_MAIL else sender
        if row is None and not address:
            return
        async with self._begin() as work:
            if row is not None:
                await self._require_day(work, name, size, row.owner)
            if address:
                of_address = FILES_OF_AN_ADDRESS, BYTES_OF_AN_ADDRESS
                await self._require_day(work, name, size, address, of_address)
            await work.commit()

    async def _require_day(
        self,
        work: UnitOfWork,
        name: str,
        size: int,
        who: str,
        limits: tuple[Limit, Limit] | None = None,
    ) -> None:
        """Count a file by who sends it, within `limits` of files and of bytes (those of an owner).

        Files that were taken out again count, and those of reports that were thrown away. Raises:
        FileRefused.
        """
        files, sizes = limits or (FILES_OF_A_DAY, BYTES_OF_A_DAY)
        number = await self._tries.count(work, files, who)
        parts = await self._tries.count(work, sizes, who, by=size // _PART + 1)
        if number > files.most or parts > sizes.most:
            raise FileRefused(Refusal.TODAY, name)

    async def expect(
        self,
        work: UnitOfWork,
        files: Iterable[Coming],
        *,
        conversation: UUID | None = None,
        case: UUID | None = None,
        owner: str = "",
    ) -> tuple[tuple[Attachment, ...], tuple[FileRefused, ...]]:
        """Name files that are still at Telegram, in the caller's unit of work; `fetch` gets them.

        `owner` is the chat that they came in; its files of a day are counted.

        Returns: those that are expected, and why the others are not taken.
        """
        kept, refused = list[Attachment](), list[FileRefused]()
        for each in files:
            try:
                kept.append(await self._expected(work, each, conversation, case, owner))
            except FileRefused as why:
                refused.append(why)
        return tuple(kept), tuple(refused)

    async def _expected(
        self,
        work: UnitOfWork,
        file: Coming,
        conversation: UUID | None,
        case: UUID | None,
        owner: str,
    ) -> Attachment:
        """Raises: FileRefused."""
        if file.size > MOST_BYTES:
            raise FileRefused(Refusal.TOO_LARGE, file.name)
        await _require_room(work, file.name, file.size, conversation, case)
        if owner:
            await self._require_day(work, file.name, file.size, owner)
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

    async def fetch(self, get: Callable[[str], Awaitable[bytes]], *, here: bool = False) -> bool:
        """Get some of the files that are still at Telegram; True where there are more.

        With `here`, of those that a demonstration's own chat took.

        `get` takes a `source` and raises Busy where trying again can help, and NotFound or
        FileRefused where it cannot. One that cannot be had for a day is given up. Any number of
        processes may: the bytes are the same.
        """
        async with self._begin.read() as work:
            if await work.installation.held():
                return False
            resting = [each for each, until in self._resting.items() if until > self._clock.now()]
            waiting = await work.attachments.to_fetch(limit=AT_ONCE, besides=resting, here=here)
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

    async def _inspected(self, name: str, content: bytes, sender: str) -> Inspected:
        """Raises: FileRefused, Busy."""
        if len(content) > MOST_BYTES:
            raise FileRefused(Refusal.TOO_LARGE, name)
        return await self._inspection.inspect(name, content, sender=sender)

    async def _put(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        await self._files.put(digest, content)
        return digest

    async def _fetch(self, attachment: Attachment, get: Callable[[str], Awaitable[bytes]]) -> None:
        """Settle it, or leave it for another time."""
        try:
            content = await get(attachment.source)
            sender = str(attachment.case or attachment.conversation)
            inspected = await self._inspected(attachment.name, content, sender)
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
            if await work.attachments.settle(settled):
                await self._tell_refused(work, settled.id)
            await work.commit()
        self._resting.pop(attachment.id, None)

    async def _tell_refused(self, work: UnitOfWork, attachment: UUID) -> None:
        """Of one that came with a report that was sent: until then its sender is told on the way.

        Raises: Busy.
        """
        found = await work.attachments.get(attachment)
        if found is None or not found.refused or found.case is None or found.entry is None:
            return
        said = reporter_acts.unkept(found.name, found.refused, found.id)
        await self._timelines.add(work, found.case, said, by=SERVICE)


async def _require_room(
    work: UnitOfWork, name: str, size: int, conversation: UUID | None, case: UUID | None
) -> None:
    """Raises: FileRefused, where there are as many as there may be."""
    if conversation:
        there = await work.attachments.of_conversation(conversation)
        together = sum(each.size for each in there) + size
        if len(there) >= MOST_UNSENT or together > MOST_UNSENT_BYTES:
            raise FileRefused(Refusal.UNSENT, name)
    if case and len(await work.attachments.of_case(case)) >= MOST_OF_A_CASE:
        raise FileRefused(Refusal.TOO_MANY, name)
