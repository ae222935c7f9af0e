"""What a campaign would do now: exactly whom it would ask, when, and what is missing.

The people are read in order of their id, some thousands at a time, and only sums are kept: a
preview of 100,000 takes the memory of one of 1,000, but for the ids where a sample is drawn.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from survey.domain.audience import (
    contacts,
    counted_for,
    day_for,
    drawn,
    units_of,
    why_not,
)
from survey.domain.campaign import Audience, CampaignPlan, CampaignState, ChannelName
from survey.domain.folding import folded
from survey.domain.launch import Facts, effective_privacy, gaps
from survey.domain.open_hours import ClosedDays, may_leave
from survey.domain.people import Person
from survey.domain.preview import (
    Preview,
    Reach,
    Somebody,
    UnitCount,
    seconds_to_send,
    sent_by,
)
from survey.domain.questionnaire import Privacy, Questionnaire
from survey.domain.rated import services_rated
from survey.domain.records import QuestionnaireRow, Unit
from survey.domain.recurrence import schedule_faults
from survey.domain.relative import is_unreadable
from survey.domain.schedule import Slot, next_slots, upcoming, zone_of
from survey.domain.waves import Campaign, SkipReason
from survey.errors import Fault, NotFound
from survey.ports import Begin, Clock, UnitOfWork
from survey.ports.problems import OpenProblems

DATES: Final = 12
"""The next dates that are shown."""

AT_ONCE: Final = 2_000
"""People of one look."""


_PASSING: Final = (
    SkipReason.RECENTLY_ASKED,
    SkipReason.SAME_SURVEY,
    SkipReason.OPEN_PROBLEM,
)
"""Who is left out for this now may be asked on the first date."""


ClosedDaysNow = Callable[[UnitOfWork], Awaitable[ClosedDays]]
"""What the calendar says in this unit of work."""


class Previews:
    """Looks at plans; keeps nothing."""

    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        closed_days: ClosedDaysNow,
        problems: OpenProblems,
        *,
        zone: ZoneInfo,
        floor: int,
        approval_above: int,
        set_up: frozenset[ChannelName],
        bot: int | None,
    ) -> None:
        """`set_up` are the channels that can send; `bot` is whose chats count, None any."""
        self._begin, self._clock, self._closed_days = begin, clock, closed_days
        self._problems = problems
        self._zone, self._floor, self._approval_above = zone, floor, approval_above
        self._set_up, self._bot = set_up, bot

    async def preview(self, wanted: str | CampaignPlan, *, people: int = 0) -> Preview:
        """Raises: NotFound."""
        now = self._clock.now()
        async with self._begin.read() as work:
            plan, number = await _plan(work, wanted)
            row, content = await _questionnaire(work, plan)
            units = await work.organisation.units()
            days = await self._closed_days(work)
            faults, slots = self._slots(plan, now=now, days=days)
            looking = _Looking(
                work,
                plan,
                self._problems,
                services_rated(content) if content else frozenset(),
                now=now,
                bot=self._bot,
                set_up=self._set_up,
            )
            reach = await looking.reach(units, content, number=number, people=people)
            facts = Facts(
                questionnaire=row,
                content=content,
                units=units,
                nobody_has=await _nobody_has(work, plan),
                set_up=self._set_up,
                floor=self._floor,
                approval_above=self._approval_above,
                schedule_faults=faults,
                slots=slots,
                asked=reach.asked,
                later=sum(reach.skipped.get(each, 0) for each in _PASSING),
                unreachable=reach.unreachable,
                languages=reach.languages,
                undated=reach.undated,
            )
        at_most = facts.asked + facts.later
        sending = seconds_to_send(reach.channels)
        first = next((slot.at for slot in slots if not slot.left_out), None)
        return Preview(
            plan=plan,
            wave=number,
            reach=reach,
            gaps=gaps(plan, facts),
            slots=slots,
            sending=sending,
            ends_at=first
            and sent_by(
                first,
                seconds=max(sending.values(), default=0),
                hours=plan.hours,
                zone=zone_of(plan.schedule, self._zone),
                days=days,
            ),
            second_person=at_most > self._approval_above,
        )

    async def leaves_at(self, campaign: Campaign) -> datetime | None:
        """When the first messages of its next date leave, by its hours, closed days and pauses.

        None where nobody knows: it does not run, asks each person on a day of their own, or nothing
        at all may be sent.
        """
        if campaign.next_at is None or campaign.state is not CampaignState.RUNNING:
            return None
        if campaign.plan.schedule.by_person:
            return None
        async with self._begin.read() as work:
            if await work.installation.held():
                return None
            leave = may_leave(
                at := max(campaign.next_at, self._clock.now()),
                hours=campaign.plan.hours,
                zone=zone_of(campaign.plan.schedule, self._zone),
                days=await self._closed_days(work),
            )
        return at if leave.ok else leave.until

    async def first_slot(self, work: UnitOfWork, campaign: Campaign) -> Slot | None:
        """The slot that a campaign waits for that is launched now; None where none is to come."""
        days = await self._closed_days(work)
        return upcoming(campaign, done=None, now=self._clock.now(), zone=self._zone, days=days)

    def _slots(
        self, plan: CampaignPlan, *, now: datetime, days: ClosedDays
    ) -> tuple[Sequence[Fault], tuple[Slot, ...]]:
        """What is wrong with the schedule, and its next dates."""
        try:
            zone = zone_of(plan.schedule, self._zone)
        except (ZoneInfoNotFoundError, ValueError):
            message = "it is not a time zone: name one such as Europe/London"
            return [Fault(("schedule", "timezone"), "unknown_timezone", message)], ()
        if faults := schedule_faults(plan.schedule, zone=zone):
            return faults, ()
        slots = next_slots(
            plan.schedule,
            after=now,
            zone=zone,
            days=days,
            count=DATES,
            hours=plan.hours,
            units=plan.audience.units,
        )
        return (), tuple(slots)


@dataclass
class _Sums:
    """What is counted of the audience, and the first of it by name."""

    named: int
    audience: int = 0
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    channels: Counter[ChannelName] = field(default_factory=Counter)
    unreachable: int = 0
    in_unit: Counter[str] = field(default_factory=Counter)
    asked_in_unit: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    first: list[tuple[str, UUID, Somebody]] = field(default_factory=list)

    def take(
        self,
        person: Person,
        unit: str,
        *,
        channel: ChannelName | None,
        skipped: SkipReason | None,
    ) -> None:
        self.audience += 1
        self.in_unit[unit] += 1
        if skipped is not None:
            self.skipped[skipped] += 1
        else:
            self.asked_in_unit[unit] += 1
            if person.language:
                self.languages[person.language] += 1
            if channel is not None:
                self.channels[channel] += 1
            else:
                self.unreachable += 1
        if self.named:
            told = Somebody(person.id, person.name, unit, channel, skipped)
            self.first.append((folded(person.name), person.id, told))

    def keep_first(self) -> None:
        """Forget the names that no longer come first."""
        self.first = sorted(self.first, key=lambda each: each[:2])[: self.named]

    def reach(self, *, fits: int, undated: int, unanswered_for: int = 0) -> Reach:
        return Reach(
            fits=fits,
            audience=self.audience,
            asked=self.audience - self.skipped.total(),
            skipped=dict(self.skipped),
            channels=dict(self.channels),
            unreachable=self.unreachable,
            units={
                unit: UnitCount(number, self.asked_in_unit[unit])
                for unit, number in sorted(self.in_unit.items())
            },
            languages=dict(self.languages),
            unanswered_for=unanswered_for,
            undated=undated,
            people=tuple(told for _, _, told in self.first),
        )


class _Looking:
    """One look at everybody whom a plan is about."""

    def __init__(
        self,
        work: UnitOfWork,
        plan: CampaignPlan,
        problems: OpenProblems,
        rated: frozenset[str],
        *,
        now: datetime,
        bot: int | None,
        set_up: frozenset[ChannelName],
    ) -> None:
        self._work, self._plan, self._now, self._bot = work, plan, now, bot
        self._problems, self._rated = problems, rated
        self._channels = [channel for channel in plan.channels if channel in set_up]
        self._undated = 0

    async def reach(
        self,
        units: Sequence[Unit],
        content: Questionnaire | None,
        *,
        number: int,
        people: int,
    ) -> Reach:
        """Args: `number` is the wave's; `people` how many of them to name."""
        sums, fits, bodies = _Sums(people), 0, 0
        if content and effective_privacy(self._plan, content) is Privacy.ATTRIBUTED:
            found: Mapping[str, Person] = {}
            async for some in self._fitting():
                fits += len(some)
                found = contacts([*found.values(), *some], units, self._plan.audience)
            wanted = self._sampled({each.id for each in found.values()}, number)
            asked = [(unit, each) for unit, each in found.items() if each.id in wanted]
            await self._count(sums, asked)
            inside = units_of(self._plan.audience, units)
            bodies = len(inside - set(found)) if inside is not None else 0
            return sums.reach(fits=fits, undated=self._undated, unanswered_for=bodies)
        inside, drawn_now = units_of(self._plan.audience, units), None
        if self._plan.audience.sample is not None:
            ids = await self._work.audiences.ids(self._plan.audience)
            drawn_now = self._sampled(ids, number)
        async for some in self._fitting():
            fits += len(some)
            await self._count(
                sums,
                [
                    (counted_for(each, inside), each)
                    for each in some
                    if drawn_now is None or each.id in drawn_now
                ],
            )
        return sums.reach(fits=fits, undated=self._undated)

    def _sampled(self, ids: Collection[UUID], number: int) -> Collection[UUID]:
        sample = self._plan.audience.sample
        if sample is None:
            return ids
        return drawn(ids, sample, campaign=self._plan.key, number=number)

    async def _fitting(self) -> AsyncIterator[Sequence[Person]]:
        """Those who fit, in order of their id; where a date of theirs counts, if it is to come."""
        after: UUID | None = None
        while some := await self._work.audiences.after(
            self._plan.audience, after=after, limit=AT_ONCE
        ):
            after = some[-1].id
            yield self._to_come(some)

    def _to_come(self, some: Sequence[Person]) -> Sequence[Person]:
        wanted = self._plan.schedule.after
        if wanted is None:
            return some
        self._undated += sum(is_unreadable(each, wanted) for each in some)
        dated = [(day_for(each, wanted), each) for each in some]
        return [each for day, each in dated if day is not None and day >= self._now.date()]

    async def _count(self, sums: _Sums, some: Sequence[tuple[str, Person]]) -> None:
        if not some:
            return
        ids = {person.id for _, person in some}
        sent = await self._work.invitations.last_sent(ids)
        of_this = await self._work.invitations.last_sent_of(ids, self._plan.questionnaire)
        waiting = await self._problems.among(self._work, ids, services=self._rated)
        reached = await self._reached([person for _, person in some])
        for unit, person in some:
            reason = why_not(
                person,
                last_sent=sent.get(person.id),
                last_sent_of=of_this.get(person.id),
                caps=self._plan.caps,
                now=self._now,
                open_problem=person.id in waiting,
            )
            channel = next((each for each in self._channels if person.id in reached[each]), None)
            sums.take(person, unit, channel=channel, skipped=reason)
        sums.keep_first()

    async def _reached(self, people: Sequence[Person]) -> Mapping[ChannelName, Collection[UUID]]:
        """Who of them can be reached by which channel of the plan."""
        found: dict[ChannelName, Collection[UUID]] = {}
        if ChannelName.CHAT in self._channels:
            ids = [person.id for person in people]
            found[ChannelName.CHAT] = await self._work.audiences.in_chat(ids, bot=self._bot)
        if ChannelName.EMAIL in self._channels:
            with_mail = {person.id: person.email for person in people if person.email}
            refused = await self._work.refused_addresses.of(set(with_mail.values()))
            found[ChannelName.EMAIL] = {
                person for person, email in with_mail.items() if email.casefold() not in refused
            }
        return found


