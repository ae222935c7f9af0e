"""Who answered is known, what was answered is known, and which belongs to which is not.

The attacker holds the database, its files and its log, copied after every submission, and is told
in which order people answered and which people and responses came out of one box together. What is
left to guess is the order within a box; in a random one, one match per box is to be expected.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from math import sqrt
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import text

from survey.db.engine import Database
from survey.domain.counting import count_rows
from survey.domain.records import Submission
from survey.services.intake import Answers, Intake, response
from tests.support.application import Running
from tests.support.databases import PostgresServer

PEOPLE = 200
BOX = 10
BOXES = PEOPLE // BOX
GUESSING = BOXES + 5 * sqrt(BOXES)
"""More matches than this come from guessing once in a hundred thousand attacks."""

Order = Sequence[str]
"""Comments of responses, in an order that the attacker reads somewhere."""


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """One that no test has used: where a row lies is to tell when it came."""
    name = postgres_server.create(template=postgres_template)
    yield postgres_server.url_of(name)
    postgres_server.drop(name)


class Attacker:
    """Collects orders of responses; each comment tells the test, not the attacker, whose it is."""

    def __init__(self, database: Database, people: Order) -> None:
        self._database = database
        self._log = PostgresLog(database) if database.dialect == "postgresql" else None
        self._comment = re.compile(people[0][:-3].encode() + rb"\d{3}")
        self._seen_at: dict[str, tuple[int, int]] = {}
        self._copies = 0

    async def copy(self) -> None:
        """Note where each comment stands when a copy of files and log first shows it."""
        if self._log:
            copy = await self._log.since_last_time()
        else:
            copy = b"".join(path.read_bytes() for path in files(self._database))
        self._copies += 1
        for found in self._comment.finditer(copy):
            self._seen_at.setdefault(found[0].decode(), (self._copies, found.start()))

    async def orders(self) -> Mapping[str, Order]:
        """Every order of the responses that can be read, by where it was read."""
        read: dict[str, Order] = {}
        if not self._log or self._log.readable:
            read["files and log"] = sorted(self._seen_at, key=self._seen_at.__getitem__)
        by_table = ["id", "xmin::text::bigint, ctid", "ctid"] if self._log else ["id"]
        for place in by_table:
            read[place] = await _column(
                self._database, f"SELECT answers ->> 'comment' FROM responses ORDER BY {place}"
            )
        return read

    async def same_transaction(self) -> int:
        """How many participations share a transaction with a response (PostgreSQL)."""
        if not self._log:
            return 0
        shared = await _column(
            self._database,
            "SELECT count(*) FROM participations p "
            "WHERE EXISTS (SELECT 1 FROM responses r WHERE r.xmin = p.xmin)",
        )
        return int(shared[0])


class PostgresLog:
    """PostgreSQL's write-ahead log, as its superuser reads it; others get nothing."""

    PAGE = 8192

    def __init__(self, database: Database) -> None:
        self._database = database
        self._until: int | None = None
        self.readable = True

    async def since_last_time(self) -> bytes:
        """The records since the last call, without the headers of the pages that they run over."""
        first = self._until is None
        async with self._database.writing() as connection:
            if not await connection.scalar(
                text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            ):
                self.readable = False
                return b""
            # A commit that waits for the log brings what is still in memory into the files.
            await connection.execute(text("SET LOCAL synchronous_commit = on"))
            await connection.execute(text("SELECT pg_logical_emit_message(true, '', '')"))
            await connection.commit()
            row = await connection.execute(
                text(
                    "SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint, "
                    "pg_size_bytes(current_setting('wal_segment_size')), "
                    "left(pg_walfile_name(pg_current_wal_lsn()), 8)"
                )
            )
            end, segment, timeline = row.one()
            start, self._until = (self._until or end) // self.PAGE * self.PAGE, end
            pages = []
            while start < end and not first:
                number, offset = divmod(start, segment)
                page = await connection.scalar(
                    text("SELECT pg_read_binary_file('pg_wal/' || :name, :offset, :length, true)"),
                    {
                        "name": f"{timeline}{number // 256:08X}{number % 256:08X}",
                        "offset": offset,
                        "length": self.PAGE,
                    },
                )
                if page is not None:  # else the server has it no more
                    pages.append(page[24 if offset else 40 :])
                start += self.PAGE
        return b"".join(pages)


