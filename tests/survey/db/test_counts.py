"""Counts equal responses after any history of submissions, openings, imports and rebuildings."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey.db import tables
from survey.db.engine import Database
from survey.db.keys import FileKeys
from survey.db.unit_of_work import SqlBegin
from survey.db.writer import SqlWriter
from survey.domain.counting import count_rows
from survey.domain.expressions import Value
from survey.domain.questionnaire import Questionnaire
from survey.domain.records import Box, CountKey, Response
from tests.survey.db.builders import (
    DECEMBER,
    NOVEMBER,
    Ids,
    a_box,
    direct,
    into_box,
    publish,
    questionnaire,
    response,
)

_MONTHS = (NOVEMBER, DECEMBER)
_OVER = date(2027, 1, 1)


def _maybe(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.none() | values


_answers: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
    {
        **{
            name: _maybe(st.integers(1, 5))
            for name in ("pride", "advocacy", "attachment", "inspiration", "motivation")
        },
        "service": _maybe(st.sampled_from(["hr", "payroll", "it"])),
        "sites": st.lists(st.sampled_from(["north", "south"]), unique=True).map(tuple),
        "letters": _maybe(st.integers(0, 10**6)),
        "why": _maybe(st.sampled_from(["Araf", "slow"])),
        "age": _maybe(st.sampled_from(["young", "old", "prefer_not_to_say"])),
    }
)
_said = st.builds(
    lambda answers, month, unit: response(
        {name: given for name, given in answers.items() if given is not None},
        month=month,
        unit=unit,
    ),
    _answers,
    st.sampled_from(_MONTHS),
    st.sampled_from(["oak", "elm", ""]),
)
_events = st.one_of(
    st.tuples(st.just("submit"), st.lists(_said, min_size=1, max_size=4)),
    st.tuples(st.just("seal"), st.lists(_said, min_size=1, max_size=4)),
    st.tuples(st.just("open"), st.sampled_from(_MONTHS)),
    st.tuples(st.just("import"), st.lists(_said, min_size=1, max_size=4)),
    st.tuples(st.just("rebuild"), st.none()),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(_events, min_size=1, max_size=8))
def test_counts_equal_responses_after_any_history(
    history: list[tuple[str, Any]], database_url: str, tmp_path: Path
) -> None:
    asyncio.run(_play(database_url, tmp_path, history))


async def _play(url: str, folder: Path, history: Sequence[tuple[str, Any]]) -> None:
    database = Database(url)
    try:
        async with SqlWriter(database, Ids()) as writer:
            world = _World(database, writer, FileKeys(folder / "keys"), f"q-{uuid4().hex[:8]}")
            await world.prepare()
            for event, what in history:
                await getattr(world, f"on_{event}")(what)
                await world.check()
    finally:
        await database.close()


class _World:
    """One questionnaire, its boxes, and what is expected to be in the database."""

    def __init__(self, database: Database, writer: SqlWriter, keys: FileKeys, key: str) -> None:
        self._database, self._begin, self._writer = database, SqlBegin(database), writer
        self._keys, self._asked = keys, questionnaire(key)
        self._expected: list[Response] = []
        self._sealed: list[Response] = []
        self._boxes: dict[date, Box] = {}

    async def prepare(self) -> None:
        await publish(self._begin, self._asked)
        async with self._begin() as work:
            for month in _MONTHS:
                box = a_box(questionnaire=self._asked.key, month=month)
                box = a_box(
                    id=box.id,
                    questionnaire=self._asked.key,
                    month=month,
                    public_key=self._keys.create_box(box.id),
                )
                self._boxes[month] = await work.boxes.add(box)
            await work.commit()

    async def on_submit(self, said: list[Response]) -> None:
        mine = [self._mine(each) for each in said]
        await asyncio.gather(*(self._writer.submit(direct(self._asked, each)) for each in mine))
        self._expected += mine

    async def on_seal(self, said: list[Response]) -> None:
        for each in map(self._mine, said):
            box = self._boxes[each.month]
            blob = self._keys.seal(box.public_key, str(len(self._sealed)).encode())
            self._sealed.append(each)
            await self._writer.submit(into_box(box, blob))

    async def on_open(self, month: date) -> None:
        box = self._boxes[month]
        async with self._begin() as work:
            rows = await work.boxes.waiting(box.id)
            blobs = await work.boxes.sealed(box.id, rows)
            assert await work.boxes.take(box.id, rows, now_month=_OVER)
            opened = [self._sealed[int(self._keys.open(box.id, blob))] for blob in blobs]
            Random(len(blobs)).shuffle(opened)
            await work.responses.add(opened, _counted(self._asked, opened))
            await work.commit()
        self._expected += opened

    async def on_import(self, said: list[Response]) -> None:
        mine = [self._mine(each) for each in said]
        async with self._begin() as work:
            await work.responses.add(mine, _counted(self._asked, mine))
            await work.commit()
        self._expected += mine

    async def on_rebuild(self, _nothing: None) -> None:
        async with self._begin() as work:
            kept = [each async for each in work.responses.all(self._asked.key)]
            await work.responses.rebuild_counts(
                self._asked.key, _counted(self._asked, kept), since=NOVEMBER
            )
            await work.commit()

    async def check(self) -> None:
        async with self._begin.read(one_state=True) as work:
            kept = [each async for each in work.responses.all(self._asked.key)]
        assert sorted(map(_told, kept)) == sorted(map(_told, self._expected))
        assert await self._counts() == _counted(self._asked, kept)

    async def _counts(self) -> Counter[CountKey]:
        chosen = tables.counts.select().where(tables.counts.c.questionnaire == self._asked.key)
        async with self._database.reading() as connection:
            rows = [dict(row) for row in (await connection.execute(chosen)).mappings()]
        return Counter({CountKey(**row): n for row in rows for n in [row.pop("n")]})

    def _mine(self, said: Response) -> Response:
        return response(
            said.answers, questionnaire=self._asked.key, month=said.month, unit=said.unit
        )


def _told(said: Response) -> tuple[str, ...]:
    """A response as something to sort by; the order of its answers means nothing."""
    return str(said.month), said.unit, *map(repr, sorted(said.answers.items()))


def _counted(asked: Questionnaire, said: Sequence[Response]) -> Counter[CountKey]:
    counts: Counter[CountKey] = Counter()
    for each in said:
        counts.update(count_rows(asked, each))
    return counts
