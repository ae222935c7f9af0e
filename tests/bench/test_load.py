"""The clients of the bench: what they send and what they count, against small servers."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.bench.load import write_requests
from tests.bench.peers.sites import form_of

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n%s\r\n{}"


@asynccontextmanager
async def _serving(answer: bytes, pieces: int) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that gives this answer, in pieces, and keeps what it was sent."""
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            heard.append(line.strip())
            await reader.readexactly(2)
            for start in range(0, len(answer), len(answer) // pieces):
                writer.write(answer[start : start + len(answer) // pieces])
                await writer.drain()
            if b"close" in answer:
                break
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


async def _loaded(port: int, requests: Path) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.load", str(port), "3", "0.2", str(requests)),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    found: dict[str, Any] = json.loads(told)
    return found


@pytest.mark.parametrize("header", [b"", b"Connection: close\r\n"])
@pytest.mark.parametrize("pieces", [1, 7])
async def test_every_answer_is_counted_once_whether_or_not_connections_are_kept(
    tmp_path: Path, header: bytes, pieces: int
) -> None:
    requests = tmp_path / "requests.json"
    write_requests(requests, [b"one\r\n\r\n", b"two\r\n\r\n"])

    async with _serving(ANSWER % header, pieces) as (port, heard):
        found = await _loaded(port, requests)

    assert found["statuses"] == {"201": len(heard)}
    assert set(heard) == {b"one", b"two"}


def test_a_form_has_every_field_and_leaves_empty_what_was_not_answered() -> None:
    fields = {"pride": "question_1", "comment": "question_8"}

    assert form_of({"pride": 4}, fields, "token") == {
        "csrfmiddlewaretoken": "token",
        "question_1": 4,
        "question_8": "",
    }
