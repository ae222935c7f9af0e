"""Claimed messages made ready: to whom, by which channels, and what is said; or why they wait."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.domain import conversation as engine
from survey.domain.campaign import ChannelName
from survey.domain.inviting import last_day, told_by
from survey.domain.local_time import local_of
from survey.domain.open_hours import ClosedDays, may_leave
from survey.domain.people import Person
from survey.domain.rated import services_rated
from survey.domain.showing import notice_turn
from survey.domain.turns import Moment, NoticeTurn, UnitCandidate
from survey.domain.waves import (
    MOST_REPEATS,
    Campaign,
    Delivery,
    Invitation,
    InvitationState,
    Outcome,
    SkipReason,
    Wave,
)
from survey.ports import Begin, UnitOfWork
from survey.ports.campaigns import Settled
from survey.ports.channels import Address, Asking, Channel
from survey.ports.problems import OpenProblems
from survey.services.bodies import answered_before
from survey.services.catalogue import Catalogue, Published
from survey.services.links import Links

Days = Callable[[UnitOfWork], Awaitable[ClosedDays]]
"""The days on which nothing is sent, as a unit of work sees them."""

_ASK_AGAIN: Final = timedelta(hours=1)
"""When a message is looked at again that waits for what has no known end."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that may leave now; `addresses` in the campaign's order of channels, one at least.

    `apart` is the least time between two new surveys of the person; None where this is none: a
    reminder, a message that they asked to see again, or what a colleague has handed to them.
    `rated` are the services that it asks about; `is_first` where nothing of it was sent before.
    """

    delivery: Delivery
    person: UUID
    addresses: tuple[Address, ...]
    asking: Asking
    closes_at: datetime
    apart: timedelta | None = None
    rated: frozenset[str] = frozenset()
    is_first: bool = True


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read once for all of a batch."""

    invitations: Mapping[UUID, Invitation]
    people: Mapping[UUID, Person]
    waves: Mapping[str, Wave]
    campaigns: Mapping[str, Campaign]
    bodies: Mapping[str, str]
    answered: Mapping[UUID, date]
    asked: Mapping[str, Mapping[UUID, datetime]]
    days: ClosedDays


