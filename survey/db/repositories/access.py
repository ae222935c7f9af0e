"""API keys and visitors' sessions."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.repositories.installation import bump_revision
from survey.db.statements import insert as inserting
from survey.db.statements import insert_or_update
from survey.db.tables import api_keys, key_uses, sessions
from survey.domain.records import ApiKey, KeySide, KeyUse, Part, WebSession


class SqlApiKeys:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, key: ApiKey) -> None:
        await self._connection.execute(
            insert(api_keys),
            {
                "id": key.id,
                "name": key.name,
                "digest": key.digest,
                "scopes": sorted(key.scopes),
                "created_at": key.created_at,
                "revoked_at": key.revoked_at,
                "side": key.side.value,
                "parts": [[part.unit, part.service] for part in sorted(key.parts)],
            },
        )
        await bump_revision(self._connection)

    async def by_digest(self, digest: bytes) -> ApiKey | None:
        chosen = select(api_keys).where(api_keys.c.digest == digest)
        row = (await self._connection.execute(chosen)).first()
        return _api_key(row) if row else None

    async def all(self) -> Sequence[ApiKey]:
        rows = await self._connection.execute(
            select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
        )
        return [_api_key(row) for row in rows]

    async def revoke(self, key: UUID, *, at: datetime) -> None:
        """Count no longer; one that was revoked before keeps that time."""
        await self._connection.execute(
            update(api_keys)
            .where(api_keys.c.id == key, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )
        await bump_revision(self._connection)

    async def add_uses(self, uses: Iterable[KeyUse]) -> None:
        """Add to what was counted of the same key, day and route."""
        rows = [
            {
                "key": use.key,
                "day": use.day,
                "route": use.route,
                "times": use.times,
                "last_at": use.last_at,
            }
            # In one order, so that processes that write at once do not wait for each other in turn.
            for use in sorted(uses, key=lambda use: (use.key, use.day, use.route))
        ]
        adding = inserting(self._connection, key_uses)
        adding = adding.on_conflict_do_update(
            index_elements=key_uses.primary_key,
            set_={
                "times": key_uses.c.times + adding.excluded.times,
                "last_at": adding.excluded.last_at,
            },
        )
        await self._connection.execute(adding, rows)

    async def uses(self) -> Sequence[KeyUse]:
        rows = await self._connection.execute(
            select(key_uses).order_by(key_uses.c.last_at.desc(), key_uses.c.route)
        )
        return [KeyUse(row.key, row.day, row.route, row.times, row.last_at) for row in rows]


class SqlSessions:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, digest: bytes) -> WebSession | None:
        """As stored, expired or not."""
        chosen = select(sessions).where(sessions.c.digest == digest)
        row = (await self._connection.execute(chosen)).first()
        if row is None:
            return None
        return WebSession(
            digest=row.digest,
            csrf=row.csrf,
            language=row.language,
            created_at=row.created_at,
            expires_at=row.expires_at,
        )

    async def put(self, session: WebSession) -> None:
        await self._connection.execute(
            insert_or_update(self._connection, sessions),
            {
                "digest": session.digest,
                "csrf": session.csrf,
                "language": session.language,
                "created_at": session.created_at,
                "expires_at": session.expires_at,
            },
        )

    async def remove(self, digest: bytes) -> None:
        await self._connection.execute(delete(sessions).where(sessions.c.digest == digest))


def _api_key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        digest=row.digest,
        scopes=frozenset(row.scopes),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        side=KeySide(row.side),
        parts=frozenset(Part(unit, service) for unit, service in row.parts),
    )
