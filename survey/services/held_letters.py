"""Letters that wait for staff: read, taken in as the reporter's words, or dropped."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from survey.domain.access import Action
from survey.domain.audit import Actor, Note
from survey.domain.case_access import Looker, may_see
from survey.domain.cases import Case
from survey.domain.received import Received, Unreadable, read_letter
from survey.domain.references import reference_of
from survey.domain.sender_checks import doubt
from survey.errors import NotFound
from survey.ports import Begin, Clock, UnitOfWork
from survey.ports.received import ReceivedLetter
from survey.services.attachments import Attachments
from survey.services.letter_entries import entry_of, forget_files, kept_files, tell_refused
from survey.services.timelines import Timelines

MOST: Final = 50
"""So many are listed at a time."""

_MOST_WAITING: Final = 2_000
"""So many are looked through for those that somebody may see."""

_SOMEBODY: Final = "somebody"
"""As envelope sender: what machines wrote was not held."""


@dataclass(frozen=True, slots=True)
class HeldLetter:
    """A letter as staff see it. `name` is what pages call it by; `why` a stable word
    (`inbound.Held`). `reference` is of the case that its address or its subject names.

    `sender` and what follows are empty where it cannot be read; `files` are names as they came.
    `doubt` is what the body's mail server says of the sender: a word of `sender_checks.Doubt`,
    empty where it vouches for them, or is not asked.
    """

    name: str
    at: datetime
    why: str
    reference: str | None
    sender: str = ""
    subject: str = ""
    text: str = ""
    files: tuple[str, ...] = ()
    doubt: str = ""


class HeldLetters:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        timelines: Timelines,
        attachments: Attachments,
        *,
        server: str = "",
    ) -> None:
        """`server` as in `Inbound`."""
        self._begin, self._clock = begin, clock
        self._timelines, self._attachments = timelines, attachments
        self._server = server

    async def listed(self, looker: Looker) -> Sequence[HeldLetter]:
        """Those about cases that are theirs to work, and for administrators all others too."""
        async with self._begin.read() as work:
            theirs = [
                (letter.digest, case)
                for letter in await work.received_letters.held(limit=_MOST_WAITING)
                if _theirs(looker, case := await _case(work, letter))
            ][:MOST]
            found = [
                (letter, case)
                for digest, case in theirs
                if (letter := await work.received_letters.get_held(digest)) is not None
            ]
        return [await self._shown(letter, case) for letter, case in found]

    async def take_in(
        self, name: str, *, looker: Looker, by: Actor, reference: str | None = None
    ) -> Case:
        """Add it to its case, or to the one of this reference, as words of its reporter.

        Raises: NotFound, also where somebody else was quicker; FieldsRejected, where nothing in it
            can be kept; Busy.
        """
        async with self._begin.read() as work:
            letter = await self._get(work, name, looker)
            case = await _case(work, letter)
            if reference is not None:
                known = reference_of(reference)
                case = await work.cases.by_reference(known) if known else None
            if case is None or not may_see(looker, case, Action.WORK_CASES):
                raise NotFound("case")
        read = await _read(letter)
        if read is None:
            raise NotFound("letter")
        kept = await kept_files(self._attachments, read, UUID(bytes=letter.digest[:16]))
        added = False
        try:
            said = entry_of(read, kept)
            said = replace(said, data={**said.data, "sender": read.sender or ""})
            async with self._begin() as work:
                await self._let_go(work, letter, "letter.taken_in", by, case)
                after = await self._timelines.add(work, case.id, said, by=by)
                await tell_refused(work, self._timelines, case.id, kept)
                await work.commit()
            added = True
        finally:
            if not added:
                await forget_files(self._begin, kept.files)
        return after

    async def read(self, name: str, looker: Looker) -> Received:
        """What one says. Raises: NotFound, also where it cannot be read."""
        async with self._begin.read() as work:
            read = await _read(await self._get(work, name, looker))
        if read is None:
            raise NotFound("letter")
        return read

    async def taken(
        self, work: UnitOfWork, name: str, case: Case, *, looker: Looker, by: Actor
    ) -> None:
        """Let it go in the unit of work in which it became this report. Raises: NotFound."""
        letter = await self._get(work, name, looker)
        await self._let_go(work, letter, "letter.taken_in", by, case)

    async def drop(self, name: str, *, looker: Looker, by: Actor) -> None:
        """Forget it. Raises: NotFound; Busy."""
        async with self._begin() as work:
            letter = await self._get(work, name, looker)
            await self._let_go(work, letter, "letter.dropped", by, await _case(work, letter))
            await work.commit()

    async def _shown(self, letter: ReceivedLetter, case: Case | None) -> HeldLetter:
        plain = HeldLetter(
            letter.digest.hex(), letter.at, letter.held or "", case.reference if case else None
        )
        read = await _read(letter)
        if read is None:
            return plain
        why = self._server and doubt(read.checks, server=self._server, sender=read.sender)
        return replace(
            plain,
            sender=read.sender or "",
            subject=read.subject,
            text=read.text,
            files=tuple(each.name for each in read.files),
            doubt=why or "",
        )

    @staticmethod
    async def _get(work: UnitOfWork, name: str, looker: Looker) -> ReceivedLetter:
        """Raises: NotFound."""
        try:
            digest = bytes.fromhex(name)
        except ValueError:
            raise NotFound("letter") from None
        letter = await work.received_letters.get_held(digest)
        if letter is None or not _theirs(looker, await _case(work, letter)):
            raise NotFound("letter")
        return letter

    async def _let_go(
        self, work: UnitOfWork, letter: ReceivedLetter, action: str, by: Actor, case: Case | None
    ) -> None:
        if not await work.received_letters.let_go(letter.digest):
            raise NotFound("letter")
        subject = f"case:{case.id}" if case else "mail"
        details = {"why": letter.held or ""}
        await work.audit.add(Note(self._clock.now(), by, action, subject, details))


def _theirs(looker: Looker, case: Case | None) -> bool:
    """Without a case nobody knows whose it is: then it is for those who see the whole body."""
    return may_see(looker, case, Action.WORK_CASES) if case else looker.sees_few


async def _case(work: UnitOfWork, letter: ReceivedLetter) -> Case | None:
    return await work.cases.get(letter.case) if letter.case else None


async def _read(letter: ReceivedLetter) -> Received | None:
    """None where it cannot be read."""
    try:
        return await asyncio.to_thread(
            read_letter, letter.content or b"", envelope_sender=_SOMEBODY
        )
    except Unreadable:
        return None
