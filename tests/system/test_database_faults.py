"""B73: the database goes away at the worst moment; what was confirmed is kept, and once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2 as httpx
import pytest

from api.app import create_app
from api.limiting import Rates
from survey.errors import Busy
from tests.bot.rig import bot_on, presses, says
from tests.support.application import Running, running
from tests.support.databases import PostgresServer
from tests.support.proxy import Proxy, postgres_proxy
from tests.support.time import WallClock
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

BODY = {
    "questionnaire": "people-pulse",
    "unit": "oakfield",
    "answers": {"pride": 4, "advocacy": 4, "attachment": 3, "inspiration": 4, "motivation": 5},
}
ONCE = [1, 1, 1]
SILENCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class House:
    """The application, its database behind a proxy, and a way to look past both."""

    here: Running
    proxy: Proxy
    database: asyncpg.Connection
    http: httpx.AsyncClient

    async def answers(self, key: str) -> httpx.Response:
        """One submission, as a client sends it that repeats what was not answered."""
        return await self.http.post(
            "/api/v1/responses", json=BODY, headers={"Idempotency-Key": key}
        )

    async def count(self, table: str) -> int:
        number: int = await self.database.fetchval(f"SELECT count(*) FROM {table}")
        return number


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Any:
    name = postgres_server.create(template=postgres_template)
    yield postgres_server.url_of(name)
    postgres_server.drop(name)


@asynccontextmanager
async def behind_proxy(
    url: str, folder: Path, *, telegram: FakeTelegram | None = None
) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        proxy, proxied = await stack.enter_async_context(postgres_proxy(url))
        settings: dict[str, Any] = {}
        if telegram is not None:
            settings = {"telegram_token": telegram.token, "telegram_api_base": telegram.base_url}
        clock = WallClock()
        here = await stack.enter_async_context(running(proxied, folder, clock=clock, **settings))
        await here.publish("people-pulse")
        app = create_app(here.core, here.figures, rates=Rates())
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        http = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://testserver", timeout=60)
        )
        database = await asyncpg.connect(url)
        stack.push_async_callback(database.close)
        if telegram is not None:
            await stack.enter_async_context(bot_on(here.core))
        yield House(here, proxy, database, http)


def refused_for_now(answer: httpx.Response) -> bool:
    """A 503 that says when to come back, and nothing of what happened."""
    return (
        answer.status_code == 503
        and int(answer.headers["Retry-After"]) > 0
        and answer.json()["code"] == "busy"
        and "asyncpg" not in answer.text
    )


async def until_taken(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """What a patient client gets at last."""
    for _ in range(20):
        answer = await ask()
        if not refused_for_now(answer):
            return answer
    raise AssertionError("never taken")


async def stored(house: House) -> list[int]:
    """How many sealed answers, receipts, and keys of clients that repeat there are."""
    return [await house.count(table) for table in ("sealed", "receipts", "idempotency")]


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("statement", [b"INSERT INTO sealed", b"COMMIT"], ids=["insert", "commit"])
async def test_a_line_lost_in_a_transaction_never_loses_or_doubles_an_answer(
    postgres_url: str, tmp_path: Path, statement: bytes, answered: bool
) -> None:
    async with behind_proxy(postgres_url, tmp_path) as house:
        key = uuid4().hex
        house.proxy.cut_at(statement, answered=answered)
        first = await house.answers(key)
        await asyncio.wait_for(house.proxy.sprung(), 5)
        assert first.status_code == 201 or refused_for_now(first)
        if first.status_code == 201:
            assert await stored(house) == ONCE

        again = await until_taken(lambda: house.answers(key))
        assert again.status_code == 201
        if first.status_code == 201:
            assert again.json() == first.json()
        assert await stored(house) == ONCE


async def test_a_commit_that_is_lost_twice_is_a_503_and_the_repeat_is_stored_once(
    postgres_url: str, tmp_path: Path
) -> None:
    async with behind_proxy(postgres_url, tmp_path) as house:
        key = uuid4().hex
        house.proxy.cut_at(b"COMMIT", times=3)
        assert refused_for_now(await house.answers(key))
        assert await house.count("sealed") == 0
        await house.proxy.heal()
        assert (await until_taken(lambda: house.answers(key))).status_code == 201
        assert await stored(house) == ONCE


async def test_many_at_once_lose_and_double_nothing_while_lines_break(
    postgres_url: str, tmp_path: Path
) -> None:
    async with behind_proxy(postgres_url, tmp_path) as house:
        house.proxy.cut_at(b"COMMIT", nth=2, times=2, answered=True)
        house.proxy.cut_at(b"COMMIT", nth=2, times=1)
        keys = [uuid4().hex for _ in range(40)]

        async def one(key: str) -> str:
            answer = await until_taken(lambda: house.answers(key))
            assert answer.status_code == 201, answer.text
            reference: str = answer.json()["reference"]
            return reference

        async with asyncio.TaskGroup() as tasks:
            made = [tasks.create_task(one(key)) for key in keys for _ in range(2)]
        references = [task.result() for task in made]
        assert references[::2] == references[1::2]
        assert len(set(references)) == len(keys)
        assert await house.count("receipts") == len(keys)


async def test_without_a_database_everybody_is_asked_to_come_back_and_no_restart_is_needed(
    postgres_url: str, tmp_path: Path
) -> None:
    async with behind_proxy(postgres_url, tmp_path) as house:
        key = uuid4().hex
        await house.proxy.refuse()
        house.proxy.cut()
        for _ in range(3):
            assert refused_for_now(await house.answers(key))
        ready = await house.http.get("/readyz")
        alive = await house.http.get("/livez")
        assert (ready.status_code, alive.status_code) == (503, 200)

        await house.proxy.heal()
        assert (await until_taken(lambda: house.answers(key))).status_code == 201
        assert (await house.http.get("/readyz")).status_code == 200
        assert await stored(house) == ONCE


async def test_sessions_ended_by_the_operator_are_replaced_by_themselves(
    postgres_url: str, tmp_path: Path
) -> None:
    async with behind_proxy(postgres_url, tmp_path) as house:
        await house.answers(uuid4().hex)
        await house.database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        answer = await until_taken(lambda: house.answers(uuid4().hex))
        assert answer.status_code == 201
        assert await house.count("receipts") == 2


async def test_a_standby_that_takes_no_writes_is_a_503_until_there_is_a_primary_again(
    postgres_url: str, tmp_path: Path
) -> None:
    async with behind_proxy(postgres_url, tmp_path) as house:
        name = await house.database.fetchval("SELECT current_database()")
        set_to = f'ALTER DATABASE "{name}" SET default_transaction_read_only'
        await house.database.execute(f"{set_to} = on")
        house.proxy.cut()
        key = uuid4().hex
        assert refused_for_now(await house.answers(key))
        await house.database.execute(f"{set_to} = off")
        assert (await until_taken(lambda: house.answers(key))).status_code == 201
        assert await stored(house) == ONCE


async def test_who_finds_every_connection_taken_is_asked_to_come_back(
    postgres_url: str, tmp_path: Path
) -> None:
    async with behind_proxy(postgres_url, tmp_path) as house, AsyncExitStack() as taken:
        pool: Any = house.here.core.database.engine.pool
        pool._timeout = 0.1
        while True:
            try:
                await taken.enter_async_context(house.here.core.begin.read())
            except Busy:
                break
        assert refused_for_now(await house.answers(uuid4().hex))
        await taken.aclose()
        assert (await house.answers(uuid4().hex)).status_code == 201


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


async def begun(person: Person) -> None:
    await says(person, "/start s_people-pulse")
    await presses(person, "Start")
    await says(person, "oakfield")
    await presses(person, "Oakfield Primary School")


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
async def test_a_line_lost_at_the_commit_of_a_chat_step_advances_the_survey_once(
    postgres_url: str, tmp_path: Path, telegram: FakeTelegram, answered: bool
) -> None:
    sian = telegram.person(name="Siân")
    async with behind_proxy(postgres_url, tmp_path, telegram=telegram) as house:
        await begun(sian)
        house.proxy.cut_at(b"UPDATE conversations", answered=False)
        house.proxy.cut_at(b"COMMIT", answered=answered, times=2)
        await sian.taps("Agree")
        await sian.sees("2 of 8", within=60)
        await asyncio.wait_for(house.proxy.sprung(), 5)
        await house.proxy.heal()
        await sian.taps("Agree")
        await sian.sees("3 of 8", within=20)
        assert not any("4 of 8" in shown.text for shown in sian.screen)
        assert telegram.ledger.repeated(sian.id) == ()


async def test_a_database_away_for_a_while_loses_no_tap_and_no_text(
    postgres_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    sian = telegram.person(name="Siân")
    async with behind_proxy(postgres_url, tmp_path, telegram=telegram) as house:
        await begun(sian)
        await house.proxy.refuse()
        house.proxy.cut()
        await sian.taps("Agree")
        await sian.sends("5")
        await house.proxy.heal()
        await sian.sees("3 of 8", within=20)
        assert telegram.ledger.unanswered(sian.id) == ()


@pytest.mark.soak  # it waits for the limit on a statement
async def test_a_database_that_falls_silent_holds_nobody_up_for_long(
    postgres_url: str, tmp_path: Path
) -> None:
    async with behind_proxy(postgres_url, tmp_path) as house:
        await house.answers(uuid4().hex)
        key = uuid4().hex
        house.proxy.swallow()
        async with asyncio.timeout(SILENCE_SECONDS):
            assert refused_for_now(await house.answers(key))
        await house.proxy.heal()
        assert (await until_taken(lambda: house.answers(key))).status_code == 201
