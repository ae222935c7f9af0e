"""Whoever was invited: what they are asked, beginning it, putting it off, refusing it.

A link to an invitation is as good as the person: whoever has it may answer, once. In chat it is
more: a chat that somebody else has joined cannot use it, nor any other where the person has one;
in a chat that nobody has joined, the link lets its finder answer and ties nobody to the chat.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.domain.audit import Actor, Note
from survey.domain.campaign import CampaignPlan
from survey.domain.inviting import last_day, takes_answers, told_by
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy, UnitRule
from survey.domain.records import Chat, Conversation, UpdateKey
from survey.domain.turns import NoticeTurn, Start, UnitCandidate
from survey.domain.waves import Invitation, InvitationState, Wave
from survey.errors import (
    AlreadyAnswered,
    AnswerRejected,
    DraftUnreadable,
    NotFound,
    Refused,
    StaleRevision,
    WaveClosed,
)
from survey.ports import Begin, Clock, UnitOfWork
from survey.ports.channels import Asking
from survey.services.beginning import Beginning
from survey.services.bodies import answered_before
from survey.services.catalogue import Catalogue, Published
from survey.services.conversations import Conversations
from survey.services.drafts import Pseudonyms, is_over
from survey.services.handovers import Handovers
from survey.services.links import Links
from survey.services.people import People
from survey.services.shown import Shown

_MAY_ANSWER: Final = frozenset(each for each in InvitationState if each.may_answer)
_RACES: Final = 5
"""How often it is tried against somebody who goes on answering meanwhile."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation asks, with the promises of its wave; nothing in it names the person.

    `notice` is the first turn in the words of the campaign, in `language`. `units` are those that
    the person may answer for: one is known and not asked for; none: any may be looked up. `begun`
    says that answers wait to be gone on with.
    """

    invitation: Invitation
    wave: Wave
    plan: CampaignPlan
    published: Published
    language: str
    closes_on: date
    notice: NoticeTurn
    units: tuple[UnitCandidate, ...]
    begun: bool
    person: UUID = field(repr=False)
    last_on: date | None = None

    def asking(self, token: str) -> Asking:
        """The same as its first message says it."""
        body = self.units[0].name if self.invitation.body and self.units else ""
        return Asking(
            invitation=self.invitation.id,
            token=token,
            number=0,
            language=self.language,
            title=self.notice.title,
            sender=self.plan.sender,
            purpose=self.notice.purpose,
            questions=self.notice.questions,
            minutes=self.notice.minutes,
            privacy=self.published.questionnaire.privacy,
            floor=self.published.version.floor,
            closes_on=self.closes_on,
            notice=self.plan.notice,
            about=self.invitation.about,
            about_day=self.invitation.about_day,
            body_name=body,
            last_on=self.last_on,
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """An invitation with all that belongs to it."""

    invitation: Invitation
    person: Person
    wave: Wave
    plan: CampaignPlan
    units: tuple[UnitCandidate, ...]
    conversation: Conversation | None
    last_on: date | None = None


class Invited:
    """The use cases of somebody who was invited, in chat or by a link."""

    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        catalogue: Catalogue,
        beginning: Beginning,
        conversations: Conversations,
        handovers: Handovers,
        people: People,
        pseudonyms: Pseudonyms,
        links: Links,
        zone: ZoneInfo,
    ) -> None:
        self._begin, self._clock, self._catalogue = begin, clock, catalogue
        self._conversations, self._handovers, self._people = conversations, handovers, people
        self._pseudonyms, self._links, self._zone = pseudonyms, links, zone
        self._beginning = beginning

    # --- looking ---

    async def look(self, token: str, *, language: str | None = None) -> Offer:
        """What a link leads to, in this language or the person's; nothing is used up.

        Raises: NotFound, the same for every link that leads nowhere; AlreadyAnswered; WaveClosed.
        """
        return await self.look_by_id(self.read(token), language=language)

    def read(self, token: str) -> UUID:
        """The invitation of a link. Raises: NotFound."""
        invitation = self._links.read(token)
        if invitation is None:
            raise NotFound("invitation")
        return invitation

    async def look_by_id(self, invitation: UUID, *, language: str | None = None) -> Offer:
        """The same for whoever is known to be invited. Raises: as `look`."""
        async with self._begin.read() as work:
            found = await self._open(work, invitation)
        return await self._offer(found, language)

    async def open_to(self, person: UUID) -> Sequence[Offer]:
        """What somebody is invited to and has not answered, the newest first."""
        async with self._begin.read() as work:
            running = {each.key for each in await work.waves.running()}
            found = [
                await self._find(work, each)
                for each in await work.invitations.of_person(person)
                if each.wave in running and each.state.may_answer
            ]
        now = self._clock.now()
        return [
            await self._offer(each, None) for each in found if takes_answers(each.wave, now=now)
        ]

    async def require_theirs(self, invitation: UUID, chat: Chat, *, by_link: bool) -> None:
        """Make sure that what comes from this chat may act for whom the invitation is for.

        It may where they have joined in it; `by_link` also where nobody has, and they in no other.

        Raises: NotFound, without such an invitation; Refused, where it is somebody else's.
        """
        async with self._begin.read() as work:
            invited = await work.invitations.get(invitation)
            person = invited.person if invited else None
            if person is None:
                raise NotFound("invitation")
            if chat.person == person:
                return
            theirs = await work.chats.of_person(person)
            begun = await work.conversations.of_invitation(invitation)
        here = by_link or (begun is not None and begun.owner == chat.owner)
        if chat.person is not None or theirs or not here:
            raise Refused("an invitation of somebody else")

    async def units(self, invitation: UUID) -> tuple[UnitCandidate, ...]:
        """Those that whoever is invited may answer for; none: any may be looked up.

        Raises: NotFound.
        """
        async with self._begin.read() as work:
            found = await self._get(work, invitation)
        return found.units

    # --- answering ---

    async def open(
        self,
        invitation: UUID | str,
        *,
        owner: str,
        language: str | None = None,
        update: UpdateKey | None = None,
    ) -> Shown:
        """Begin to answer, as by Start on the notice that they have just read; or go on.

        An invitation has one conversation: one that was begun elsewhere moves to this owner with
        its answers. `invitation` is its id or a link's token; `update` is the inbox row that asks
        for it, which must not have had its effect.

        Raises: as `look`; AlreadyApplied; StaleRevision.
        """
        key = self.read(invitation) if isinstance(invitation, str) else invitation
        for _ in range(_RACES):
            async with self._begin.read() as work:
                found = await self._open(work, key)
            here = found.conversation
            going_on = await self._going_on(here, owner)
            if going_on and found.invitation.state is InvitationState.STARTED:
                return going_on
            row, shown = await self._drafted(found, owner, language)
            async with self._begin() as work:
                if update is not None:
                    await work.inbox.require_waiting(update)
                # Locks it, so that of two who open it at once the second finds what the first did.
                if not await work.invitations.set_state(
                    key, InvitationState.STARTED, was=_MAY_ANSWER
                ):
                    continue
                if await work.conversations.of_invitation(key) != here:
                    continue
                moved = here is not None and await self._taken_over(work, here, owner)
                if here is not None and not moved and not going_on:
                    await work.conversations.remove(here.id)
                if not moved and not going_on:
                    await work.conversations.add(row)
                await work.commit()
            if here is not None and moved:
                return await self._conversations.resume(here.id, owner=owner)
            return going_on or shown
        raise StaleRevision("conversation")

    async def _going_on(self, row: Conversation | None, owner: str) -> Shown | None:
        """Where the owner is in it; None where it is elsewhere, over, or can be read no more."""
        if row is None or row.owner != owner or is_over(row):
            return None
        try:
            return await self._conversations.resume(row.id, owner=owner)
        except DraftUnreadable:
            return None

    async def _taken_over(self, work: UnitOfWork, row: Conversation, owner: str) -> bool:
        """Whether it was elsewhere, and its answers could be moved here."""
        if is_over(row) or row.owner == owner:
            return False
        try:
            return await self._handovers.give(work, row, owner)
        except DraftUnreadable:
            return False

    async def _drafted(
        self, found: _Found, owner: str, language: str | None
    ) -> tuple[Conversation, Shown]:
        """Raises: NotFound, where the questionnaire needs a unit and they stand for none."""
        published, unit, fixed = await self._begins_with(found)
        try:
            return self._beginning.drafted(
                owner,
                published,
                language=_spoken(language or found.person.language, published),
                unit=unit,
                unit_fixed=fixed,
                participant=self._pseudonyms.participant("", found.person.id),
                invitation=found.invitation.id,
                wave=found.wave,
                first=Start(),
            )
        except AnswerRejected:
            raise NotFound("invitation") from None

    async def to_key_in(
        self, invitation: UUID, *, owner: str
    ) -> tuple[Invitation, Wave, Conversation, Shown]:
        """A new conversation in which somebody else keys in what they answered elsewhere.

        It is to be kept by the caller; until it is sent, nothing of the invitation changes.

        Raises: as `look_by_id`.
        """
        async with self._begin.read() as work:
            found = await self._open(work, invitation)
        row, shown = await self._drafted(found, owner, None)
        return found.invitation, found.wave, row, shown

    async def mark_opened(self, invitation: UUID) -> None:
        """Somebody looked at what was sent to them."""
        async with self._begin() as work:
            delivered = {InvitationState.DELIVERED}
            await work.invitations.set_state(invitation, InvitationState.OPENED, was=delivered)
            await work.commit()

    # --- not answering ---

    async def refuse(self, invitation: UUID, *, by: Actor) -> None:
        """They do not want this survey: no reminder comes, and answering stays possible.

        Raises: as `look_by_id`.
        """
        async with self._begin() as work:
            await self._open(work, invitation)
            await self._refuse(work, invitation, by)
            await work.commit()

    async def snooze(self, invitation: UUID, *, until: datetime) -> bool:
        """Ask again then; False where it will be over by that time, and nothing is changed.

        Raises: as `look_by_id`.
        """
        async with self._begin() as work:
            found = await self._open(work, invitation)
            if until >= found.wave.closes_at:
                return False
            if not await work.invitations.put_off(invitation, until=until):
                wave = found.wave
                raise AlreadyAnswered(wave.questionnaire, wave.month, again=False)
            await work.commit()
        return True

    async def stop(self, invitation: UUID, *, by: Actor) -> None:
        """They want no survey at all: kept with the person, and all that is open is refused.

        Raises: NotFound; StaleRevision, where the person is changed meanwhile.
        """
        async with self._begin.read() as work:
            found = await self._get(work, invitation)
        await self._people.opt_out(found.person.id, by=by)
        await self.refuse_all(found.person.id, by=by)

    async def refuse_all(self, person: UUID, *, by: Actor) -> None:
        """Refuse what somebody is invited to and has not answered."""
        async with self._begin() as work:
            running = {each.key for each in await work.waves.running()}
            for each in await work.invitations.of_person(person):
                if each.wave in running:
                    await self._refuse(work, each.id, by)
            await work.commit()

    async def _refuse(self, work: UnitOfWork, invitation: UUID, by: Actor) -> None:
        refused = await work.invitations.set_state(
            invitation, InvitationState.REFUSED, was=_MAY_ANSWER - {InvitationState.REFUSED}
        )
        if refused:
            about = f"invitation:{invitation}"
            await work.audit.add(Note(self._clock.now(), by, "invitation.refused", about))

    # --- reading ---

    async def _get(self, work: UnitOfWork, invitation: UUID) -> _Found:
        """Raises: NotFound."""
        invited = await work.invitations.get(invitation)
        if invited is None or invited.state is InvitationState.SKIPPED:
            raise NotFound("invitation")
        return await self._find(work, invited)

    async def _find(self, work: UnitOfWork, invited: Invitation) -> _Found:
        """Raises: NotFound, where they were erased or have left."""
        wave = await work.waves.get(invited.wave)
        campaign = await work.campaigns.get(wave.campaign) if wave else None
        person = await work.people.get(invited.person) if invited.person else None
        if wave is None or campaign is None or person is None or person.ended_at is not None:
            raise NotFound("invitation")
        keys = (invited.body,) if invited.body else person.units
        units = [await work.organisation.unit(key) for key in keys]
        before = await answered_before(work, wave, invited.body) if invited.body else None
        return _Found(
            invitation=invited,
            person=person,
            wave=wave,
            plan=campaign.plan,
            units=tuple(
                UnitCandidate(each.key, each.name) for each in units if each and not each.ended_at
            ),
            conversation=await work.conversations.of_invitation(invited.id),
            last_on=before[0].month if before else None,
        )

    async def _open(self, work: UnitOfWork, invitation: UUID) -> _Found:
        """Raises: NotFound, AlreadyAnswered, WaveClosed."""
        found = await self._get(work, invitation)
        wave = found.wave
        if found.invitation.state is InvitationState.ANSWERED:
            raise AlreadyAnswered(wave.questionnaire, wave.month, again=False)
        if not takes_answers(wave, now=self._clock.now()):
            raise WaveClosed(wave.key, last_day(wave, self._zone))
        return found

    async def _begins_with(self, found: _Found) -> tuple[Published, UnitCandidate | None, bool]:
        """What is asked, for which unit where that is known, and whether it cannot be changed.

        An anonymous survey asks everybody alike, unless it cannot be answered without a unit.
        """
        published = await self._catalogue.version(found.wave.questionnaire, found.wave.version)
        published = published.in_wave(found.wave)
        rule, units = published.questionnaire.unit, found.units
        if rule is UnitRule.FIXED:
            counted = [each for each in units if each.key == found.invitation.unit]
            return published, next(iter(counted or units), None), True
        if len(units) == 1 and published.questionnaire.privacy is not Privacy.ANONYMOUS:
            return published, units[0], True
        return published, None, False

    async def _offer(self, found: _Found, language: str | None) -> Offer:
        published, unit, fixed = await self._begins_with(found)
        anonymous = published.questionnaire.privacy is Privacy.ANONYMOUS
        spoken = _spoken(language or found.person.language, published)
        try:
            _, shown = self._beginning.drafted(
                "", published, language=spoken, unit=unit, unit_fixed=fixed
            )
        except AnswerRejected:
            raise NotFound("invitation") from None
        closes_on = last_day(found.wave, self._zone)
        assert isinstance(shown.turn, NoticeTurn)
        return Offer(
            invitation=found.invitation,
            wave=found.wave,
            plan=found.plan,
            published=published,
            language=spoken,
            closes_on=closes_on,
            notice=told_by(found.plan, shown.turn, closes_on=closes_on),
            units=() if anonymous else found.units,
            begun=found.conversation is not None and not is_over(found.conversation),
            person=found.person.id,
            last_on=found.last_on,
        )


def _spoken(language: str | None, published: Published) -> str:
    """This language where the questionnaire has it, else its own."""
    questionnaire = published.questionnaire
    return language if language in questionnaire.languages else questionnaire.default_language
