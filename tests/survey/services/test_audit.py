"""A41: nobody rewrites the record unnoticed, and the application cannot even try."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.ledger import AUDIT_HEADS
from survey.db.tables import audit, audit_head
from survey.domain.audit import (
    BEGINNING,
    OPERATOR,
    SERVICE,
    Actor,
    Break,
    Entry,
    Note,
    Verdict,
    Wanted,
    chained,
)
from tests.support.application import NOON, Running, running
from tests.support.databases import DatabaseKind, fresh_database
from tests.support.soaking import Soak

AT_COMMIT = 2_000
AT_SOAK = 100_000
AUDIT_COLUMNS = [column.name for column in audit.columns]
TRIES = 8
"""Places at which each way of tampering is tried at commit; first and last are among them."""


def a_note(number: int) -> Note:
    return Note(
        at=NOON + timedelta(seconds=number),
        actor=(OPERATOR, SERVICE, Actor.account(uuid4()))[number % 3],
        action=("person.moved", "unit.ended", "key.made")[number % 3],
        subject=f"person:{uuid4()}",
        details={"fields": ["unit", "name"], "number": number},
    )


async def recorded(here: Running, number: int) -> None:
    """A record of so many entries: chained as `add` does, and written at once."""
    before, rows = BEGINNING, []
    for each in range(1, number + 1):
        entry = chained(before, each, a_note(each))
        rows.append({name: getattr(entry, name) for name in AUDIT_COLUMNS})
        before = entry.digest
    async with here.core.database.writing() as connection:
        await connection.execute(insert(audit), rows)
        await connection.execute(insert(audit_head), {"id": 1, "number": number, "digest": before})
        await connection.commit()


async def unlock(here: Running) -> None:
    """What only somebody can do who owns the tables: take the triggers away."""
    statements = ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"]
    if here.core.database.dialect == "postgresql":
        statements = ["DROP TRIGGER audit_append_only ON audit"]
    await altered(here, statements)


Tamper = Callable[[int, int], list[str]]
"""Statements that do it to entry `at` of `last`; the entries after it are moved as needed."""


def _renumbered(first: int, by: int) -> list[str]:
    """All entries from `first` on; in two steps, for no number may be there twice."""
    return [
        f"UPDATE audit SET number = -(number + {by}) WHERE number >= {first}",
        "UPDATE audit SET number = -number WHERE number < 0",
    ]


def _swapped(one: int, other: int) -> list[str]:
    return [
        f"UPDATE audit SET number = 0 WHERE number = {one}",
        f"UPDATE audit SET number = {one} WHERE number = {other}",
        f"UPDATE audit SET number = {other} WHERE number = 0",
    ]


def _copy(into: int) -> list[str]:
    columns = ", ".join(f'"{name}"' for name in AUDIT_COLUMNS if name != "number")
    return [f"INSERT INTO audit (number, {columns}) SELECT {into}, {columns} FROM audit LIMIT 1"]


WAYS: dict[str, Tamper] = {
    "actor": lambda at, last: [f"UPDATE audit SET actor = 'operator:x' WHERE number = {at}"],
    "action": lambda at, last: [f"UPDATE audit SET action = 'unit.made' WHERE number = {at}"],
    "subject": lambda at, last: [f"UPDATE audit SET subject = 'unit:x' WHERE number = {at}"],
    "time": lambda at, last: [
        f"UPDATE audit SET at = '2020-02-02 02:02:02.000000' WHERE number = {at}"
    ],
    "details": lambda at, last: [f"""UPDATE audit SET details = '{{"a":1}}' WHERE number = {at}"""],
    "digest": lambda at, last: [
        f"UPDATE audit SET digest = (SELECT digest FROM audit WHERE number = {at % last + 1}) "
        f"WHERE number = {at}"
    ],
    "removed": lambda at, last: [f"DELETE FROM audit WHERE number = {at}"],
    "removed and closed up": lambda at, last: [
        f"DELETE FROM audit WHERE number = {at}",
        *_renumbered(at + 1, -1),
    ],
    "moved to the end": lambda at, last: [
        f"UPDATE audit SET number = {last + 1} WHERE number = {at}",
        *_renumbered(at + 1, -1),
    ],
    "inserted": lambda at, last: [*_renumbered(at, 1), *_copy(at)],
    "added": lambda at, last: _copy(last + at),
    "two swapped": lambda at, last: _swapped(at, at % last + 1),
}


async def altered(here: Running, statements: list[str]) -> None:
    async with here.core.database.writing() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)
        await connection.commit()


async def restored(here: Running, rows: list[dict[str, object]]) -> None:
    """Put the record back as it was."""
    async with here.core.database.writing() as connection:
        await connection.execute(text("DELETE FROM audit"))
        await connection.execute(insert(audit), rows)
        await connection.commit()


async def all_rows(connection: AsyncConnection) -> list[dict[str, object]]:
    return [dict(row) for row in (await connection.execute(audit.select())).mappings()]


async def test_a41_any_entry_that_is_changed_removed_moved_or_added_is_found(
    here: Running,
) -> None:
    await recorded(here, AT_COMMIT)
    assert await here.core.audit.verify() == Verdict(AT_COMMIT)
    await unlock(here)
    async with here.core.database.reading() as connection:
        rows = await all_rows(connection)
    chance = Random(41)

    for way, tamper in WAYS.items():
        places = {1, AT_COMMIT, *chance.sample(range(1, AT_COMMIT), TRIES - 2)}
        if way == "moved to the end":
            places.discard(AT_COMMIT)  # it is there
        for at in sorted(places if way in ("removed", "subject") else sorted(places)[::3]):
            await altered(here, tamper(at, AT_COMMIT))
            verdict = await here.core.audit.verify()
            assert not verdict.whole, f"{way} at {at}"
            if way == "subject":
                assert (verdict.broken, verdict.why) == (at, Break.CHANGED)
            if way == "removed":
                assert (verdict.broken, verdict.why) == (at, Break.MISSING)
            await restored(here, rows)
    assert (await here.core.audit.verify()).whole


@pytest.mark.soak
def test_a41_any_one_of_100_000_entries(
    soak: Soak, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with fresh_database(DatabaseKind.SQLITE, tmp_path, request) as url:
        asyncio.run(_filled(url, tmp_path))
        path = Path(url.removeprefix("sqlite:///"))
        kept = path.read_bytes()

        def one(seed: int) -> Counter[str]:
            path.write_bytes(kept)
            return asyncio.run(_tried(url, tmp_path, Random(seed)))

        soak.play(one)


async def _filled(url: str, folder: Path) -> None:
    async with running(url, folder) as here:
        await recorded(here, AT_SOAK)
        await unlock(here)


async def _tried(url: str, folder: Path, chance: Random) -> Counter[str]:
    at, way = chance.randint(1, AT_SOAK - 1), chance.choice(sorted(WAYS))
    async with running(url, folder) as here:
        await altered(here, WAYS[way](at, AT_SOAK))
        assert not (await here.core.audit.verify()).whole, f"{way} at {at}"
    return Counter({"entries tampered with and found": 1})


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
async def test_a41_the_application_cannot_change_the_record(here: Running, change: str) -> None:
    await recorded(here, 3)

    with pytest.raises(DBAPIError, match="append-only"):
        await altered(here, [change])
    assert (await here.core.audit.verify()) == Verdict(3)


@pytest.mark.parametrize("database_kind", [DatabaseKind.POSTGRESQL])
async def test_a41_the_application_cannot_empty_the_record(here: Running) -> None:
    await recorded(here, 3)

    with pytest.raises(DBAPIError, match="append-only"):
        await altered(here, ["TRUNCATE audit"])


async def test_a41_a_record_rewritten_as_a_whole_is_found_by_what_stands_outside(
    here: Running,
) -> None:
    """Somebody who owns the database can make a new chain, but not unmake yesterday's anchor."""
    await recorded(here, 20)
    assert await here.core.audit.anchor() == Verdict(20)
    here.clock.advance(timedelta(days=1))
    await unlock(here)
    await altered(here, ["DELETE FROM audit", "DELETE FROM audit_head"])
    await recorded(here, 25)  # all ids and times are others

    verdict = await here.core.audit.verify()

    assert (verdict.broken, verdict.why) == (20, Break.REWRITTEN)
    assert await here.core.audit.anchor() == verdict  # what is broken is not anchored again
    lines = (here.core.settings.key_dir / AUDIT_HEADS).read_text().splitlines()
    assert len(lines) == 1


