"""Responses, their counts, who took part and what was imported."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db import statements, tables
from survey.db.repositories.cells import mark_due
from survey.db.sets import Rows
from survey.db.statements import insert
from survey.db.tables import imports, participations
from survey.domain.records import CountKey, Response

_RESPONSES: Final = Rows(tables.responses)
_COUNTS: Final = Rows(
    tables.counts,
    f"ON CONFLICT ({', '.join(tables.counts.primary_key.columns.keys())})"
    " DO UPDATE SET n = counts.n + excluded.n",
)


class SqlResponses:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, responses: Sequence[Response], counts: Mapping[CountKey, int]) -> None:
        await add_responses(self._connection, responses)
        await add_counts(self._connection, counts)

    async def all(self, questionnaire: str) -> AsyncIterator[Response]:
        """Every response of the questionnaire, by random key, read as a stream."""
        chosen = (
            select(tables.responses)
            .where(tables.responses.c.questionnaire == questionnaire)
            .order_by(tables.responses.c.id)
        )
        async with self._connection.stream(chosen) as rows:
            async for row in rows:
                yield _response(row)

    async def get(self, response: UUID) -> Response | None:
        chosen = select(tables.responses).where(tables.responses.c.id == response)
        row = (await self._connection.execute(chosen)).first()
        return _response(row) if row else None

    async def take_back(self, response: UUID, counts: Mapping[CountKey, int]) -> bool:
        gone = await self._connection.execute(
            delete(tables.responses).where(tables.responses.c.id == response)
        )
        if not gone.rowcount:
            return False
        await add_counts(self._connection, {key: -n for key, n in counts.items()})
        months = {(key.questionnaire, key.month) for key in counts}
        for questionnaire, month in sorted(months):
            # Counts made anew from the responses would have no rows of nobody.
            await self._connection.execute(
                delete(tables.counts).where(
                    tables.counts.c.questionnaire == questionnaire,
                    tables.counts.c.month == month,
                    tables.counts.c.n == 0,
                )
            )
        return True

    async def forget_participation(
        self, participants: Collection[str], questionnaire: str, *, month: date, wave: str
    ) -> None:
        await self._connection.execute(
            delete(participations).where(
                participations.c.questionnaire == questionnaire,
                participations.c.month == month,
                participations.c.wave == wave,
                participations.c.participant.in_(participants),
            )
        )

    async def lock_counts(self) -> None:
        """On SQLite whoever writes is alone anyway.

        Who has added counts already is waited for; who comes later waits, and adds to what is new.
        """
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(text("LOCK TABLE counts IN SHARE ROW EXCLUSIVE MODE"))

    async def rebuild_counts(
        self, questionnaire: str, counts: Mapping[CountKey, int], *, since: date
    ) -> None:
        kept = tables.counts
        await self._connection.execute(
            delete(kept).where(kept.c.questionnaire == questionnaire, kept.c.month >= since)
        )
        await add_counts(self._connection, counts)

    async def was_imported(self, digest: str) -> bool:
        chosen = select(imports.c.digest).where(imports.c.digest == digest)
        return (await self._connection.execute(chosen)).first() is not None

    async def mark_imported(self, digest: str, *, at: datetime) -> None:
        await self._connection.execute(
            statements.insert_or_ignore(self._connection, imports),
            {"digest": digest, "imported_at": at},
        )

    async def took_part(
        self, participant: str, questionnaire: str, *, month: date, wave: str
    ) -> bool:
        chosen = select(participations.c.month).where(
            participations.c.questionnaire == questionnaire,
            participations.c.month == month,
            participations.c.wave == wave,
            participations.c.participant == participant,
        )
        return (await self._connection.execute(chosen)).first() is not None

    async def count_for(self, names: Collection[str], participant: str) -> None:
        noted = select(
            participations.c.questionnaire,
            participations.c.month,
            participations.c.wave,
            literal(participant),
        ).where(participations.c.participant.in_(names))
        columns = ["questionnaire", "month", "wave", "participant"]
        await self._connection.execute(
            insert(self._connection, participations)
            .from_select(columns, noted.distinct())
            .on_conflict_do_nothing(index_elements=columns)
        )


def _response(row: Row[Any]) -> Response:
    return Response(
        questionnaire=row.questionnaire,
        version=row.version,
        series=row.series,
        month=row.month,
        wave=row.wave,
        unit=row.unit,
        language=row.language,
        answers=row.answers,
    )


async def add_responses(connection: AsyncConnection, added: Iterable[Response]) -> None:
    """Write responses under random keys, which no other row holds.

    The keys come from here and not from a use case: nobody is to know the key of a response.
    """
    rows = [
        {
            "id": uuid4(),
            "questionnaire": each.questionnaire,
            "version": each.version,
            "series": each.series,
            "month": each.month,
            "wave": each.wave,
            "unit": each.unit,
            "language": each.language,
            "answers": each.answers,
        }
        for each in added
    ]
    await _RESPONSES.put(connection, rows)


async def add_counts(connection: AsyncConnection, added: Mapping[CountKey, int]) -> None:
    """Add to the counts, and say that figures of their months are to be published.

    In one order everywhere: two writers would deadlock otherwise.
    """
    columns = [column.name for column in tables.counts.primary_key]
    rows: list[dict[str, Any]] = [
        {**{name: getattr(key, name) for name in columns}, "n": n} for key, n in added.items() if n
    ]
    if not rows:
        return
    rows.sort(key=lambda row: [row[name] for name in columns])
    await _COUNTS.put(connection, rows)
    await mark_due(connection, {(key.questionnaire, key.month) for key in added})
