"""The whole demonstration, loaded once a run and copied for each test."""

import asyncio
import fcntl
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from api.demonstration import load_demonstration
from survey.domain.records import InstallationKind
from tests.support.application import Running, running

_FILE: Final = "demo.sqlite"


@pytest.fixture(scope="session")
def demonstration_file(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """An SQLite file with the demonstration as of `application.NOON`, and its `keys` beside it.

    The workers of xdist share it: the first one loads it, whoever asks meanwhile waits.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    folder = shared / "whole-demonstration"
    with _one_at_a_time(shared / "demonstration.lock"):
        if not folder.exists():
            making = tmp_path_factory.mktemp("demonstration")
            with ThreadPoolExecutor(1) as pool:  # away from the event loop of the test
                pool.submit(lambda: asyncio.run(_load(making / _FILE))).result()
            making.rename(folder)
    return folder / _FILE


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """One process at a time; one that dies lets the next in."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def _load(file: Path) -> None:
    """The demonstration into a file of its own, with nothing left in its log."""
    async with running(f"sqlite:///{file}", file.parent, demo=True) as here:
        await load_demonstration(here.core, here.figures, tell=lambda _: None)
        async with here.core.begin() as work:
            await work.installation.settle(InstallationKind.DEMO)
            await work.commit()
        await here.core.database.forget_log()


@pytest.fixture
async def demonstration(demonstration_file: Path, tmp_path: Path) -> AsyncIterator[Running]:
    """The application in demo mode on a copy of its own."""
    file = tmp_path / "demo.sqlite"
    shutil.copyfile(demonstration_file, file)
    shutil.copytree(demonstration_file.parent / "keys", tmp_path / "keys")
    async with running(f"sqlite:///{file}", tmp_path, demo=True) as here:
        yield here