async def test_a41_a_record_cut_short_with_its_head_is_found(here: Running) -> None:
    await recorded(here, 20)
    await here.core.audit.anchor()
    await unlock(here)
    await altered(
        here,
        [
            "DELETE FROM audit WHERE number > 15",
            "UPDATE audit_head SET number = 15, "
            "digest = (SELECT digest FROM audit WHERE number = 15)",
        ],
    )

    assert await here.core.audit.verify() == Verdict(15, 16, Break.MISSING)


async def test_what_was_anchored_after_a_backup_is_not_missed_once_it_is_restored(
    here: Running,
) -> None:
    await recorded(here, 20)
    await here.core.audit.anchor()
    await unlock(here)
    await altered(here, ["DELETE FROM audit", "DELETE FROM audit_head"])
    await recorded(here, 15)

    await here.core.audit.restored()

    assert await here.core.audit.verify() == Verdict(15)


async def test_the_head_is_anchored_once_a_day(here: Running) -> None:
    await recorded(here, 2)
    heads = here.core.settings.key_dir / AUDIT_HEADS

    first, again = await here.core.audit.anchor(), await here.core.audit.anchor()
    here.clock.advance(timedelta(days=1))
    next_day = await here.core.audit.anchor()

    assert (first, again, next_day) == (Verdict(2), None, Verdict(2))
    assert len(heads.read_text().splitlines()) == 2
    assert heads.stat().st_mode & 0o077 == 0


