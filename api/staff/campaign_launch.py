"""Launching a campaign, and the second person who agrees to a large one."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import Response

from api.staff.campaign_plan import plan_page
from api.staff.campaigns import PATH, address_of
from api.staff.said import LAUNCHED, minute_of
from api.staff.shell import Desk, Fault, staffed
from api.staff.structure_words import conflict, number, revision_of
from survey.domain.access import Action
from survey.domain.campaign import CampaignState
from survey.domain.language import N_
from survey.domain.preview import Done
from survey.errors import CampaignFaulty, CampaignRefused, ChangedMeanwhile

router = APIRouter(include_in_schema=False)

Runner = Annotated[Desk, Depends(staffed(Action.RUN_CAMPAIGNS))]

_NUMBER: Final = "number"
_SAME_PERSON: Final = N_("You launched it yourself: somebody else has to agree")
_NOT_PROPOSED: Final = N_("It does not wait for a second person any more")
_OTHER_COUNT: Final = N_("Type %(number)s, the number of people who would be asked")
_MISSING: Final = N_("Something is missing meanwhile: see above")


@router.post(PATH + "/{campaign}/launch")
async def launch(campaign: str, desk: Runner) -> Response:
    """Begin it, where the number of people is typed; a large one waits for a second person."""
    form = await desk.form()
    try:
        done = await desk.app.campaigns.launch(
            campaign, expected_revision=revision_of(form), typed=_typed(form), by=desk.actor
        )
    except CampaignRefused as refused:
        return await _refused(desk, campaign, refused)
    except CampaignFaulty:
        return await _again(desk, campaign, Fault("missing", desk.say(_MISSING)))
    except ChangedMeanwhile:
        return await _again(desk, campaign, conflict(desk)[0], status=409)
    return await _launched(desk, done)


@router.post(PATH + "/{campaign}/approve")
async def approve(campaign: str, desk: Runner) -> Response:
    """Agree to what somebody else has launched."""
    form = await desk.form()
    try:
        done = await desk.app.campaigns.approve(
            campaign, expected_revision=revision_of(form), people=_typed(form), by=desk.actor
        )
    except CampaignRefused as refused:
        if refused.reason == "other_count":
            return await _again(desk, campaign, conflict(desk)[0], status=409)
        return await _refused(desk, campaign, refused)
    except CampaignFaulty:
        return await _again(desk, campaign, Fault("missing", desk.say(_MISSING)))
    except ChangedMeanwhile:
        return await _again(desk, campaign, conflict(desk)[0], status=409)
    return await _launched(desk, done)


async def _launched(desk: Desk, done: Done) -> Response:
    key = done.campaign.key
    if not done.changed:
        return desk.go(address_of(key), "campaign_launched_before")
    if done.campaign.state is CampaignState.PROPOSED:
        return desk.go(f"{address_of(key)}/plan", "campaign_proposed")
    return desk.go(
        address_of(key), LAUNCHED, minute_of(await desk.app.campaigns.leaves_at(done.campaign))
    )


async def _refused(desk: Desk, campaign: str, refused: CampaignRefused) -> Response:
    match refused.reason:
        case "other_count":
            asked = (await desk.app.campaigns.preview(campaign)).people
            words = desk.say(_OTHER_COUNT) % {"number": number(asked, desk)}
            return await _again(desk, campaign, Fault(_NUMBER, words))
        case "same_person":
            return await _again(desk, campaign, Fault("launch", desk.say(_SAME_PERSON)), status=409)
        case "not_proposed":
            fault = Fault("launch", desk.say(_NOT_PROPOSED))
            return await _again(desk, campaign, fault, status=409)
        case _:
            return desk.go(address_of(campaign))


async def _again(desk: Desk, campaign: str, fault: Fault, *, status: int = 200) -> Response:
    found = await desk.app.campaigns.get(campaign)
    return await plan_page(desk, found, [fault], status=status)


def _typed(form: FormData) -> int:
    """How many people somebody says would be asked; -1 where it is no number."""
    typed = str(form.get(_NUMBER) or "").strip().replace(",", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1