class Messages:
    def __init__(
        self,
        begin: Begin,
        catalogue: Catalogue,
        links: Links,
        days: Days,
        problems: OpenProblems,
        *,
        organisation: str,
        zone: ZoneInfo,
    ) -> None:
        self._begin, self._catalogue, self._links = begin, catalogue, links
        self._days, self._organisation, self._zone = days, organisation, zone
        self._problems = problems

    async def made_ready(
        self,
        claimed: Sequence[Delivery],
        channels: Mapping[ChannelName, Channel],
        *,
        now: datetime,
    ) -> tuple[list[Ready], list[Settled]]:
        """Those that may leave now, and what becomes of the others. Raises: Busy."""
        known = await self._read(claimed)
        # To learn the bank holidays takes a third of a second once: nobody is to wait for that.
        await asyncio.to_thread(known.days.closed, local_of(now, self._zone).date())
        wanted: list[tuple[Delivery, Person]] = []
        settled: list[Settled] = []
        for each in claimed:
            person = self._person(each, known)
            waits = self._waits(each, person, known, now)
            if waits is not None:
                settled.append(waits)
            elif person is not None:
                wanted.append((each, person))
        addresses = await _addresses([person for _, person in wanted], channels)
        ready: list[Ready] = []
        for each, person in wanted:
            plan = known.campaigns[known.waves[each.wave].campaign].plan
            found = tuple(
                addresses[name][person.id]
                for name in plan.channels
                if person.id in addresses.get(name, {})
            )
            if found:
                ready.append(await self._ready(each, person, found, known, now))
            else:
                settled.append(failed(each.id, "no_address"))
        return ready, settled

    async def waiting(self, work: UnitOfWork, wanted: Sequence[Ready]) -> dict[UUID, Settled]:
        """What becomes of those whose person has an open problem about what they are asked.

        Whom nothing was sent are not asked in this wave; to others this message does not go.
        """
        waiting: dict[UUID, Settled] = {}
        for rated in {each.rated for each in wanted if each.rated}:
            those = [each for each in wanted if each.rated == rated]
            people = {each.person for each in those}
            found = await self._problems.among(work, people, services=rated)
            for each in those:
                if each.person in found:
                    waiting[each.delivery.id] = _while_they_wait(each)
        return waiting

    async def _read(self, claimed: Sequence[Delivery]) -> _Known:
        async with self._begin.read() as work:
            invitations = await work.invitations.those({each.invitation for each in claimed})
            people = {each.person for each in invitations.values() if each.person}
            waves = {key: await work.waves.get(key) for key in {each.wave for each in claimed}}
            found = {key: wave for key, wave in waves.items() if wave}
            campaigns = {
                key: await work.campaigns.get(key)
                for key in {wave.campaign for wave in found.values()}
            }
            units = [
                await work.organisation.unit(key)
                for key in {each.body for each in invitations.values() if each.body}
            ]
            return _Known(
                invitations=invitations,
                people=await work.people.those(people),
                waves=found,
                campaigns={key: each for key, each in campaigns.items() if each},
                bodies={unit.key: unit.name for unit in units if unit},
                answered={
                    each.id: before[0].month
                    for each in invitations.values()
                    if each.body
                    and each.wave in found
                    and (before := await answered_before(work, found[each.wave], each.body))
                },
                asked={
                    key: await work.invitations.last_sent_of(people, key)
                    for key in {wave.questionnaire for wave in found.values()}
                },
                days=await self._days(work),
            )

    @staticmethod
    def _person(each: Delivery, known: _Known) -> Person | None:
        invitation = known.invitations.get(each.invitation)
        return known.people.get(invitation.person) if invitation and invitation.person else None

    def _waits(
        self, each: Delivery, person: Person | None, known: _Known, now: datetime
    ) -> Settled | None:
        """Why the message does not leave now; None where it does."""
        wave = known.waves.get(each.wave)
        campaign = known.campaigns.get(wave.campaign) if wave else None
        if wave is None or campaign is None or person is None:
            # Whom it was for was erased: they count among those not asked.
            return skipped(each.id, SkipReason.LEFT)
        if each.repeats > MOST_REPEATS:
            return failed(each.id, "in_doubt")
        plan = campaign.plan
        leave = may_leave(
            now,
            hours=plan.hours,
            zone=ZoneInfo(plan.schedule.timezone) if plan.schedule.timezone else self._zone,
            days=known.days,
            units=person.units,
        )
        if not leave.ok:
            return Settled(
                each.id,
                due_at=leave.until or now + _ASK_AGAIN,
                hold=leave.hold,
                state=InvitationState.HELD,
            )
        invitation = known.invitations[each.invitation]
        before = known.asked[wave.questionnaire].get(person.id)
        again = timedelta(days=plan.caps.days_before_same_survey)
        # For a body it is another survey than for the next, or for themselves.
        first = invitation.sent_at is None and not invitation.body
        if first and before and now - before < again:
            return skipped(each.id, SkipReason.SAME_SURVEY)
        return None

    async def _ready(
        self,
        each: Delivery,
        person: Person,
        addresses: tuple[Address, ...],
        known: _Known,
        now: datetime,
    ) -> Ready:
        wave, invitation = known.waves[each.wave], known.invitations[each.invitation]
        plan = known.campaigns[wave.campaign].plan
        published = await self._catalogue.version(wave.questionnaire, wave.version)
        published = published.in_wave(wave)
        language = addresses[0].language or person.language
        language = _spoken(language, published)
        closes_on = last_day(wave, self._zone)
        notice = told_by(
            plan, self._notice(published, language, invitation, now), closes_on=closes_on
        )
        sent_at = invitation.sent_at or now
        later = [
            days
            for days in plan.reminders[each.number :]
            if sent_at + timedelta(days=days) < wave.closes_at
        ]
        first = invitation.sent_at is None and invitation.delegated_by is None
        return Ready(
            delivery=each,
            person=person.id,
            addresses=addresses,
            asking=Asking(
                invitation=invitation.id,
                token=self._links.token(invitation.id),
                number=each.number,
                language=language,
                title=notice.title,
                sender=plan.sender,
                purpose=notice.purpose,
                questions=notice.questions,
                minutes=notice.minutes,
                privacy=published.questionnaire.privacy,
                floor=published.version.floor,
                closes_on=closes_on,
                notice=plan.notice,
                about=invitation.about,
                about_day=invitation.about_day,
                body_name=known.bodies.get(invitation.body, ""),
                last_on=known.answered.get(invitation.id),
                last=each.number > 0 and not later,
            ),
            closes_at=wave.closes_at,
            apart=timedelta(days=plan.caps.days_between_surveys) if first else None,
            rated=(
                frozenset({invitation.about_service})
                if invitation.about_service
                else services_rated(published.questionnaire)
            ),
            is_first=invitation.sent_at is None,
        )

    def _notice(
        self, published: Published, language: str, invitation: Invitation, now: datetime
    ) -> NoticeTurn:
        today = now.astimezone(self._zone).date()
        # Some questionnaires cannot be begun without a unit; which one, the notice does not say.
        unit = UnitCandidate(invitation.body or invitation.unit, "")
        state = engine.begin(published.form, language=language, unit=unit)
        return notice_turn(published.form, state, Moment(today, self._organisation))


async def _addresses(
    people: Sequence[Person], channels: Mapping[ChannelName, Channel]
) -> dict[ChannelName, Mapping[UUID, Address]]:
    if not people:
        return {}
    return {name: await each.addresses_of(list(people)) for name, each in channels.items()}


def failed(delivery: UUID, reason: str) -> Settled:
    """It could not be sent, and somebody may try again."""
    return Settled(delivery, Outcome.FAILED, reason=reason, state=InvitationState.FAILED)


def skipped(delivery: UUID, reason: SkipReason) -> Settled:
    """This person is not asked in this wave."""
    return Settled(delivery, Outcome.DROPPED, reason=reason.value, state=InvitationState.SKIPPED)


def _while_they_wait(each: Ready) -> Settled:
    if each.is_first:
        return skipped(each.delivery.id, SkipReason.OPEN_PROBLEM)
    return Settled(each.delivery.id, Outcome.DROPPED, reason=SkipReason.OPEN_PROBLEM.value)


def _spoken(language: str | None, published: Published) -> str:
    """This language where the questionnaire has it, else its own."""
    questionnaire = published.questionnaire
    return language if language in questionnaire.languages else questionnaire.default_language
