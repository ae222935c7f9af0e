"""Letters taken in: what somebody answers becomes an entry of their case, once.

The address that a letter is sent to holds the case and a keyed hash. Whoever writes to it from
another address than we wrote to may be anybody: that letter is held for staff, and so is one of
which the body's own mail server does not say that it comes from where it says. What machines write
is passed over, so that nothing of ours ever answers it.
"""

import asyncio
import hashlib
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog

from survey.domain import reporter_acts
from survey.domain.cases import Case, Said
from survey.domain.distress import noticed
from survey.domain.received import Received, Unreadable, read_letter
from survey.domain.references import named_in
from survey.domain.reply_addresses import token_in
from survey.domain.sender_checks import doubt
from survey.domain.verdict_words import Judged, verdict_in
from survey.errors import CaseRefused, FieldsRejected, NotFound
from survey.ports import Begin, Clock, UnitOfWork
from survey.ports.received import ReceivedLetter, Taken
from survey.services.attachments import Attachments
from survey.services.help_letters import HelpLetters
from survey.services.letter_entries import entry_of, forget_files, kept_files, tell_refused
from survey.services.links import Links
from survey.services.own_cases import OwnCases
from survey.services.reporters import Reporter, may_act
from survey.services.timelines import Timelines

MOST_HELD_AN_HOUR: Final = 100
"""Letters of one kind that staff are to look at; more of them have to wait at the mail server, so
that they fill neither the database nor the page."""

MOST_AN_HOUR: Final = 20
"""Letters about one case; more than people write: two machines that answer each other."""

_HOUR: Final = timedelta(hours=1)

_log = structlog.get_logger()


class Held(StrEnum):
    """Why staff look at a letter first."""

    SENDER = "sender"
    """Not from the address that we wrote to."""
    FORGED = "forged"
    UNPROVEN = "unproven"
    """What the body's mail server says of its sender: see `sender_checks.Doubt`."""
    LEFT = "left"
    """From somebody who does not stand for the school any more."""
    UNSIGNED = "unsigned"
    """Not to the address of a case."""
    EMPTY = "empty"
    """Nothing is left beside what it quotes."""
    UNREADABLE = "unreadable"


