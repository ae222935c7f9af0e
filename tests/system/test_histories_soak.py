"""Long random histories: whatever the order of events, nothing is lost, doubled or shown early.

    TELLBACK_SOAK_MINUTES=30 TELLBACK_SOAK_SEED=1 make soak

A history is played on a database of its own and follows from its seed alone. The run prints which
seeds it covered and with which to go on; a failure names the seed that repeats it.
"""

import asyncio
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import monotonic
from typing import Final

import pytest

from tests.support.databases import DatabaseKind, PostgresServer
from tests.system.histories import play

MINUTES: Final = float(os.environ.get("TELLBACK_SOAK_MINUTES", "2"))
FIRST_SEED: Final = int(os.environ.get("TELLBACK_SOAK_SEED", "1"))


@contextmanager
def _database(kind: DatabaseKind, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated, empty database that is gone afterwards."""
    if kind is DatabaseKind.SQLITE:
        path = folder / "tellback.sqlite"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create(template=request.getfixturevalue("postgres_template"))
    try:
        yield server.url_of(name)
    finally:
        server.drop(name)


@pytest.mark.soak
def test_nothing_is_lost_doubled_or_shown_early_in_any_history(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun, seed = monotonic(), FIRST_SEED
    covered: Counter[str] = Counter()
    while seed == FIRST_SEED or monotonic() - begun < MINUTES * 60:
        for kind in DatabaseKind:
            folder = tmp_path / f"{kind}-{seed}"
            folder.mkdir()
            with _database(kind, folder, request) as url:
                try:
                    covered += asyncio.run(play(url, folder, Random(seed)))
                except Exception as error:
                    error.add_note(f"TELLBACK_SOAK_SEED={seed} on {kind} repeats it")
                    raise
            shutil.rmtree(folder)
        covered["histories"] += 1
        seed += 1
        if seed % 10 == 0:
            with capsys.disabled():
                sys.stdout.write(f"\n{_told(covered, seed)}")
    with capsys.disabled():
        sys.stdout.write(f"\n{_told(covered, seed)}\n")


def _told(covered: Counter[str], seed: int) -> str:
    listed = ", ".join(f"{number:,} {what}" for what, number in sorted(covered.items()))
    return f"seeds {FIRST_SEED} to {seed - 1}, each on both databases: {listed}; go on with {seed}"
