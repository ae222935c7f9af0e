"""The tests' own equipment: databases, network guard, server, browser, refused skips."""

import asyncio
import shutil
import socket
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from playwright.async_api import Page

from tests.support.browser import assert_no_axe_violations, axe_violations
from tests.support.network import is_here
from tests.support.server import LiveServer, serving

ACCESSIBLE = b"""<!doctype html><html lang="en"><head><title>Pulse</title></head>
<body><main><h1>Pulse</h1><p id="said">hello</p></main></body></html>"""
FAULTY = b"""<!doctype html><html><head><title>Pulse</title></head>
<body><main><h1>Pulse</h1><input type="text"></main></body></html>"""


async def _page_app(
    scope: dict[str, Any], receive: Any, send: Callable[..., Awaitable[None]]
) -> None:
    """Two pages under a policy that allows no script at all."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-security-policy", b"default-src 'none'"),
    ]
    body = FAULTY if scope["path"] == "/faulty" else ACCESSIBLE
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _tables(url: str) -> list[str]:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        try:
            found = connection.execute("SELECT name FROM sqlite_master").fetchall()
        finally:
            connection.close()
    else:
        server = await asyncpg.connect(url)
        try:
            found = await server.fetch(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
            )
        finally:
            await server.close()
    return sorted(row[0] for row in found)


async def _execute(url: str, statement: str) -> None:
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.execute(statement)
        connection.close()
    else:
        server = await asyncpg.connect(url)
        await server.execute(statement)
        await server.close()


@pytest.mark.parametrize("turn", ["first", "second"])
async def test_each_test_gets_a_database_of_its_own(empty_database_url: str, turn: str) -> None:
    before = await _tables(empty_database_url)

    await _execute(empty_database_url, "CREATE TABLE left_behind (id INTEGER)")

    assert before == []
    assert await _tables(empty_database_url) == ["left_behind"]


async def test_postgresql_answers_on_a_unix_socket_only(postgres_server: Any) -> None:
    folder = parse_qs(urlsplit(postgres_server.url).query)["host"][0]
    connection = await asyncpg.connect(postgres_server.url)
    try:
        addresses = await connection.fetchval("SHOW listen_addresses")
    finally:
        await connection.close()

    assert folder.startswith("/")
    assert addresses == ""


@pytest.mark.parametrize(
    ("family", "address", "here"),
    [
        (socket.AF_UNIX, "/run/socket", True),
        (socket.AF_INET, ("127.0.0.1", 80), True),
        (socket.AF_INET, ("localhost", 80), True),
        (socket.AF_INET6, ("::1", 80, 0, 0), True),
        (socket.AF_INET, ("192.0.2.1", 80), False),
        (socket.AF_INET, ("example.org", 80), False),
        (socket.AF_INET6, ("2001:db8::1", 80, 0, 0), False),
    ],
)
def test_only_this_machine_counts_as_here(family: int, address: Any, here: bool) -> None:
    assert is_here(family, address) is here


def test_connecting_beyond_this_machine_fails_the_test() -> None:
    with socket.socket() as outside, pytest.raises(pytest.fail.Exception, match="beyond"):
        outside.connect(("192.0.2.1", 80))


async def test_a_server_serves_its_application_until_the_test_ends() -> None:
    async with serving(_page_app) as address:
        port = int(address.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()

    assert b"<h1>Pulse</h1>" in answer
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_an_application_that_cannot_start_is_reported() -> None:
    async def broken(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(RuntimeError, match="did not start"):
        async with serving(broken):
            pytest.fail("it was served")


async def test_an_accessible_page_passes_under_a_policy_that_allows_no_script(
    page: Page, live_server: LiveServer
) -> None:
    await page.goto(await live_server(_page_app))

    await assert_no_axe_violations(page)

    assert await page.inner_text("#said") == "hello"


async def test_axe_names_what_is_wrong_with_a_page(page: Page, live_server: LiveServer) -> None:
    await page.goto(f"{await live_server(_page_app)}/faulty")

    found = {violation["id"] for violation in await axe_violations(page)}

    assert found == {"html-has-lang", "label"}
    with pytest.raises(pytest.fail.Exception, match=r"(?s)html-has-lang.*<html>.*label.*<input"):
        await assert_no_axe_violations(page)


SKIPPING = """
import pytest

def test_passes():
    pass

@pytest.mark.skip(reason="no browser here")
def test_is_skipped():
    pass
"""


@pytest.mark.parametrize("workers", ["0", "1"])
@pytest.mark.parametrize(("setting", "code"), [("", 0), ("1", 1)])
def test_skips_fail_the_run_only_where_they_are_refused(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    pytestconfig: pytest.Config,
    setting: str,
    code: int,
    workers: str,
) -> None:
    source = pytestconfig.rootpath / "tests" / "support" / "skips.py"
    shutil.copyfile(source, pytester.path / "conftest.py")
    pytester.makepyfile(SKIPPING)
    monkeypatch.setenv("TELLBACK_TESTS_REFUSE_SKIPS", setting)

    result = pytester.runpytest_subprocess("-n", workers)

    assert result.ret == code
    result.assert_outcomes(passed=1, skipped=1)
    named = "test_skips_fail_the_run_only_where_they_are_refused.py::test_is_skipped: "
    assert any(line.startswith(named) for line in result.outlines) is (code == 1)
