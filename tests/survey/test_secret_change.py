"""Changing the secret: whoever was known stays known while the previous one is set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from survey.domain.records import Receipt
from survey.domain.turns import ChooseUnit, Input, ReviewTurn, Skip, Start, Submit, UnitTurn
from survey.errors import AlreadyAnswered, IdempotencyMismatch
from survey.services.responses import Offered
from tests.support.application import SECRET, Running, running

NEW = SecretStr("2nd-Jk39_xQvTb71LmWz")
PERSON = "telegram:42:1001"


@asynccontextmanager
async def after_the_change(
    database_url: str, folder: Path, *, with_previous: bool
) -> AsyncIterator[Running]:
    """A restart with another secret."""
    previous = SecretStr(SECRET if with_previous else "")
    async with running(database_url, folder, secret_key=NEW, secret_key_previous=previous) as here:
        yield here


async def answer(here: Running) -> None:
    """Skip everything and send."""
    talk = here.core.conversations
    shown = await talk.begin(PERSON, "people-pulse")
    shown = await talk.apply(shown.conversation, Start(), owner=PERSON)
    while not isinstance(shown.turn, ReviewTurn):
        input_: Input = Skip(getattr(shown.turn, "name", ""))
        if isinstance(shown.turn, UnitTurn):
            input_ = ChooseUnit(await talk.unit("oakfield"))
        shown = await talk.apply(shown.conversation, input_, owner=PERSON)
    await talk.apply(shown.conversation, Submit(shown.state.revision), owner=PERSON)


async def send(here: Running) -> Receipt:
    return await here.core.responses.accept(
        Offered("people-pulse", "oakfield", None, {"pride": 4}),
        open_only=True,
        scope="people-pulse",
        idempotency_key="a-key-of-the-client",
    )


@pytest.fixture
async def answered(database_url: str, tmp_path: Path) -> Receipt:
    """One person answered in chat, and a client sent one response, under the first secret."""
    async with running(database_url, tmp_path) as here:
        await here.publish("people-pulse")
        await answer(here)
        return await send(here)


async def test_with_the_previous_secret_nobody_answers_twice(
    answered: Receipt, database_url: str, tmp_path: Path
) -> None:
    async with after_the_change(database_url, tmp_path, with_previous=True) as here:
        with pytest.raises(AlreadyAnswered):
            await here.core.conversations.begin(PERSON, "people-pulse")


async def test_with_the_previous_secret_a_repeat_is_still_a_repeat(
    answered: Receipt, database_url: str, tmp_path: Path
) -> None:
    async with after_the_change(database_url, tmp_path, with_previous=True) as here:
        repeated = await send(here)

    assert repeated == answered


async def test_without_it_those_who_answered_are_strangers(
    answered: Receipt, database_url: str, tmp_path: Path
) -> None:
    async with after_the_change(database_url, tmp_path, with_previous=False) as here:
        await here.core.conversations.begin(PERSON, "people-pulse")
        with pytest.raises(IdempotencyMismatch):
            await send(here)