async def test_what_is_recorded_at_the_same_time_makes_one_chain(here: Running) -> None:
    async def add(number: int) -> Entry:
        async with here.core.begin() as work:
            entry = await work.audit.add(a_note(number))
            await work.commit()
        return entry

    entries = await asyncio.gather(*(add(number) for number in range(30)))

    assert sorted(entry.number for entry in entries) == list(range(1, 31))
    assert await here.core.audit.verify() == Verdict(30)


async def test_a_note_stays_only_with_what_it_tells_of(here: Running) -> None:
    async with here.core.begin() as work:
        await work.audit.add(a_note(1))

    assert await here.core.audit.verify() == Verdict(0)


async def test_entries_are_found_by_who_what_whom_and_when_in_pages(here: Running) -> None:
    person = uuid4()
    async with here.core.begin() as work:
        for hour in range(6):
            await work.audit.add(
                Note(
                    at=NOON + timedelta(hours=hour),
                    actor=OPERATOR if hour % 2 else SERVICE,
                    action="person.moved" if hour < 4 else "unit.ended",
                    subject=f"person:{person}" if hour < 4 else "unit:oakfield",
                )
            )
        await work.commit()

    async def numbers(wanted: Wanted, **rest: object) -> list[int]:
        page = await here.core.audit.find(wanted, **rest)  # type: ignore[arg-type]
        return [entry.number for entry in page.entries]

    assert await numbers(Wanted()) == [6, 5, 4, 3, 2, 1]
    assert await numbers(Wanted(), newest_first=False) == [1, 2, 3, 4, 5, 6]
    assert await numbers(Wanted(actor="operator")) == [6, 4, 2]
    assert await numbers(Wanted(action="person.")) == [4, 3, 2, 1]
    assert await numbers(Wanted(action="p%")) == []
    assert await numbers(Wanted(), about=" oakfield ") == [6, 5]
    assert await numbers(Wanted(), about=str(person)) == [4, 3, 2, 1]
    since, until = NOON + timedelta(hours=1), NOON + timedelta(hours=3)
    assert await numbers(Wanted(since=since, until=until)) == [3, 2]
    page = await here.core.audit.find(Wanted(), limit=4)
    assert ([entry.number for entry in page.entries], page.more) == ([6, 5, 4, 3], True)
    page = await here.core.audit.find(Wanted(), beyond=3, limit=4)
    assert ([entry.number for entry in page.entries], page.more) == ([2, 1], False)


async def test_the_time_when_the_record_was_found_whole_is_kept(here: Running) -> None:
    assert await here.core.audit.found_whole() is None

    await here.core.audit.verify()

    assert await here.core.audit.found_whole() == NOON
