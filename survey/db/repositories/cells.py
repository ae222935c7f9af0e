"""Published cells, and the months that wait for publication."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db import tables
from survey.db.sets import Rows
from survey.db.statements import insert, replacing
from survey.db.tables import NOT_FINAL, publication_due
from survey.domain.records import CellKey, Period, PublicationDue, PublishedCell

_CELLS: Final = Rows(tables.cells, replacing(tables.cells))


class SqlCells:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, cells: Iterable[PublishedCell]) -> None:
        await _CELLS.put(self._connection, [_row(cell) for cell in cells])

    async def of(self, questionnaire: str) -> Mapping[CellKey, PublishedCell]:
        rows = await self._connection.execute(
            select(tables.cells).where(tables.cells.c.questionnaire == questionnaire)
        )
        return {cell.key: cell for cell in map(_cell, rows)}

    async def mark_due(self, questionnaire: str, month: date) -> None:
        await mark_due(self._connection, {(questionnaire, month)})

    async def due(self, *, today: date) -> Sequence[PublicationDue]:
        """Months that were marked, and those of cells not final whose period is over.

        The latter stand under the first month of their period, with no marks. By wave there are
        none: the end of a wave marks its month.
        """
        ended = await self._connection.execute(
            select(tables.cells.c.questionnaire, tables.cells.c.start)
            .where(NOT_FINAL, tables.cells.c.end < today, tables.cells.c.by != Period.WAVE.value)
            .distinct()
        )
        marked = await self._connection.execute(select(publication_due))
        due = {(row.questionnaire, row.start): 0 for row in ended}
        due |= {(row.questionnaire, row.month): row.marks for row in marked}
        return [PublicationDue(*key, marks) for key, marks in sorted(due.items())]

    async def settle(self, due: Iterable[PublicationDue]) -> None:
        settled = [{"of": each.questionnaire, "in": each.month, "seen": each.marks} for each in due]
        if settled:
            await self._connection.execute(
                delete(publication_due).where(
                    publication_due.c.questionnaire == bindparam("of"),
                    publication_due.c.month == bindparam("in"),
                    publication_due.c.marks == bindparam("seen"),
                ),
                settled,
            )


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
        "wave": key.wave,
        "end": cell.end,
        "status": cell.status,
        "value": cell.value,
        "value_band": cell.value_band,
        "n": cell.n,
        "n_band": cell.n_band,
        "low": cell.low,
        "high": cell.high,
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
            wave=row.wave,
        ),
        end=row.end,
        status=row.status,
        value=row.value,
        value_band=row.value_band,
        n=row.n,
        n_band=row.n_band,
        low=row.low,
        high=row.high,
        as_of=row.as_of,
        final=row.final,
        basis=dict(row.basis),
    )


async def mark_due(connection: AsyncConnection, months: Collection[tuple[str, date]]) -> None:
    """Say that figures of these questionnaires and months are to be published anew."""
    statement = insert(connection, publication_due)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=publication_due.primary_key,
            set_={"marks": publication_due.c.marks + 1},
        ),
        [{"questionnaire": key, "month": month, "marks": 1} for key, month in sorted(months)],
    )
