"""/staff/cases/held: letters of which nobody can say by themselves whose words they are."""

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from api.staff.case_desk import PATH, TITLE, Worker, looker_of
from api.staff.case_page import written
from api.staff.shell import Crumb, Desk, Fault
from survey.domain.language import N_
from survey.errors import FieldsRejected, NotFound
from survey.services.inbound import Held

router = APIRouter(include_in_schema=False)

HELD: Final = f"{PATH}/held"

_TITLE: Final = N_("Letters that wait")
_NO_REPORT: Final = N_("Give the reference of a report that is yours to work on, such as P-4TK2")
_EMPTY: Final = N_("There is nothing in this letter that could be kept. Drop it.")

WHY: Final[Mapping[str, str]] = {
    Held.SENDER: N_("It comes from another address than the one that we wrote to."),
    Held.FORGED: N_(
        "The domain that it says it comes from disowns it (DMARC). Somebody may pretend to be "
        "another."
    ),
    Held.UNPROVEN: N_(
        "Our mail server found nothing that shows that it comes from where it says (SPF, DKIM)."
    ),
    Held.LEFT: N_("Whoever wrote it does not stand for the school any more."),
    Held.UNSIGNED: N_("It did not come to the address of a report."),
    Held.EMPTY: N_("Nothing is left of it beside what it quotes."),
    Held.UNREADABLE: N_("It cannot be read, so nothing of it is shown. It can only be dropped."),
}


@router.get(HELD)
async def held(desk: Worker) -> Response:
    return await _page(desk)


@router.post(HELD + "/{letter}/take-in")
async def take_in(letter: str, desk: Worker) -> Response:
    """Make it the reporter's words in its report, or in the one whose reference is typed."""
    form = await desk.form()
    reference = written(form, "reference").strip()
    try:
        case = await desk.app.held_letters.take_in(
            letter, looker=looker_of(desk), by=desk.actor, reference=reference or None
        )
    except NotFound:
        field = f"reference-{letter}"
        return await _page(desk, [Fault(field, desk.say(_NO_REPORT))], {field: reference})
    except FieldsRejected:
        return await _page(desk, [Fault(f"reference-{letter}", desk.say(_EMPTY))])
    return desk.go(f"{PATH}/{case.reference}", "letter_taken_in")


@router.post(HELD + "/{letter}/drop")
async def drop(letter: str, desk: Worker) -> Response:
    await desk.form()
    await desk.app.held_letters.drop(letter, looker=looker_of(desk), by=desk.actor)
    return desk.go(HELD, "letter_dropped")


async def _page(
    desk: Desk, faults: Sequence[Fault] = (), typed: Mapping[str, str] | None = None
) -> Response:
    letters = await desk.app.held_letters.listed(looker_of(desk))
    known = {f"reference-{each.name}" for each in letters}
    if any(fault.field not in known for fault in faults):
        # Somebody else was quicker.
        return desk.go(HELD, "letter_gone")
    return desk.page(
        "staff/case_held.html",
        desk.say(_TITLE),
        crumbs=[Crumb(desk.say(TITLE), PATH)],
        faults=faults,
        letters=letters,
        why={word: desk.say(text) for word, text in WHY.items()},
        typed=typed or {},
        path=HELD,
        cases=PATH,
    )
