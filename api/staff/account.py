"""/staff/account: one's own name, language, password, second step and sign-ins."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.cookies import Cookie, take_back
from api.staff.door import ACCOUNT, SIGN_IN, hand_over, wait_page
from api.staff.roles import grants_in_words
from api.staff.second_step import grouped, picture
from api.staff.shell import Crumb, Desk, Fault, places_of, staffed
from api.staff.signing import WRONG_CODE, codes_page, password_faults
from survey.domain.accounts import Account
from survey.domain.language import N_
from survey.errors import FieldsRejected, SignInRefused, TooManyTries
from survey.locales import SPOKEN

router = APIRouter(include_in_schema=False)

AtDesk = Annotated[Desk, Depends(staffed())]

_PASSWORD: Final = f"{ACCOUNT}/password"
_SECOND_STEP: Final = f"{ACCOUNT}/second-step"
_CODES: Final = f"{ACCOUNT}/recovery-codes"

_PROOFS: Final = {
    "wrong": N_("That is not your password."),
    "not_fresh": N_("You signed in a while ago. Sign out and in again, then do this."),
}
"""Why something is not done, by the code of the fault."""


@router.get(ACCOUNT)
async def account(desk: AtDesk) -> Response:
    """Who one is here, and what one may do."""
    return await _page(desk)


@router.post(ACCOUNT)
async def introduce(desk: AtDesk) -> Response:
    """Keep name and language. Raises: ForeignForm, UnreadableForm, FormTooLong."""
    form = await desk.form()
    name, language = str(form.get("name") or ""), str(form.get("language") or "")
    try:
        await desk.app.own_account.introduce(
            desk.secret, name=name, language=language if language in SPOKEN else None
        )
    except FieldsRejected:
        fault = Fault("name", desk.say(N_("Enter a name, in up to 120 characters")))
        return await _page(desk, fault, name=name)
    return desk.go(ACCOUNT, "saved")


async def _page(desk: Desk, *faults: Fault, name: str | None = None) -> Response:
    mine = desk.account
    return desk.page(
        "staff/account.html",
        desk.say(N_("Your account")),
        faults=faults,
        mine=mine,
        name=mine.name if name is None else name,
        roles=grants_in_words(mine.grants, desk.say, await places_of(desk)),
        spoken=SPOKEN,
        codes_left=await desk.app.own_account.recovery_codes_left(desk.secret),
    )


@router.get(_PASSWORD)
async def ask_for_password(desk: AtDesk) -> Response:
    """The form for another password."""
    return _password_page(desk)


@router.post(_PASSWORD)
async def change_password(desk: AtDesk) -> Response:
    """End all other sign-ins. Raises: ForeignForm, UnreadableForm, FormTooLong."""
    form = await desk.form()
    old, new = str(form.get("old") or ""), str(form.get("password") or "")
    try:
        begun = await desk.app.own_account.change_password(desk.secret, old=old, new=new)
    except SignInRefused:
        return _password_page(desk, Fault("old", _proof(desk, desk.account)))
    except FieldsRejected as error:
        return _password_page(desk, *password_faults(desk, error))
    except TooManyTries as error:
        return wait_page(desk, error, back=(desk.say(N_("Back to your account")), ACCOUNT))
    response = desk.go(ACCOUNT, "password_changed")
    hand_over(response, begun.secret, desk.app.settings)
    return response


def _password_page(desk: Desk, *faults: Fault) -> Response:
    return desk.page(
        "staff/password.html",
        desk.say(N_("Change your password")),
        crumbs=_crumbs(desk),
        faults=faults,
        mine=desk.account,
    )


@router.get(_SECOND_STEP)
async def ask_for_second_step(desk: AtDesk) -> Response:
    """The key of a new second step; the one before counts until a code proves the new one."""
    return await _second_step_page(desk)


@router.post(_SECOND_STEP)
async def replace_second_step(desk: AtDesk) -> Response:
    """Show new recovery codes, once. Raises: ForeignForm, UnreadableForm, FormTooLong."""
    form = await desk.form()
    try:
        begun, codes = await desk.app.own_account.replace_totp(
            desk.secret,
            password=str(form.get("password") or ""),
            code=str(form.get("code") or ""),
        )
    except SignInRefused:
        return await _second_step_page(desk, Fault("code", desk.say(WRONG_CODE)))
    except FieldsRejected:
        return await _second_step_page(desk, _unproven(desk))
    except TooManyTries as error:
        return wait_page(desk, error, back=(desk.say(N_("Back to your account")), ACCOUNT))
    page = codes_page(desk, codes, onward=ACCOUNT)
    hand_over(page, begun.secret, desk.app.settings)
    return page


async def _second_step_page(desk: Desk, *faults: Fault) -> Response:
    uri, key = await desk.app.own_account.new_totp(desk.secret)
    return desk.page(
        "staff/set_up.html",
        desk.say(N_("Set up your second step")),
        crumbs=_crumbs(desk),
        faults=faults,
        picture=picture(uri),
        key=grouped(key),
        here=_SECOND_STEP,
        ask_password=bool(desk.account.password),
    )


@router.get(_CODES)
async def ask_for_codes(desk: AtDesk) -> Response:
    """Whether to make new recovery codes."""
    return _codes_form(desk)


@router.post(_CODES)
async def make_codes(desk: AtDesk) -> Response:
    """Show them, once. Raises: ForeignForm, UnreadableForm, FormTooLong."""
    form = await desk.form()
    password = str(form.get("password") or "")
    try:
        codes = await desk.app.own_account.new_recovery_codes(desk.secret, password=password)
    except FieldsRejected:
        return _codes_form(desk, _unproven(desk))
    except TooManyTries as error:
        return wait_page(desk, error, back=(desk.say(N_("Back to your account")), ACCOUNT))
    return codes_page(desk, codes, onward=ACCOUNT)


def _codes_form(desk: Desk, *faults: Fault) -> Response:
    return desk.page(
        "staff/new_codes.html",
        desk.say(N_("Make new recovery codes")),
        crumbs=_crumbs(desk),
        faults=faults,
        here=_CODES,
        ask_password=bool(desk.account.password),
    )


@router.post(f"{ACCOUNT}/sign-out-everywhere")
async def sign_out_everywhere(desk: AtDesk) -> Response:
    """End every sign-in of this account. Raises: ForeignForm, UnreadableForm, FormTooLong."""
    await desk.form()
    await desk.app.own_account.sign_out_everywhere(desk.secret)
    response = desk.go(SIGN_IN, "signed_out_everywhere")
    take_back(response, Cookie.STAFF, desk.app.settings)
    return response


def _unproven(desk: Desk) -> Fault:
    mine = desk.account
    return Fault("password" if mine.password else "code", _proof(desk, mine))


def _proof(desk: Desk, account: Account) -> str:
    return desk.say(_PROOFS["wrong" if account.password else "not_fresh"])


def _crumbs(desk: Desk) -> list[Crumb]:
    return [Crumb(desk.say(N_("Your account")), ACCOUNT)]
