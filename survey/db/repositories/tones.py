"""The automatic tone of comments."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db import tables
from survey.db.statements import insert_or_update
from survey.domain.records import KeptTone


class SqlTones:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, tones: Iterable[KeptTone]) -> None:
        rows = [
            {
                "digest": each.digest,
                "analyser": each.analyser,
                "polarity": each.polarity,
                "subjectivity": each.subjectivity,
                "month": each.month,
            }
            # In one order, so that two workers wait for each other and never in a circle.
            for each in sorted(tones, key=lambda each: each.digest)
        ]
        if rows:
            await self._connection.execute(insert_or_update(self._connection, tables.tones), rows)

    async def of(self, digests: Collection[bytes], *, analyser: str) -> Mapping[bytes, KeptTone]:
        rows = await self._connection.execute(
            select(tables.tones).where(
                tables.tones.c.digest.in_(digests), tables.tones.c.analyser == analyser
            )
        )
        return {
            row.digest: KeptTone(
                digest=row.digest,
                analyser=row.analyser,
                polarity=row.polarity,
                subjectivity=row.subjectivity,
                month=row.month,
            )
            for row in rows
        }
