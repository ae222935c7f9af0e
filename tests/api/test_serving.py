"""The real program inside a test: its roles, and how it stops."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from pydantic import SecretStr

from api import serving
from api.roles import EVERYTHING, Role
from api.serving import Parts, listening
from survey.services.boxes import Boxes
from survey.settings import Settings
from survey.wiring import RandomIds, World
from tests.bot.rig import says
from tests.support.application import SECRET, SeededChance, TestClock, running
from tests.telegram.server import FakeTelegram


class Program:
    """The program under way; `settings.port` is where it listens."""

    def __init__(self, port: int, stop: asyncio.Event, running: asyncio.Task[None]) -> None:
        self.port, self.stop, self.running = port, stop, running


@asynccontextmanager
async def program(
    database_url: str,
    folder: Path,
    *,
    roles: Collection[Role] = EVERYTHING,
    parts: Parts | None = None,
    **settings: Any,
) -> AsyncIterator[Program]:
    """`serving.run` in a task, stopped at the latest when the block is left."""
    chosen = Settings(
        database_url=database_url,
        key_dir=folder / "keys",
        files_dir=folder / "files",
        secret_key=SecretStr(SECRET),
        port=0,
        **settings,
    )
    stop, announced = asyncio.Event(), asyncio.Event()
    listener = listening(chosen, roles)
    port = listener.getsockname()[1] if listener else 0
    try:
        async with asyncio.TaskGroup() as tasks:
            run = tasks.create_task(
                serving.run(
                    chosen,
                    roles=roles,
                    stop=stop,
                    listener=listener,
                    announce=announced.set,
                    parts=parts or Parts(World(TestClock(), RandomIds(), SeededChance())),
                )
            )
            await announced.wait()
            try:
                yield Program(port, stop, run)
            finally:
                stop.set()
    finally:
        if listener is not None:
            listener.close()


@pytest.fixture
async def published(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path) as here:
        await here.publish("people-pulse")


async def test_a_request_under_way_is_answered_before_the_program_ends(
    published: None, database_url: str, tmp_path: Path
) -> None:
    body = json.dumps(
        {"questionnaire": "people-pulse", "unit": "oakfield", "answers": {"pride": 4}}
    ).encode()
    head = (
        "POST /api/v1/responses HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    async with program(database_url, tmp_path) as under_way:
        reader, writer = await asyncio.open_connection("127.0.0.1", under_way.port)
        writer.write(head + body[:10])
        await writer.drain()
        while not await _is_asked(under_way.port):
            pass
        under_way.stop.set()
        while await _is_asked(under_way.port):
            pass
        assert not under_way.running.done()
        writer.write(body[10:])
        answer = await reader.read()
        writer.close()
        await under_way.running

    assert answer.startswith(b"HTTP/1.1 201")


async def _is_asked(port: int) -> bool:
    """Whether new connections are taken."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def test_a_process_without_pages_answers_probes_where_it_is_told_to(
    postgres_url: str, tmp_path: Path
) -> None:
    async with (
        program(postgres_url, tmp_path, roles={Role.WORKER}, probe_port=0) as worker,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{worker.port}") as http,
    ):
        answers = [await http.get(path) for path in ("/livez", "/readyz", "/metrics", "/")]

    assert [answer.status_code for answer in answers] == [200, 200, 401, 404]
    assert answers[-1].headers["content-type"] == "application/problem+json"


async def test_a_run_of_the_worker_is_finished_before_the_program_ends(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slowly(_: Boxes) -> int:
        begun.set()
        await go_on.wait()
        finished.set()
        return 0

    monkeypatch.setattr(Boxes, "open_due", slowly)
    async with program(database_url, tmp_path) as under_way:
        await begun.wait()
        under_way.stop.set()
        await asyncio.sleep(0)
        go_on.set()
        await under_way.running

    assert finished.is_set()


async def test_a_run_of_the_worker_that_does_not_end_is_given_up(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, given_up = asyncio.Event(), asyncio.Event()

    async def for_ever(_: Boxes) -> int:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()
        return 0

    monkeypatch.setattr(Boxes, "open_due", for_ever)
    monkeypatch.setattr(serving, "_DRAIN_SECONDS", 0.05)
    async with program(database_url, tmp_path) as under_way:
        await begun.wait()
        under_way.stop.set()
        await under_way.running

    assert given_up.is_set()


async def test_an_update_under_way_is_finished_before_the_program_ends(
    database_url: str, tmp_path: Path
) -> None:
    waiting, go_on = asyncio.Event(), asyncio.Event()

    async def sleep(_seconds: float) -> None:
        waiting.set()
        await go_on.wait()

    async with FakeTelegram() as telegram:
        telegram.fail_next("sendMessage", retry_after=3)
        sian = telegram.person()
        async with (
            program(
                database_url,
                tmp_path,
                parts=Parts(sleep=sleep),
                telegram_token=SecretStr(telegram.token),
                telegram_api_base=telegram.base_url,
            ) as under_way,
            asyncio.TaskGroup() as tasks,
        ):
            answered = tasks.create_task(says(sian, "/help"))
            await waiting.wait()
            under_way.stop.set()
            await asyncio.sleep(0)
            go_on.set()
            await under_way.running
            assert "/survey" in (await answered).text


@pytest.mark.parametrize("role", list(Role))
async def test_one_role_plays_alone_on_postgresql(
    postgres_url: str, tmp_path: Path, role: Role
) -> None:
    async with (
        FakeTelegram() as telegram,
        program(
            postgres_url,
            tmp_path,
            roles={role},
            telegram_token=SecretStr(telegram.token),
            telegram_api_base=telegram.base_url,
        ) as alone,
    ):
        if role is Role.BOT:
            assert "/survey" in (await says(telegram.person(), "/help")).text
        assert await _is_asked(alone.port) is (role is Role.API)
