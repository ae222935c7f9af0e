"""What all pages before a sign-in share: the frame, forms that count, and the cookie of a sign-in.

Before somebody has signed in, forms are proven ours by a cookie of their own, which opens nothing:
a sign-in gets a secret made for it, at each step a new one, so that nobody can plant theirs.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from api.access import Access, App, Caller, Rule, staff_secret
from api.cookies import Cookie, give, held, take_back
from api.limiting import client_address
from api.staff.shell import HOME, Desk
from api.web.forms import ForeignForm
from api.web.visits import with_query
from survey.domain.accounts import Stage
from survey.domain.language import N_
from survey.errors import TooManyTries, Unknown
from survey.locales import SPOKEN, translations
from survey.ports.accounts import SignedIn
from survey.services.staff_sessions import Begun
from survey.settings import Settings
from survey.wiring import Application

SIGN_IN: Final = "/staff/sign-in"
CODE: Final = f"{SIGN_IN}/code"
SET_UP: Final = f"{SIGN_IN}/set-up"
ACCOUNT: Final = "/staff/account"

STALE: Final = N_(
    "We could not check that this came from our page. Try again. "
    "Your browser must accept cookies of this site."
)

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{22,128}")
_OWN_PATH: Final = re.compile(r"/staff(?:/[\w~%-][\w.~%-]*)*(?:\?[!-\[\]-~]*)?", re.ASCII)
_LONGEST_PATH: Final = 500
_NOT_BACK_TO: Final = (SIGN_IN, "/staff/sign-out", "/staff/sso", "/staff/look-round")


@dataclass(frozen=True, slots=True)
class Door(Desk):
    """One request of somebody who has not signed in, or not wholly.

    `own` is the secret of the cookie of these pages, `begun` the sign-in that waits for more.
    """

    own: str
    begun: SignedIn | None = None

    @property
    def secret(self) -> str:
        return self.own

    @property
    def next(self) -> str:
        """Where the person wanted to go, where that is a page of ours; empty otherwise."""
        return own_path(self.request.query_params.get("next", ""))

    @property
    def unfinished(self) -> str:
        """The secret of the sign-in that waits for more."""
        return staff_secret(self.request, self.app.settings) or ""

    def waits_for(self, stage: Stage) -> bool:
        """Whether a sign-in was begun that goes on with this step."""
        return self.begun is not None and self.begun.session.stage is stage

    async def posted(self) -> FormData | None:
        """The fields that were posted; None where they do not come from a page of ours.

        Raises: UnreadableForm, FormTooLong.
        """
        try:
            return await self.form()
        except ForeignForm:
            return None

    def with_cookie(self, response: Response) -> Response:
        """The answer, by which the browser keeps the cookie of these pages."""
        keep_own(response, self.own, self.app.settings)
        return response

    def at(self, path: str) -> str:
        """A page of these, in the language that was asked for, with where to go in the end."""
        asked = self.request.query_params.get("language")
        return with_query(path, next=self.next, language=asked if asked in SPOKEN else None)

    async def enter(self, begun: Begun, *, next_path: str = "") -> Response:
        """Hand the browser its sign-in, and send it on: inside, or to what is still wanted.

        Whatever sign-in the browser held before ends: nobody could sign out of it any more.
        """
        if self.begun is not None:
            await self.app.staff_sessions.end(self.unfinished)
        stage = begun.session.stage
        if stage is Stage.WHOLE:
            return self.inside(self.go(next_path or HOME), begun.secret)
        step = CODE if stage is Stage.SECOND_FACTOR else SET_UP
        response = self.go(with_query(step, next=next_path))
        hand_over(response, begun.secret, self.app.settings)
        return response

    def inside(self, response: Response, secret: str) -> Response:
        """The answer, with which somebody is wholly signed in."""
        take_back(response, Cookie.DOOR, self.app.settings)
        hand_over(response, secret, self.app.settings)
        return response

    def wait(self, error: TooManyTries) -> Response:
        """What somebody reads who was wrong too often."""
        return wait_page(self, error, back=(self.say(N_("Back to signing in")), self.at(SIGN_IN)))


def at_door(rule: Rule = Rule.ANYBODY) -> Callable[..., Awaitable[Door]]:
    """The dependency of a page before a sign-in."""

    async def open_door(
        request: Request, app: App, caller: Annotated[Caller, Depends(Access(rule))]
    ) -> Door:
        return Door(request, app, caller, own_secret(request, app), await _begun(request, app))

    return open_door


AtDoor = Annotated[Door, Depends(at_door())]


def own_secret(request: Request, app: Application) -> str:
    """What proves forms before a sign-in: as the browser holds it, or a new one to hand it."""
    secret = held(request, Cookie.DOOR, app.settings) or ""
    return secret if _SECRET.fullmatch(secret) else app.ids.token()


async def _begun(request: Request, app: Application) -> SignedIn | None:
    secret = staff_secret(request, app.settings)
    if secret is None:
        return None
    try:
        return await app.staff_sessions.who(secret)
    except Unknown:
        return None


def wait_page(desk: Desk, error: TooManyTries, *, back: tuple[str, str]) -> Response:
    """When it can be tried again; `back` is a text and where it leads."""
    minutes = -(-error.seconds // 60)
    when = translations(desk.language).ngettext(
        "You can try again in %(minutes)d minute.",
        "You can try again in %(minutes)d minutes.",
        minutes,
    )
    response = desk.page(
        "staff/told.html",
        desk.say(N_("Please wait")),
        paragraphs=(
            desk.say(N_("There were too many tries that did not work.")),
            when % {"minutes": minutes},
        ),
        onward=back,
        status=429,
    )
    response.headers["Retry-After"] = str(error.seconds)
    return response


def own_path(asked: str) -> str:
    """The address, where it is one of our staff pages to come back to; empty for any other.

    Nothing of another site gets through: no scheme, no second slash, no backslash, no "..".
    """
    path = asked.partition("?")[0]
    known = len(asked) <= _LONGEST_PATH and _OWN_PATH.fullmatch(asked)
    return asked if known and not path.startswith(_NOT_BACK_TO) else ""


def keep_own(response: Response, secret: str, settings: Settings) -> None:
    """Give the browser what proves its forms before a sign-in."""
    give(response, Cookie.DOOR, secret, settings)


def hand_over(response: Response, secret: str, settings: Settings) -> None:
    """Give the browser the secret of a sign-in, until it is closed."""
    give(response, Cookie.STAFF, secret, settings)


def address_of(door: Desk) -> str:
    """The caller's network address, for the limits."""
    return client_address(door.request, frozenset(door.app.settings.proxies))
