"""/staff/accounts: who may sign in and do what; inviting somebody."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff.grant_rows import ADD, Choices, Row, choices, grants_of, posted_rows
from api.staff.listing import Column, Link, Listing, listing
from api.staff.roles import ROLES, Places, grants_in_words
from api.staff.shell import Crumb, Desk, Fault, places_of, staffed
from survey.domain.access import Action
from survey.domain.accounts import Account, Role
from survey.domain.language import N_
from survey.errors import AccountExists, FieldsRejected
from survey.locales import SPOKEN

router = APIRouter(include_in_schema=False)

PATH: Final = "/staff/accounts"

AtDesk = Annotated[Desk, Depends(staffed(Action.ACCOUNTS))]

_STATES: Final = {
    "": N_("All"),
    "running": N_("May sign in"),
    "ended": N_("Ended"),
}

_FAULTS: Final[Mapping[str, str]] = {
    "email": N_("Enter an e-mail address, such as name@council.example"),
    "name": N_("Enter a name, in up to 120 characters"),
    "grants": N_("Choose at least one role"),
    "whole": N_("An administrator is one of everything: choose no school, department or service"),
    "alone": N_("Whoever is of a provider has no other role"),
    "service": N_("Choose the service that the provider looks after, in each row"),
    "gone": N_("That school, department or service is no longer there. Choose again"),
}


_OF_ROLES: Final = ("whole", "alone", "service")
"""Of these the codes of what is wrong with a role."""


@router.get(PATH)
async def accounts(desk: AtDesk) -> Response:
    """All accounts, found, sorted, some a page. Raises: BadQuery."""
    asked = listing(
        desk.request.query_params,
        PATH,
        [
            Column(desk.say(N_("Name")), "name"),
            Column(desk.say(N_("E-mail address")), "email"),
            Column(desk.say(N_("What they may do"))),
            Column(desk.say(N_("Second step"))),
            Column(desk.say(N_("Since")), "since"),
            Column(desk.say(N_("Ended"))),
        ],
        filters=("find", "role", "state"),
    )
    found = [each for each in await desk.app.accounts.all() if _asked_for(each, asked)]
    found.sort(key=_ORDERS[asked.sort], reverse=asked.descending)
    places = await places_of(desk)
    return desk.page(
        "staff/accounts.html",
        desk.say(N_("Accounts")),
        listing=asked,
        rows=[_row(desk, each, places) for each in found[asked.offset : asked.offset + asked.size]],
        total=len(found),
        roles=[("", desk.say(N_("All"))), *((role, desk.say(ROLES[role])) for role in Role)],
        states=[(state, desk.say(text)) for state, text in _STATES.items()],
    )


_ORDERS: Final = {
    "name": lambda account: (account.name.casefold(), account.email),
    "email": lambda account: account.email,
    "since": lambda account: (account.created_at, account.email),
}


def _asked_for(account: Account, asked: Listing) -> bool:
    find, role, state = (asked.filters[name] for name in ("find", "role", "state"))
    text = f"{account.name} {account.email}".casefold()
    return (
        find.casefold() in text
        and (not role or role in account.roles)
        and (not state or (state == "ended") == (account.ended_at is not None))
    )


def _row(desk: Desk, account: Account, places: Places) -> Sequence[object]:
    return (
        Link(account.name, f"{PATH}/{account.id}"),
        account.email,
        "; ".join(grants_in_words(account.grants, desk.say, places)),
        desk.say(N_("set up") if account.totp else N_("not set up")),
        account.created_at,
        account.ended_at,
    )


@router.get(f"{PATH}/invite")
async def ask_whom(desk: AtDesk) -> Response:
    """The form for a new account."""
    return await _invite_page(desk, [Row()])


@router.post(f"{PATH}/invite")
async def invite(desk: AtDesk) -> Response:
    """Make the account and send the invitation, or add a row to the form.

    Raises: ForeignForm, UnreadableForm, FormTooLong, Refused.
    """
    form = await desk.form()
    rows = posted_rows(form)
    typed = {name: str(form.get(name) or "").strip() for name in ("email", "name", "language")}
    if form.get("action") == ADD:
        return await _invite_page(desk, rows, typed=typed)
    try:
        made = await desk.app.accounts.invite(
            typed["email"],
            typed["name"],
            grants_of(rows),
            typed["language"] if typed["language"] in SPOKEN else None,
            by=desk.actor,
            letter=desk.app.letters.can_send,
        )
    except FieldsRejected as error:
        return await _invite_page(desk, rows, *faults_of(desk, error), typed=typed)
    except AccountExists as error:
        ended = N_(
            "This address has an account that has ended. Find it among all, and bring it back."
        )
        here = N_("This address has an account already. Change what it may do instead.")
        fault = Fault("email", desk.say(ended if error.ended else here))
        return await _invite_page(desk, rows, fault, typed=typed)
    return desk.go(f"{PATH}/{made.id}", "invited" if desk.app.letters.can_send else "account_made")


async def _invite_page(
    desk: Desk, rows: Sequence[Row], *faults: Fault, typed: Mapping[str, str] | None = None
) -> Response:
    return desk.page(
        "staff/account_invite.html",
        desk.say(N_("Invite somebody")),
        crumbs=crumbs_to(desk),
        faults=faults,
        rows=rows,
        choices=await choices_for(desk, rows),
        typed=typed or {},
        languages=[("", desk.say(N_("As their browser asks"))), *SPOKEN.items()],
        sends=desk.app.letters.can_send,
    )


@router.get(f"{PATH}/{{account}}")
async def one(account: UUID, desk: AtDesk) -> Response:
    """One account, and what can be done about it. Raises: NotFound."""
    return await _one_page(desk, await desk.app.accounts.get(account))


@router.post(f"{PATH}/{{account}}")
async def rename(account: UUID, desk: AtDesk) -> Response:
    """Raises: NotFound, ForeignForm, UnreadableForm, FormTooLong, Refused."""
    form = await desk.form()
    name = str(form.get("name") or "")
    try:
        await desk.app.accounts.rename(account, name, by=desk.actor)
    except FieldsRejected as error:
        found = await desk.app.accounts.get(account)
        return await _one_page(desk, found, *faults_of(desk, error), name=name)
    return desk.go(f"{PATH}/{account}", "saved")


async def _one_page(
    desk: Desk, account: Account, *faults: Fault, name: str | None = None
) -> Response:
    return desk.page(
        "staff/account_one.html",
        account.name,
        crumbs=crumbs_to(desk),
        faults=faults,
        account=account,
        name=account.name if name is None else name,
        roles=grants_in_words(account.grants, desk.say, await places_of(desk)),
        here=f"{PATH}/{account.id}",
        sends=desk.app.letters.can_send,
    )


def faults_of(desk: Desk, error: FieldsRejected) -> list[Fault]:
    """Each fault once, at its field; a role's at the row that it was posted in."""
    said = {}
    for fault in error.faults:
        field, *place = fault.path
        code = fault.code if fault.code in _OF_ROLES else "gone" if place else field
        said[code] = Fault("role-0" if field == "grants" else field, desk.say(_FAULTS[code]))
    return list(said.values())


async def choices_for(desk: Desk, rows: Sequence[Row]) -> Choices:
    """What the rows of a form offer."""
    organisation = desk.app.organisation
    units, services = await organisation.units(), await organisation.services()
    return choices(rows, desk.say, units, services, desk.language)


def crumbs_to(desk: Desk) -> list[Crumb]:
    """The way to a page about accounts."""
    return [Crumb(desk.say(N_("Accounts")), PATH)]
