"""GET /campaigns: how campaigns stand, as sums."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.access import Access, App, Caller, Rule
from api.campaign_sums import CampaignDetailOut, CampaignOut, campaign_out, status_out
from api.problems import TooMany, responses
from survey.errors import NotFound, Refused, Unknown

router = APIRouter(tags=["campaigns"])

Reader = Annotated[Caller, Depends(Access(Rule.FIGURES))]


@router.get("/campaigns", responses=responses(Unknown, Refused, NotFound, TooMany))
async def campaigns(caller: Reader, app: App) -> list[CampaignOut]:
    """All campaigns, the newest first."""
    caller.require_campaigns()
    return [campaign_out(each) for each in await app.campaigns.all()]


@router.get("/campaigns/{key}", responses=responses(Unknown, Refused, NotFound, TooMany))
async def campaign(key: str, caller: Reader, app: App) -> CampaignDetailOut:
    """One campaign and its waves: how many were invited, have answered, and so on.

    Never people; where answers are not attributed, no counts of fewer than the floor.
    """
    caller.require_campaigns()
    return status_out(await app.campaigns.status(key), every_sum=False)
