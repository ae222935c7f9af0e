"""The same program as one process on SQLite and as several on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from survey.services.api_keys import Scope
from survey.settings import TelegramMode
from tests.bot.rig import presses, says, until
from tests.support.application import running
from tests.support.program import Program, open_clock, program, settings_of
from tests.system.test_serve import free_port
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

ITEMS = ("pride", "advocacy", "attachment", "inspiration", "motivation")


class Way(StrEnum):
    """How the program is run."""

    ONE_PROCESS_ON_SQLITE = "one process on SQLite"
    SEVERAL_ON_POSTGRESQL = "several processes on PostgreSQL"


ONE, SEVERAL = Way.ONE_PROCESS_ON_SQLITE, Way.SEVERAL_ON_POSTGRESQL


_ROLES: Mapping[Way, Mapping[str, Sequence[str]]] = {
    ONE: {"all": ()},
    SEVERAL: {
        "api": ("--only", "api"),
        "bot": ("--only", "bot"),
        "worker 1": ("--only", "worker"),
        "worker 2": ("--only", "worker"),
    },
}


@dataclass(frozen=True, slots=True)
class Town:
    """The running program, whatever it consists of; each process under its role."""

    address: str
    key: str
    processes: dict[str, Program]

    async def submits(self, number: int) -> int:
        answers = dict.fromkeys(ITEMS, 3 + number % 3)
        async with httpx.AsyncClient() as http:
            answer = await http.post(
                f"{self.address}/api/v1/responses",
                json={"questionnaire": "people-pulse", "unit": "oakfield", "answers": answers},
                headers={"Idempotency-Key": f"submission-number-{number:03}"},
            )
        return answer.status_code

    async def index(self) -> dict[str, Any]:
        async with httpx.AsyncClient() as http:
            answer = await http.get(
                f"{self.address}/api/v1/trends",
                params={"measure": "engagement_index", "unit": "oakfield", "by": "month"},
                headers={"Authorization": f"Bearer {self.key}"},
            )
        points: list[dict[str, Any]] = answer.json().get("points", [])
        return points[0] if points else {}

    async def stop(self) -> set[int]:
        """The exit codes of all processes, told to stop at once."""
        return set(await asyncio.gather(*(each.stop() for each in self.processes.values())))


@asynccontextmanager
async def town(
    way: Way,
    request: pytest.FixtureRequest,
    folder: Path,
    telegram: FakeTelegram,
    mode: TelegramMode,
) -> AsyncIterator[Town]:
    url = f"sqlite:///{folder}/tellback.sqlite"
    if way is SEVERAL:
        url = request.getfixturevalue("postgres_url")
    roles = _ROLES[way]
    key = await _prepared(url, folder)
    _, file = open_clock(folder)
    port = free_port()
    environment = settings_of(
        folder,
        url,
        port=str(port),
        public_url=f"http://127.0.0.1:{port}",
        telegram_token=telegram.token,
        telegram_api_base=telegram.base_url,
        telegram_mode=mode,
        telegram_webhook_secret="w" * 8 + "-a-secret",
    )
    async with AsyncExitStack() as stack:
        starting = [program(folder, file, *words, **environment) for words in roles.values()]
        # At once: each start takes seconds.
        started = await asyncio.gather(*(each.__aenter__() for each in starting))
        for each in starting:
            stack.push_async_exit(each)
        yield Town(f"http://127.0.0.1:{port}", key, dict(zip(roles, started, strict=True)))


async def _prepared(url: str, folder: Path) -> str:
    """Units, a questionnaire and a key, as an operator would make them; the key's secret."""
    async with running(url, folder) as here:
        await here.publish("people-pulse")
        made = await here.core.api_keys.add("test", frozenset({Scope.READ}))
    return made.secret


async def answers(person: Person) -> str:
    """The pulse in chat, from the link to the receipt."""
    await says(person, "/start s_people-pulse")
    await presses(person, "Start")
    await says(person, "oakfield")
    await presses(person, "Oakfield Primary School")
    for _ in range(5):
        await presses(person, "Agree")
    for _ in range(3):
        await presses(person, "Skip")
    return (await presses(person, "Send")).text


@pytest.mark.parametrize(
    ("way", "mode"),
    [
        (ONE, TelegramMode.POLLING),
        (SEVERAL, TelegramMode.POLLING),
        (ONE, TelegramMode.WEBHOOK),
        (SEVERAL, TelegramMode.WEBHOOK),
    ],
)
async def test_answers_from_chat_and_api_become_one_figure_and_a_stop_ends_all(
    way: Way, mode: TelegramMode, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with (
        FakeTelegram() as telegram,
        town(way, request, tmp_path, telegram, mode) as here,
    ):
        people = [telegram.person(name=f"Person {number}") for number in range(3)]
        told = await asyncio.gather(*map(answers, people))
        codes = [await here.submits(number) for number in range(9)]
        again = await here.submits(0)

        async def published() -> bool:
            return (await here.index()).get("status") == "published"

        await until(published)
        figure = await here.index()
        ended = await here.stop()

    assert all("Receipt" in each for each in told)
    assert [*codes, again] == [201] * 10
    assert figure["n_band"] == "10-19"
    assert ended == {0}
    assert '"level": "error"' not in (tmp_path / "program.log").read_text()
