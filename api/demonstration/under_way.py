"""Campaigns of the demonstration that can be watched: one that runs now, and one to launch.

The one that runs was begun some days ago. Its answers wait sealed, as real ones would; reminders,
its end and its figures come by themselves. The one to launch needs nothing any more.
"""

from contextlib import suppress
from datetime import datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from api.demonstration import story
from api.demonstration.campaigns import STAFF_AT_MOST, STAFF_ROLE, outcome, why
from api.demonstration.people import readiness
from survey.domain.audit import SERVICE
from survey.domain.campaign import (
    Audience,
    CampaignPlan,
    CampaignState,
    ChannelName,
    Hours,
    LawfulBasis,
    Schedule,
)
from survey.domain.joining import PAYLOAD, for_link
from survey.domain.path import validate
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from survey.domain.records import Submission
from survey.domain.waves import Campaign, Invitation, InvitationState, Wave, WaveState
from survey.errors import CampaignRefused, ChangedMeanwhile, NotFound
from survey.ports import Ids
from survey.services.catalogue import Published
from survey.services.intake import Answers, Intake
from survey.wiring import Application

RUNNING: Final = "ready-for-change"
RUNNING_SURVEY: Final = "before-a-change"
TO_LAUNCH: Final = "try-it"
TO_LAUNCH_ROLES: Final = ("head", "business manager")

_HEADS: Final = Audience(roles=("head",))
_BY: Final = "operator"
_DAYS_AGO: Final = 3
_OPENS: Final = time(9)
_OPEN_FOR: Final = timedelta(days=14)
_CHAT: Final = 0.5
_RATE: Final = 0.41
_QUIET: Final = {"environment-waste": 0.2, "housing-repairs": 0.15, "planning": 0.7}
_SKIPPED: Final = 0.04
_SOON: Final = timedelta(minutes=5)
_STEP_MINUTES: Final = 5
_IN_TIME: Final = timedelta(minutes=2)
_FRIDAY: Final = 4
_ALWAYS: Final = Hours(opens=time(0), until=time(23, 59), weekends=True)


def running(now: datetime, zone: ZoneInfo) -> Campaign:
    """Launched a day before it opened, on a working day a few days ago; it comes once."""
    opened = _opened(now, zone)
    return Campaign(
        plan=CampaignPlan(
            key=RUNNING,
            title="Ready for the new finance system",
            questionnaire=RUNNING_SURVEY,
            sender="Resources",
            purpose="To see who needs help before the system changes.",
            basis=LawfulBasis.PUBLIC_TASK,
            notice=f"Staff privacy notice, {opened.year}",
            audience=Audience(roles=(STAFF_ROLE,)),
            schedule=Schedule(start=opened.replace(tzinfo=None)),
            open_days=_OPEN_FOR.days,
        ),
        state=CampaignState.RUNNING,
        revision=1,
        made_at=opened - timedelta(days=2),
        made_by=_BY,
        version=1,
        launched_at=opened - timedelta(days=1),
        launched_by=_BY,
    )


def to_launch(now: datetime, zone: ZoneInfo) -> Campaign:
    """Whole, and of few enough people that nobody has to agree; see `bring_up_to_date`."""
    return Campaign(
        plan=CampaignPlan(
            key=TO_LAUNCH,
            title="Try it with schools",
            questionnaire="service-satisfaction",
            sender="Schools forum",
            purpose="To hear from schools which service to put right first.",
            basis=LawfulBasis.PUBLIC_TASK,
            notice=f"Privacy notice for schools, {now.astimezone(zone).year}",
            audience=Audience(roles=TO_LAUNCH_ROLES),
            schedule=Schedule(start=soon(now, zone)),
            hours=_ALWAYS,
        ),
        state=CampaignState.DRAFT,
        revision=1,
        made_at=now,
        made_by=_BY,
    )


def soon(now: datetime, zone: ZoneInfo) -> datetime:
    """Five to ten minutes from now, on five minutes by the local clock."""
    local = now.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0) + _SOON
    return local + timedelta(minutes=_STEP_MINUTES - local.minute % _STEP_MINUTES)


async def bring_up_to_date(core: Application) -> None:
    """Give the one to launch a first date soon, where nobody has changed or launched it."""
    now, zone = core.clock.now(), core.settings.zone
    try:
        found = await core.campaigns.get(TO_LAUNCH)
    except NotFound:
        return
    start, ours = found.plan.schedule.start, to_launch(now, zone).plan
    if start is None or start > now.astimezone(zone).replace(tzinfo=None) + _IN_TIME:
        return
    if found.plan.model_copy(update={"schedule": ours.schedule}) != ours:
        return
    with suppress(ChangedMeanwhile, CampaignRefused):
        await core.campaigns.change(TO_LAUNCH, ours, expected_revision=found.revision, by=SERVICE)


