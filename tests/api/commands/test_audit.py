"""`tellback audit verify|list`."""

import asyncio
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from survey.db.ledger import AUDIT_HEADS
from survey.domain.audit import OPERATOR, Note
from survey.settings import read_settings
from survey.wiring import open_application
from tests.api.commands.conftest import Tellback
from tests.support.databases import DatabaseKind


def test_the_record_is_listed_and_verified(installed: Tellback) -> None:
    made = installed("apikey", "add", "payroll", "--scopes", "figures:read")
    assert made.exit_code == 0, made.stderr

    listed = installed("audit", "list", "--who", "operator", "--what", "key.")
    nothing = installed("audit", "list", "--about", "nobody")
    verified = installed("audit", "verify")

    assert "key.added" in listed.stdout
    assert "scopes=['figures:read']" in listed.stdout
    assert nothing.stdout == "Nothing is recorded that you ask for.\n"
    assert (verified.exit_code, "all as they were recorded" in verified.stdout) == (0, True)


def test_a_restored_copy_that_is_released_begins_a_record_of_its_own(
    installed: Tellback, folder: Path
) -> None:
    """What was anchored since the copy was made is not missed any more."""

    async def anchor(more: int) -> None:
        async with open_application(read_settings()) as core:
            for _ in range(more):
                async with core.begin() as work:
                    await work.audit.add(Note(core.clock.now(), OPERATOR, "unit.ended", "unit:x"))
                    await work.commit()
            await core.audit.anchor()

    asyncio.run(anchor(1))
    heads = folder / "keys" / AUDIT_HEADS
    heads.write_text(re.sub(r'"number": \d+', '"number": 99', heads.read_text()))
    refused = installed("audit", "verify")
    held = installed("db", "hold")
    released = installed("db", "release")
    verified = installed("audit", "verify")

    assert (refused.exit_code, "is missing" in refused.stderr) == (1, True)
    assert (held.exit_code, released.exit_code, verified.exit_code) == (0, 0, 0)


@pytest.mark.parametrize("database_kind", [DatabaseKind.SQLITE])
def test_a_record_that_was_changed_is_refused_and_the_entry_named(
    installed: Tellback, database_url: str
) -> None:
    installed("apikey", "add", "payroll", "--scopes", "figures:read")
    path = database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("DROP TRIGGER audit_no_update")
        database.execute("UPDATE audit SET subject = 'x' WHERE number = 1")

    verified = installed("audit", "verify")

    assert verified.exit_code == 1
    assert "entry 1 was changed" in verified.stderr
