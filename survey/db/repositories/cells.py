"""Published cells, and the months that wait for publication."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db import tables
from survey.db.statements import insert_or_ignore, insert_or_update
from survey.db.tables import publication_due
from survey.domain.records import CellKey, Period, PublishedCell


class SqlCells:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, cells: Iterable[PublishedCell]) -> None:
        rows = [_row(cell) for cell in cells]
        if rows:
            await self._connection.execute(insert_or_update(self._connection, tables.cells), rows)

    async def of(self, questionnaire: str) -> Mapping[CellKey, PublishedCell]:
        rows = await self._connection.execute(
            select(tables.cells).where(tables.cells.c.questionnaire == questionnaire)
        )
        return {cell.key: cell for cell in map(_cell, rows)}

    async def mark_due(self, questionnaire: str, month: date) -> None:
        await self._connection.execute(
            insert_or_ignore(self._connection, publication_due),
            {"questionnaire": questionnaire, "month": month},
        )

    async def take_due(self) -> Sequence[tuple[str, date]]:
        rows = await self._connection.execute(
            delete(publication_due).returning(
                publication_due.c.questionnaire, publication_due.c.month
            )
        )
        return sorted((row.questionnaire, row.month) for row in rows)


def _row(cell: PublishedCell) -> dict[str, Any]:
    key = cell.key
    return {
        "questionnaire": key.questionnaire,
        "series": key.series,
        "measure": key.measure,
        "unit": key.unit,
        "service": key.service,
        "by": key.by.value,
        "start": key.start,
        "end": cell.end,
        "status": cell.status,
        "value": cell.value,
        "value_band": cell.value_band,
        "n": cell.n,
        "n_band": cell.n_band,
        "low": cell.low,
        "high": cell.high,
        "change": cell.change,
        "change_clear": cell.change_clear,
        "as_of": cell.as_of,
        "final": cell.final,
        "basis": dict(cell.basis),
    }


def _cell(row: Row[Any]) -> PublishedCell:
    return PublishedCell(
        key=CellKey(
            questionnaire=row.questionnaire,
            series=row.series,
            measure=row.measure,
            unit=row.unit,
            service=row.service,
            by=Period(row.by),
            start=row.start,
        ),
        end=row.end,
        status=row.status,
        value=row.value,
        value_band=row.value_band,
        n=row.n,
        n_band=row.n_band,
        low=row.low,
        high=row.high,
        change=row.change,
        change_clear=row.change_clear,
        as_of=row.as_of,
        final=row.final,
        basis=dict(row.basis),
    )