async def put_under_way(core: Application, chance: Random) -> None:
    """Both campaigns, with the answers that have come so far; nothing where they are there."""
    now, zone = core.clock.now(), core.settings.zone
    published = (await core.catalogue.get(RUNNING_SURVEY)).published
    under_way = running(now, zone)
    wave = _wave(_opened(now, zone), published)
    async with core.begin() as work:
        if await work.campaigns.get(RUNNING) is not None:
            return
        for each in (under_way, to_launch(now, zone)):
            await work.campaigns.add(each)
            await work.campaigns.keep_plan(each, at=each.made_at, by=each.made_by)
        staff = await work.audiences.after(under_way.plan.audience, after=None, limit=STAFF_AT_MOST)
        invited = [_invitation(chance, core.ids, wave, each) for each in sorted(staff, key=_key)]
        await work.waves.add(wave)
        await work.invitations.add([each for each, _ in invited], [], made_on=wave.month)
        await work.commit()
    intake = Intake(core.begin, core.clock, core.ids, core.keys, zone)
    for asked, answers in invited:
        if answers:
            await core.writer.submit(await _submission(chance, intake, published, wave, asked))


async def link_to_join(core: Application, chance: Random) -> str:
    """What to start the bot with to become one of those whom the campaign to launch asks.

    Raises: NotFound, where each of them is in a chat already.
    """
    async with core.begin() as work:
        heads = await work.audiences.after(_HEADS, after=None, limit=STAFF_AT_MOST)
        joined = await work.audiences.in_chat([each.id for each in heads], bot=None)
        free = [each for each in heads if each.id not in joined and each.may_be_asked]
        if not free:
            raise NotFound("person")
        link = await core.joining.make_in(work, chance.choice(free), now=core.clock.now())
        await work.commit()
    return f"{PAYLOAD}{for_link(link.secret)}"


def _wave(opened: datetime, published: Published) -> Wave:
    return Wave(
        key=f"{RUNNING}-1",
        campaign=RUNNING,
        number=1,
        slot=opened.replace(tzinfo=None).isoformat(timespec="minutes"),
        questionnaire=RUNNING_SURVEY,
        version=published.version.number,
        privacy=Privacy.CONFIDENTIAL,
        floor=published.version.floor,
        month=opened.date().replace(day=1),
        state=WaveState.OPEN,
        opens_at=opened,
        closes_at=opened + _OPEN_FOR,
        opened_at=opened,
        expanded_at=opened,
    )


def _invitation(chance: Random, ids: Ids, wave: Wave, person: Person) -> tuple[Invitation, bool]:
    """How it stands for one person, and whether they have answered meanwhile."""
    unit = person.units[0]
    answers = chance.random() < _QUIET.get(unit, _RATE)
    state = InvitationState.STARTED if answers else outcome(chance)
    skipped = not answers and chance.random() < _SKIPPED
    by_chat = chance.random() < _CHAT
    return Invitation(
        id=ids.uuid(),
        wave=wave.key,
        person=person.id,
        unit=unit,
        state=InvitationState.SKIPPED if skipped else state,
        reason=why(state, skipped=skipped),
        channel=None if skipped else ChannelName.CHAT if by_chat else ChannelName.EMAIL,
        sent_at=None if skipped or state is InvitationState.FAILED else wave.opened_at,
    ), answers


async def _submission(
    chance: Random, intake: Intake, published: Published, wave: Wave, invited: Invitation
) -> Submission:
    """What they sent, sealed as whatever is answered in confidence."""
    given = readiness(chance, invited.unit, story.ready(story.MONTHS - 1))
    checked = validate(published.form, given.answers, wave.month)
    return await intake.submission(
        published.in_wave(wave),
        Answers(given.unit, given.language, checked),
        wave=wave,
        invitation=invited.id,
        mode="chat" if invited.channel is ChannelName.CHAT else "web",
    )


def _opened(now: datetime, zone: ZoneInfo) -> datetime:
    """Nine in the morning of a working day, some days ago."""
    day = now.astimezone(zone).date() - timedelta(days=_DAYS_AGO)
    while day.weekday() > _FRIDAY:
        day -= timedelta(days=1)
    return datetime.combine(day, _OPENS, zone)


def _key(person: Person) -> str:
    return person.key
