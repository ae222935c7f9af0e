"""The cookies that the program sets."""

from pathlib import Path

import pytest
from starlette.responses import Response

import api
from api.cookies import Cookie, give, name_of, take_back
from survey.settings import Settings

HTTPS = Settings(public_url="https://tellback.example")
HTTP = Settings(public_url="http://127.0.0.1:8000")


def test_no_cookie_is_set_but_by_the_modules_whose_cookies_are_told_of() -> None:
    sources = Path(api.__path__[0]).rglob("*.py")
    setting = {path.name for path in sources if ".set_cookie(" in path.read_text()}

    assert setting == {"cookies.py", "sessions.py"}


@pytest.mark.parametrize("cookie", [Cookie.STAFF, Cookie.DOOR, Cookie.SSO])
def test_what_opens_something_is_taken_from_nobody_else_over_https(cookie: Cookie) -> None:
    response = Response()
    give(response, cookie, "secret", HTTPS)

    sent = response.headers["set-cookie"]
    assert sent.startswith(f"__Host-{cookie}=secret; ")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=lax"} <= set(sent.split("; "))
    assert "Max-Age" not in sent
    assert name_of(cookie, HTTP) == cookie


@pytest.mark.parametrize("cookie", [Cookie.SAID, Cookie.LANGUAGE])
def test_what_only_staff_pages_read_goes_to_no_other(cookie: Cookie) -> None:
    response = Response()
    give(response, cookie, "en", HTTPS, seconds=60)
    take_back(response, cookie, HTTPS)

    for sent in response.headers.getlist("set-cookie"):
        assert "Path=/staff" in sent.split("; ")
