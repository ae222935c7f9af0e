"""The fake Bot API, and two people who have not written yet."""

from collections.abc import AsyncIterator

import pytest

from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def sian(telegram: FakeTelegram) -> Person:
    return telegram.person(name="Siân <b>&")


@pytest.fixture
def tom(telegram: FakeTelegram) -> Person:
    return telegram.person(name="Tom")
