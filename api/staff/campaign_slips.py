"""/staff/campaigns/KEY/slips: links on paper for people whom no message reached."""

import asyncio
from gettext import NullTranslations
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.printing import invitations as printing
from api.staff.campaign_changes import crumbs_to
from api.staff.campaigns import PATH, address_of, title_of
from api.staff.shell import Desk, staffed
from survey.domain.access import Action
from survey.domain.language import N_
from survey.errors import Conflict
from survey.locales import translations

router = APIRouter(include_in_schema=False)

Runner = Annotated[Desk, Depends(staffed(Action.RUN_CAMPAIGNS))]

_TITLE: Final = N_("Slips for people whom no message reached")


@router.get(PATH + "/{campaign}/slips")
async def look(campaign: str, desk: Runner) -> Response:
    """For how many people there would be slips; nothing is made yet. Raises: NotFound."""
    found = (await desk.app.campaigns.status(campaign)).campaign
    number = await desk.app.unreached.count(campaign)
    said: NullTranslations = translations(desk.language)
    counted = said.ngettext(
        "No message reached %(number)d person.", "No message reached %(number)d people.", number
    )
    return desk.page(
        "staff/campaign_slips.html",
        desk.say(_TITLE),
        crumbs=crumbs_to(found, desk),
        name=title_of(found),
        number=number,
        counted=counted % {"number": number},
        here=f"{address_of(campaign)}/slips",
        back=address_of(campaign),
    )


@router.post(PATH + "/{campaign}/slips")
async def sheet(campaign: str, desk: Runner) -> Response:
    """The slips, to print. Raises: NotFound; Conflict, where everybody was reached meanwhile."""
    found = (await desk.app.campaigns.status(campaign)).campaign
    await desk.form()
    made = await desk.app.unreached.make(campaign, by=desk.actor)
    if not made:
        raise Conflict("everybody was reached")
    settings = desk.app.settings
    content = await asyncio.to_thread(
        printing.pdf,
        made,
        title=title_of(found),
        organisation=settings.organisation,
        base_url=settings.base_url,
        language=desk.language,
    )
    headers = {
        "Content-Disposition": f'attachment; filename="slips-{campaign}.pdf"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)
