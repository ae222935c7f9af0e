"""Plays a campaign's plan from its first wave's opening to its closing, in virtual time.

What plays is the real thing: waves are fired, invitations expanded, messages claimed, begun and
sent, buttons pressed in the bot's own handlers, boxes opened and figures published. What is not
real is the world: see `bot.dry_run.house`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from aiogram import Bot

from analytics.publication import bound_questions
from analytics.trend import By, TrendPoint, finding
from bot.dispatcher import Handlers
from bot.dry_run.acting import Acting
from bot.dry_run.chatting import Post, RehearsalChat, RehearsalMail
from bot.dry_run.crowd import Simulated, Temper, crowd
from bot.dry_run.house import House, TurnedClock, house_like
from bot.dry_run.result import DryRun, Figure, Moment, Sent
from bot.screen import Screen
from bot.simulator.chats import Numbers
from bot.simulator.desk import Desk
from bot.simulator.process import Simulator
from bot.simulator.session import BOT, TOKEN, SimulatedSession, overhear
from survey.domain.campaign import CampaignPlan, CampaignState, Schedule
from survey.domain.launch import effective_privacy
from survey.domain.questionnaire import Privacy, Questionnaire
from survey.domain.records import Chat, Period, Version
from survey.domain.schedule import next_slots, zone_of
from survey.domain.waves import Campaign, Wave
from survey.errors import CampaignRefused
from survey.services.leases import Leases
from survey.services.messages import Messages
from survey.services.open_cases import OpenCases
from survey.services.sending import Sender
from survey.wiring import Application

KEY: Final = "dry-run"
_BY: Final = "dry run"
_INSIDE: Final = timedelta(minutes=5)
_ROUNDS: Final = 20
"""So often a tick sends at most: more than 50 messages take."""


async def dry_run(
    core: Application,
    plan: CampaignPlan,
    *,
    seed: int = 1,
    progress: Callable[[float], object] | None = None,
) -> DryRun:
    """Play this plan with simulated people; of `core` nothing is changed, and nobody is asked.

    What it logs carries `dry_run`. `progress` hears which share of it is over, from 0 to 1.

    The wave opens at the first time of day that the plan names, on the next day that is open; what
    the schedule says beyond that is in the preview.

    Raises: NotFound (questionnaire), CampaignRefused, where the audience has no unit.
    """
    listed = await core.catalogue.get(plan.questionnaire)
    version = listed.published.version
    if plan.version is not None:
        version = (await core.catalogue.version(plan.questionnaire, plan.version)).version
    with structlog.contextvars.bound_contextvars(dry_run=True):
        async with house_like(core) as house, _Play.begun(house, plan, version, seed) as play:
            return await play.through(plan.title or plan.key, progress or _unwatched)


def _unwatched(_share: float) -> None:
    """Nobody looks on while it is played."""


class _Play:
    """One dry run under way."""

    def __init__(
        self,
        house: House,
        wave: Wave,
        plan: CampaignPlan,
        people: Sequence[Simulated],
        post: Post,
        acting: Acting,
        sender: Sender,
    ) -> None:
        self._house, self._wave, self._hours = house, wave, plan.hours
        self._post, self._acting, self._sender = post, acting, sender
        self._people = {each.person.name: each for each in people}
        self._moments: list[Moment] = []
        self._to_do: list[tuple[datetime, Simulated, int]] = []

    @classmethod
    @asynccontextmanager
    async def begun(
        cls, house: House, plan: CampaignPlan, version: Version, seed: int
    ) -> AsyncIterator["_Play"]:
        """With its wave open and its bot running."""
        core, clock, chance = house.core, house.clock, Random(seed)  # noqa: S311 (it is a play)
        units = await core.organisation.units()
        content = Questionnaire.model_validate_json(version.content)
        for_bodies = effective_privacy(plan, content) is Privacy.ATTRIBUTED
        people = crowd(plan, units, for_bodies=for_bodies, ids=core.ids, clock=clock, chance=chance)
        if not people[0].person.units:
            raise CampaignRefused(plan.key, "nobody_fits")
        await _moved_in(core, people, version)
        wave = await _fired(core, clock, plan, version)
        desk = Desk(TurnedClock(clock.now()), core.ids)
        numbers, post = Numbers(clock), Post()
        session = SimulatedSession(desk.chats, numbers, clock, desk.drawer)
        async with Bot(TOKEN, session=session) as bot, asyncio.TaskGroup() as tasks:
            screen = Screen(bot, sleep=asyncio.sleep)
            handlers = Handlers(core, screen, bot, on_submission=_nobody_waits, during=overhear)
            simulator = Simulator(core, desk, screen, handlers, numbers, sleep=asyncio.sleep)
            tasks.create_task(simulator.inbox.run())
            desk.begin(simulator)
            sender = _sender(core, bot, post, people)
            try:
                yield cls(house, wave, plan, people, post, Acting(core, desk, chance), sender)
            finally:
                desk.end()
                simulator.inbox.stop()

    async def through(self, title: str, progress: Callable[[float], object]) -> DryRun:
        """From the opening to the figures, which are the last step."""
        core, clock = self._house.core, self._house.clock
        await self._note()
        times = self._times()
        for number, at in enumerate(times):
            progress(number / (len(times) + 1))
            clock.time = at
            await self._tick(at)
        progress(len(times) / (len(times) + 1))
        clock.time = self._wave.closes_at + timedelta(minutes=1)
        await core.waves.close_due()
        await core.waves.drop_unsent()
        await core.boxes.open_due()
        await self._house.figures.publication.publish_due()
        await self._note()
        rates = (await self._house.figures.rates.of(self._wave)).rates.overall
        return DryRun(
            campaign=title,
            moments=self._moments,
            messages=_one_of_each(self._post.sent, core.settings.zone),
            figures=await self._figures(),
            invited=rates.invited,
            answered=rates.answered,
            percent=None if rates.percent is None else int(rates.percent),
        )

    def _times(self) -> list[datetime]:
        """The opening, and three moments of each day: early and late in its hours, and between."""
        zone, wave = self._house.core.settings.zone, self._wave
        day = wave.opens_at.astimezone(zone).date()
        found = [wave.opens_at]
        while datetime.combine(day, self._hours.opens, zone) < wave.closes_at:
            first = datetime.combine(day, self._hours.opens, zone) + _INSIDE
            last = datetime.combine(day, self._hours.until, zone) - _INSIDE
            found += [first, first + (last - first) / 2, last]
            day += timedelta(days=1)
        return [at for at in sorted(found) if wave.opens_at <= at < wave.closes_at]

    async def _tick(self, at: datetime) -> None:
        core = self._house.core
        sent = len(self._post.sent)
        await core.waves.remind()
        for _ in range(_ROUNDS):
            if not await self._sender.send_due():
                break
        for message in self._post.sent[sent:]:
            who = self._people[message.to]
            self._to_do.append((at + who.after, who, message.number))
        due = [each for each in self._to_do if each[0] <= at]
        self._to_do = [each for each in self._to_do if each[0] > at]
        for _, who, number in due:
            await self._act(who, number)
        if due or len(self._post.sent) > sent:
            await self._note()

    async def _act(self, who: Simulated, number: int) -> None:
        seen = sum(each.to == who.person.name for each in self._post.sent)
        answers = {
            Temper.ANSWERS: True,
            Temper.SECOND: number >= 1,
            Temper.THIRD: number >= 2,
            Temper.SNOOZES: seen > 1,
        }.get(who.temper, False)
        if who.user is None:
            token = self._post.tokens[who.person.id]
            await self._acting.by_link(who, token, answers=answers)
        else:
            await self._acting.in_chat(who, answers=answers)

    async def _note(self) -> None:
        async with self._house.core.begin.read() as work:
            standing = await work.invitations.standing(self._wave.key)
        zone = self._house.core.settings.zone
        now = self._house.clock.now().astimezone(zone)
        self._moments.append(Moment(now, dict(standing.states)))

    async def _figures(self) -> list[Figure]:
        listed = await self._house.core.catalogue.get(self._wave.questionnaire)
        found: list[Figure] = []
        for measure in bound_questions([listed.published.questionnaire]):
            trend = await self._house.figures.trends.trend(
                measure.key, questionnaire=self._wave.questionnaire, by=Period.WAVE
            )
            points = [TrendPoint(each.period, each.shown, each.change) for each in trend.points]
            found.append(Figure(measure.label, finding(points, measure, by=By.WAVE)))
        return found


async def _moved_in(core: Application, people: Sequence[Simulated], version: Version) -> None:
    async with core.begin() as work:
        await work.questionnaires.publish(version, open_link=False)
        await work.people.put([each.person for each in people])
        for each in people:
            if each.user is not None:
                chat = Chat(BOT, each.user, language="en", person=each.person.id)
                await work.chats.put(chat)
                await work.chats.link(BOT, each.user, each.person.id)
        await work.commit()


async def _fired(
    core: Application, clock: TurnedClock, plan: CampaignPlan, version: Version
) -> Wave:
    """The wave of this plan, with everybody in it; the clock stands at its opening."""
    played = _once(plan, clock.now().astimezone(core.settings.zone))
    async with core.begin.read() as work:
        days = await core.calendar.days(work)
    zone = zone_of(played.schedule, core.settings.zone)
    (slot,) = next_slots(
        played.schedule, after=clock.now(), zone=zone, days=days, count=1, hours=played.hours
    )
    campaign = Campaign(
        plan=played,
        state=CampaignState.RUNNING,
        revision=1,
        made_at=clock.now(),
        made_by=_BY,
        version=version.number,
        next_at=slot.at,
        next_slot=slot.slot,
        launched_at=clock.now(),
        launched_by=_BY,
    )
    async with core.begin() as work:
        await work.campaigns.add(campaign)
        await work.commit()
    clock.time = slot.at
    await core.waves.fire_due()
    while await core.waves.expand_due():
        pass
    async with core.begin.read() as work:
        (wave,) = await work.waves.of(KEY)
    return wave


def _once(plan: CampaignPlan, now: datetime) -> CampaignPlan:
    """The same plan with one wave, soon, for everybody of the audience."""
    at = plan.schedule.start.time() if plan.schedule.start else plan.schedule.at
    tomorrow = now.date() + timedelta(days=1)
    return plan.model_copy(
        update={
            "key": KEY,
            "audience": plan.audience.model_copy(update={"sample": None}),
            "schedule": Schedule(
                start=datetime.combine(tomorrow, at), timezone=plan.schedule.timezone
            ),
        }
    )


def _sender(core: Application, bot: Bot, post: Post, people: Sequence[Simulated]) -> Sender:
    leases = Leases(core.begin, core.clock, core.ids.uuid(), shared=False)
    messages = Messages(
        core.begin,
        core.catalogue,
        core.invitation_links,
        core.calendar.days,
        OpenCases(),
        organisation=core.settings.organisation,
        zone=core.settings.zone,
    )
    sender = Sender(core.begin, core.clock, leases, messages, core.tally)
    called = core.settings.organisation
    sender.channels.plug(RehearsalChat(bot, post, people, organisation=called))
    sender.channels.plug(RehearsalMail(post, people, organisation=called))
    return sender


def _one_of_each(sent: Sequence[Sent], zone: ZoneInfo) -> list[Sent]:
    """The first message of each kind and channel, by the local clock: the others read the same."""
    found: dict[tuple[str, int], Sent] = {}
    for each in sent:
        found.setdefault((each.channel, each.number), each)
    return [replace(each, at=each.at.astimezone(zone)) for each in found.values()]


def _nobody_waits() -> None:
    """Boxes are opened when the wave is over."""
