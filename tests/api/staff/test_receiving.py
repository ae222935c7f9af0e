"""Files that staff send: streamed to the disk, within a limit, from a page of ours."""

from collections.abc import AsyncIterator
from typing import Annotated

import httpx2 as httpx
import pytest
from fastapi import Depends, FastAPI
from starlette.responses import JSONResponse, Response

from api.app import create_app
from api.cookies import Cookie, name_of
from api.staff.receiving import DRAINED, received
from api.staff.shell import Desk, staffed
from api.web.sessions import form_token
from tests.support.application import Running
from tests.support.databases import DatabaseKind
from tests.support.staff import ADMINISTRATOR, signed_in

LIMIT = 2 * 1024 * 1024


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


@pytest.fixture
def kept() -> list[bytes]:
    """What the route has read."""
    return []


@pytest.fixture
async def http(here: Running, kept: list[bytes]) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator's browser before an application with a route that takes small files."""
    app = create_app(here.core, here.figures)
    taking_files(app, kept)
    async with signed_in(here, ADMINISTRATOR, app=app) as person:
        yield person.http


def taking_files(app: FastAPI, kept: list[bytes]) -> None:
    @app.post("/staff/take", max_body_size=DRAINED)
    async def take(desk: Annotated[Desk, Depends(staffed())]) -> Response:
        async with received(desk, limit=LIMIT) as sent:
            if sent.file is None:
                return JSONResponse({"name": None})
            kept.append(sent.file.content.read())
            return JSONResponse(
                {"name": sent.file.name, "size": sent.file.size, "whole": sent.fields["whole"]}
            )


def token_of(http: httpx.AsyncClient, here: Running) -> str:
    return form_token(http.cookies[name_of(Cookie.STAFF, here.core.settings)])


async def test_a_file_arrives_as_it_was_sent_with_the_fields_beside_it(
    http: httpx.AsyncClient, here: Running, kept: list[bytes]
) -> None:
    content = bytes(range(256)) * 4096

    answer = await http.post(
        "/staff/take",
        data={"csrf": token_of(http, here), "whole": "yes"},
        files={"file": ("C:\\Lists\\people.csv", content)},
    )

    assert answer.json() == {"name": "people.csv", "size": len(content), "whole": "yes"}
    assert kept == [content]


async def test_a_name_keeps_no_sign_that_a_database_or_a_page_could_not_take(
    http: httpx.AsyncClient, here: Running
) -> None:
    body = (
        f'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{token_of(http, here)}\r\n'
        '--x\r\nContent-Disposition: form-data; name="whole"\r\n\r\nyes\r\n'
        f'--x\r\nContent-Disposition: form-data; name="file"; filename="a\0\u202e{"b" * 300}"\r\n'
        "Content-Type: text/csv\r\n\r\nkey\r\n--x--\r\n"
    )

    answer = await http.post(
        "/staff/take",
        content=body.encode(),
        headers={"content-type": "multipart/form-data; boundary=x"},
    )

    assert answer.json()["name"] == "a" + "b" * 254


async def test_a_form_in_which_no_file_was_chosen_has_none(
    http: httpx.AsyncClient, here: Running
) -> None:
    body = (
        f'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{token_of(http, here)}\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename=""\r\n'
        "Content-Type: application/octet-stream\r\n\r\n\r\n--x--\r\n"
    )

    answer = await http.post(
        "/staff/take",
        content=body.encode(),
        headers={"content-type": "multipart/form-data; boundary=x"},
    )

    assert answer.json() == {"name": None}


@pytest.mark.parametrize("over", [1, LIMIT])
async def test_a_file_over_the_limit_is_refused_with_a_page(
    http: httpx.AsyncClient, here: Running, kept: list[bytes], over: int
) -> None:
    answer = await http.post(
        "/staff/take",
        data={"csrf": token_of(http, here)},
        files={"file": ("people.csv", b"x" * (LIMIT + over))},
    )

    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")
    assert kept == []


async def test_a_file_from_elsewhere_changes_nothing(
    http: httpx.AsyncClient, kept: list[bytes]
) -> None:
    for token in ("", "x" * 32):
        answer = await http.post(
            "/staff/take", data={"csrf": token}, files={"file": ("people.csv", b"key\n")}
        )
        assert answer.status_code == 403
    assert kept == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"csrf=x"),
        ("text/csv", b"key,name"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--y\r\n\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Type: a\r\n\r\nno name\r\n--x--\r\n"),
    ],
)
async def test_what_is_no_form_with_a_file_is_unreadable(
    http: httpx.AsyncClient, kind: str, body: bytes
) -> None:
    answer = await http.post("/staff/take", content=body, headers={"content-type": kind})

    assert answer.status_code == 400
