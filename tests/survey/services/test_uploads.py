"""Files that staff send are encrypted, their own, and gone in an hour."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from survey.db import tables
from survey.domain.accounts import Account
from survey.errors import NotFound
from survey.services.uploads import MOST
from tests.support.application import NOON, Running

FILE = b"key,name\ne1,Ann Byrne\n"


@pytest.fixture
async def account(here: Running) -> UUID:
    account = Account(uuid4(), "a@b.example", "Ann", frozenset(), NOON)
    async with here.core.begin() as work:
        await work.accounts.put(account)
        await work.commit()
    return account.id


async def test_an_upload_comes_back_to_its_account_alone(here: Running, account: UUID) -> None:
    uploads = here.core.uploads
    kept = await uploads.keep_upload(account, "people", "people.csv", FILE)

    found = await uploads.upload(account, kept)
    assert (found.kind, found.name, found.open().read()) == ("people", "people.csv", FILE)
    for asked in (uploads.upload(uuid4(), kept), uploads.upload(account, uuid4())):
        with pytest.raises(NotFound):
            await asked


async def test_the_database_cannot_read_it(here: Running, account: UUID) -> None:
    await here.core.uploads.keep_upload(account, "people", "people.csv", FILE)

    async with here.core.database.reading() as connection:
        row = (await connection.execute(select(tables.uploads))).one()
    assert b"Ann" not in row.content


async def test_it_is_gone_once_dropped_by_its_account(here: Running, account: UUID) -> None:
    uploads = here.core.uploads
    kept = await uploads.keep_upload(account, "people", "people.csv", FILE)

    await uploads.drop_upload(uuid4(), kept)
    assert (await uploads.upload(account, kept)).content == FILE
    await uploads.drop_upload(account, kept)

    with pytest.raises(NotFound):
        await uploads.upload(account, kept)


async def test_it_is_gone_after_an_hour_and_swept_by_the_next(here: Running, account: UUID) -> None:
    uploads = here.core.uploads
    old = await uploads.keep_upload(account, "people", "people.csv", FILE)
    here.clock.advance(timedelta(hours=1))

    with pytest.raises(NotFound):
        await uploads.upload(account, old)
    new = await uploads.keep_upload(account, "units", "units.csv", FILE)

    async with here.core.database.reading() as connection:
        assert list(await connection.scalars(select(tables.uploads.c.id))) == [new]


async def test_nobody_fills_the_disk_with_uploads(here: Running, account: UUID) -> None:
    """In a public demonstration anybody is an administrator for a while."""
    uploads = here.core.uploads
    other = Account(uuid4(), "c@d.example", "Cai", frozenset(), NOON)
    async with here.core.begin() as work:
        await work.accounts.put(other)
        await work.commit()
    theirs = await uploads.keep_upload(other.id, "people", "people.csv", FILE)
    sent = []
    for _ in range(MOST + 2):
        sent.append(await uploads.keep_upload(account, "people", "people.csv", FILE))
        here.clock.advance(timedelta(seconds=1))

    async with here.core.database.reading() as connection:
        kept = set(await connection.scalars(select(tables.uploads.c.id)))
    assert kept == {theirs, *sent[-MOST:]}
