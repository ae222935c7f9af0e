"""Files of replies, each a message of its own in chat: after the words that it came with, once.

A file leaves when its words have arrived in the chat. By e-mail there is no file: the letter leads
to the page of the report, which asks for its link each time and shows what there is. So does a
report that is for few. Whatever becomes of a file here, it stays on that page.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from survey.domain.campaign import ChannelName
from survey.domain.case_records import Attachment, Telling
from survey.domain.cases import Case, Entry
from survey.domain.telling import MOST_REPEATS, parts, receiver_of
from survey.domain.waves import Outcome
from survey.errors import Busy, NotFound
from survey.ports import Begin, Ids, UnitOfWork
from survey.ports.cases import Told
from survey.ports.tellings import Handed, TellingChannels, Whom
from survey.services.attachments import Attachments
from survey.services.bulletins import Prepared, Ready, is_theirs

_A_MOMENT: Final = timedelta(seconds=1)
_STORE_WAITS: Final = timedelta(seconds=30)

HANDED_ON: Final = "handed_on"


class Handing:
    def __init__(self, begin: Begin, ids: Ids, attachments: Attachments) -> None:
        self._begin, self._ids, self._attachments = begin, ids, attachments

    async def prepared(
        self, telling: Telling, channels: TellingChannels, *, now: datetime
    ) -> Prepared:
        """What becomes of one file. Raises: Busy."""
        async with self._begin.read() as work:
            case = await work.cases.get(telling.case)
            if case is None:  # what is told of a case goes with it
                return Prepared()
            timeline = await work.cases.timeline(case.id)
            entry = next(each for each in timeline if each.number == telling.entry)
            words = _words(telling, await work.tellings.of_case(case.id))
            theirs = await is_theirs(work, case)
            file = await _file(work, entry, telling.part)
        settled = _settled(telling, words, case, now)
        if settled is None and (not theirs or file is None):
            settled = Told(telling.id, Outcome.DROPPED, "left" if file else "gone")
        if settled is not None or file is None:
            return Prepared(
                settled=[settled] if settled else [],
                instead=self._instead(telling, words, case, entry, now),
            )
        return await self._ready(telling, case, entry, file, channels, now)

    async def _ready(
        self,
        telling: Telling,
        case: Case,
        entry: Entry,
        file: Attachment,
        channels: TellingChannels,
        now: datetime,
    ) -> Prepared:
        try:
            served = await self._attachments.read(file)
        except NotFound:
            return Prepared(settled=[Told(telling.id, Outcome.FAILED, "lost")])
        except Busy:
            waits = Told(telling.id, due_at=now + _STORE_WAITS, failed=True)
            return Prepared(settled=[waits])
        whom = Whom(person=case.person) if case.person else Whom(chat=case.chat)
        address = await channels[ChannelName.CHAT].address_for(whom)
        if address is None:
            return Prepared(settled=[Told(telling.id, Outcome.FAILED, "no_address")])
        handed = Handed(case.reference, served.name, served.content, served.inline)
        return Prepared(Ready((telling,), handed, (address,), entry.at))

    def _instead(
        self, telling: Telling, words: Telling | None, case: Case, entry: Entry, now: datetime
    ) -> list[Telling]:
        """Whoever gets the words in the place of another gets the file too."""
        receiver = receiver_of(case)
        if words is None or words.reason != HANDED_ON or receiver is None:
            return []
        if receiver == telling.receiver or telling.part not in parts(case, entry, receiver):
            return []
        new = Telling(self._ids.uuid(), case.id, entry.number, telling.kind, receiver, due_at=now)
        return [replace(new, part=telling.part)]


def _settled(telling: Telling, words: Telling | None, case: Case, now: datetime) -> Told | None:
    """Why it does not leave now, or not at all; None where it does."""
    if telling.repeats > MOST_REPEATS:
        return Told(telling.id, Outcome.FAILED, "in_doubt")
    if words is None:
        return Told(telling.id, Outcome.DROPPED, "passed")
    if words.outcome is None:
        return Told(telling.id, due_at=max(words.due_at, now + _A_MOMENT))
    if words.outcome is not Outcome.SENT:
        return Told(telling.id, words.outcome, words.reason)
    if receiver_of(case) != telling.receiver:
        return Told(telling.id, Outcome.DROPPED, HANDED_ON)
    if case.restricted or words.channel is not ChannelName.CHAT:
        return Told(telling.id, Outcome.DROPPED, "behind_link")
    return None


def _words(telling: Telling, told: Sequence[Telling]) -> Telling | None:
    of_them = (telling.entry, telling.receiver, 0)
    return next((each for each in told if (each.entry, each.receiver, each.part) == of_them), None)


async def _file(work: UnitOfWork, entry: Entry, part: int) -> Attachment | None:
    """None where it is there no more."""
    named: Sequence[UUID] = entry.files
    return await work.attachments.get(named[part - 1]) if part <= len(named) else None