async def _column(database: Database, question: str) -> list[str]:
    async with database.reading() as connection:
        return list(await connection.scalars(text(question)))


def files(database: Database) -> tuple[Path, Path]:
    """SQLite's write-ahead log and the file itself."""
    path = Path(str(database.engine.url.database))
    return path.with_name(f"{path.name}-wal"), path


def matches(order: Order, people: Order) -> int:
    """How many people are matched right: the first of a box with its first response, and so on."""
    right = 0
    for start in range(0, len(people), BOX):
        together = people[start : start + BOX]
        found = [comment for comment in order if comment in together]
        right += sum(person == guess for person, guess in zip(together, found, strict=False))
    return right


@pytest.fixture
async def intake(here: Running) -> Intake:
    await here.publish("people-pulse")
    core = here.core
    return Intake(core.begin, core.clock, core.ids, core.keys, core.settings.zone)


@pytest.fixture
def people() -> Order:
    """One comment per person, in the order in which they answer; unlike any in another test."""
    run = uuid4().hex[:10]
    return [f"comment-{run}-{number:03}" for number in range(PEOPLE)]


async def submission(here: Running, intake: Intake, comment: str, source: Random) -> Submission:
    published = (await here.core.catalogue.get("people-pulse")).published
    scale = {name: source.randint(1, 5) for name in ("pride", "advocacy", "motivation")}
    here.clock.advance(timedelta(seconds=1))
    return await intake.submission(
        published,
        Answers("oakfield", "en", {**scale, "comment": comment}),
        participant=comment[-3:],
    )


async def test_sealed_submissions_are_matched_to_people_no_better_than_by_guessing(
    here: Running, intake: Intake, people: Order
) -> None:
    attacker, source = Attacker(here.core.database, people), Random(20)
    await attacker.copy()
    for start in range(0, PEOPLE, BOX):
        ops = [await submission(here, intake, each, source) for each in people[start : start + BOX]]
        if start % (2 * BOX):
            await asyncio.gather(*(here.core.writer.submit(op) for op in ops))
        else:
            for op in ops:
                await here.core.writer.submit(op)
                await attacker.copy()
        assert await here.core.boxes.open_due() == BOX
        await attacker.copy()

    orders = await attacker.orders()
    assert {name: len(order) for name, order in orders.items() if len(order) != PEOPLE} == {}
    assert {
        name: found
        for name, order in orders.items()
        if (found := matches(order, people)) > GUESSING
    } == {}
    assert await attacker.same_transaction() == 0


async def test_the_same_attack_finds_the_people_when_the_box_is_bypassed(
    here: Running, intake: Intake, people: Order
) -> None:
    attacker, source = Attacker(here.core.database, people), Random(20)
    await attacker.copy()
    published = (await here.core.catalogue.get("people-pulse")).published
    for each in people:
        op = await submission(here, intake, each, source)
        said = response(
            published, Answers("oakfield", "en", {"comment": each}), month=op.month, wave=op.wave
        )
        counts = count_rows(published.questionnaire, said)
        await here.core.writer.submit(replace(op, sealed=None, direct=said, counts=counts))
        await attacker.copy()

    found = {name: matches(order, people) for name, order in (await attacker.orders()).items()}
    assert found.get("files and log", PEOPLE) == PEOPLE
    assert found["id"] <= GUESSING
    if here.core.database.dialect == "postgresql":
        assert found["xmin::text::bigint, ctid"] == found["ctid"] == PEOPLE
        assert await attacker.same_transaction() == PEOPLE


async def test_the_log_that_saw_the_opening_is_empty_afterwards(
    here: Running, intake: Intake, people: Order
) -> None:
    if here.core.database.dialect == "postgresql":
        assert await here.core.database.forget_log()
        return
    log, _ = files(here.core.database)
    for each in people[:BOX]:
        await here.core.writer.submit(await submission(here, intake, each, Random(20)))
    filled = log.stat().st_size

    await here.core.boxes.open_due()

    assert filled > 0
    assert log.stat().st_size == 0
