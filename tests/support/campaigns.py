"""Campaigns, waves and invitations put straight into a test's database."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from pydantic import SecretStr

from survey.domain.campaign import CampaignPlan, CampaignState, LawfulBasis, Schedule
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from survey.domain.waves import Campaign, Invitation, InvitationState, Wave, WaveState
from tests.support.application import NOON, Running

SET_UP: Final[dict[str, Any]] = {
    "telegram_token": SecretStr("77:token"),
    "smtp_url": SecretStr("smtp://mail.example:587"),
    "mail_from": "surveys@barnet.example",
}
"""Settings with which both channels are set up; nothing is sent before a test does it."""

FIRST = datetime.combine(date(2026, 6, 2), time(9))
"""A Tuesday, and the first one of its month."""

PULSE = CampaignPlan(
    key="staff-pulse",
    title="Staff pulse",
    questionnaire="people-pulse",
    sender="People team",
    purpose="To see where working here gets better or worse.",
    basis=LawfulBasis.PUBLIC_TASK,
    notice="Staff privacy notice, May 2026",
    schedule=Schedule(start=FIRST, rrule="FREQ=MONTHLY;BYDAY=1TU"),
)


async def keep(here: Running, plan: CampaignPlan = PULSE, **changes: Any) -> Campaign:
    """A campaign as it stands, without any journey to it."""
    made = Campaign(
        **{
            "plan": plan,
            "state": CampaignState.RUNNING,
            "revision": 1,
            "made_at": NOON,
            "made_by": "operator",
            "version": 1,
            **changes,
        }
    )
    async with here.core.begin() as work:
        await work.campaigns.add(made)
        await work.campaigns.keep_plan(made, at=NOON, by=made.made_by)
        await work.commit()
    return made


async def fire(
    here: Running,
    states: Mapping[tuple[InvitationState, str | None] | InvitationState, int],
    *,
    campaign: str = PULSE.key,
    number: int = 1,
    privacy: Privacy = Privacy.CONFIDENTIAL,
    unit: str = "oakfield",
    body: str = "",
    **changes: Any,
) -> Wave:
    """A wave of so many people in each state (and for which reason), each of them a new person.

    Of a `key` that is there already, they join those of that wave.
    """
    wave = Wave(
        **{
            "key": f"{campaign}-{number}",
            "campaign": campaign,
            "number": number,
            "slot": f"2026-0{number}-02T09:00",
            "questionnaire": PULSE.questionnaire,
            "version": 1,
            "privacy": privacy,
            "floor": 10,
            "month": date(2026, 5, 1),
            "state": WaveState.OPEN,
            "opens_at": NOON,
            "closes_at": NOON + timedelta(days=14),
            "opened_at": NOON,
            "expanded_at": NOON,
            **changes,
        }
    )
    people, invitations = [], []
    for each, many in states.items():
        state, reason = each if isinstance(each, tuple) else (each, None)
        for _ in range(many):
            person = here.core.ids.uuid()
            people.append(Person(person, f"p-{person}", f"Person {person}", (unit,), NOON))
            invitations.append(
                Invitation(
                    id=here.core.ids.uuid(),
                    wave=wave.key,
                    person=person,
                    unit=unit,
                    body=body,
                    state=state,
                    reason=reason,
                )
            )
    async with here.core.begin() as work:
        await work.people.put(people)
        await work.waves.add(wave)
        await work.invitations.add(invitations, (), made_on=NOON.date())
        await work.commit()
    return wave
