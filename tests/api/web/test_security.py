"""Headers on every answer, and no post that our own page did not make."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from api.web.security import (
    FOR_EVER,
    NO_STORE,
    REVALIDATE,
    SECURITY_HEADERS,
    SecurityHeaders,
    comes_from_us,
    normal_origin,
    post_is_ours,
    same_token,
)

OURS = ("https://tellback.example",)


async def plain(request: Request) -> Response:
    return PlainTextResponse("here")


async def own_caching(request: Request) -> Response:
    return PlainTextResponse(
        "here", headers={"Cache-Control": "private", "Referrer-Policy": "origin"}
    )


def client(*, https: bool = False) -> TestClient:
    app = Starlette(
        routes=[
            Route("/page", plain),
            Route("/static/tellback.css", plain),
            Route("/own", own_caching),
        ]
    )
    return TestClient(SecurityHeaders(app, https=https))


@pytest.mark.parametrize("path", ["/page", "/nothing-here", "/static/tellback.css"])
def test_every_answer_carries_the_security_headers(path: str) -> None:
    headers = client().get(path).headers

    assert {name: headers[name] for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)


def test_the_policy_lets_nothing_run_that_we_did_not_ship() -> None:
    policy = client().get("/page").headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_strict_transport_is_promised_only_where_people_come_by_https() -> None:
    assert "Strict-Transport-Security" not in client(https=False).get("/page").headers
    assert "Strict-Transport-Security" in client(https=True).get("/page").headers


@pytest.mark.parametrize(
    ("path", "caching"),
    [
        ("/page", NO_STORE),
        ("/static/tellback.css", REVALIDATE),
        ("/static/tellback.css?v=0123", FOR_EVER),
        ("/static/nothing-here?v=0123", NO_STORE),
    ],
)
def test_pages_are_never_stored_and_versioned_files_for_good(path: str, caching: str) -> None:
    assert client().get(path).headers["Cache-Control"] == caching


def test_an_answer_keeps_a_header_that_it_sets_itself() -> None:
    headers = client().get("/own").headers

    assert headers["Cache-Control"] == "private"
    assert headers["Referrer-Policy"] == "origin"


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://tellback.example"}, False),
        ({"origin": "https://tellback.example"}, True),
        ({"origin": "http://tellback.example"}, False),
        ({"origin": "https://tellback.example.evil.example"}, False),
        ({"origin": "null"}, True),
        ({}, True),
    ],
    ids=str,
)
def test_the_browser_says_where_a_post_comes_from(headers: dict[str, str], ours: bool) -> None:
    assert comes_from_us(headers, origins=OURS) is ours


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Tellback.example:443/path", "https://tellback.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(url: str, origin: str) -> None:
    assert normal_origin(url) == origin


def test_a_post_needs_both_the_browser_and_the_token() -> None:
    here = {"sec-fetch-site": "same-origin"}

    assert post_is_ours(here, "right", token="right", origins=OURS)
    assert not post_is_ours(here, "wrong", token="right", origins=OURS)
    assert not post_is_ours({"sec-fetch-site": "cross-site"}, "right", token="right", origins=OURS)


@pytest.mark.parametrize("posted", ["", "ŵ", "\ud800", "\x00", "token "])
def test_a_token_of_any_text_is_refused_and_never_fails(posted: str) -> None:
    assert not same_token("token", posted)


def test_no_token_held_is_no_token_matched() -> None:
    assert not same_token("", "")


@given(st.text(st.characters()))
def test_a_token_equals_itself_alone(text: str) -> None:
    assert same_token("held", text) == (text == "held")
