"""/staff/accounts/…: what one account may do, its end and return, its second step."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.staff.accounts import PATH, AtDesk, choices_for, crumbs_to, faults_of
from api.staff.grant_rows import ADD, Row, grants_of, posted_rows, rows_of
from api.staff.shell import Crumb, Desk, Fault
from survey.domain.accounts import Account
from survey.domain.language import N_
from survey.errors import Conflict, FieldsRejected, LastAdministrator, StaleRevision

router = APIRouter(include_in_schema=False)

_LAST: Final = N_(
    "This is the last administrator who can sign in. Make somebody else an administrator first."
)
_STALE: Final = N_("Somebody else changed this account meanwhile. Look again, then save.")


@router.get(f"{PATH}/{{account}}/roles")
async def ask_for_roles(account: UUID, desk: AtDesk) -> Response:
    """The form for what they may do. Raises: NotFound."""
    found = await desk.app.accounts.get(account)
    return await _roles_page(desk, found, rows_of(found.grants))


@router.post(f"{PATH}/{{account}}/roles")
async def change_roles(account: UUID, desk: AtDesk) -> Response:
    """From now on they may do this and nothing else; their sign-ins end.

    Raises: NotFound, ForeignForm, UnreadableForm, FormTooLong, Refused.
    """
    form = await desk.form()
    rows, found = posted_rows(form), await desk.app.accounts.get(account)
    if form.get("action") == ADD:
        return await _roles_page(desk, found, rows)
    try:
        await desk.app.accounts.change_grants(account, grants_of(rows), by=desk.actor)
    except FieldsRejected as error:
        return await _roles_page(desk, found, rows, *faults_of(desk, error))
    except LastAdministrator:
        return await _roles_page(desk, found, rows, Fault("role-0", desk.say(_LAST)), status=409)
    except StaleRevision:
        return await _roles_page(desk, found, rows, Fault("role-0", desk.say(_STALE)), status=409)
    return desk.go(f"{PATH}/{account}", "roles_changed")


async def _roles_page(
    desk: Desk, account: Account, rows: Sequence[Row], *faults: Fault, status: int = 200
) -> Response:
    return desk.page(
        "staff/account_roles.html",
        desk.say(N_("What %(name)s may do")) % {"name": account.name},
        crumbs=[*crumbs_to(desk), Crumb(account.name, f"{PATH}/{account.id}")],
        faults=faults,
        status=status,
        rows=rows,
        choices=await choices_for(desk, rows),
        here=f"{PATH}/{account.id}/roles",
        back=f"{PATH}/{account.id}",
    )


@router.get(f"{PATH}/{{account}}/end")
async def ask_to_end(account: UUID, desk: AtDesk) -> Response:
    """What ending it means. Raises: NotFound."""
    return await _end_page(desk, account)


@router.post(f"{PATH}/{{account}}/end")
async def end(account: UUID, desk: AtDesk) -> Response:
    """Their open pages stop working. Raises: NotFound, ForeignForm, UnreadableForm, Refused."""
    await desk.form()
    try:
        await desk.app.accounts.end(account, by=desk.actor)
    except LastAdministrator:
        return await _end_page(desk, account, Fault("end", desk.say(_LAST)))
    return desk.go(f"{PATH}/{account}", "account_ended")


async def _end_page(desk: Desk, account: UUID, *faults: Fault) -> Response:
    found = await desk.app.accounts.get(account)
    return _confirm(
        desk,
        found,
        desk.say(N_("End the account of %(name)s?")) % {"name": found.name},
        desk.say(
            N_("They can no longer sign in, and pages that they have open stop working at once.")
        ),
        desk.say(N_("End the account")),
        "end",
        *faults,
    )


@router.get(f"{PATH}/{{account}}/second-step")
async def ask_to_reset(account: UUID, desk: AtDesk) -> Response:
    """What resetting the second step means. Raises: NotFound."""
    found = await desk.app.accounts.get(account)
    return _confirm(
        desk,
        found,
        desk.say(N_("Reset the second step of %(name)s?")) % {"name": found.name},
        desk.say(
            N_(
                "Do this when they have lost their phone, and you are sure that it is they who "
                "ask. They are signed out, and set up a new one at their next sign-in."
            )
        ),
        desk.say(N_("Reset the second step")),
        "second-step",
    )


@router.post(f"{PATH}/{{account}}/second-step")
async def reset_second_step(account: UUID, desk: AtDesk) -> Response:
    """Raises: NotFound, ForeignForm, UnreadableForm, FormTooLong, Refused."""
    await desk.form()
    await desk.app.accounts.reset_second_factor(account, by=desk.actor)
    return desk.go(f"{PATH}/{account}", "second_step_reset")


def _confirm(
    desk: Desk,
    account: Account,
    title: str,
    consequence: str,
    button: str,
    step: str,
    *faults: Fault,
) -> Response:
    back = f"{PATH}/{account.id}"
    return desk.page(
        "staff/account_confirm.html",
        title,
        crumbs=[*crumbs_to(desk), Crumb(account.name, back)],
        faults=faults,
        status=409 if faults else 200,
        consequence=consequence,
        button=button,
        here=f"{back}/{step}",
        back=back,
    )


@router.post(f"{PATH}/{{account}}/bring-back")
async def bring_back(account: UUID, desk: AtDesk) -> Response:
    """Raises: NotFound, ForeignForm, UnreadableForm, FormTooLong, Refused."""
    await desk.form()
    await desk.app.accounts.bring_back(account, by=desk.actor)
    return desk.go(f"{PATH}/{account}", "account_back")


@router.post(f"{PATH}/{{account}}/invite-again")
async def invite_again(account: UUID, desk: AtDesk) -> Response:
    """Raises: NotFound, ForeignForm, UnreadableForm, FormTooLong, Refused."""
    await desk.form()
    try:
        await desk.app.accounts.invite_again(account, by=desk.actor)
    except Conflict:  # it was set up or ended since the page was shown
        return desk.go(f"{PATH}/{account}")
    return desk.go(f"{PATH}/{account}", "invited")
