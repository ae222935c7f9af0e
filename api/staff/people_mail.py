"""/staff/people: writing again to an address that mail came back from; asked first.

Who wants no surveys is nobody that this could bring back: that wish is kept with the person.
"""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff.people_changes import crumbs_to
from api.staff.people_list import PATH, the_person
from api.staff.shell import Desk, staffed
from survey.domain.access import Action
from survey.domain.language import N_

router = APIRouter(include_in_schema=False)

Editor = Annotated[Desk, Depends(staffed(Action.EDIT_PEOPLE))]

_AGAIN: Final = f"{PATH}/{{person:uuid}}/mail-again"
_CONSEQUENCES: Final = (
    N_("Do this when the mailbox works again. If the address is wrong, change it instead."),
    N_("The next invitation is sent there. If it comes back, sending ends again."),
)
_WANTS_NONE: Final = N_("They want no surveys. That stays as it is: no survey is sent.")


@router.get(_AGAIN)
async def ask(desk: Editor, person: UUID) -> Response:
    """What it would change, before it is done."""
    found = await the_person(desk, person, Action.EDIT_PEOPLE)
    if await desk.app.bounces.since(person) is None:
        return desk.go(f"{PATH}/{person}")
    told = [*_CONSEQUENCES, *([_WANTS_NONE] if found.opted_out_at else [])]
    return desk.page(
        "staff/person_confirm.html",
        desk.say(N_("Send mail to this address again")),
        crumbs=crumbs_to(desk, found),
        person=found,
        button=desk.say(N_("Yes, send mail again")),
        consequences=[desk.say(each) for each in told],
        back=f"{PATH}/{person}",
    )


@router.post(_AGAIN)
async def do(desk: Editor, person: UUID) -> Response:
    """Do it, once: pressing again changes nothing."""
    await the_person(desk, person, Action.EDIT_PEOPLE)
    await desk.form()
    await desk.app.bounces.write_again(person, by=desk.actor)
    return desk.go(f"{PATH}/{person}", "mailed_again")
