"""/staff/look-round: seeing a demonstration through somebody's eyes, by pressing a button."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.access import Rule
from api.demonstration.under_way import bring_up_to_date
from api.staff.door import Door, at_door
from api.web.forms import ForeignForm

router = APIRouter(include_in_schema=False)


@router.post("/staff/look-round")
async def look_round(door: Annotated[Door, Depends(at_door(Rule.DEMO))]) -> Response:
    """Sign in as the invented account of a role.

    Raises: NotFound, for no such role; ForeignForm, UnreadableForm, FormTooLong.
    """
    form = await door.posted()
    if form is None:
        raise ForeignForm("csrf")
    begun = await door.app.sign_in.look_round(str(form.get("role") or ""))
    await bring_up_to_date(door.app)
    return await door.enter(begun)
