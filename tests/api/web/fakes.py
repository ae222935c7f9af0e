"""Sessions in memory, a clock that stands, tokens that count."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from survey.domain.records import WebSession
from survey.domain.references import drawn
from survey.ports import Leases


@dataclass(slots=True)
class StoppedClock:
    at: datetime = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def lease_now(self, leases: Leases) -> datetime:
        return self.at

    def pass_(self, time: timedelta) -> None:
        self.at += time


@dataclass(slots=True)
class CountingIds:
    given: int = 0

    def uuid(self) -> UUID:
        self.given += 1
        return UUID(int=self.given)

    def reference(self) -> str:
        self.given += 1
        return f"K7M-{self.given:03}"

    def case_reference(self, length: int) -> str:
        self.given += 1
        return drawn(length, Random(self.given).randrange)

    def token(self) -> str:
        self.given += 1
        return f"{self.given:022}"


@dataclass(slots=True)
class MemorySessions:
    """Begins units of work that know sessions alone; `commits` counts the kept transactions."""

    rows: dict[bytes, WebSession] = field(default_factory=dict)
    commits: int = 0
    glances: Any = None

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Any]:
        yield _Work(self, _Rows(dict(self.rows)))

    def read(self, *, one_state: bool = False) -> AbstractAsyncContextManager[Any]:
        return self()


@dataclass(slots=True)
class _Rows:
    rows: dict[bytes, WebSession]

    async def get(self, digest: bytes) -> WebSession | None:
        return self.rows.get(digest)

    async def put(self, session: WebSession) -> None:
        self.rows[session.digest] = session

    async def remove(self, digest: bytes) -> None:
        self.rows.pop(digest, None)


@dataclass(slots=True)
class _Work:
    store: MemorySessions
    sessions: _Rows

    async def commit(self) -> None:
        self.store.rows = dict(self.sessions.rows)
        self.store.commits += 1
