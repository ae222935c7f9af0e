"""Conversations that may be taken over into another channel."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.statements import insert_or_update
from survey.db.tables import handovers
from survey.domain.records import Channel, Handover


class SqlHandovers:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, handover: Handover) -> None:
        await self._connection.execute(
            insert_or_update(self._connection, handovers),
            {
                "digest": handover.digest,
                "conversation": handover.conversation,
                "channel": handover.channel.value,
                "expires_at": handover.expires_at,
            },
        )

    async def find(
        self, digests: Collection[bytes], *, channel: Channel, now: datetime
    ) -> UUID | None:
        chosen = (
            select(handovers.c.conversation)
            .where(_open(digests, channel, now))
            .order_by(handovers.c.expires_at.desc())
            .limit(1)
        )
        found: UUID | None = await self._connection.scalar(chosen)
        return found

    async def take(self, digest: bytes, *, channel: Channel, now: datetime) -> UUID | None:
        taken = (
            delete(handovers)
            .where(_open((digest,), channel, now))
            .returning(handovers.c.conversation)
        )
        found: UUID | None = await self._connection.scalar(taken)
        return found

    async def forget(self, conversation: UUID) -> None:
        await self._connection.execute(
            delete(handovers).where(handovers.c.conversation == conversation)
        )

    async def forget_expired(self, *, now: datetime) -> None:
        await self._connection.execute(delete(handovers).where(handovers.c.expires_at <= now))


def _open(digests: Collection[bytes], channel: Channel, now: datetime) -> ColumnElement[bool]:
    return and_(
        handovers.c.digest.in_(digests),
        handovers.c.channel == channel.value,
        handovers.c.expires_at > now,
    )
