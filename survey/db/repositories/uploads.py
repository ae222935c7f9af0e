"""Files that staff sent and have not yet said yes to."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.tables import uploads
from survey.ports.uploads import Upload


class SqlUploads:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, upload: Upload) -> None:
        await self._connection.execute(insert(uploads), asdict(upload))

    async def get(self, upload: UUID, *, account: UUID, now: datetime) -> Upload | None:
        chosen = select(uploads).where(
            uploads.c.id == upload, uploads.c.account == account, uploads.c.expires_at > now
        )
        row = (await self._connection.execute(chosen)).mappings().first()
        return Upload(**row) if row else None

    async def remove(self, upload: UUID) -> None:
        await self._connection.execute(delete(uploads).where(uploads.c.id == upload))

    async def forget_expired(self, *, now: datetime) -> None:
        await self._connection.execute(delete(uploads).where(uploads.c.expires_at <= now))

    async def forget_older(self, account: UUID, *, keeping: int) -> None:
        latest = (
            select(uploads.c.id)
            .where(uploads.c.account == account)
            .order_by(uploads.c.expires_at.desc(), uploads.c.id)
            .limit(keeping)
        )
        await self._connection.execute(
            delete(uploads).where(uploads.c.account == account, uploads.c.id.not_in(latest))
        )
