"""Glances: many in one trip, each as it stands when asked, and nobody waits for more to come."""

import asyncio
from collections.abc import Collection, Mapping

import pytest

from survey.db.glances import Gathering
from survey.db.unit_of_work import SqlBegin
from survey.domain.questionnaire import Questionnaire
from survey.domain.records import Chat
from survey.errors import Busy
from tests.survey.db.builders import conversation


async def test_a_glance_gives_what_a_unit_of_work_reads(
    begin: SqlBegin, asked: Questionnaire
) -> None:
    talk, other = conversation(), conversation(owner="telegram:1:8")
    async with begin() as work:
        await work.conversations.add(talk)
        await work.conversations.add(other)
        await work.chats.put(Chat(1, 7, language="cy"))
        await work.commit()

    seen = await asyncio.gather(
        *(begin.glances.conversation(each.id) for each in (talk, other, conversation(), talk))
    )
    chats = [await begin.glances.chat(1, user) for user in (7, 8)]

    assert seen == [talk, other, None, talk]
    assert chats == [Chat(1, 7, language="cy"), None]


class Table:
    """Read by hand: a trip ends when it is let go."""

    def __init__(self) -> None:
        self.rows = {number: f"row {number}" for number in range(9)}
        self.trips: list[set[int]] = []
        self.failing: Exception | None = None
        self._on_the_way = asyncio.Semaphore(0)

    async def read(self, keys: Collection[int]) -> Mapping[int, str]:
        self.trips.append(set(keys))
        found = {key: self.rows[key] for key in keys if key in self.rows}
        await self._on_the_way.acquire()
        if self.failing:
            raise self.failing
        return found

    def let_go(self, trips: int = 1) -> None:
        for _ in range(trips):
            self._on_the_way.release()


async def asks(gathering: Gathering[int, str], *keys: int) -> list["asyncio.Future[str | None]"]:
    asked: list[asyncio.Future[str | None]] = [
        asyncio.ensure_future(gathering.get(key)) for key in keys
    ]
    for _ in range(3):
        await asyncio.sleep(0)
    return asked


async def test_who_asks_while_a_trip_is_under_way_shares_the_next_one() -> None:
    table = Table()
    gathering = Gathering(table.read)

    first = await asks(gathering, 1)
    later = await asks(gathering, 2, 3, 2, 99)
    table.let_go(2)

    assert await asyncio.gather(*first, *later) == ["row 1", "row 2", "row 3", "row 2", None]
    assert table.trips == [{1}, {2, 3, 99}]


async def test_a_trip_that_began_before_the_question_does_not_answer_it() -> None:
    table = Table()
    gathering = Gathering(table.read)

    early = await asks(gathering, 1)
    table.rows[1] = "changed"
    late = await asks(gathering, 1)
    table.let_go(2)

    assert await asyncio.gather(*early, *late) == ["row 1", "changed"]


@pytest.mark.parametrize("under_way", [True, False])
async def test_who_gives_up_waiting_leaves_the_others_their_answer(under_way: bool) -> None:
    table = Table()
    gathering = Gathering(table.read)
    before = [] if under_way else await asks(gathering, 1)

    leaving, *staying = await asks(gathering, 2, 3, 4)
    leaving.cancel()
    table.let_go(3)

    assert await asyncio.gather(*before, *staying) == [
        *(["row 1"] if before else []),
        "row 3",
        "row 4",
    ]
    assert leaving.cancelled()


async def test_a_database_that_is_away_makes_all_of_the_trip_busy_and_not_the_next() -> None:
    table = Table()
    gathering = Gathering(table.read)
    table.failing = Busy("away")

    before = await asks(gathering, 1)
    asked = await asks(gathering, 2, 3)
    table.let_go(2)
    outcomes = await asyncio.gather(*before, *asked, return_exceptions=True)
    table.failing = None
    table.let_go()

    assert [type(each) for each in outcomes] == [Busy] * 3
    assert len(table.trips) == 2
    assert await gathering.get(4) == "row 4"
