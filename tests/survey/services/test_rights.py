"""A37: everything kept about a person can be had, and erased, and does not come back (B78)."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Table, select

from survey.db import backup
from survey.db.ledger import ERASURES
from survey.db.tables import metadata
from survey.db.unit_of_work import SqlUnitOfWork
from survey.domain.audit import OPERATOR, Verdict, Wanted
from survey.domain.people import Person
from survey.errors import AccountLinked, Busy, NotFound
from survey.services.rights import as_bytes, summary
from tests.support.application import NOON, Running, running
from tests.support.databases import DatabaseKind, PostgresServer, postgres_programs
from tests.survey.services.personal import (
    MARK,
    PERSONAL,
    USER,
    Planted,
    everything_in,
    plant,
    unknown,
)
from tests.survey.services.test_retention import files_of


def test_a37_of_every_column_it_is_known_whether_it_holds_something_about_people() -> None:
    assert unknown() == []


@pytest.mark.parametrize("table", [metadata.tables[name] for name in PERSONAL], ids=str)
async def test_a37_the_planted_person_stands_in_every_table_that_can_hold_one(
    here: Running, table: Table
) -> None:
    await plant(here)

    async with here.core.database.reading() as connection:
        assert (await connection.execute(select(table))).first() is not None


async def test_a37_an_export_holds_all_that_is_kept_about_the_person(here: Running) -> None:
    planted = await plant(here)

    made = await here.core.rights.export(planted.person.id, by=OPERATOR)

    told = json.loads(as_bytes(made.document))
    assert told["person"] | {"created_at": ""} == {
        "id": str(planted.person.id),
        "key": f"{MARK}-1",
        "name": f"{MARK} Hughes",
        "units": ["oakfield", "elmwood"],
        "created_at": "",
        "email": f"{MARK}@barnet.example".casefold(),
        "language": "cy",
        "roles": [f"{MARK} bursar"],
        "attributes": {"site": f"{MARK} Road"},
        "ended_at": None,
        "opted_out_at": None,
        "revision": 1,
    }
    assert [chat["telegram_user"] for chat in told["chats"]] == [USER]
    assert [each["answers"] for each in told["conversations"]] == [
        {"comment": f"{MARK} said so"},
        {"comment": f"{MARK} said so"},
    ]
    assert told["took_part_in"] == [{"questionnaire": "people-pulse", "month": "2026-05"}]
    assert [each["content"] for each in told["messages_not_dealt_with"]] == [
        {"text": f"{MARK} writes"}
    ]
    assert told["personal_links"] == [{"until": "2026-05-28T12:00:00+00:00"}]
    (account,) = told["accounts"]
    assert (account["email"], account["single_sign_on"]) == (
        f"{MARK}@staff.example",
        f"https://sso.example {MARK}",
    )
    assert account["roles"] == [{"role": "viewer", "unit": "schools", "service": ""}]
    assert [entry["what"] for entry in told["record"]] == ["person.added", "person.exported"]
    assert told["record"][-1]["number"] == made.number
    assert [each["entries"] for each in told["problems_reported"]] != [[], [], []]
    assert summary(made.document) == {
        "personal_links": 1,
        "chats": 1,
        "conversations": 2,
        "took_part_in": 1,
        "messages_not_dealt_with": 1,
        "asked_to_answer": 1,
        "problems_reported": 3,
        "letters": 3,
        "accounts": 1,
        "sign_ins": 1,
        "record": 2,
    }
    assert len(told["cannot_be_found"]) >= 3  # and says so
    assert "argon2" not in as_bytes(made.document).decode()


async def test_a37_nobody_can_read_from_a_report_that_it_was_handed_to_somebody_erased(
    here: Running,
) -> None:
    planted = await plant(here)
    entries = metadata.tables["entries"]

    async def told() -> str:
        async with here.core.database.reading() as connection:
            return repr((await connection.execute(select(entries.c.data))).all())

    assert str(planted.person.id) in await told()
    await here.core.rights.erase(planted.person.id, by=OPERATOR, end_account=True)
    assert str(planted.person.id) not in await told()


async def test_a37_an_erased_person_is_nowhere(
    here: Running,
    database_url: str,
    database_kind: DatabaseKind,
    capsys: pytest.CaptureFixture[str],
) -> None:
    planted = await plant(here)
    before = await everything_in(here)
    assert all(mark in before for mark in planted.marks)

    done = await here.core.rights.erase(planted.person.id, by=OPERATOR, end_account=True)

    left = await everything_in(here)
    assert [mark for mark in planted.marks if mark in left] == []
    if database_kind is DatabaseKind.SQLITE:
        files = files_of(database_url)
        assert [mark for mark in planted.marks if mark.encode() in files] == []
    keys = here.core.settings.key_dir
    beside = b"".join(each.read_bytes() for each in keys.rglob("*") if each.is_file())
    assert [mark for mark in planted.marks if mark.encode() in beside] == []
    said = capsys.readouterr()
    assert [mark for mark in planted.marks if mark in said.out + said.err] == []
    entry = (await here.core.audit.find(Wanted(action="person.erased"))).entries[0]
    assert (entry.number, entry.subject) == (done.number, f"person:{planted.person.id}")
    assert await here.core.audit.verify() == Verdict(done.number + 1)
    with pytest.raises(NotFound):
        await here.core.rights.export(planted.person.id, by=OPERATOR)


async def test_others_keep_what_is_theirs(here: Running) -> None:
    planted = await plant(here)
    other = Person(here.core.ids.uuid(), "P2", "Alex Morgan", ("oakfield",), NOON)
    async with here.core.begin() as work:
        await work.people.put([other])
        await work.commit()

    await here.core.rights.erase(planted.person.id, by=OPERATOR, end_account=True)

    async with here.core.begin.read() as work:
        assert await work.people.get(other.id) == other


async def test_an_account_that_runs_is_not_ended_unless_that_is_asked_for(here: Running) -> None:
    planted = await plant(here)

    with pytest.raises(AccountLinked):
        await here.core.rights.erase(planted.person.id, by=OPERATOR)

    assert MARK in await everything_in(here)
    assert not (here.core.settings.key_dir / ERASURES).exists()


async def test_b78_an_erased_person_does_not_come_back_by_a_file(here: Running) -> None:
    planted = await plant(here)
    assert not await here.core.erasures.among({planted.person.key: ""})

    await here.core.rights.erase(planted.person.id, by=OPERATOR, end_account=True)

    assert await here.core.erasures.among({planted.person.key: ""})
    assert await here.core.erasures.among({"other": f"{MARK}@BARNET.example"})
    assert not await here.core.erasures.among({"other": ""})


async def test_b78_a_crash_between_the_list_and_the_commit_is_completed_at_the_next_start(
    here: Running, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = await plant(here)

    async def fail(_: SqlUnitOfWork) -> None:
        raise Busy("database")

    with monkeypatch.context() as broken:
        broken.setattr(SqlUnitOfWork, "commit", fail)
        with pytest.raises(Busy):
            await here.core.rights.erase(planted.person.id, by=OPERATOR, end_account=True)
    assert MARK in await everything_in(here)

    async with running(database_url, tmp_path) as again:
        left = await everything_in(again)
        assert [mark for mark in planted.marks if mark in left] == []
        assert await again.core.rights.apply_list() == 0  # once


async def test_b78_a_new_secret_still_knows_who_was_erased(
    here: Running, database_url: str, tmp_path: Path
) -> None:
    planted = await plant(here)
    await here.core.rights.erase(planted.person.id, by=OPERATOR, end_account=True)

    async with running(
        database_url,
        tmp_path,
        secret_key=SecretStr("9vWq-another-secret-x2"),
        secret_key_previous=here.core.settings.secret_key,
    ) as again:
        assert await again.core.erasures.among({planted.person.key: ""})


@pytest.fixture
def elsewhere(
    database_kind: DatabaseKind, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """Where to restore to: a second, empty database of the same kind."""
    if database_kind is DatabaseKind.SQLITE:
        yield f"sqlite:///{tmp_path / 'restored.sqlite'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create()
    yield server.url_of(name)
    server.drop(name)


async def test_b78_a_restored_backup_is_cleaned_before_it_opens(
    here: Running,
    database_url: str,
    elsewhere: str,
    database_kind: DatabaseKind,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(postgres_programs()), prepend=":")
    planted: Planted = await plant(here)
    copy = tmp_path / "older.backup"
    await asyncio.to_thread(backup.back_up, database_url, copy)
    await here.core.rights.erase(planted.person.id, by=OPERATOR, end_account=True)
    await asyncio.to_thread(backup.restore, elsewhere, copy)

    async with running(elsewhere, tmp_path) as restored:
        left = await everything_in(restored)
        assert [mark for mark in planted.marks if mark in left] == []
        if database_kind is DatabaseKind.SQLITE:
            files = files_of(elsewhere)
            assert [mark for mark in planted.marks if mark.encode() in files] == []
        assert (await restored.core.audit.verify()).whole
