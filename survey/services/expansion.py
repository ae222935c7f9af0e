"""Writing a wave's invitations: everybody of its audience, in order of their id, so many at a time.

Each chunk is one transaction with its invitations, their first messages and how far the wave has
come; the last is moved on by a condition. So it does not matter who expands, or how many at once:
nobody is passed twice, nobody is left out, and a process that dies leaves nothing half done.

A sample is drawn once for a date: whoever is first writes the invitations of all who are drawn, in
one transaction, and from then on these rows are the sample, whoever comes, goes or moves. They
count as expired until their messages are written, so many at a time as well: were the wave to end
before, that is what they are.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from survey.domain.audience import contacts, counted_for, drawn, units_of, why_not
from survey.domain.campaign import CampaignPlan
from survey.domain.local_time import local_of
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy, Questionnaire
from survey.domain.rated import services_rated
from survey.domain.relative import days_due, is_due, is_unreadable
from survey.domain.schedule import zone_of
from survey.domain.waves import Delivery, Invitation, InvitationState, SkipReason, Wave
from survey.errors import NotFound
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.ports.problems import OpenProblems
from survey.services.firing import ClosedDaysNow

_T = TypeVar("_T")

_log = structlog.get_logger()

DRAWN: Final = UUID(int=0)
"""How far a wave has come whose sample is drawn: to nobody yet."""

AT_ONCE: Final = 1_000
"""People in one transaction: on SQLite everybody's answers wait while it is written."""


@dataclass(frozen=True, slots=True)
class _Fixed:
    """What holds for all of a wave, worked out once by each process that expands it.

    `sample` are those who are drawn, `days` those whose people are due, `bodies` what each contact
    answers for; None where all of the audience, whatever the day, or each for themselves. `rated`
    are the services that it asks about.
    """

    plan: CampaignPlan
    inside: frozenset[str] | None
    rated: frozenset[str]
    sample: Collection[UUID] | None = None
    days: frozenset[date] | None = None
    bodies: Mapping[UUID, tuple[str, ...]] | None = None

    def takes(self, person: Person) -> bool:
        if self.sample is not None and person.id not in self.sample:
            return False
        after = self.plan.schedule.after
        return after is None or self.days is None or is_due(person, after, self.days)

    @property
    def by_sample(self) -> bool:
        """Whether people are drawn; contacts of bodies are written all at once as it is."""
        return self.plan.audience.sample is not None and self.bodies is None

    def bodies_of(self, person: Person) -> Sequence[str]:
        """'' is nobody but themselves."""
        return ("",) if self.bodies is None else self.bodies.get(person.id, ())


@dataclass(frozen=True, slots=True)
class _Chunk:
    """People who come next and are asked or left out; `reached` is the last who was looked at.

    `waiting` are those of them with an open problem about what it asks.
    """

    people: Sequence[Person]
    reached: UUID | None = None
    is_last: bool = False
    sent: Mapping[UUID, datetime] = field(default_factory=dict)
    sent_of: Mapping[UUID, datetime] = field(default_factory=dict)
    waiting: Collection[UUID] = ()


