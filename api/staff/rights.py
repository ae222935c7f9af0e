"""/staff/people/{id}/rights: what is kept about one person, to hand over or to erase.

At most five steps: the list of people, the person, this page, "Erase", "Yes". What was done is an
entry of the record, whose number is told for the data-protection officer.
"""

from collections.abc import Mapping
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff.shell import Crumb, Desk, Fault, staffed
from survey.domain.access import Action
from survey.domain.accounts import Account, Role
from survey.domain.language import N_
from survey.domain.people import Person
from survey.domain.rights import NOT_FOUND
from survey.errors import AccountLinked
from survey.services.rights import as_bytes

router = APIRouter(include_in_schema=False)

PEOPLE: Final = "/staff/people"
_PATH: Final = f"{PEOPLE}/{{person_id}}/rights"
_TITLE: Final = N_("Rights of %(name)s")
_ERASE_TITLE: Final = N_("Erase %(name)s")
_END_ACCOUNT: Final = "end_account"

HELD: Final[Mapping[str, str]] = {
    "personal_links": N_("Personal links that can still be used"),
    "chats": N_("Chats that they joined from"),
    "conversations": N_("Surveys that they began in the last 30 days"),
    "took_part_in": N_("Surveys and months that they took part in"),
    "messages_not_dealt_with": N_("Messages that are not dealt with yet"),
    "asked_to_answer": N_("Surveys that they were asked to answer"),
    "problems_reported": N_("Problems that they reported, or stand in for"),
    "letters": N_("Letters of the last 30 days"),
    "accounts": N_("Accounts for staff pages"),
    "sign_ins": N_("Browsers in which they are signed in"),
    "record": N_("Entries of the record about them"),
}

AtDesk = Annotated[Desk, Depends(staffed(Action.RIGHTS))]


@router.get(_PATH)
async def rights(desk: AtDesk, person_id: UUID) -> Response:
    """What is kept, and what can be done with it."""
    person = await _the(desk, person_id)
    held = await desk.app.rights.held(person.id)
    return desk.page(
        "staff/rights.html",
        desk.say(_TITLE) % {"name": person.name},
        crumbs=_crumbs(desk, person),
        person=person,
        held=[(desk.say(HELD[name]), number) for name, number in held.items()],
        not_found=[desk.say(what) for what, _ in NOT_FOUND],
        path=_path(person),
    )


@router.post(f"{_PATH}/export")
async def export(desk: AtDesk, person_id: UUID) -> Response:
    """The whole of it as a file."""
    person = await _the(desk, person_id)
    await desk.form()
    made = await desk.app.rights.export(person.id, by=desk.actor)
    headers = {"Content-Disposition": f'attachment; filename="export-{made.number}.json"'}
    return Response(as_bytes(made.document), media_type="application/json", headers=headers)


@router.get(f"{_PATH}/erase")
async def ask(desk: AtDesk, person_id: UUID) -> Response:
    """Say what would be gone, and ask."""
    return await _ask(desk, await _the(desk, person_id))


@router.post(f"{_PATH}/erase")
async def erase(desk: AtDesk, person_id: UUID) -> Response:
    person = await _the(desk, person_id)
    form = await desk.form()
    chosen = form.get(_END_ACCOUNT) == "yes"
    if chosen:
        desk.caller.require(Action.ACCOUNTS)
    try:
        done = await desk.app.rights.erase(person.id, by=desk.actor, end_account=chosen)
    except AccountLinked:
        return await _ask(desk, person, refused=True)
    return desk.go(PEOPLE, "person_erased", done.number)


async def _ask(desk: Desk, person: Person, *, refused: bool = False) -> Response:
    account = await _account(desk, person)
    faults = []
    if refused:
        field = _END_ACCOUNT if account and _may_end(desk, account) else "account"
        faults = [Fault(field, desk.say(N_("They have an account that has not ended")))]
    return desk.page(
        "staff/erase.html",
        desk.say(_ERASE_TITLE) % {"name": person.name},
        crumbs=[
            *_crumbs(desk, person),
            Crumb(desk.say(_TITLE) % {"name": person.name}, _path(person)),
        ],
        faults=faults,
        person=person,
        account=account,
        may_end=account is not None and _may_end(desk, account),
        path=_path(person),
    )


def _may_end(desk: Desk, account: Account) -> bool:
    """An administrator's account is ended on its own page, where the last one is kept."""
    return desk.caller.may(Action.ACCOUNTS) and Role.ADMINISTRATOR not in account.roles


async def _the(desk: Desk, person_id: UUID) -> Person:
    """Raises: NotFound, also where any unit that they stand for is out of the caller's reach."""
    person = await desk.app.people.get(person_id)
    for unit in person.units or ("",):
        desk.caller.require(Action.RIGHTS, unit=unit)
    return person


async def _account(desk: Desk, person: Person) -> Account | None:
    async with desk.app.begin.read() as work:
        return await work.accounts.by_person(person.id)


def _path(person: Person) -> str:
    return f"{PEOPLE}/{person.id}/rights"


def _crumbs(desk: Desk, person: Person) -> list[Crumb]:
    people = Crumb(desk.say(N_("People")), PEOPLE)
    return [people, Crumb(person.name, f"{PEOPLE}/{person.id}")]
