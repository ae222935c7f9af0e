"""How campaigns stand, for the API and `tellback campaign status --json`: sums, never people."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from survey.domain.campaign import CampaignState
from survey.domain.preview import Status, WaveStatus
from survey.domain.questionnaire import Privacy
from survey.domain.waves import Campaign, InvitationState, WaveState


class CampaignOut(BaseModel):
    """A campaign as it stands; `next_at` is when its next wave is due."""

    key: str
    title: str
    state: CampaignState
    questionnaire: str
    version: int | None = Field(description="null until it is launched.")
    next_at: datetime | None


class WaveOut(BaseModel):
    """One wave. All counts of `states` together are the audience."""

    key: str
    number: int
    slot: str = Field(description="Which date of the schedule, by the local clock.")
    state: WaveState
    privacy: Privacy
    opens_at: datetime
    closes_at: datetime
    audience: int
    invited: int
    response_rate: float | None = Field(description="AAPOR RR1, from 0 to 1, four decimals.")
    states: Mapping[InvitationState, int] | None = Field(
        description="null where fewer than the floor were invited, unless answers are attributed."
    )
    reasons: Mapping[InvitationState, Mapping[str, int]] | None = Field(
        description="Of those left out, held or failed: why."
    )
    failed: int | None
    repeated: int = Field(description="Messages that may have arrived twice.")


class CampaignDetailOut(CampaignOut):
    """With its waves, the newest first."""

    waves: list[WaveOut]


def campaign_out(campaign: Campaign) -> CampaignOut:
    return CampaignOut(
        key=campaign.key,
        title=campaign.plan.title,
        state=campaign.state,
        questionnaire=campaign.plan.questionnaire,
        version=campaign.version,
        next_at=campaign.next_at,
    )


def status_out(status: Status, *, every_sum: bool) -> CampaignDetailOut:
    """Args: `every_sum` also tells of waves of fewer than the floor, as an operator sees them."""
    return CampaignDetailOut(
        **campaign_out(status.campaign).model_dump(),
        waves=[_wave(each, every_sum=every_sum) for each in status.waves],
    )


def _wave(each: WaveStatus, *, every_sum: bool) -> WaveOut:
    wave, standing = each.wave, each.standing
    attributed = wave.privacy is Privacy.ATTRIBUTED
    shown = every_sum or attributed or standing.invited >= wave.floor
    return WaveOut(
        key=wave.key,
        number=wave.number,
        slot=wave.slot,
        state=wave.state,
        privacy=wave.privacy,
        opens_at=wave.opens_at,
        closes_at=wave.closes_at,
        audience=standing.audience,
        invited=standing.invited,
        response_rate=round(float(each.rate), 4) if shown and each.rate is not None else None,
        states={state: standing.states.get(state, 0) for state in InvitationState}
        if shown
        else None,
        reasons=_reasons(each) if shown else None,
        failed=each.failed if shown else None,
        repeated=standing.repeated,
    )


def _reasons(each: WaveStatus) -> Mapping[InvitationState, Mapping[str, int]]:
    found: dict[InvitationState, dict[str, int]] = {}
    for (state, reason), number in sorted(each.standing.reasons.items()):
        found.setdefault(state, {})[reason] = number
    return found
