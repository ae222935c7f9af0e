"""Two workers on one PostgreSQL: each box is opened once, and one of them makes the figures."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from analytics.publication import Publication, Require
from bot.worker import Worker
from survey.db import tables
from survey.services.leases import LEASE
from survey.services.responses import Offered
from tests.bot.rig import until
from tests.support.application import Running, TestClock, running

ITEMS = ("pride", "advocacy", "attachment", "inspiration", "motivation")
PEOPLE = 24


async def _submits(here: Running, number: int) -> None:
    unit = "oakfield" if number % 2 else "elmwood"
    # 50, 75 and 100, as many of each.
    answers = dict.fromkeys(ITEMS, 3 + number % 3)
    offered = Offered("people-pulse", unit, None, answers)
    await here.core.responses.accept(offered, open_only=True, scope="s", idempotency_key=None)


async def _count(here: Running, table: str) -> int:
    async with here.core.database.reading() as connection:
        found = select(func.count()).select_from(tables.metadata.tables[table])
        return int(await connection.scalar(found) or 0)


async def _people_counted(here: Running) -> int:
    counts = tables.counts
    everybody = select(func.sum(counts.c.n)).where(
        counts.c.question == "*", counts.c.dimension == "*"
    )
    async with here.core.database.reading() as connection:
        return int(await connection.scalar(everybody) or 0)


async def test_what_two_workers_open_at_once_is_counted_once(
    postgres_url: str, tmp_path: Path
) -> None:
    async with running(postgres_url, tmp_path) as one, running(postgres_url, tmp_path) as two:
        await one.publish("people-pulse")
        async with Worker(one.core, one.figures) as first, Worker(two.core, two.figures) as second:
            for number in range(PEOPLE):
                await _submits(one if number % 3 else two, number)
                first.nudge()
                second.nudge()
            await one.core.catalogue.close("people-pulse")

            async def settled() -> bool:
                first.nudge()
                second.nudge()
                waiting = await _count(one, "sealed") + await _count(one, "publication_due")
                return not waiting and await _count(one, "responses") == PEOPLE

            await until(settled)
        assert await _people_counted(one) == PEOPLE
        async with one.core.begin.read() as work:
            cells = await work.cells.of("people-pulse")
    whole = [
        cell
        for key, cell in cells.items()
        if (key.unit, key.service, key.measure, key.by) == ("", "", "engagement_index", "month")
    ]
    assert [(cell.value, cell.n_band) for cell in whole] == [("75", "20-29")]


async def test_one_of_two_makes_the_figures_and_the_other_takes_over_when_it_dies(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = TestClock()
    publishing: list[Publication] = []

    async def publish_due(self: Publication, require: Require | None = None) -> int:
        publishing.append(self)
        return 0

    monkeypatch.setattr(Publication, "publish_due", publish_due)
    async with (
        running(postgres_url, tmp_path, clock=clock) as one,
        running(postgres_url, tmp_path, clock=clock) as two,
    ):
        mine, theirs = one.figures.publication, two.figures.publication
        async with Worker(two.core, two.figures), Worker(one.core, one.figures):

            async def one_has_begun() -> bool:
                return bool(publishing)

            await until(one_has_begun)
            leader = publishing[0]
            await asyncio.sleep(1.5)
            assert set(map(id, publishing)) == {id(leader)}
            # Whoever leads is paused for longer than its lease.
            clock.advance(LEASE + timedelta(seconds=1))

            async def both() -> bool:
                clock.advance(LEASE)
                return len(set(map(id, publishing))) == 2

            await until(both)
    assert {id(mine), id(theirs)} == set(map(id, publishing))


async def test_figures_worked_out_before_another_took_over_are_not_kept(
    postgres_url: str, tmp_path: Path
) -> None:
    async with running(postgres_url, tmp_path) as here:
        await here.publish("people-pulse")
        for number in range(PEOPLE):
            await _submits(here, number)
        await here.core.boxes.open_due()

        class Lost(Exception):
            pass

        async def lost(_work: object) -> None:
            raise Lost

        with pytest.raises(Lost):
            await here.figures.publication.publish_due(lost)
        assert (await _count(here, "cells"), await _count(here, "publication_due")) == (0, 1)
        await here.figures.publication.publish_due()
        assert await _count(here, "publication_due") == 0
