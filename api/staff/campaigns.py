"""/staff/campaigns: all campaigns, how each stands and when it asks next."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff.campaign_standing import progress_in_words
from api.staff.campaign_words import STATES, TAGS, moment
from api.staff.listing import Column, Link, listing
from api.staff.shell import Desk, staffed
from survey.domain.access import Action
from survey.domain.campaign import CampaignState
from survey.domain.language import N_
from survey.domain.waves import Campaign, Standing, Wave

PATH: Final = "/staff/campaigns"
TITLE: Final = N_("Campaigns")

router = APIRouter(include_in_schema=False)

Reader = Annotated[Desk, Depends(staffed(Action.READ_CAMPAIGNS))]

_SHOWN: Final[Mapping[str, str]] = {
    "": N_("Under way"),
    "over": N_("Over or stopped"),
    "all": N_("All"),
}


@router.get(PATH)
async def campaigns(desk: Reader) -> Response:
    """Every campaign under way: its state, its next date, and how its last wave goes."""
    asked = listing(
        desk.request.query_params,
        PATH,
        [
            Column(desk.say(TITLE), "made"),
            Column(desk.say(N_("State"))),
            Column(desk.say(N_("Next date"))),
            Column(desk.say(N_("Last time"))),
        ],
        filters=("show",),
    )
    async with desk.app.begin.read() as work:
        known = await work.campaigns.all()
        shown = [each for each in known if _fits(each, asked.filters["show"])]
        page = shown[asked.offset : asked.offset + asked.size]
        last = {each.key: await _last(work, each.key) for each in page}
    return desk.page(
        "staff/campaigns.html",
        desk.say(TITLE),
        listing=asked,
        shows=[(value, desk.say(text)) for value, text in _SHOWN.items()],
        rows=[_row(each, last[each.key], desk) for each in page],
        number=len(shown),
        any_known=bool(known),
        may_run=desk.caller.may(Action.RUN_CAMPAIGNS),
    )


def title_of(campaign: Campaign) -> str:
    """What people call it; its key where it has no title yet."""
    return campaign.plan.title or campaign.key


def address_of(key: str) -> str:
    return f"{PATH}/{key}"


def next_date(campaign: Campaign, desk: Desk) -> str:
    """When it asks next, in words and in the zone of the body."""
    plan = campaign.plan
    if campaign.state.over:
        return desk.say(N_("None"))
    if plan.schedule.on_contact:
        return desk.say(N_("With the next contact"))
    if campaign.next_at is None:
        draft = campaign.state in (CampaignState.DRAFT, CampaignState.PROPOSED)
        return desk.say(N_("Not launched yet") if draft else N_("None"))
    return moment(campaign.next_at, desk.app.settings.zone, desk.language)


async def _last(work: Any, campaign: str) -> tuple[Wave, Standing] | None:
    waves: Sequence[Wave] = await work.waves.of(campaign)
    return (waves[0], await work.invitations.standing(waves[0].key)) if waves else None


def _fits(campaign: Campaign, show: str) -> bool:
    return show == "all" or campaign.state.over == (show == "over")


def _row(campaign: Campaign, last: tuple[Wave, Standing] | None, desk: Desk) -> Mapping[str, Any]:
    return {
        "link": Link(title_of(campaign), address_of(campaign.key)),
        "from": campaign.plan.sender,
        "state": desk.say(STATES[campaign.state]),
        "tag": TAGS[campaign.state],
        "next": next_date(campaign, desk),
        "last": progress_in_words(*last, desk) if last else desk.say(N_("Nobody was asked yet")),
    }
