"""What is true of the whole installation: its kind, whether it is held, the caches' revision."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.statements import insert_or_ignore
from survey.db.tables import installation, revision
from survey.domain.records import InstallationKind


class SqlInstallation:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def kind(self) -> InstallationKind | None:
        kind = await self._connection.scalar(select(installation.c.kind))
        return InstallationKind(kind) if kind else None

    async def settle(self, kind: InstallationKind) -> None:
        await self._connection.execute(
            insert_or_ignore(self._connection, installation), {"id": 1, "kind": kind.value}
        )

    async def held(self) -> datetime | None:
        since: datetime | None = await self._connection.scalar(select(installation.c.held_at))
        return since

    async def hold(self, *, at: datetime) -> None:
        # A demonstration has said what it is before anybody can hold it.
        await self.settle(InstallationKind.REAL)
        await self._connection.execute(
            update(installation).where(installation.c.held_at.is_(None)).values(held_at=at)
        )

    async def release(self) -> None:
        await self._connection.execute(update(installation).values(held_at=None))

    async def revision(self) -> int:
        number: int = (await self._connection.execute(select(revision.c.number))).scalar_one()
        return number


async def bump_revision(connection: AsyncConnection) -> None:
    """Tell other processes that what they keep in memory may have changed."""
    await connection.execute(update(revision).values(number=revision.c.number + 1))
