"""Half a year of several campaigns over the same people, by the program's own parts (A19)."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Final
from uuid import UUID

from survey.domain.campaign import CampaignPlan
from survey.domain.schedule import upcoming
from survey.domain.waves import Campaign, Invitation, InvitationState
from tests.support.application import NOON, Running
from tests.support.sending import Told, a_sender
from tests.survey.services.campaigning import campaign, person, plan, put, waves_of

PEOPLE: Final = 12
DAYS: Final = 130
DAY: Final = timedelta(days=1)
SILENT: Final = (InvitationState.DELIVERED, InvitationState.OPENED, InvitationState.STARTED)

PLANS: Final = (
    plan("weekly", schedule={"start": "2026-05-18T09:00", "rrule": "FREQ=WEEKLY"}),
    plan(
        "monthly",
        questionnaire="service-satisfaction",
        schedule={"start": "2026-05-20T10:00", "rrule": "FREQ=MONTHLY"},
        open_days=21,
    ),
    plan("once", schedule={"start": "2026-06-11T11:00"}, open_days=30),
)


@dataclass
class Story:
    """What people were sent, and when."""

    here: Running
    chance: Random
    channel: Told = field(default_factory=Told)
    sent: list[tuple[UUID, int, datetime]] = field(default_factory=list)
    ended: dict[UUID, datetime] = field(default_factory=dict)

    async def tick(self) -> None:
        """A worker's jobs, each in its turn, and a sender's."""
        waves, sender = (
            self.here.core.waves,
            a_sender(self.here.core, self.channel, clock=self.here.clock),
        )
        await waves.close_due()
        await waves.drop_unsent()
        await waves.fire_due()
        while await waves.expand_due():
            pass
        while await waves.remind():
            pass
        while await sender.send_due():
            pass
        now = self.here.clock.now()
        self.sent += [
            (each.invitation, each.number, now) for each in self.channel.sent[len(self.sent) :]
        ]

    async def somebody_answers(self) -> None:
        """Or refuses: one in eight of the silent, by chance."""
        now = self.here.clock.now()
        async with self.here.core.begin() as work:
            for one in {each for each, _, _ in self.sent if each not in self.ended}:
                if self.chance.random() < 0.125:
                    state = self.chance.choice([InvitationState.ANSWERED, InvitationState.REFUSED])
                    if await work.invitations.set_state(one, state, was=SILENT):
                        self.ended[one] = now
            await work.commit()

    async def asked(self) -> dict[UUID, Invitation]:
        async with self.here.core.begin.read() as work:
            return {
                each.id: each
                for number in range(1, PEOPLE + 1)
                for each in await work.invitations.of_person(UUID(int=number))
            }


def gaps(moments: list[datetime]) -> list[timedelta]:
    return [later - earlier for earlier, later in pairwise(sorted(moments))]


async def launched(here: Running, planned: CampaignPlan) -> Campaign:
    async with here.core.begin.read() as work:
        days = await here.core.calendar.days(work)
    slot = upcoming(campaign(planned), done=None, now=NOON, zone=here.core.settings.zone, days=days)
    assert slot is not None
    return campaign(planned, next_slot=slot.slot, next_at=slot.at)


async def test_nobody_is_tired_by_surveys(here: Running) -> None:
    """A19: at most one new survey in 7 days, the same one not within 30, two reminders a wave, and
    each skip with a counted reason; whatever is sent late, answered or refused, and by whom.
    """
    for key in ("people-pulse", "service-satisfaction"):
        await here.publish(key)
    everybody = [person(number) for number in range(1, PEOPLE + 1)]
    await put(here, campaigns=[await launched(here, each) for each in PLANS], people=everybody)
    story = Story(here, Random(19))
    begin = datetime(2026, 5, 15, tzinfo=UTC)
    for day in range(DAYS):
        here.clock.time = begin + day * DAY + timedelta(hours=story.chance.uniform(7.5, 16))
        if story.chance.random() < 0.9:  # else nothing runs on this day
            await story.tick()
        await story.somebody_answers()

    asked = await story.asked()
    first = defaultdict[UUID | None, list[datetime]](list)
    same = defaultdict[tuple[UUID | None, str], list[datetime]](list)
    numbers = defaultdict[UUID, list[int]](list)
    of = {wave.key: wave for key in PLANS for wave in await waves_of(here, key.key)}
    for one, number, at in story.sent:
        numbers[one].append(number)
        assert at <= story.ended.get(one, at)
        assert at < of[asked[one].wave].closes_at
        if number == 0:
            first[asked[one].person].append(at)
            same[asked[one].person, of[asked[one].wave].questionnaire].append(at)

    assert min(gap for each in first.values() for gap in gaps(each)) >= 7 * DAY
    assert min(gap for each in same.values() for gap in gaps(each)) >= 30 * DAY
    assert all(each == list(range(len(each))) and len(each) <= 3 for each in numbers.values())
    assert len(story.sent) > 3 * PEOPLE
    assert any(len(each) == 3 for each in numbers.values())
    skipped = [each for each in asked.values() if each.state is InvitationState.SKIPPED]
    assert skipped
    assert all(each.reason for each in skipped)
    for key in of:
        async with here.core.begin.read() as work:
            standing = await work.invitations.standing(key)
        assert standing.audience in (0, PEOPLE)
