"""The whole demonstration, loaded once per worker and copied for each test."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.demonstration import load_demonstration
from survey.domain.records import InstallationKind
from tests.support.application import Running, running


@pytest.fixture(scope="session")
def demonstration_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the demonstration as of `application.NOON`, and its `keys` beside it."""
    folder = tmp_path_factory.mktemp("demonstration")
    file = folder / "demo.sqlite"

    async def load() -> None:
        async with running(f"sqlite:///{file}", folder, demo=True) as here:
            await load_demonstration(here.core, here.figures, tell=lambda _: None)
            async with here.core.begin() as work:
                await work.installation.settle(InstallationKind.DEMO)
                await work.commit()
            await here.core.database.forget_log()

    with ThreadPoolExecutor(1) as pool:  # away from the event loop of the test
        pool.submit(lambda: asyncio.run(load())).result()
    return file


@pytest.fixture
async def demonstration(demonstration_file: Path, tmp_path: Path) -> AsyncIterator[Running]:
    """The application in demo mode on a copy of its own."""
    file = tmp_path / "demo.sqlite"
    shutil.copyfile(demonstration_file, file)
    shutil.copytree(demonstration_file.parent / "keys", tmp_path / "keys")
    async with running(f"sqlite:///{file}", tmp_path, demo=True) as here:
        yield here
