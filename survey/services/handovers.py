"""Moving a conversation between chat and web: a link that works once, and a way back.

Who holds the token is believed to be the person who asked for it, so it is long, short-lived and
kept as a hash only. Looking uses nothing up: preview robots open links. The one who took part
stays the one who takes part, whatever channel the answers are sent from. All tokens that lead
nowhere are the same `NotFound`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.domain.calendar import local_month
from survey.domain.conversation import moved
from survey.domain.records import Channel, Conversation, Handover
from survey.domain.secrets import digest
from survey.errors import AlreadyAnswered, DraftUnreadable, NotFound, StaleRevision
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.services.catalogue import Catalogue, Published
from survey.services.drafts import Drafts, Pseudonyms, is_over

LIFETIME: Final = timedelta(minutes=30)
"""Of a link; also of the way back to a browser, where somebody else may sit by then."""

_WAY_BACK: Final = {Channel.WEB: LIFETIME, Channel.CHAT: timedelta(days=14)}

_RACES: Final = 5
"""How often it is tried against somebody who goes on answering meanwhile."""


@dataclass(frozen=True, slots=True)
class Moving:
    """A conversation that can be taken over; `replaces` says that answers begun here would go."""

    conversation: UUID
    published: Published
    language: str
    replaces: bool = False


class Handovers:
    """The use cases of somebody who changes the channel."""

    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        ids: Ids,
        drafts: Drafts,
        catalogue: Catalogue,
        pseudonyms: Pseudonyms,
        zone: ZoneInfo,
    ) -> None:
        self._begin, self._clock, self._ids, self._drafts = begin, clock, ids, drafts
        self._catalogue, self._pseudonyms, self._zone = catalogue, pseudonyms, zone

    async def offer(self, conversation: UUID, *, owner: str, to: Channel) -> str:
        """A token that takes the owner's unfinished conversation to the other channel, once.

        Raises: NotFound.
        """
        token = self._ids.token()
        async with self._begin() as work:
            row = await work.conversations.get(conversation)
            if row is None or row.owner != owner or is_over(row):
                raise NotFound("conversation")
            expires_at = self._clock.now() + LIFETIME
            await work.handovers.put(Handover(digest(token), row.id, to, expires_at))
            await work.commit()
        return token

    async def look(self, token: str, *, to: Channel, owner: str) -> Moving:
        """What the token would bring to this owner; nothing is used up. Raises: NotFound."""
        found = await self._find((digest(token),), to=to, owner=owner)
        if found is None:
            raise NotFound("handover")
        return found

    async def take(self, token: str, *, to: Channel, owner: str) -> UUID:
        """Move the conversation to this owner, in place of one that they began themselves.

        Raises: NotFound; AlreadyAnswered, where their answers of this month are in already; Busy.
        """
        return await self._take(digest(token), to=to, owner=owner)

    async def away(
        self, owner: str, questionnaires: Iterable[str], *, channel: Channel
    ) -> Moving | None:
        """What this owner of this channel took to the other one, and can take back."""
        ways = [self._pseudonyms.way_back(owner, key) for key in questionnaires]
        return await self._find(ways, to=channel, owner=owner)

    async def take_back(self, owner: str, questionnaire: str, *, channel: Channel) -> UUID:
        """Raises: as `take`."""
        way = self._pseudonyms.way_back(owner, questionnaire)
        return await self._take(way, to=channel, owner=owner)

    async def _find(self, digests: Iterable[bytes], *, to: Channel, owner: str) -> Moving | None:
        async with self._begin.read() as work:
            now = self._clock.now()
            conversation = await work.handovers.find(tuple(digests), channel=to, now=now)
            row = await self._theirs(work, conversation, owner)
            if row is None:
                return None
            own = await work.conversations.current(owner, row.questionnaire)
        try:
            language = self._drafts.opened(row).language
        except DraftUnreadable:
            return None
        return Moving(
            conversation=row.id,
            published=await self._catalogue.version(row.questionnaire, row.version),
            language=language,
            replaces=own is not None and not is_over(own),
        )

    async def _take(self, known_by: bytes, *, to: Channel, owner: str) -> UUID:
        found = await self._find((known_by,), to=to, owner=owner)
        if found is None:
            raise NotFound("handover")
        for _ in range(_RACES):
            async with self._begin() as work:
                now = self._clock.now()
                conversation = await work.handovers.take(known_by, channel=to, now=now)
                row = await self._theirs(work, conversation, owner)
                if row is None:
                    raise NotFound("handover")
                await self._refuse_a_second_time(work, found.published, owner)
                if await self._moved(work, row, owner):
                    await work.commit()
                    return row.id
        raise StaleRevision("conversation")

    async def _theirs(
        self, work: UnitOfWork, conversation: UUID | None, owner: str
    ) -> Conversation | None:
        """The unfinished conversation, unless it is theirs already or takes part for another."""
        row = None if conversation is None else await work.conversations.get(conversation)
        if row is None or row.owner == owner or is_over(row):
            return None
        theirs = self._pseudonyms.participants(owner)
        other = row.participant is not None and theirs and row.participant not in theirs
        return None if other else row

    async def _refuse_a_second_time(
        self, work: UnitOfWork, published: Published, owner: str
    ) -> None:
        """Raises: AlreadyAnswered."""
        participants = self._pseudonyms.participants(owner)
        if not participants or published.questionnaire.service_question is not None:
            return
        key, month = published.version.questionnaire, local_month(self._clock.now(), self._zone)
        for each in participants:
            if await work.responses.took_part(each, key, month=month, wave=""):
                raise AlreadyAnswered(key, month, again=False)

    async def _moved(self, work: UnitOfWork, row: Conversation, owner: str) -> bool:
        """Give it to them, and leave a way back where it was; no other link leads to it now."""
        now = self._clock.now()
        state = moved(self._drafts.opened(row))
        draft_key, draft = self._drafts.sealed(state, now)
        known = self._pseudonyms.participant
        theirs = replace(
            row,
            owner=owner,
            participant=row.participant or known(row.owner) or known(owner),
            revision=state.revision,
            draft=draft,
            draft_key=draft_key,
            started_at=now,
            touched_at=now,
        )
        if not await work.conversations.move(theirs, expected_revision=row.revision):
            return False
        await work.conversations.forget_unfinished(owner, row.questionnaire, but=row.id)
        await work.handovers.forget(row.id)
        before = Channel.CHAT if row.in_chat else Channel.WEB
        way = self._pseudonyms.way_back(row.owner, row.questionnaire)
        await work.handovers.put(Handover(way, row.id, before, now + _WAY_BACK[before]))
        return True