class Inbound:
    """Implements `survey.ports.received.Taking`."""

    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        timelines: Timelines,
        attachments: Attachments,
        own_cases: OwnCases,
        help_letters: HelpLetters,
        links: Links,
        *,
        reply_to: str,
        server: str = "",
    ) -> None:
        """`reply_to` is the address that letters are answered to; empty, none is known. `server`
        is the name of the body's mail server in what it says of senders; empty, it says nothing.
        """
        self._begin, self._clock = begin, clock
        self._timelines, self._attachments = timelines, attachments
        self._own_cases, self._help = own_cases, help_letters
        self._links, self._reply_to, self._server = links, reply_to, server

    def knows(self, address: str) -> bool:
        token = token_in(address, self._reply_to)
        return token == "" or (token is not None and self._links.from_address(token) is not None)

    async def take(self, content: bytes, *, sender: str, recipient: str) -> Taken:
        if not self.knows(recipient):
            return Taken.UNKNOWN
        signed = self._links.from_address(token_in(recipient, self._reply_to) or "")
        digest = hashlib.sha256(recipient.lower().encode() + b"\0" + content).digest()
        async with self._begin.read() as work:
            if await work.received_letters.known(digest):
                return Taken.KEPT
            if await work.installation.held():
                return Taken.LATER
            case = await work.cases.by_link(signed) if signed else None
            if signed and case is None:
                return Taken.UNKNOWN
            if case and await self._too_many(work, case):
                _log.warning("too_many_letters", case=str(case.id))
                return Taken.LATER
        try:
            letter = await asyncio.to_thread(read_letter, content, envelope_sender=sender)
        except Unreadable:
            return await self._hold(digest, content, case, Held.UNREADABLE, sender)
        if letter.automatic is not None:
            await self._note(digest, case)
            return Taken.IGNORED
        return await self._by_somebody(digest, content, letter, case)

    async def _by_somebody(
        self, digest: bytes, content: bytes, letter: Received, case: Case | None
    ) -> Taken:
        """Raises: Busy."""
        async with self._begin.read() as work:
            if case is None:
                named = await _named_in(work, letter.subject)
                why: Held | None = Held.UNSIGNED
            else:
                named = case
                why = self._doubted(letter) or await _why_held(work, case, letter)
        if named is None or why is not None:
            return await self._hold(digest, content, named, why or Held.UNSIGNED, letter.sender)
        kept = await kept_files(self._attachments, letter, UUID(bytes=digest[:16]))
        try:
            said = entry_of(letter, kept)
        except FieldsRejected:
            if not kept.refused:
                return await self._hold(digest, content, named, Held.EMPTY, letter.sender)
            said = None
        verdict = None if kept.files else verdict_in(letter.text)
        if verdict is not None and verdict.score is not None:
            await self._rate(named, verdict.score)
        added = False
        try:
            async with self._begin() as work:
                if await work.received_letters.add(self._row(digest, named)):
                    if verdict is not None and said is not None:
                        said = await _judged(work, named, verdict, otherwise=said)
                    actor = _reporter(named).actor
                    if said is not None:
                        await self._timelines.add(work, named.id, said, by=actor)
                    await tell_refused(work, self._timelines, named.id, kept)
                    await self._answer_danger(work, letter, named)
                    await work.commit()
                    added = True
        finally:
            if not added:
                await forget_files(self._begin, kept.files)
        return Taken.KEPT

    def _doubted(self, letter: Received) -> Held | None:
        if not self._server:
            return None
        why = doubt(letter.checks, server=self._server, sender=letter.sender)
        return Held(why) if why else None

    async def _answer_danger(self, work: UnitOfWork, letter: Received, case: Case) -> None:
        if letter.sender and noticed(letter.text):
            await self._help.write(work, letter.sender, language=case.language)

    async def _rate(self, case: Case, score: int) -> None:
        """Before the letter is kept: of one that comes again the score counts once.

        Raises: Busy.
        """
        with suppress(CaseRefused, NotFound):
            await self._own_cases.rate(case.id, score, who=_reporter(case))

    async def _too_many(self, work: UnitOfWork, case: Case) -> bool:
        since = self._clock.now() - _HOUR
        return await work.received_letters.lately(case.id, since=since) >= MOST_AN_HOUR

    async def _hold(
        self, digest: bytes, content: bytes, case: Case | None, why: Held, sender: str | None
    ) -> Taken:
        async with self._begin.read() as work:
            since = self._clock.now() - _HOUR
            if await work.received_letters.held_lately(why, since=since) >= MOST_HELD_AN_HOUR:
                _log.warning("too_many_held_letters", why=why.value)
                return Taken.LATER
        row = self._row(digest, case)
        await self._keep(
            replace(row, held=why.value, sender=(sender or "").lower() or None, content=content)
        )
        return Taken.HELD

    async def _note(self, digest: bytes, case: Case | None) -> None:
        await self._keep(self._row(digest, case))

    async def _keep(self, row: ReceivedLetter) -> None:
        async with self._begin() as work:
            await work.received_letters.add(row)
            await work.commit()

    def _row(self, digest: bytes, case: Case | None) -> ReceivedLetter:
        return ReceivedLetter(digest, self._clock.now(), case.id if case else None)


def _reporter(case: Case) -> Reporter:
    return Reporter(person=case.person) if case.person else Reporter(link=case.link)


async def _why_held(work: UnitOfWork, case: Case, letter: Received) -> Held | None:
    """None where it is from whom we wrote to, and they may still speak for it."""
    person = await work.people.get(case.person) if case.person else None
    ours = person.email if person else case.email
    if not ours or letter.sender != ours.strip().lower():
        return Held.SENDER
    if not await may_act(work, case, _reporter(case)):
        return Held.LEFT
    return None if letter.text or letter.files else Held.EMPTY


async def _judged(work: UnitOfWork, case: Case, said: Judged, *, otherwise: Said) -> Said:
    """The verdict of a letter; where nothing of it is new, or nobody asks, a message like any."""
    now, timeline = await work.cases.get(case.id), await work.cases.timeline(case.id)
    try:
        entry = reporter_acts.judged(now or case, timeline, said.verdict, said.rest)
    except CaseRefused:
        return otherwise
    return replace(entry, data={**entry.data, **otherwise.data}) if entry else otherwise


async def _named_in(work: UnitOfWork, subject: str) -> Case | None:
    """The case whose reference somebody wrote in the subject."""
    named = named_in(subject)
    return await work.cases.by_reference(named[0]) if named else None
