"""Campaigns, waves, people and invitations as tests put them there."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from survey.db.tables import deliveries, invitations
from survey.domain.campaign import CampaignPlan, CampaignState
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from survey.domain.records import InstallationKind
from survey.domain.waves import (
    Campaign,
    Delivery,
    Invitation,
    InvitationState,
    Outcome,
    Wave,
    WaveState,
)
from tests.support.application import NOON, Running


def plan(key: str = "pulse", **given: Any) -> CampaignPlan:
    """A plan that may run: once, from the time at which test clocks begin."""
    told = {
        "questionnaire": "people-pulse",
        "schedule": {"start": "2026-05-14T13:00:00"},
        "open_days": 14,
    }
    return CampaignPlan.model_validate({"key": key, **told, **given})


def campaign(planned: CampaignPlan, **given: Any) -> Campaign:
    """A running campaign, with no wave to come unless `next_at` and `next_slot` say so."""
    earlier = NOON - timedelta(hours=1)
    told = Campaign(planned, CampaignState.RUNNING, 1, earlier, "operator", 1, launched_at=earlier)
    return replace(told, **given)


def wave(of: str = "pulse", number: int = 1, **given: Any) -> Wave:
    """An open wave of a fortnight, its invitations written."""
    told = Wave(
        key=f"{of}.{number}",
        campaign=of,
        number=number,
        slot=f"2026-05-{13 + number}T13:00",
        questionnaire="people-pulse",
        version=1,
        privacy=Privacy.CONFIDENTIAL,
        floor=10,
        month=date(2026, 5, 1),
        state=WaveState.OPEN,
        opens_at=NOON,
        closes_at=NOON + timedelta(days=14),
        opened_at=NOON,
        expanded_at=NOON,
    )
    return replace(told, **given)


def person(number: int, *units: str, **given: Any) -> Person:
    """Person `number`, of Oakfield unless units are named; ids go up with the number."""
    named = {"id": UUID(int=number), "key": f"p{number}", "name": f"Person {number}"}
    return Person(**{**named, "units": units or ("oakfield",), "created_at": NOON, **given})


def invitation(to: Person, of: str = "pulse.1", **given: Any) -> Invitation:
    told = Invitation(uuid4(), of, to.id, to.units[0], InvitationState.WAITING)
    return replace(told, **given)


async def put(
    here: Running,
    *,
    campaigns: Iterable[Campaign] = (),
    waves: Iterable[Wave] = (),
    people: Iterable[Person] = (),
    asked: Sequence[Invitation] = (),
) -> None:
    """Keep these; each invitation that waits gets its first message, due at noon."""
    async with here.core.begin() as work:
        for each in campaigns:
            await work.campaigns.add(each)
            await work.campaigns.keep_plan(each, at=each.made_at, by=each.made_by)
        for opened in waves:
            assert await work.waves.add(opened)
        await work.people.put(people)
        for key in sorted({each.wave for each in asked}):
            of_wave = [each for each in asked if each.wave == key]
            messages = [
                Delivery(uuid4(), key, each.id, 0, due_at=NOON)
                for each in of_wave
                if each.state in (InvitationState.WAITING, InvitationState.HELD)
            ]
            await work.invitations.add(of_wave, messages, made_on=NOON.date())
        await work.commit()


async def sent(here: Running, one: Invitation, number: int, *, at: datetime) -> None:
    """As if message `number` of an invitation had left: the first makes it delivered."""
    async with here.core.database.writing() as connection:
        await connection.execute(
            update(deliveries)
            .where(deliveries.c.invitation == one.id, deliveries.c.number == number)
            .values(settled_at=at, outcome=Outcome.SENT)
        )
        if number == 0:
            await connection.execute(
                update(invitations)
                .where(invitations.c.id == one.id)
                .values(state=InvitationState.DELIVERED, sent_at=at)
            )
        await connection.commit()


async def states(here: Running, of: str = "pulse.1") -> dict[InvitationState, int]:
    async with here.core.begin.read() as work:
        return dict((await work.invitations.standing(of)).states)


async def messages(here: Running, of: str = "pulse.1") -> list[tuple[int, Outcome | None]]:
    """Number and outcome of each message of a wave, in order of its number."""
    chosen = (
        select(deliveries.c.number, deliveries.c.outcome)
        .where(deliveries.c.wave == of)
        .order_by(deliveries.c.number)
    )
    async with here.core.database.reading() as connection:
        rows = await connection.execute(chosen)
        return [(row.number, Outcome(row.outcome) if row.outcome else None) for row in rows]


async def the_wave(here: Running, key: str = "pulse.1") -> Wave:
    async with here.core.begin.read() as work:
        found = await work.waves.get(key)
    assert found is not None
    return found


async def hold(here: Running) -> None:
    """As in a restored backup: nothing may be sent until somebody says so."""
    async with here.core.begin() as work:
        await work.installation.settle(InstallationKind.REAL)
        await work.installation.hold(at=NOON)
        await work.commit()


async def the_campaign(here: Running, key: str = "pulse") -> Campaign:
    async with here.core.begin.read() as work:
        found = await work.campaigns.get(key)
    assert found is not None
    return found


async def waves_of(here: Running, key: str = "pulse") -> list[Wave]:
    """The newest first."""
    async with here.core.begin.read() as work:
        return list(await work.waves.of(key))
