"""/staff/sign-in/link and /forgotten: asking for a link by e-mail, with an account or without."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from api.staff.door import SIGN_IN, STALE, AtDoor, Door
from api.staff.shell import Fault
from survey.domain.language import N_
from survey.services.signing import SignIn

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class _Asking:
    """A page that asks where to send which link."""

    path: str
    title: str
    lead: str
    send: Callable[[SignIn, str, str], Awaitable[None]]


_LINK: Final = _Asking(
    f"{SIGN_IN}/link",
    N_("Get a sign-in link by e-mail"),
    N_("We send a link to the address of your account. It works once."),
    SignIn.ask_for_link,
)
_RESET: Final = _Asking(
    f"{SIGN_IN}/forgotten",
    N_("Choose a new password"),
    N_("We send a link to the address of your account. It lets you choose a new password, once."),
    SignIn.ask_for_reset,
)


@router.get(f"{SIGN_IN}/link")
async def ask_for_link(door: AtDoor) -> Response:
    """Where to ask for a sign-in link by e-mail."""
    return _ask_page(door, _LINK)


@router.post(f"{SIGN_IN}/link")
async def send_link(door: AtDoor) -> Response:
    """Send one, where there is such an account. Raises: UnreadableForm, FormTooLong."""
    return await _send(door, _LINK)


@router.get(f"{SIGN_IN}/forgotten")
async def ask_for_reset(door: AtDoor) -> Response:
    """Where to ask for a link that sets a new password."""
    return _ask_page(door, _RESET)


@router.post(f"{SIGN_IN}/forgotten")
async def send_reset(door: AtDoor) -> Response:
    """Send one, where there is such an account. Raises: UnreadableForm, FormTooLong."""
    return await _send(door, _RESET)


def _ask_page(
    door: Door, asking: _Asking, *faults: Fault, typed: str = "", status: int = 200
) -> Response:
    page = door.page(
        "staff/ask.html",
        door.say(asking.title),
        faults=faults,
        status=status,
        lead=door.say(asking.lead),
        typed=typed,
        here=door.at(asking.path),
        again=door.at(SIGN_IN),
    )
    return door.with_cookie(page)


async def _send(door: Door, asking: _Asking) -> Response:
    form = await door.posted()
    if form is None:
        return _ask_page(door, asking, Fault("email", door.say(STALE)), status=403)
    email = str(form.get("email") or "").strip()
    if "@" not in email:
        fault = Fault(
            "email", door.say(N_("Enter an e-mail address, such as name@council.example"))
        )
        return _ask_page(door, asking, fault, typed=email)
    await asking.send(door.app.sign_in, email, door.language)
    return door.page(
        "staff/told.html",
        door.say(N_("Check your e-mail")),
        paragraphs=(
            door.say(N_("If %(email)s has an account here, we have sent a link to it."))
            % {"email": email},
            door.say(N_("It can take a few minutes. Look among unwanted e-mail too.")),
        ),
        onward=(door.say(N_("Back to signing in")), door.at(SIGN_IN)),
    )
