"""What services promise to whoever reports a problem."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.statements import insert as insert_on_conflict
from survey.db.tables import promises


class SqlPromises:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, service: str) -> tuple[Mapping[str, Any], int] | None:
        chosen = select(promises).where(promises.c.service == service)
        row = (await self._connection.execute(chosen)).first()
        return (row.plan, row.revision) if row else None

    async def all(self) -> Mapping[str, Mapping[str, Any]]:
        chosen = select(promises.c.service, promises.c.plan).order_by(promises.c.service)
        return {row.service: row.plan for row in await self._connection.execute(chosen)}

    async def put(self, service: str, plan: Mapping[str, Any], *, expected_revision: int) -> bool:
        if expected_revision == 0:
            added = await self._connection.execute(
                insert_on_conflict(self._connection, promises).on_conflict_do_nothing(
                    index_elements=["service"]
                ),
                {"service": service, "plan": dict(plan)},
            )
            return added.rowcount == 1
        saved = await self._connection.execute(
            update(promises)
            .where(promises.c.service == service, promises.c.revision == expected_revision)
            .values(plan=dict(plan), revision=expected_revision + 1)
        )
        return saved.rowcount == 1