async def _plan(work: UnitOfWork, wanted: str | CampaignPlan) -> tuple[CampaignPlan, int]:
    """The plan, and the number of its next wave."""
    if isinstance(wanted, CampaignPlan):
        return wanted, 1
    campaign = await work.campaigns.get(wanted)
    if campaign is None:
        raise NotFound("campaign")
    waves = await work.waves.of(wanted)
    return campaign.plan, max((wave.number for wave in waves), default=0) + 1


async def _questionnaire(
    work: UnitOfWork, plan: CampaignPlan
) -> tuple[QuestionnaireRow | None, Questionnaire | None]:
    row = await work.questionnaires.get(plan.questionnaire)
    version = await work.questionnaires.version(plan.questionnaire, plan.version)
    content = Questionnaire.model_validate_json(version.content) if version else None
    return row, content


async def _nobody_has(work: UnitOfWork, plan: CampaignPlan) -> list[tuple[str, str]]:
    """The roles, and the values of columns, that nobody in the list of people has."""
    asked = [(("roles", role), Audience(roles=(role,))) for role in plan.audience.roles]
    asked += [
        ((f"audience.attributes.{name}", value), Audience(attributes={name: (value,)}))
        for name, values in plan.audience.attributes.items()
        for value in values
    ]
    return [name for name, audience in asked if not await work.audiences.count(audience)]
