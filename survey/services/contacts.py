"""Invitations by event: one person, after a contact, within the same caps as everybody."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.domain.audience import counted_for, units_of, why_not
from survey.domain.audit import Actor, Note
from survey.domain.campaign import CampaignState
from survey.domain.contacts import (
    ASKED_WITHIN,
    LONGEST_ABOUT,
    Asked,
    Contact,
    NotAsked,
    contact_id,
    in_sample,
)
from survey.domain.firing import Fate, closing
from survey.domain.local_time import local_of
from survey.domain.people import Person
from survey.domain.schedule import Slot, month_slot, zone_of
from survey.domain.structure import in_use
from survey.domain.waves import (
    Campaign,
    Delivery,
    Invitation,
    InvitationState,
    SkipReason,
    Wave,
    WaveState,
)
from survey.errors import (
    CampaignRefused,
    Fault,
    FieldsRejected,
    IdempotencyMismatch,
    QuestionnaireClosed,
)
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.ports.problems import OpenProblems
from survey.services.catalogue import Catalogue, Published
from survey.services.firing import wave_of


class Contacts:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        ids: Ids,
        catalogue: Catalogue,
        problems: OpenProblems,
        zone: ZoneInfo,
        *,
        key: bytes,
    ) -> None:
        self._begin, self._clock, self._ids, self._zone = begin, clock, ids, zone
        self._catalogue, self._problems, self._key = catalogue, problems, key

    async def invite(
        self, contact: Contact, *, by: Actor, idempotency_key: str | None = None
    ) -> Asked:
        """Ask one person about a contact, or say why not; told again, the same answer.

        All of a month share a wave, in which nobody is asked twice. The message leaves within the
        campaign's hours like any other.

        Raises: FieldsRejected ("not_a_campaign", "not_on_contact", "not_a_person", "not_a_service",
            "required", "too_long", "bad_sign", "in_the_future", "too_long_ago"); CampaignRefused
            ("not_running"); QuestionnaireClosed; IdempotencyMismatch; Busy.
        """
        told_by = None if idempotency_key is None else f"{by}\n{idempotency_key}"
        invitation = contact_id(contact, self._key, idempotency=told_by)
        async with self._begin.read() as work:
            found = await work.campaigns.get(contact.campaign)
        if found is None:
            raise _fault("campaign", "not_a_campaign", "there is no such campaign")
        if not found.plan.schedule.on_contact:
            raise _fault("campaign", "not_on_contact", "it does not ask people after a contact")
        listed = await self._catalogue.get(found.plan.questionnaire)
        if listed.row.closed_at is not None:
            raise QuestionnaireClosed(found.plan.questionnaire)
        number = found.version or listed.published.version.number
        published = await self._catalogue.version(found.plan.questionnaire, number)
        async with self._begin() as work:
            # Locked: two contacts of one person are looked at one after the other.
            campaign = await work.campaigns.locked(contact.campaign)
            if campaign is None or campaign.state is not CampaignState.RUNNING:
                raise CampaignRefused(contact.campaign, "not_running")
            person = await self._checked(work, contact)
            before = await work.invitations.get(invitation)
            if before is not None:
                return _again(before, contact, person)
            asked = await self._ask(work, campaign, published, contact, person, invitation, by)
            await work.commit()
        return asked

    async def _checked(self, work: UnitOfWork, contact: Contact) -> Person:
        today = local_of(self._clock.now(), self._zone).date()
        about = contact.about
        if not about.strip():
            raise _fault("about", "required", "say what it was about")
        if len(about) > LONGEST_ABOUT:
            raise _fault("about", "too_long", f"it is longer than {LONGEST_ABOUT} characters")
        if not about.isprintable():
            raise _fault("about", "bad_sign", "it has a sign in it that cannot be shown")
        if contact.on > today:
            raise _fault("on", "in_the_future", "it lies in the future")
        if contact.on < today - ASKED_WITHIN:
            raise _fault("on", "too_long_ago", f"it is over {ASKED_WITHIN.days} days ago")
        services = {each.key for each in in_use(await work.organisation.services())}
        if contact.service and contact.service not in services:
            raise _fault("service", "not_a_service", "there is no such service")
        person = await work.people.by_key(contact.person)
        if person is None:
            raise _fault("person", "not_a_person", "nobody in the list of people has this key")
        return person

    async def _ask(
        self,
        work: UnitOfWork,
        campaign: Campaign,
        published: Published,
        contact: Contact,
        person: Person,
        invitation: UUID,
        by: Actor,
    ) -> Asked:
        plan, now = campaign.plan, self._clock.now()
        before = UUID(int=max(person.id.int - 1, 0))
        fitting = await work.audiences.after(plan.audience, after=before, limit=1)
        if [each.id for each in fitting] != [person.id]:
            return Asked(False, NotAsked.NOT_IN_AUDIENCE)
        wave = await self._wave(work, campaign, published, by, now)
        reason = await self._why_not(work, campaign, contact, person, now)
        there = await work.invitations.in_wave(wave.key, person.id)
        if there is not None:
            if reason is None and there.state is not InvitationState.SKIPPED:
                reason = SkipReason.SAME_SURVEY
            if reason is not None:
                return Asked(False, reason)
            await work.invitations.remove(there.id)
        inside = units_of(plan.audience, await work.organisation.units())
        asked = Invitation(
            id=invitation,
            wave=wave.key,
            person=person.id,
            unit=counted_for(person, inside),
            state=InvitationState.SKIPPED if reason else InvitationState.WAITING,
            reason=reason,
            about=contact.about,
            about_service=contact.service,
            about_day=contact.on,
        )
        message = Delivery(self._ids.uuid(), wave.key, invitation, 0, due_at=now)
        await work.invitations.add(
            [asked], [] if reason else [message], made_on=local_of(now, self._zone).date()
        )
        return Asked(reason is None, reason)

    async def _why_not(
        self, work: UnitOfWork, campaign: Campaign, contact: Contact, person: Person, now: datetime
    ) -> SkipReason | None:
        plan, ids = campaign.plan, [person.id]
        if not in_sample(contact, plan.contact_percent, self._key):
            return SkipReason.NOT_DRAWN
        about = {contact.service} if contact.service else ()
        waiting = await self._problems.among(work, ids, services=about)
        sent = await work.invitations.last_sent(ids)
        sent_of = await work.invitations.last_sent_of(ids, plan.questionnaire)
        return why_not(
            person,
            last_sent=sent.get(person.id),
            last_sent_of=sent_of.get(person.id),
            caps=plan.caps,
            now=now,
            open_problem=bool(waiting),
        )

    async def _wave(
        self, work: UnitOfWork, campaign: Campaign, published: Published, by: Actor, now: datetime
    ) -> Wave:
        """That of this month, which the first contact of it opens. Raises: CampaignRefused."""
        zone = zone_of(campaign.plan.schedule, self._zone)
        slot = month_slot(now, zone)
        wave = await work.waves.in_slot(campaign.key, slot)
        if wave is None:
            number, _ = await work.waves.last(campaign.key)
            closes_at = closing(campaign.plan, slot, now, zone)
            fate = Fate(Slot(slot, now), WaveState.OPEN, closes_at)
            opened = wave_of(campaign, published, fate, number=number + 1, now=now, zone=self._zone)
            # People come one by one: there is no audience to look through.
            wave = replace(opened, expanded_at=now)
            await work.waves.add(wave)
            about = f"wave:{wave.key}"
            await work.audit.add(Note(now, by, "wave.opened", about, {"slot": slot}))
        elif not wave.state.takes_answers:
            raise CampaignRefused(campaign.key, "not_running")
        return wave


def _again(before: Invitation, contact: Contact, person: Person) -> Asked:
    """What was answered the first time. Raises: IdempotencyMismatch."""
    told = (before.person, before.about, before.about_day, before.about_service)
    if told != (person.id, contact.about, contact.on, contact.service):
        raise IdempotencyMismatch("idempotency key")
    skipped = before.state is InvitationState.SKIPPED
    return Asked(not skipped, before.reason if skipped else None)


def _fault(field: str, code: str, message: str) -> FieldsRejected:
    return FieldsRejected([Fault((field,), code, message)])
