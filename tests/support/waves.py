"""Campaigns and waves put straight into a database, for what only reads them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from survey.domain.calendar import local_month
from survey.domain.campaign import CampaignPlan, CampaignState, Schedule
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from survey.domain.waves import Campaign, Invitation, InvitationState, Wave, WaveState
from tests.support.application import Running

OPEN_FOR = timedelta(days=14)


async def campaign(here: Running, key: str, questionnaire: str) -> Campaign:
    """A running campaign of which no wave is to come."""
    made = Campaign(
        plan=CampaignPlan(
            key=key,
            title=key.replace("-", " ").capitalize(),
            questionnaire=questionnaire,
            sender="People team",
            purpose="To see how things are going.",
            notice="Staff privacy notice, May 2026",
            schedule=Schedule(start=datetime.fromisoformat("2026-05-04T09:00")),
        ),
        state=CampaignState.RUNNING,
        revision=1,
        made_at=here.clock.now(),
        made_by="operator",
        version=1,
    )
    async with here.core.begin() as work:
        await work.campaigns.add(made)
        await work.commit()
    return made


async def wave(here: Running, of: Campaign, number: int, *, privacy: Privacy) -> Wave:
    """Open a wave of this campaign now."""
    now = here.clock.now()
    opened = Wave(
        key=f"{of.key}-{number}",
        campaign=of.key,
        number=number,
        slot=f"{number}: {now.isoformat()}",
        questionnaire=of.plan.questionnaire,
        version=1,
        privacy=privacy,
        floor=10,
        month=local_month(now, here.core.settings.zone),
        state=WaveState.OPEN,
        opens_at=now,
        closes_at=now + OPEN_FOR,
        opened_at=now,
        expanded_at=now,
    )
    async with here.core.begin() as work:
        await work.waves.add(opened)
        await work.commit()
    return opened


async def close(here: Running, of: Wave) -> None:
    async with here.core.begin() as work:
        await work.waves.set_state(
            of.key, WaveState.CLOSED, at=here.clock.now(), was=WaveState.OPEN
        )
        await work.commit()


async def invite(
    here: Running,
    into: Wave,
    unit: str,
    states: Mapping[InvitationState, int],
    *,
    body: str = "",
) -> None:
    """So many people of this unit in this wave, in these states."""
    people = [
        (Person(uuid4(), uuid4().hex, "", (unit,), here.clock.now()), state)
        for state, n in states.items()
        for _ in range(n)
    ]
    invited = [
        Invitation(
            id=uuid4(),
            wave=into.key,
            person=person.id,
            unit=unit,
            state=state,
            body=body,
        )
        for person, state in people
    ]
    async with here.core.begin() as work:
        await work.people.put([person for person, _ in people])
        await work.invitations.add(invited, [], made_on=here.clock.now().date())
        await work.commit()