class Expansion:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        ids: Ids,
        closed_days: ClosedDaysNow,
        problems: OpenProblems,
        zone: ZoneInfo,
    ) -> None:
        self._begin, self._clock, self._ids, self._zone = begin, clock, ids, zone
        self._closed_days, self._problems = closed_days, problems
        self._fixed: dict[str, _Fixed] = {}

    async def expand_due(self) -> bool:
        """Write the next invitations of the wave that has waited longest; whether more may follow.

        Who calls again at once as long as it says so lets answers through between two chunks.
        """
        async with self._begin.read() as work:
            if await work.installation.held():
                return False
            waiting = await work.waves.expanding()
        if not waiting:
            self._fixed.clear()
            return False
        for wave in waiting:
            try:
                await self.expand(wave)
            except Exception as error:
                # One that cannot be written must not keep the others waiting.
                _log.error("expansion_failed", wave=wave.key, error=type(error).__name__)
            else:
                return True
        return False

    async def expand(self, wave: Wave) -> int:
        """Write the invitations of one chunk, after `wave.reached`; how many were new.

        Nothing is kept where another process has written them, or the wave has ended.
        """
        now = self._clock.now()
        async with self._begin.read() as work:
            fixed = await self._known(work, wave, now)
            if not fixed.by_sample:
                chunk = await self._next(work, wave, fixed)
        if fixed.by_sample and wave.reached is None:
            return await self._draw(wave, fixed, now)
        if fixed.by_sample:
            return await self._ask_drawn(wave, fixed, now)
        asked = list(self._invitations(wave, fixed, chunk, now))
        waiting = [each.id for each in asked if each.state is InvitationState.WAITING]
        async with self._begin() as work:
            if not await _go_on(work, wave, chunk, now):
                return 0
            written = await work.invitations.add(
                asked,
                self._first_messages(wave, fixed, waiting, now),
                made_on=local_of(now, self._zone).date(),
            )
            await work.commit()
        return written

    async def unreadable_dates(self, key: str) -> int:
        """How many of a campaign's audience have something in their column that is no date.

        Raises: NotFound.
        """
        async with self._begin.read() as work:
            campaign = await work.campaigns.get(key)
            if campaign is None:
                raise NotFound("campaign")
            after = campaign.plan.schedule.after
            if after is None:
                return 0
            found, reached = 0, None
            while some := await work.audiences.after(
                campaign.plan.audience, after=reached, limit=AT_ONCE
            ):
                found += sum(is_unreadable(each, after) for each in some)
                reached = some[-1].id
        return found

    # --- what holds for the whole wave ---

    async def _known(self, work: UnitOfWork, wave: Wave, now: datetime) -> _Fixed:
        if wave.reached is None or wave.key not in self._fixed:
            self._fixed[wave.key] = await self._work_out(work, wave, now)
        return self._fixed[wave.key]

    async def _work_out(self, work: UnitOfWork, wave: Wave, now: datetime) -> _Fixed:
        campaign = await work.campaigns.get(wave.campaign)
        if campaign is None:
            raise NotFound("campaign")
        plan, units = campaign.plan, await work.organisation.units()
        rated = await _rated(work, wave)
        inside = units_of(plan.audience, units)
        days = None
        if plan.schedule.after is not None:
            days = days_due(
                plan,
                wave.slot,
                since=campaign.launched_at or wave.opened_at,
                now=now,
                zone=zone_of(plan.schedule, self._zone),
                days=await self._closed_days(work),
            )
        bodies = None
        ids: Collection[UUID] | None = None
        if wave.privacy is Privacy.ATTRIBUTED:
            known = _Fixed(plan, inside, rated, days=days)
            found: Mapping[str, Person] = {}
            reached = None
            while some := await work.audiences.after(plan.audience, after=reached, limit=AT_ONCE):
                reached = some[-1].id
                fitting = [each for each in some if known.takes(each)]
                found = contacts([*found.values(), *fitting], units, plan.audience)
            answering: dict[UUID, tuple[str, ...]] = {}
            for body, person in found.items():
                answering[person.id] = (*answering.get(person.id, ()), body)
            bodies, ids = answering, answering.keys()
        sample = None
        if plan.audience.sample is not None and wave.reached != DRAWN:
            ids = await work.audiences.ids(plan.audience) if ids is None else ids
            sample = drawn(ids, plan.audience.sample, campaign=plan.key, number=wave.number)
        return _Fixed(plan, inside, rated, sample, days, bodies)

    # --- a sample ---

    async def _draw(self, wave: Wave, fixed: _Fixed, now: datetime) -> int:
        """Keep who is drawn; how many, 0 where another process was first or the wave is over."""
        drawn_now: list[Invitation] = []
        async with self._begin.read() as work:
            for some in _slices(sorted(fixed.sample or ())):
                found = await work.people.those(some)
                people = [found[each] for each in sorted(found) if fixed.takes(found[each])]
                # Whether each is asked is decided with their message.
                drawn_now += self._invitations(wave, fixed, _Chunk(people), now)
        waiting = [replace(each, state=InvitationState.EXPIRED, reason=None) for each in drawn_now]
        async with self._begin() as work:
            if not await work.waves.note_reached(wave.key, DRAWN, was=None):
                return 0
            made_on, written = local_of(now, self._zone).date(), 0
            for each in _slices(waiting):
                written += await work.invitations.add(each, (), made_on=made_on)
            await work.commit()
        return written

    async def _ask_drawn(self, wave: Wave, fixed: _Fixed, now: datetime) -> int:
        """Write the messages of some who are drawn; how many are asked."""
        async with self._begin.read() as work:
            some = await work.invitations.listed(
                wave.key, (InvitationState.EXPIRED,), limit=AT_ONCE, after=None
            )
            people = await work.people.those({each.person for each in some if each.person})
            chunk = await self._chunk(
                work, wave, fixed, [*people.values()], reached=DRAWN, is_last=not some
            )
        why: dict[UUID, SkipReason | None] = {}
        for each in some:
            person = people.get(each.person) if each.person else None
            why[each.id] = _why_not(person, fixed, chunk, now) if person else SkipReason.LEFT
        async with self._begin() as work:
            # The same again: of two processes one waits here, and an ended wave takes no more.
            if not await work.waves.note_reached(wave.key, DRAWN, was=DRAWN):
                return 0
            asked = await work.invitations.ask_drawn(why)
            await work.invitations.add_messages(self._first_messages(wave, fixed, asked, now))
            if chunk.is_last:
                await work.waves.note_expanded(wave.key, at=now, was=DRAWN)
            await work.commit()
        return len(asked)

    def _first_messages(
        self, wave: Wave, fixed: _Fixed, asked: Iterable[UUID], now: datetime
    ) -> list[Delivery]:
        due_at = wave.opened_at if fixed.days is None else now
        return [Delivery(self._ids.uuid(), wave.key, each, 0, due_at=due_at) for each in asked]

    # --- one chunk ---

    def _invitations(
        self, wave: Wave, fixed: _Fixed, chunk: _Chunk, now: datetime
    ) -> Iterator[Invitation]:
        for person in chunk.people:
            reason = _why_not(person, fixed, chunk, now)
            for body in fixed.bodies_of(person):
                yield Invitation(
                    id=self._ids.uuid(),
                    wave=wave.key,
                    person=person.id,
                    unit=body or counted_for(person, fixed.inside),
                    body=body,
                    state=InvitationState.SKIPPED if reason else InvitationState.WAITING,
                    reason=reason,
                )

    async def _next(self, work: UnitOfWork, wave: Wave, fixed: _Fixed) -> _Chunk:
        """The next people; whoever answers for a body all at once, lest one falls between two
        chunks when contacts change meanwhile.
        """
        if fixed.bodies is not None:
            answering = await work.people.those(fixed.bodies.keys())
            people = [answering[each] for each in sorted(answering) if fixed.takes(answering[each])]
            return await self._chunk(work, wave, fixed, people, reached=wave.reached, is_last=True)
        some = await work.audiences.after(fixed.plan.audience, after=wave.reached, limit=AT_ONCE)
        people = [each for each in some if fixed.takes(each)]
        reached = some[-1].id if some else wave.reached
        is_last = len(some) < AT_ONCE
        return await self._chunk(work, wave, fixed, people, reached=reached, is_last=is_last)

    async def _chunk(
        self,
        work: UnitOfWork,
        wave: Wave,
        fixed: _Fixed,
        people: Sequence[Person],
        *,
        reached: UUID | None,
        is_last: bool,
    ) -> _Chunk:
        ids = [each.id for each in people]
        return _Chunk(
            people=people,
            reached=reached,
            is_last=is_last,
            sent=await work.invitations.last_sent(ids),
            sent_of=await work.invitations.last_sent_of(ids, wave.questionnaire),
            waiting=await self._problems.among(work, ids, services=fixed.rated),
        )


def _why_not(person: Person, fixed: _Fixed, chunk: _Chunk, now: datetime) -> SkipReason | None:
    return why_not(
        person,
        last_sent=chunk.sent.get(person.id),
        last_sent_of=chunk.sent_of.get(person.id),
        caps=fixed.plan.caps,
        now=now,
        open_problem=person.id in chunk.waiting,
    )


async def _rated(work: UnitOfWork, wave: Wave) -> frozenset[str]:
    found = await work.questionnaires.version(wave.questionnaire, wave.version)
    if found is None:
        raise NotFound("questionnaire")
    return services_rated(Questionnaire.model_validate_json(found.content))


def _slices(all_of_them: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(all_of_them), AT_ONCE):
        yield all_of_them[start : start + AT_ONCE]


async def _go_on(work: UnitOfWork, wave: Wave, chunk: _Chunk, now: datetime) -> bool:
    """Note how far the wave has come; False where another process is further, or it has ended."""
    if (
        chunk.reached is not None
        and chunk.reached != wave.reached
        and not await work.waves.note_reached(wave.key, chunk.reached, was=wave.reached)
    ):
        return False
    return not chunk.is_last or await work.waves.note_expanded(wave.key, at=now, was=chunk.reached)
