"""/staff/sign-in: by password, code, e-mailed link; setting up the second step; signing out.

Every answer is the same whether the account exists or not. Opening a personal link shows a page
with a button and uses nothing up, since preview robots open links too.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from api.cookies import Cookie, take_back
from api.limiting import Limits
from api.staff import sso
from api.staff.door import (
    CODE,
    SET_UP,
    SIGN_IN,
    STALE,
    AtDoor,
    Door,
    address_of,
)
from api.staff.second_step import grouped, picture
from api.staff.shell import HOME, Desk, Fault, staffed
from survey.domain.accounts import Purpose, Stage
from survey.domain.language import N_
from survey.errors import FieldsRejected, NotFound, SignInRefused, TooManyTries, Unknown
from survey.services.signing import Looked
from survey.services.tickets import PATH as LINK

router = APIRouter(include_in_schema=False)

_WRONG: Final = N_("That e-mail address and password do not fit together.")
WRONG_CODE: Final = N_("That code is not right. Wait for the next one and type it without spaces.")
_WRONG_RECOVERY: Final = N_("That recovery code is not right, or was used already.")

PASSWORD_FAULTS: Final = {
    "missing": N_("Choose a password."),
    "too_short": N_("Use at least 12 characters."),
    "too_long": N_("Use at most 128 characters."),
    "common": N_("That password is easy to guess. Three random words are harder."),
}
"""What is wrong with a new password, by the code of the fault."""


@router.get(SIGN_IN)
async def sign_in(door: AtDoor) -> Response:
    """The form, or on to where somebody wanted to go who is signed in."""
    if door.begun and door.begun.session.stage is Stage.WHOLE and not door.app.settings.demo:
        return door.go(door.next or HOME)
    return _sign_in_page(door)


@router.post(SIGN_IN)
async def by_password(door: AtDoor) -> Response:
    """The first step. Raises: UnreadableForm, FormTooLong."""
    form = await door.posted()
    if form is None:
        return _sign_in_page(door, Fault("email", door.say(STALE)), status=403)
    email, password = str(form.get("email") or "").strip(), str(form.get("password") or "")
    try:
        begun = await door.app.sign_in.password(email, password, address=address_of(door))
    except SignInRefused:
        return _sign_in_page(door, Fault("email", door.say(_WRONG)), typed=email)
    except TooManyTries as error:
        return door.wait(error)
    return await door.enter(begun, next_path=door.next)


def _sign_in_page(door: Door, *faults: Fault, typed: str = "", status: int = 200) -> Response:
    page = door.page(
        "staff/sign_in.html",
        door.say(N_("Sign in")),
        faults=faults,
        status=status,
        typed=typed,
        here=door.at(SIGN_IN),
        ways=_ways(door),
    )
    return door.with_cookie(page)


def _ways(door: Door) -> list[tuple[str, str]]:
    """The other ways to sign in that this installation has: what to read, where it leads."""
    settings = door.app.settings
    ways = []
    if settings.oidc_issuer:
        named = {"provider": sso.provider_name(settings)}
        ways.append((door.say(N_("Sign in with %(provider)s")) % named, door.at(sso.PATH)))
    if door.app.letters.can_send:
        ways.append((door.say(N_("E-mail me a sign-in link")), door.at(f"{SIGN_IN}/link")))
    if settings.bot_username:
        bot = f"https://t.me/{settings.bot_username}?start=l_in"
        ways.append((door.say(N_("Sign in through Telegram")), bot))
    if door.app.letters.can_send:
        ways.append((door.say(N_("Forgotten your password?")), door.at(f"{SIGN_IN}/forgotten")))
    return ways


@router.get(CODE)
async def ask_for_code(door: AtDoor) -> Response:
    """The second step of a sign-in."""
    return _code_page(door) if door.waits_for(Stage.SECOND_FACTOR) else _from_the_start(door)


@router.post(CODE)
async def by_code(door: AtDoor) -> Response:
    """A code of the app, or one to recover with. Raises: UnreadableForm, FormTooLong."""
    if not door.waits_for(Stage.SECOND_FACTOR):
        return _from_the_start(door)
    form = await door.posted()
    if form is None:
        return _code_page(door, Fault("code", door.say(STALE)), status=403)
    recovery = str(form.get("recovery") or "").strip()
    code = recovery or str(form.get("code") or "")
    try:
        begun = await door.app.sign_in.code(door.unfinished, code)
    except TooManyTries as error:
        return door.wait(error)
    except SignInRefused:
        if recovery:
            return _code_page(door, Fault("recovery", door.say(_WRONG_RECOVERY)))
        return _code_page(door, Fault("code", door.say(WRONG_CODE)))
    except Unknown:  # too many wrong codes end the sign-in that was begun
        return _from_the_start(door)
    return await door.enter(begun, next_path=door.next)


def _code_page(door: Door, *faults: Fault, status: int = 200) -> Response:
    page = door.page(
        "staff/code.html",
        door.say(N_("Enter your code")),
        faults=faults,
        status=status,
        here=door.at(CODE),
        again=door.at(SIGN_IN),
        recovering=any(fault.field == "recovery" for fault in faults),
    )
    return door.with_cookie(page)


@router.get(SET_UP)
async def ask_to_set_up(door: AtDoor) -> Response:
    """The key of a second step, for those who need one and have none."""
    return await _set_up_page(door) if door.waits_for(Stage.SET_UP) else _from_the_start(door)


@router.post(SET_UP)
async def set_up(door: AtDoor) -> Response:
    """A code proves that the app has the key; the recovery codes are shown once."""
    if not door.waits_for(Stage.SET_UP):
        return _from_the_start(door)
    form = await door.posted()
    if form is None:
        return await _set_up_page(door, Fault("code", door.say(STALE)), status=403)
    try:
        begun, codes = await door.app.sign_in.set_up_totp(
            door.unfinished, str(form.get("code") or "")
        )
    except SignInRefused:
        return await _set_up_page(door, Fault("code", door.say(WRONG_CODE)))
    except Unknown:  # somebody else set it up meanwhile
        return _from_the_start(door)
    page = codes_page(door, codes, onward=door.next or HOME)
    return door.inside(page, begun.secret)


async def _set_up_page(door: Door, *faults: Fault, status: int = 200) -> Response:
    uri, key = await door.app.sign_in.new_totp(door.unfinished)
    page = door.page(
        "staff/set_up.html",
        door.say(N_("Set up your second step")),
        faults=faults,
        status=status,
        picture=picture(uri),
        key=grouped(key),
        here=door.at(SET_UP),
    )
    return door.with_cookie(page)


def codes_page(desk: Desk, codes: Sequence[str], *, onward: str) -> Response:
    """The recovery codes, which are shown this once."""
    return desk.page(
        "staff/recovery_codes.html",
        desk.say(N_("Keep your recovery codes")),
        codes=codes,
        onward=onward,
    )


@router.post("/staff/sign-out")
async def sign_out(desk: Annotated[Desk, Depends(staffed())]) -> Response:
    """End this sign-in. Raises: ForeignForm, UnreadableForm, FormTooLong."""
    await desk.form()
    await desk.app.staff_sessions.end(desk.secret)
    response = desk.go(SIGN_IN, "signed_out")
    take_back(response, Cookie.STAFF, desk.app.settings)
    return response


@router.get(f"{LINK}{{token}}")
async def look(token: str, door: AtDoor) -> Response:
    """What a personal link is for, with a button; nothing is used up. Raises: NotFound, TooMany."""
    return _link_page(door, token, await _looked(door, token))


@router.post(f"{LINK}{{token}}")
async def follow(token: str, door: AtDoor) -> Response:
    """Use a personal link up. Raises: NotFound, TooMany, UnreadableForm, FormTooLong."""
    form = await door.posted()
    looked = await _looked(door, token)
    if form is None:
        return _link_page(door, token, looked, Fault("go", door.say(STALE)), status=403)
    try:
        begun = await door.app.sign_in.open(token, password=str(form.get("password") or "") or None)
    except FieldsRejected as error:
        return _link_page(door, token, looked, *password_faults(door, error))
    return await door.enter(begun)


async def _looked(door: Door, token: str) -> Looked:
    """Raises: NotFound; TooMany, for somebody who tries one link after the other."""
    limits: Limits = door.request.app.state.limits
    limits.may_try_links(door.request)
    try:
        return await door.app.sign_in.look(token)
    except NotFound:
        limits.wrong_link(door.request)
        raise


def _link_page(
    door: Door, token: str, looked: Looked, *faults: Fault, status: int = 200
) -> Response:
    title, lead, button = _FOR[looked.purpose]
    named = {"name": looked.name, "email": looked.email}
    page = door.page(
        "staff/personal_link.html",
        door.say(title),
        faults=faults,
        status=status,
        paragraphs=[
            door.say(lead) % named,
            door.say(N_("This link is for %(name)s (%(email)s). It works once.")) % named,
        ],
        new_password=looked.needs_password,
        email=looked.email,
        button=door.say(button),
        here=door.at(f"{LINK}{token}"),
    )
    return door.with_cookie(page)


_FOR: Final[Mapping[Purpose, tuple[str, str, str]]] = {
    Purpose.INVITATION: (
        N_("You are invited"),
        N_("You have been given an account on these pages."),
        N_("Accept the invitation"),
    ),
    Purpose.RESET: (
        N_("Choose a new password"),
        N_("All your other sign-ins end."),
        N_("Save the password"),
    ),
    Purpose.EMAIL: (
        N_("Sign in"),
        N_("You asked for this link by e-mail. If it was not you, close this page."),
        N_("Sign in"),
    ),
    Purpose.CHAT: (
        N_("Sign in"),
        N_("You asked for this link in the chat. If it was not you, close this page."),
        N_("Sign in"),
    ),
}
"""What a link's page says: heading, what it is, its button."""


def password_faults(desk: Desk, error: FieldsRejected) -> list[Fault]:
    """What is wrong with a new password, for its field."""
    return [
        Fault("password", desk.say(PASSWORD_FAULTS.get(fault.code, PASSWORD_FAULTS["too_short"])))
        for fault in error.faults
    ]


def _from_the_start(door: Door) -> Response:
    return RedirectResponse(door.at(SIGN_IN), 303)
