"""Other systems that submit over the API, and send everything several times."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from random import Random
from typing import Any, Final, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from tests.rig.house import PATIENCE, House
from tests.rig.load import Load, Sent
from tests.rig.people import UNIT

ASKED: Final[Mapping[str, Sequence[str]]] = {
    "people-pulse": ("pride", "motivation"),
    "department-relationship": ("satisfaction", "confidence"),
}
"""Confidential answers, which are sealed, and attributed ones, which are responses at once."""

AT_ONCE: Final = 3
IN_TURN: Final = 2
"""How often the same submission is sent."""


class Clients:
    """Whoever has the address."""

    def __init__(self, load: Load, house: House, http: ClientSession, chance: Random) -> None:
        self._load, self._house, self._http, self._chance = load, house, http, chance

    @classmethod
    @asynccontextmanager
    async def of(cls, load: Load, house: House, chance: Random) -> AsyncIterator[Self]:
        connector, limit = TCPConnector(limit=0), ClientTimeout(total=PATIENCE)
        async with ClientSession(connector=connector, timeout=limit) as http:
            yield cls(load, house, http, chance)

    async def one(self) -> Sent:
        """One submission, sent several times with its key; each until it is acknowledged."""
        marker = self._load.marker("client")
        key = self._chance.choice(list(ASKED))
        answers = {name: self._chance.randint(1, 5) for name in ASKED[key]} | {"comment": marker}
        body = {"questionnaire": key, "unit": UNIT.key, "answers": answers}
        sent = Sent(marker, key, answers)
        try:
            async with asyncio.timeout(PATIENCE):
                async with asyncio.TaskGroup() as tasks:
                    for _ in range(AT_ONCE):
                        tasks.create_task(self._submit(body, sent))
                for _ in range(IN_TURN):
                    await self._submit(body, sent)
        except TimeoutError:
            sent.trouble = "not acknowledged"
        return sent

    async def _submit(self, body: Mapping[str, Any], sent: Sent) -> None:
        address = f"{self._house.address}/api/v1/responses"
        headers = {"Idempotency-Key": f"key-of-{sent.marker}"}
        while True:
            try:
                async with self._http.post(address, json=body, headers=headers) as answer:
                    if answer.status == HTTPStatus.CREATED:
                        sent.references[(await answer.json())["reference"]] += 1
                        break
                    if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                        sent.trouble = await answer.text()
                        return
            except ClientError:
                continue  # the program died; the next one has the same address
        await self._load.heard()
