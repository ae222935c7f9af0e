"""Three schedulers that are killed again and again fire each slot once (A22), at full scale."""

import asyncio
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import pytest

from survey.domain.waves import WaveState
from tests.support.application import Running, running
from tests.support.databases import DatabaseKind, fresh_database
from tests.support.soaking import Soak
from tests.support.time import SharedClock
from tests.survey.services.campaigning import campaign, plan, put, the_campaign, waves_of

SLOTS: Final = 1_000
KILLS: Final = 30
SCHEDULERS: Final = 3
START: Final = datetime(2026, 5, 14, 13, 0, tzinfo=UTC)
_LOOK_AGAIN: Final = 0.01


class Schedulers:
    """Processes of `tests.rig.scheduler`; one that is killed is begun anew."""

    def __init__(self, stack: ExitStack, *told: str) -> None:
        self._stack, self._told = stack, told
        self._running = [self._begin() for _ in range(SCHEDULERS)]

    def _begin(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.rig.scheduler", *self._told],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._stack.enter_context(process)
        self._stack.callback(process.kill)
        return process

    def kill(self, chance: Random) -> None:
        at = chance.randrange(SCHEDULERS)
        self._running[at].kill()
        self._running[at] = self._begin()


async def played(url: str, folder: Path, chance: Random) -> Counter[str]:
    shared = SharedClock.make(folder / "clock")
    shared.jump(START - timedelta(minutes=1) - shared.now())
    planned = plan(
        schedule={"start": "2026-05-14T14:00", "rrule": f"FREQ=DAILY;COUNT={SLOTS}"},
        hours={"weekends": True},
    )
    due = campaign(planned, next_slot="2026-05-14T14:00", next_at=START)
    kills = sorted(chance.sample(range(SLOTS), KILLS))
    async with running(url, folder) as here:
        await here.publish("people-pulse")
        await put(here, campaigns=[due])
        with ExitStack() as stack:
            schedulers = Schedulers(stack, url, str(folder), str(folder / "clock"))
            while (next_at := (await the_campaign(here)).next_at) is not None:
                shared.jump(max(next_at - shared.now(), timedelta()))
                if kills and len(await waves_of(here)) >= kills[0]:
                    kills.pop(0)
                    schedulers.kill(chance)
                await _fired(here, next_at)
        waves = list(reversed(await waves_of(here)))
    assert [wave.number for wave in waves] == list(range(1, len(waves) + 1))
    assert len({wave.slot for wave in waves}) == len(waves)
    assert {wave.state for wave in waves} == {WaveState.OPEN}
    assert waves[-1].slot == f"{(START + (SLOTS - 1) * timedelta(days=1)).date()}T14:00"
    return Counter({"slots fired once": len(waves), "kills": KILLS - len(kills)})


async def _fired(here: Running, due: datetime) -> None:
    async with asyncio.timeout(120):
        # The schedulers are other processes: nothing tells us when one has fired.
        while (await the_campaign(here)).next_at == due:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_AGAIN)


@pytest.mark.soak
def test_each_slot_fires_once_whichever_scheduler_is_killed(
    request: pytest.FixtureRequest, tmp_path: Path, soak: Soak
) -> None:
    def one(seed: int) -> Counter[str]:
        folder = tmp_path / f"{seed}"
        folder.mkdir()
        with fresh_database(DatabaseKind.POSTGRESQL, folder, request) as url:
            return asyncio.run(played(url, folder, Random(seed)))

    soak.play(one)
