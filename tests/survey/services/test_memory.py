"""What is remembered is never older than the question."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from survey.errors import QuestionnaireClosed, Unknown
from survey.ports import Begin, UnitOfWork
from survey.services.api_keys import Scope
from survey.services.memory import Memory
from survey.services.responses import Offered
from tests.support.application import Running, running


@dataclass(slots=True)
class Database:
    """A revision and one value; `began` counts the units of work."""

    number: int = 1
    value: str | None = "first"
    began: int = 0
    installation: Any = field(init=False)

    def __post_init__(self) -> None:
        self.installation = self

    @asynccontextmanager
    async def read(self) -> AsyncIterator[UnitOfWork]:
        self.began += 1
        await asyncio.sleep(0)
        yield cast(UnitOfWork, self)

    async def revision(self) -> int:
        await asyncio.sleep(0)
        return self.number

    async def ask(self, _work: UnitOfWork) -> str | None:
        return self.value

    def change(self, value: str) -> None:
        self.value, self.number = value, self.number + 1


def remembering(database: Database) -> Memory:
    return Memory(cast(Begin, database))


async def test_what_stands_still_is_read_once() -> None:
    database = Database()
    memory = remembering(database)

    answers = [await memory.recall("value", database.ask) for _ in range(3)]

    assert answers == ["first"] * 3
    assert database.began == 1 + 3  # the value once, the revision for each


async def test_a_change_is_seen_by_the_next_question() -> None:
    database = Database()
    memory = remembering(database)
    await memory.recall("value", database.ask)

    database.change("second")

    assert await memory.recall("value", database.ask) == "second"


async def test_one_look_serves_all_who_ask_meanwhile() -> None:
    database = Database()
    memory = remembering(database)
    await memory.recall("value", database.ask)
    before = database.began

    answers = await asyncio.gather(*(memory.recall("value", database.ask) for _ in range(50)))

    assert set(answers) == {"first"}
    assert database.began - before <= 2


async def test_what_is_not_there_is_not_remembered() -> None:
    database = Database(value=None)
    memory = remembering(database)
    await memory.recall("value", database.ask)

    database.value = "added by a transaction that forgot the revision"

    assert await memory.recall("value", database.ask) is not None


async def test_what_changes_while_it_is_read_is_not_remembered_as_it_was() -> None:
    database = Database()
    memory = remembering(database)

    async def ask_slowly(_work: UnitOfWork) -> str | None:
        seen = database.value
        database.change("second")
        return seen

    await memory.recall("value", ask_slowly)

    assert await memory.recall("value", database.ask) == "second"


async def test_a_key_revoked_by_another_process_counts_no_longer(
    here: Running, database_url: str, tmp_path: Path
) -> None:
    made = await here.core.api_keys.add("key", frozenset({Scope.WRITE}))
    await here.core.api_keys.known(made.secret)

    async with running(database_url, tmp_path) as other:
        await here.core.api_keys.known(made.secret)
        await other.core.api_keys.revoke(made.record.id)

    with pytest.raises(Unknown):
        await here.core.api_keys.known(made.secret)


async def test_a_questionnaire_closed_by_another_process_takes_no_more_answers(
    here: Running, database_url: str, tmp_path: Path
) -> None:
    await here.publish("people-pulse")
    offered = Offered("people-pulse", "oakfield", "en", {"pride": 4})
    await here.core.responses.accept(offered, open_only=True, scope="test", idempotency_key=None)

    async with running(database_url, tmp_path) as other:
        await other.core.catalogue.close("people-pulse")

    with pytest.raises(QuestionnaireClosed):
        await here.core.responses.accept(
            offered, open_only=True, scope="test", idempotency_key=None
        )
