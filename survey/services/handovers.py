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
from survey.domain.records import Channel, Conversation, Handover, chat_of
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
    """A conversation that can be taken over; `replaces` says that answers begun here would go.

    `wave` is that of the invitation which it answers, '' with an open link.
    """

    conversation: UUID
    published: Published
    language: str
    replaces: bool = False
    wave: str = ""


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
        self,
        owner: str,
        questionnaires: Iterable[str],
        *,
        channel: Channel,
        invited: bool = False,
    ) -> Moving | None:
        """What this owner of this channel took to the other one, and can take back.

        It is what they began by an open link; with `invited`, also what they were invited to.
        """
        about = [(key, "") for key in questionnaires]
        if invited:
            async with self._begin.read() as work:
                about += [(each.questionnaire, each.key) for each in await work.waves.running()]
        ways = [self._pseudonyms.way_back(owner, key, wave) for key, wave in about]
        return await self._find(ways, to=channel, owner=owner)

    async def take_back(
        self, owner: str, questionnaire: str, *, channel: Channel, wave: str = ""
    ) -> UUID:
        """Raises: as `take`."""
        way = self._pseudonyms.way_back(owner, questionnaire, wave)
        return await self._take(way, to=channel, owner=owner)

    async def _find(self, digests: Iterable[bytes], *, to: Channel, owner: str) -> Moving | None:
        async with self._begin.read() as work:
            now = self._clock.now()
            conversation = await work.handovers.find(tuple(digests), channel=to, now=now)
            row = await self._theirs(work, conversation, owner)
            if row is None:
                return None
            own = await work.conversations.current(owner, row.questionnaire, wave=row.wave)
            wave = await work.waves.get(row.wave) if row.wave else None
        try:
            language = self._drafts.opened(row).language
        except DraftUnreadable:
            return None
        published = await self._catalogue.version(row.questionnaire, row.version)
        return Moving(
            conversation=row.id,
            published=published.in_wave(wave) if wave else published,
            language=language,
            replaces=own is not None and not is_over(own),
            wave=row.wave,
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
                if not row.wave:
                    await self._refuse_a_second_time(work, found.published, owner)
                if await self.give(work, row, owner):
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
        person = await self._person(work, owner)
        theirs = self._pseudonyms.participants(owner, person)
        if row.wave and person is None:
            theirs = ()  # whom an invitation is for, a chat that nobody has joined does not say
        other = row.participant is not None and theirs and row.participant not in theirs
        return None if other else row

    @staticmethod
    async def _person(work: UnitOfWork, owner: str) -> UUID | None:
        """Who has joined in the owner's chat."""
        if (parts := chat_of(owner)) is None:
            return None
        chat = await work.chats.get(*parts)
        return chat.person if chat else None

    async def _refuse_a_second_time(
        self, work: UnitOfWork, published: Published, owner: str
    ) -> None:
        """Raises: AlreadyAnswered."""
        participants = self._pseudonyms.participants(owner, await self._person(work, owner))
        if not participants or published.questionnaire.service_question is not None:
            return
        key, month = published.version.questionnaire, local_month(self._clock.now(), self._zone)
        for each in participants:
            if await work.responses.took_part(each, key, month=month, wave=""):
                raise AlreadyAnswered(key, month, again=False)

    async def give(self, work: UnitOfWork, row: Conversation, owner: str) -> bool:
        """Move an unfinished conversation to this owner, and leave a way back where it was.

        No other link leads to it then. False where a step was taken since the row was read.

        Raises: DraftUnreadable.
        """
        now = self._clock.now()
        state = moved(self._drafts.opened(row))
        draft_key, draft = self._drafts.sealed(state, now)
        known = self._pseudonyms.participant
        here = known(owner, await self._person(work, owner))
        theirs = replace(
            row,
            owner=owner,
            participant=row.participant or known(row.owner) or here,
            revision=state.revision,
            draft=draft,
            draft_key=draft_key,
            started_at=now,
            touched_at=now,
        )
        if not await work.conversations.move(theirs, expected_revision=row.revision):
            return False
        await work.conversations.forget_unfinished(
            owner, row.questionnaire, wave=row.wave, but=row.id
        )
        await work.handovers.forget(row.id)
        before = row.channel
        way = self._pseudonyms.way_back(row.owner, row.questionnaire, row.wave)
        await work.handovers.put(Handover(way, row.id, before, now + _WAY_BACK[before]))
        return True
