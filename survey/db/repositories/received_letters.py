"""Letters that came in, by their digests; the content of those that wait for staff."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.statements import insert
from survey.db.tables import received_letters
from survey.ports.received import ReceivedLetter

_HELD = received_letters.c.held.is_not(None)


class SqlReceivedLetters:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, letter: ReceivedLetter) -> bool:
        added = await self._connection.execute(
            insert(self._connection, received_letters).on_conflict_do_nothing(
                index_elements=["digest"]
            ),
            {name: getattr(letter, name) for name in ReceivedLetter.__slots__},
        )
        return added.rowcount == 1

    async def known(self, digest: bytes) -> bool:
        chosen = select(received_letters.c.digest).where(received_letters.c.digest == digest)
        return await self._connection.scalar(chosen) is not None

    async def lately(self, case: UUID, *, since: datetime) -> int:
        counted = select(func.count()).where(
            received_letters.c.case == case, received_letters.c.at > since
        )
        return int(await self._connection.scalar(counted) or 0)

    async def held_lately(self, why: str, *, since: datetime) -> int:
        counted = select(func.count()).where(
            received_letters.c.held == why, received_letters.c.at > since
        )
        return int(await self._connection.scalar(counted) or 0)

    async def held(self, *, limit: int) -> Sequence[ReceivedLetter]:
        plain = [each for each in received_letters.c if each.name != "content"]
        chosen = (
            select(*plain, null().label("content"))
            .where(_HELD)
            .order_by(received_letters.c.at, received_letters.c.digest)
            .limit(limit)
        )
        return [_letter(row) for row in await self._connection.execute(chosen)]

    async def get_held(self, digest: bytes) -> ReceivedLetter | None:
        chosen = select(received_letters).where(received_letters.c.digest == digest, _HELD)
        row = (await self._connection.execute(chosen)).first()
        return _letter(row) if row else None

    async def let_go(self, digest: bytes) -> bool:
        done = await self._connection.execute(
            update(received_letters)
            .where(received_letters.c.digest == digest, _HELD)
            .values(held=None, sender=None, content=None)
        )
        return done.rowcount == 1


def _letter(row: Any) -> ReceivedLetter:
    return ReceivedLetter(**{name: getattr(row, name) for name in ReceivedLetter.__slots__})
