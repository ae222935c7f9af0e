"""Kills without end: what `test_kills` proves at each commit, again and again with other moments.

Ten rounds are 10,000 updates with 200 random kills and 10,000 submissions with 100, on each
database; every other round Telegram sends its updates to a webhook, several times each.
"""

import asyncio
import shutil
from collections import Counter
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.rig.runs import Plan, play
from tests.support.databases import DatabaseKind, fresh_database
from tests.support.soaking import Soak

UPDATES: Final = 1_000
SUBMISSIONS: Final = 1_000
KILLS: Final = 30


@pytest.mark.soak
def test_nothing_is_lost_or_doubled_whenever_the_program_is_killed(
    request: pytest.FixtureRequest, tmp_path: Path, soak: Soak
) -> None:
    def one(seed: int) -> Counter[str]:
        covered: Counter[str] = Counter()
        plan = Plan(UPDATES, SUBMISSIONS, kills=KILLS, webhook=seed % 2 == 0)
        for kind in DatabaseKind:
            folder = tmp_path / f"{kind}-{seed}"
            folder.mkdir()
            with fresh_database(kind, folder, request) as url:
                run = asyncio.run(play(url, folder, plan, Random(seed)))
            assert run.broken == {}, kind
            covered += Counter({f"{what} on {kind}": n for what, n in run.covered.items()})
            shutil.rmtree(folder)
        return covered

    soak.play(one)
