"""Long random histories: whatever the order of events, nothing is lost, doubled or shown early."""

import asyncio
import shutil
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.support.databases import DatabaseKind, fresh_database
from tests.support.soaking import Soak
from tests.system.histories import play


@pytest.mark.soak
def test_nothing_is_lost_doubled_or_shown_early_in_any_history(
    request: pytest.FixtureRequest, tmp_path: Path, soak: Soak
) -> None:
    def one(seed: int) -> Counter[str]:
        covered = Counter({"histories": 1})
        for kind in DatabaseKind:
            folder = tmp_path / f"{kind}-{seed}"
            folder.mkdir()
            with fresh_database(kind, folder, request) as url:
                covered += asyncio.run(play(url, folder, Random(seed)))
            shutil.rmtree(folder)
        return covered

    soak.play(one)
