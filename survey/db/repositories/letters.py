"""Letters that wait to be sent by e-mail."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.tables import UNSETTLED, letters
from survey.domain.letters import Letter, LetterKind, Post


class SqlLetters:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, letters_: Sequence[Letter]) -> None:
        if letters_:
            await self._connection.execute(insert(letters), [_values(each) for each in letters_])

    async def any_due(self, *, now: datetime) -> bool:
        due = select(letters.c.id).where(UNSETTLED, letters.c.due_at <= now, _free(now)).limit(1)
        return await self._connection.scalar(due) is not None

    async def claim(self, *, now: datetime, limit: int, lease: timedelta) -> Sequence[Letter]:
        due = (
            select(letters.c.id)
            .where(UNSETTLED, letters.c.due_at <= now, _free(now))
            .order_by(letters.c.due_at, letters.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)  # SQLite has no such clause; it is dropped there
        )
        claimed = (
            update(letters)
            .where(letters.c.id.in_(due.scalar_subquery()))
            .values(leased_until=now + lease, attempts=letters.c.attempts + 1)
            .returning(*letters.c)
        )
        found = [_letter(row) for row in await self._connection.execute(claimed)]
        return sorted(found, key=lambda letter: (letter.due_at, letter.id))

    async def settle(self, letter: UUID, *, at: datetime, failed: str | None = None) -> None:
        await self._connection.execute(
            update(letters).where(letters.c.id == letter).values(settled_at=at, failed=failed)
        )

    async def postpone(self, letter: UUID, *, until: datetime) -> None:
        await self._connection.execute(
            update(letters).where(letters.c.id == letter).values(due_at=until, leased_until=None)
        )

    async def post(self) -> Post:
        waiting = select(func.count(), func.min(letters.c.written_at)).where(UNSETTLED)
        number, oldest = (await self._connection.execute(waiting)).one()
        # What somebody typed and nobody has as an address is no failure.
        given_up = select(func.count()).where(letters.c.failed != "nobody")
        return Post(number, oldest, await self._connection.scalar(given_up) or 0)

    async def gathers(self, kind: LetterKind, account: UUID) -> bool:
        # Shared: those who write to it need not wait for each other, who sends it passes it by
        # until they are done, and one that is just being claimed counts no more. SQLite has no
        # such clause; it is dropped there.
        waiting = (
            select(letters.c.id)
            .where(
                UNSETTLED,
                letters.c.kind == kind,
                letters.c.account == account,
                letters.c.attempts == 0,
            )
            .limit(1)
            .with_for_update(read=True)
        )
        return await self._connection.scalar(waiting) is not None

    async def written_since(self, kind: LetterKind, address: str, *, since: datetime) -> int:
        found = select(func.count()).where(
            letters.c.kind == kind, letters.c.address == address, letters.c.written_at > since
        )
        return await self._connection.scalar(found) or 0

    async def next_after(self, letter: Letter) -> datetime | None:
        following = select(func.min(letters.c.written_at)).where(
            letters.c.kind == letter.kind,
            letters.c.account == letter.account,
            letters.c.written_at > letter.written_at,
        )
        found: datetime | None = await self._connection.scalar(following)
        return found


def _free(now: datetime) -> Any:
    return or_(letters.c.leased_until.is_(None), letters.c.leased_until <= now)


def _values(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "kind": letter.kind,
        "address": letter.address,
        "account": letter.account,
        "person": letter.person,
        "language": letter.language,
        "written_at": letter.written_at,
        "due_at": letter.due_at,
        "attempts": letter.attempts,
    }


def _letter(row: Row[Any]) -> Letter:
    return Letter(
        id=row.id,
        kind=LetterKind(row.kind),
        language=row.language,
        written_at=row.written_at,
        due_at=row.due_at,
        address=row.address,
        account=row.account,
        person=row.person,
        attempts=row.attempts,
    )
