"""The JSON API over ASGI, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
import pytest

from api.app import create_app
from survey.domain.records import KeySide, Part
from survey.services.api_keys import Scope
from tests.support.application import Running

PULSE = {"pride": 4, "advocacy": 4, "attachment": 3, "inspiration": 4, "motivation": 5}


@dataclass(frozen=True, slots=True)
class Client:
    """Calls the API as one caller; `key` None is nobody we know."""

    http: httpx.AsyncClient
    running: Running
    key: str | None = None

    async def with_scopes(self, *scopes: Scope) -> "Client":
        made = await self.running.core.api_keys.add("test", frozenset(scopes))
        return Client(self.http, self.running, made.secret)

    async def at_cases(self, *parts: Part, side: KeySide = KeySide.STAFF) -> "Client":
        """With a key that reads and writes problem reports of these parts."""
        scopes = frozenset({Scope.READ_CASES, Scope.WRITE_CASES})
        made = await self.running.core.api_keys.add("test", scopes, side=side, parts=parts)
        return Client(self.http, self.running, made.secret)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.http.get(f"/api/v1{path}", headers=self._headers(), **options)

    async def post(
        self, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        return await self.http.post(
            f"/api/v1{path}", headers={**self._headers(), **(headers or {})}, **options
        )

    async def answer(self, headers: dict[str, str] | None = None, **changes: Any) -> httpx.Response:
        body = {"questionnaire": "people-pulse", "unit": "oakfield", "answers": PULSE, **changes}
        return await self.post("/responses", json=body, headers=headers)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}


@pytest.fixture
async def anybody(here: Running) -> AsyncIterator[Client]:
    """A caller without a key."""
    transport = httpx.ASGITransport(create_app(here.core, here.figures), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        yield Client(http, here)
