"""The cookies that the program sets: all of them, so that /cookies tells of each."""

from enum import StrEnum
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from survey.settings import Settings


class Cookie(StrEnum):
    """By name, and what each is for."""

    VISITOR = "tellback"
    """Whose answers are whose, for somebody who answers; see `api.web.sessions`."""
    STAFF = "tellback-staff"
    """The secret of a sign-in."""
    DOOR = "tellback-door"
    """Proves forms before a sign-in, and opens nothing."""
    SSO = "tellback-sso"
    """What somebody wanted who is at the identity provider; encrypted."""
    SAID = "tellback-said"
    """What the next page is to say was done; see `api.staff.said`."""
    LANGUAGE = "tellback-language"
    """In which language somebody reads the pages of staff."""


_OF_STAFF_PAGES: Final = frozenset({Cookie.SAID, Cookie.LANGUAGE})
"""Cookies that open nothing and go to the pages of staff alone."""

_OF_THE_HOST: Final = frozenset({Cookie.STAFF, Cookie.DOOR, Cookie.SSO})
"""Cookies that browsers, over https, are to take from nobody else: their names say so."""


def name_of(cookie: Cookie, settings: Settings) -> str:
    """As the browser calls it."""
    of_the_host = settings.secure_cookies and cookie in _OF_THE_HOST
    return f"__Host-{cookie}" if of_the_host else str(cookie)


def held(request: Request, cookie: Cookie, settings: Settings) -> str | None:
    """What the browser sent of it."""
    return request.cookies.get(name_of(cookie, settings))


def give(
    response: Response,
    cookie: Cookie,
    value: str,
    settings: Settings,
    *,
    seconds: int | None = None,
) -> None:
    """Have the browser keep it for so long, or until it is closed."""
    response.set_cookie(
        name_of(cookie, settings),
        value,
        max_age=seconds,
        path=_path(cookie),
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def take_back(response: Response, cookie: Cookie, settings: Settings) -> None:
    """Have the browser forget it; one that only https may set, only https may take away."""
    response.delete_cookie(
        name_of(cookie, settings),
        path=_path(cookie),
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def _path(cookie: Cookie) -> str:
    return "/staff" if cookie in _OF_STAFF_PAGES else "/"
