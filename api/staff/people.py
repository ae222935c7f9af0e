"""/staff/people: who may be asked, found, shown and changed."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff import people_list
from api.staff.people_list import PATH, SHOWN
from api.staff.shell import Desk, staffed
from survey.domain.access import Action, may_somewhere
from survey.domain.language import N_

router = APIRouter(include_in_schema=False)

Reader = Annotated[Desk, Depends(staffed(Action.READ_PEOPLE))]

_TITLE: Final = N_("People")


@router.get(PATH)
async def people(desk: Reader) -> Response:
    """Those whom the caller may see: found, sorted, fifty a page."""
    asked = people_list.asked_by(desk.request.query_params, desk.caller, desk.say)
    units = await desk.app.organisation.units()
    async with desk.app.begin.read() as work:
        after = await work.people.get(asked.after) if asked.after else None
        found = await work.people.find(
            text=asked.text,
            units=asked.units,
            ended=asked.ended,
            opted_out=asked.opted_out,
            sort=asked.sort,
            descending=asked.listing.descending,
            after=after,
            limit=asked.listing.size,
        )
        number = await work.people.count(
            asked.units, text=asked.text, ended=asked.ended, opted_out=asked.opted_out
        )
    names = {unit.key: unit.name for unit in units}
    reached = people_list.reach(desk.caller, Action.READ_PEOPLE)
    return desk.page(
        "staff/people.html",
        desk.say(_TITLE),
        listing=asked.listing,
        rows=[people_list.row(person, names, desk.say) for person in found.people],
        number=number,
        next=asked.listing.address(after=str(found.people[-1].id)) if found.more else "",
        further=after is not None,
        units=[
            ("", desk.say(N_("All"))),
            *people_list.unit_options(units, reached),
        ],
        shows=[(show.value, desk.say(text)) for show, text in SHOWN.items()],
        partly=reached is not None,
        may_edit=may_somewhere(desk.caller.grants, Action.EDIT_PEOPLE),
        may_upload=desk.caller.may(Action.EDIT_PEOPLE),
    )
