"""`tellback audit verify|list`."""

import sqlite3
from contextlib import closing

import pytest

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
