"""What is remembered is at most a second old, and never older than what this process did."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from survey.errors import QuestionnaireClosed, Unknown
from survey.ports import Begin, UnitOfWork
from survey.services.api_keys import Scope
from survey.services.memory import FRESH_SECONDS, Memory
from survey.services.responses import Offered
from tests.support.application import Running, running


@dataclass(slots=True)
class Database:
    """A revision and one value; `began` counts the units of work, `time` is turned by tests."""

    number: int = 1
    value: str | None = "first"
    began: int = 0
    commits: int = 0
    glances: Any = None
    time: float = 0.0
    once_looked: Callable[[], None] = lambda: None
    installation: Any = field(init=False)

    def __post_init__(self) -> None:
        self.installation = self

    @asynccontextmanager
    async def read(self, *, one_state: bool = False) -> AsyncIterator[UnitOfWork]:
        self.began += 1
        await asyncio.sleep(0)
        yield cast(UnitOfWork, self)

    async def revision(self) -> int:
        await asyncio.sleep(0)
        number = self.number
        self.once_looked()
        self.once_looked = lambda: None
        return number

    async def ask(self, _work: UnitOfWork) -> str | None:
        return self.value

    def change_elsewhere(self, value: str) -> None:
        self.value, self.number = value, self.number + 1

    def change_here(self, value: str) -> None:
        self.change_elsewhere(value)
        self.commits += 1


def remembering(database: Database) -> Memory:
    return Memory(cast(Begin, database), lambda: database.time)


async def test_what_stands_still_is_read_once_and_looked_at_once_a_second() -> None:
    database = Database()
    memory = remembering(database)

    answers = []
    for _ in range(3):
        answers += [await memory.recall("value", database.ask) for _ in range(5)]
        database.time += FRESH_SECONDS

    assert answers == ["first"] * 15
    assert database.began == 1 + 3


async def test_what_another_process_changed_is_seen_a_second_later() -> None:
    database = Database()
    memory = remembering(database)
    await memory.recall("value", database.ask)

    database.change_elsewhere("second")
    database.time += FRESH_SECONDS

    assert await memory.recall("value", database.ask) == "second"


async def test_what_this_process_changed_is_seen_by_the_next_question() -> None:
    database = Database()
    memory = remembering(database)
    await memory.recall("value", database.ask)

    database.change_here("second")

    assert await memory.recall("value", database.ask) == "second"


async def test_a_look_that_began_before_a_change_here_is_not_good_for_after_it() -> None:
    database = Database()
    memory = remembering(database)
    await memory.recall("value", database.ask)
    database.time += FRESH_SECONDS

    database.once_looked = lambda: database.change_here("second")
    meanwhile = await memory.recall("value", database.ask)

    assert meanwhile == "first"
    assert await memory.recall("value", database.ask) == "second"


async def test_one_look_serves_all_who_ask_meanwhile() -> None:
    database = Database()
    memory = remembering(database)
    await memory.recall("value", database.ask)
    before = database.began
    database.time += FRESH_SECONDS

    answers = await asyncio.gather(*(memory.recall("value", database.ask) for _ in range(50)))

    assert set(answers) == {"first"}
    assert database.began - before == 1


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
        database.change_elsewhere("second")
        return seen

    await memory.recall("value", ask_slowly)
    database.time += FRESH_SECONDS

    assert await memory.recall("value", database.ask) == "second"


async def test_a_key_revoked_by_another_process_counts_no_longer_within_a_minute(
    here: Running, database_url: str, tmp_path: Path
) -> None:
    made = await here.core.api_keys.add("key", frozenset({Scope.WRITE}))
    await here.core.api_keys.known(made.secret)

    async with running(database_url, tmp_path) as other:
        await here.core.api_keys.known(made.secret)
        await other.core.api_keys.revoke(made.record.id)
    here.clock.advance(timedelta(seconds=FRESH_SECONDS))

    with pytest.raises(Unknown):
        await here.core.api_keys.known(made.secret)


async def test_a_key_revoked_here_counts_no_longer_at_once(here: Running) -> None:
    made = await here.core.api_keys.add("key", frozenset({Scope.WRITE}))
    await here.core.api_keys.known(made.secret)

    await here.core.api_keys.revoke(made.record.id)

    with pytest.raises(Unknown):
        await here.core.api_keys.known(made.secret)


async def test_a_version_published_by_another_process_is_asked_within_a_minute(
    here: Running, database_url: str, tmp_path: Path
) -> None:
    await here.publish("people-pulse")
    assert (await here.core.catalogue.get("people-pulse")).row.version == 1

    async with running(database_url, tmp_path) as other:
        await other.publish("people-pulse")
    here.clock.advance(timedelta(seconds=FRESH_SECONDS))

    assert (await here.core.catalogue.get("people-pulse")).row.version == 2


async def test_a_questionnaire_closed_by_another_process_takes_no_more_answers_at_once(
    here: Running, database_url: str, tmp_path: Path
) -> None:
    """Whatever is remembered: the writer asks the database."""
    await here.publish("people-pulse")
    offered = Offered("people-pulse", "oakfield", "en", {"pride": 4})
    await here.core.responses.accept(offered, open_only=True, scope="test", idempotency_key=None)

    async with running(database_url, tmp_path) as other:
        await other.core.catalogue.close("people-pulse")

    with pytest.raises(QuestionnaireClosed):
        await here.core.responses.accept(
            offered, open_only=True, scope="test", idempotency_key=None
        )
