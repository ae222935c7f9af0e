"""Campaigns that are sending: waves, people in chats, and what is to be sent to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update

from survey.db.tables import chats, deliveries, invitations
from survey.domain.campaign import CampaignPlan, CampaignState, LawfulBasis, Schedule
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from survey.domain.records import Version
from survey.domain.waves import (
    Campaign,
    Delivery,
    Invitation,
    InvitationState,
    Wave,
    WaveState,
)
from survey.wiring import Application
from tests.support.application import NOON

_NINE = datetime(2026, 5, 14, 9)  # noqa: DTZ001 (by the local clock)


@dataclass(frozen=True, slots=True)
class Sending:
    """A wave that is sending, and whom it asks, in order."""

    wave: str
    people: tuple[UUID, ...]
    invitations: tuple[UUID, ...]
    deliveries: tuple[UUID, ...]


def plan(key: str, questionnaire: str, **changes: Any) -> CampaignPlan:
    return CampaignPlan(
        **{
            "key": key,
            "title": "Staff pulse",
            "questionnaire": questionnaire,
            "sender": "People team",
            "purpose": "to see where working here gets better or worse",
            "basis": LawfulBasis.PUBLIC_TASK,
            "notice": "Staff privacy notice, May 2026",
            "schedule": Schedule(start=_NINE),
            **changes,
        }
    )


async def a_campaign(
    core: Application,
    *,
    key: str = "pulse-2026",
    questionnaire: str = "pulse",
    people: int = 3,
    again: Sequence[UUID] = (),
    due_at: datetime = NOON,
    closes_at: datetime = NOON + timedelta(days=14),
    **changes: Any,
) -> Sending:
    """A running campaign with an open wave, its invitations waiting to be sent.

    Args:
        people: how many new ones it asks.
        again: people of another campaign, asked after those.
        changes: of the plan.
    """
    wave = f"{key}-1"
    persons = [_person(core) for _ in range(people)]
    everybody = (*(each.id for each in persons), *again)
    asked = [
        Invitation(uuid4(), wave, each, "oakfield", InvitationState.WAITING) for each in everybody
    ]
    messages = [Delivery(uuid4(), wave, each.id, 0, due_at) for each in asked]
    async with core.begin() as work:
        version = await work.questionnaires.version(questionnaire)
        if version is None:
            version = Version(questionnaire, 1, 1, 10, '{"key": "pulse"}', NOON, {})
            await work.questionnaires.publish(version, open_link=False)
        await work.campaigns.add(
            Campaign(
                plan(key, questionnaire, **changes),
                CampaignState.RUNNING,
                revision=1,
                made_at=NOON,
                made_by="operator",
                version=version.number,
            )
        )
        await work.waves.add(
            Wave(
                key=wave,
                campaign=key,
                number=1,
                slot="2026-05-14T09:00",
                questionnaire=questionnaire,
                version=version.number,
                privacy=Privacy.CONFIDENTIAL,
                floor=10,
                month=NOON.date().replace(day=1),
                state=WaveState.OPEN,
                opens_at=NOON,
                closes_at=closes_at,
                opened_at=NOON,
                expanded_at=NOON,
            )
        )
        await work.people.put(persons)
        await work.invitations.add(asked, messages, made_on=NOON.date())
        await work.commit()
    return Sending(
        wave, everybody, tuple(each.id for each in asked), tuple(each.id for each in messages)
    )


async def joined(core: Application, bot: int, users: dict[UUID, int]) -> None:
    """These people have chats with the bot."""
    rows = [
        {"bot": bot, "user": user, "person": person, "stopped": False, "language": "en"}
        for person, user in users.items()
    ]
    async with core.database.writing() as connection:
        await connection.execute(insert(chats), rows)
        await connection.commit()


async def rows_of(core: Application, wave: str) -> dict[UUID, Any]:
    """The rows of its messages, by invitation; of the last one where there are several."""
    async with core.database.reading() as connection:
        chosen = select(deliveries).where(deliveries.c.wave == wave).order_by(deliveries.c.number)
        return {row.invitation: row for row in await connection.execute(chosen)}


async def invited(core: Application, wave: str) -> dict[UUID, Invitation]:
    async with core.begin.read() as work:
        listed = await work.invitations.listed(
            wave, list(InvitationState), limit=100_000, after=None
        )
    return {each.id: each for each in listed}


async def change(core: Application, invitation: UUID, **values: Any) -> None:
    """Put values in its row."""
    async with core.database.writing() as connection:
        await connection.execute(
            update(invitations).where(invitations.c.id == invitation).values(**values)
        )
        await connection.commit()


async def remind(
    core: Application, sending: Sending, *, number: int, due_at: datetime
) -> dict[UUID, UUID]:
    """Reminders of everybody who was asked, by invitation."""
    made = {each: uuid4() for each in sending.invitations}
    async with core.database.writing() as connection:
        await connection.execute(
            insert(deliveries),
            [
                {
                    "id": made[each],
                    "wave": sending.wave,
                    "invitation": each,
                    "number": number,
                    "due_at": due_at,
                }
                for each in sending.invitations
            ],
        )
        await connection.commit()
    return made


def _person(core: Application) -> Person:
    key = core.ids.token()[:16]
    return Person(
        id=uuid4(),
        key=key,
        name=f"Person {key}",
        units=("oakfield",),
        created_at=NOON,
        email=f"{key.lower()}@example.org",
    )
