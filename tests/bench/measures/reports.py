"""P15: how soon somebody is answered while many report problems, each with three photos."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from pydantic import SecretStr

from bot.outgoing import pacer_of
from bot.process import run_bot
from survey.domain.case_records import CaseQuery
from survey.domain.people import Person
from survey.domain.records import Chat
from tests.bench.measures.campaigns import Passing
from tests.bench.options import Options
from tests.bench.processes import Commanded, commanded
from tests.bench.rounds import Goal, Line, Spread
from tests.bot.rig import Nudges
from tests.support.application import Running, running

_REPORTS: Final = 200
_ALONE: Final = 12
_PHOTOS: Final = 3
_FETCHED_WITHIN: Final = 1_800.0
"""Seconds in which all photos are to be there: they are drawn anew one after another."""


def measure(options: Options) -> Iterator[Line]:
    reports = _REPORTS // 10 if options.small else _REPORTS
    idle, busy = asyncio.run(_measured(options.folder / "reports", reports))
    yield Line(
        f"P15 a step of a report, p95, {reports} with three photos each begun in "
        f"{reports * 60 // _REPORTS} s, SQLite",
        "one at a time",
        Spread.of([busy["p95"] / idle["p95"]]),
        f"{1000 * busy['p95']:.0f} ms against {1000 * idle['p95']:.0f} ms; none lost",
        Goal(2, most=True),
    )


async def _measured(folder: Path, reports: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What people waited one at a time, and many at once.

    Raises: RuntimeError, TimeoutError, where one is lost.
    """
    folder.mkdir()  # noqa: ASYNC240 (before the clock starts)
    async with _house(folder, reports + _ALONE) as (here, crowd):
        idle = await asyncio.to_thread(crowd.does, f"report_alone {_ALONE}")
        busy = await asyncio.to_thread(crowd.does, f"report {reports}")
        await _all_there(here, idle["reported"] + busy["reported"])
    return idle, busy


async def _all_there(here: Running, references: Sequence[str]) -> None:
    """Each has its case, with its photos. Raises: RuntimeError, TimeoutError."""
    query = CaseQuery()
    async with here.core.begin.read() as work:
        ids = await work.cases.ids(query, now=here.clock.now(), limit=10 * len(references))
        cases = [case for each in ids if (case := await work.cases.get(each)) is not None]
    if sorted(case.reference for case in cases) != sorted(references):
        raise RuntimeError(f"{len(cases)} cases for {len(references)} reports")
    async with asyncio.timeout(_FETCHED_WITHIN):
        for case in cases:
            while not await _has_photos(here, case.id):  # noqa: ASYNC110 (a database tells nobody)
                await asyncio.sleep(1)


async def _has_photos(here: Running, case: UUID) -> bool:
    async with here.core.begin.read() as work:
        files = await work.attachments.of_case(case)
    return len(files) == _PHOTOS and all(each.digest is not None for each in files)


@asynccontextmanager
async def _house(folder: Path, people: int) -> AsyncIterator[tuple[Running, Commanded]]:
    """The bot at work, and people whom it knows, who write from elsewhere."""
    with commanded("tests.bench.crowd", first=False) as crowd:
        token = crowd.first["token"]
        async with running(
            f"sqlite:///{folder / 'reports.sqlite'}",
            folder,
            clock=Passing(),
            telegram_token=SecretStr(token),
            telegram_api_base=crowd.first["base_url"],
        ) as here:
            await here.publish("problem-report")
            await _known(here, int(token.partition(":")[0]), crowd.does(f"know {people}")["chats"])
            async with asyncio.TaskGroup() as tasks:
                bot = run_bot(here.core, Nudges(), pacer=pacer_of(here.core))
                answering = tasks.create_task(bot)
                try:
                    yield here, crowd
                finally:
                    answering.cancel()


async def _known(here: Running, bot: int, chats: Sequence[int]) -> None:
    """Each chat is of somebody of Oakfield."""
    people = [
        Person(here.core.ids.uuid(), f"p{chat}", "Ann Lee", ("oakfield",), here.clock.now())
        for chat in chats
    ]
    async with here.core.begin() as work:
        await work.people.put(people)
        for chat, person in zip(chats, people, strict=True):
            await work.chats.put(Chat(bot, chat))
            await work.chats.link(bot, chat, person.id)
        await work.commit()
