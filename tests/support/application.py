"""The application's own wiring on a test's database, with a clock that tests turn."""

from collections.abc import AsyncIterator, Callable, MutableSequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import SecretStr

from analytics.figures import Figures, open_figures
from survey.domain.loading import read
from survey.domain.records import Comparison, Unit
from survey.ports import Leases
from survey.ports.letters import Mailer
from survey.questionnaires import library
from survey.services.passwords import HashCost
from survey.settings import Settings
from survey.wiring import Application, RandomIds, World, open_application

NOON = datetime(2026, 5, 14, 12, 0, tzinfo=UTC)
SECRET = "pF3v-9sQ_kk2WmYt71Lx"
CHEAP = HashCost(memory=8, rounds=1)
"""A password's hash that costs a test nothing."""

UNITS = (
    Unit("schools", "Schools", "department"),
    Unit("oakfield", "Oakfield Primary School", "school", "schools"),
    Unit("elmwood", "Elmwood School", "school", "schools"),
    Unit("adult-social-care", "Adult Social Care", "department"),
)


@dataclass(slots=True)
class TestClock:
    """Stands still until a test turns it."""

    __test__ = False

    time: datetime = NOON

    def now(self) -> datetime:
        return self.time

    def elapsed(self) -> float:
        return self.time.timestamp()

    async def lease_now(self, leases: Leases) -> datetime:
        return self.time

    def advance(self, by: timedelta) -> None:
        self.time += by


@dataclass(slots=True)
class SeededChance:
    """Shuffles the same way in each run."""

    source: Random = field(default_factory=lambda: Random(7))

    def shuffle(self, rows: MutableSequence[Any], /) -> None:
        self.source.shuffle(rows)


@dataclass(frozen=True, slots=True)
class Running:
    """The application and its read side, open on a test's database."""

    core: Application
    figures: Figures
    clock: TestClock

    async def publish(self, key: str, *, open_link: bool = True) -> None:
        """Publish a shipped questionnaire; changed questions keep their series."""
        await self.core.catalogue.publish(
            read(library.shipped()[key], name=f"{key}.yaml"),
            decide=lambda _: Comparison.SAME_SERIES,
            open_link=open_link,
        )

    async def tick(self) -> None:
        """What the worker does each second."""
        await self.core.boxes.open_due()
        await self.figures.publication.publish_due()


@asynccontextmanager
async def running(
    database_url: str,
    folder: Path,
    *,
    clock: TestClock | None = None,
    elapsed: Callable[[], float] | None = None,
    mailer: Mailer | None = None,
    **settings: Any,
) -> AsyncIterator[Running]:
    """Open the application as `tellback serve` does, in the same house with test walls.

    Call it twice on one database and folder to play a restart. `elapsed` is the clock's time
    unless it is given.
    """
    clock = clock or TestClock()
    chosen = Settings(
        database_url=database_url,
        key_dir=folder / "keys",
        files_dir=folder / "files",
        **{"secret_key": SecretStr(SECRET), "organisation": "Barnet Council", **settings},
    )
    world = World(clock, RandomIds(), SeededChance(), elapsed or clock.elapsed, CHEAP, mailer)
    async with open_application(chosen, world) as core, open_figures(core) as figures:
        async with core.begin() as work:
            await work.organisation.put_units(UNITS)
            await work.commit()
        yield Running(core, figures, clock)


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """The application on an empty, migrated database with four units; SQLite and PostgreSQL."""
    async with running(database_url, tmp_path) as application:
        yield application
