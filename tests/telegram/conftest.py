"""The fake, a bot, and two people for the fake's own tests."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from tests.telegram.client import bot_of
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

if TYPE_CHECKING:
    from aiogram import Bot


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def bot(telegram: FakeTelegram) -> "AsyncIterator[Bot]":
    async with bot_of(telegram) as real:
        yield real


@pytest.fixture
async def sian(telegram: FakeTelegram) -> Person:
    """Has written to the bot, so that it may write to her."""
    person = telegram.person(name="Siân <b>&", language_code="cy", username="sian")
    await person.sends("/start")
    return person


@pytest.fixture
async def tom(telegram: FakeTelegram) -> Person:
    person = telegram.person(name="Tom")
    await person.sends("/start")
    return person
