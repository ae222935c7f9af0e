"""People who were asked in a wave of a campaign, written straight into the database."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from survey.domain.calendar import local_month
from survey.domain.campaign import CampaignPlan, CampaignState, ChannelName
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from survey.domain.waves import (
    Campaign,
    Delivery,
    Invitation,
    InvitationState,
    Wave,
    WaveState,
)
from tests.support.application import Running

CAMPAIGN = "staff-pulse"
WAVE = "staff-pulse-1"

_SENT = (InvitationState.DELIVERED, InvitationState.OPENED, InvitationState.STARTED)


@dataclass(frozen=True, slots=True)
class Asked:
    """One person in the wave, and the token of their invitation."""

    person: Person
    invitation: Invitation
    token: str

    @property
    def id(self) -> UUID:
        return self.invitation.id


async def a_wave(
    here: Running,
    *,
    questionnaire: str = "people-pulse",
    privacy: Privacy = Privacy.CONFIDENTIAL,
    open_link: bool = False,
    **changes: Any,
) -> Wave:
    """A running campaign with one open wave, which closes in two weeks."""
    await here.publish(questionnaire, open_link=open_link)
    version = (await here.core.catalogue.get(questionnaire)).published.version
    now = here.clock.now()
    plan = CampaignPlan.model_validate(
        {
            "key": CAMPAIGN,
            "title": "Barnet staff pulse",
            "questionnaire": questionnaire,
            "sender": "People team",
            "purpose": "To see where working here gets better or worse.",
            "basis": "public_task",
            "notice": "Staff surveys, May 2026",
            "schedule": {"start": "2026-05-14T09:00"},
        }
    )
    campaign = Campaign(
        plan=plan,
        state=CampaignState.RUNNING,
        revision=1,
        made_at=now,
        made_by="operator",
        version=version.number,
        launched_at=now,
    )
    wave = Wave(
        key=WAVE,
        campaign=CAMPAIGN,
        number=1,
        slot="2026-05-14T09:00",
        questionnaire=questionnaire,
        version=version.number,
        privacy=privacy,
        floor=version.floor,
        month=local_month(now, here.core.settings.zone),
        state=WaveState.OPEN,
        opens_at=now,
        closes_at=now + timedelta(days=14),
        opened_at=now,
        expanded_at=now,
    )
    wave = replace(wave, **changes)
    async with here.core.begin() as work:
        await work.campaigns.add(campaign)
        await work.waves.add(wave)
        await work.commit()
    return wave


async def asked(
    here: Running,
    wave: Wave,
    *,
    key: str = "ann",
    email: str | None = "ann.lee@barnet.example",
    language: str | None = "en",
    state: InvitationState = InvitationState.DELIVERED,
    channel: ChannelName | None = ChannelName.EMAIL,
    **changes: Any,
) -> Asked:
    """Somebody of Oakfield with an invitation in this state, and its first message."""
    now, ids = here.clock.now(), here.core.ids
    person = Person(
        id=ids.uuid(),
        key=key,
        name=f"{key.title()} Lee",
        units=("oakfield",),
        created_at=now,
        email=email,
        language=language,
    )
    invitation = Invitation(
        id=ids.uuid(),
        wave=wave.key,
        person=person.id,
        unit="oakfield",
        state=state,
        channel=channel if state in _SENT else None,
        sent_at=now if state in _SENT else None,
    )
    invitation = replace(invitation, **changes)
    message = Delivery(ids.uuid(), wave.key, invitation.id, 0, now)
    async with here.core.begin() as work:
        await work.people.put([person])
        await work.invitations.add([invitation], [message], made_on=now.date())
        await work.commit()
    return Asked(person, invitation, here.core.invitation_links.token(invitation.id))


async def invitation_of(here: Running, who: Asked) -> Invitation:
    """As it is now."""
    async with here.core.begin.read() as work:
        found = await work.invitations.get(who.id)
    assert found is not None
    return found
