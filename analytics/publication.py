"""From counts to published cells: compute the wanted cells, let disclosure control decide, store.

The wanted cells are fixed: each measure that the questionnaire carries, by month, quarter and year,
for the whole body and each unit (with all below it), for all services and each service (likewise),
and for each unit and service together. Nobody can ask for another combination.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from analytics import queries
from analytics.disclosure import CellStatus, Shown, Wanted, decide_in_turn, may_replace
from survey.db.engine import Database
from survey.domain.calendar import span
from survey.domain.measures import MEASURES, Measure, answered
from survey.domain.organisation import ancestors
from survey.domain.questionnaire import Privacy, Questionnaire
from survey.domain.records import CellKey, Period, PublishedCell
from survey.ports import Begin, Clock, UnitOfWork
from survey.services.catalogue import Catalogue, Listed

_WITH_FIGURE = (CellStatus.PUBLISHED, CellStatus.BANDED)
Require = Callable[[UnitOfWork], Awaitable[None]]

_CELL = ["series", "unit", "service", "start", "value"]


@dataclass(frozen=True, slots=True)
class _Rules:
    """What decides the cells of one questionnaire today."""

    opinion_of_people: bool
    closed: bool
    today: date
    as_of: datetime


class Publication:
    """Keeps the published cells in step with the counts."""

    def __init__(
        self,
        database: Database,
        begin: Begin,
        clock: Clock,
        catalogue: Catalogue,
        *,
        zone: ZoneInfo,
        year_start: int,
    ) -> None:
        self._database, self._begin, self._clock = database, begin, clock
        self._catalogue, self._zone, self._year_start = catalogue, zone, year_start
        self.rounds = 0
        """How often this process has changed published figures: who shows them can look again."""

    async def publish_due(self, require: Require | None = None) -> int:
        """Publish what is due: new counts, and periods that ended. Returns how many cells changed.

        Reading and computing hold no write transaction. A month that gets new counts meanwhile
        stays due. Two processes must not do it at once: the slower one would put older figures in
        the place of newer ones. `require` is asked in the transaction that writes.

        Raises: what `require` raises, and then nothing of that questionnaire is kept.
        """
        today = self._clock.now().astimezone(self._zone).date()
        async with self._begin.read() as work:
            due = await work.cells.due(today=today)
        changed = 0
        for questionnaire in sorted({each.questionnaire for each in due}):
            listed = await self._catalogue.get(questionnaire)
            mine = [each for each in due if each.questionnaire == questionnaire]
            cells = await self._cells(listed, [each.month for each in mine], today)
            async with self._begin() as work:
                if require is not None:
                    await require(work)
                kept = await self._worth_keeping(work, questionnaire, cells)
                await work.cells.put(kept)
                await work.cells.settle(mine)
                await work.commit()
            changed += len(kept)
        self.rounds += changed > 0
        return changed

    async def _worth_keeping(
        self, work: UnitOfWork, questionnaire: str, cells: Sequence[tuple[PublishedCell, int]]
    ) -> list[PublishedCell]:
        """The cells that may take the place of what is shown now.

        Each comes with the least step in people between two published figures: the floor, or 0 for
        answers of bodies, which role rules alone protect.
        """
        shown = await work.cells.of(questionnaire)
        kept = []
        for cell, step in cells:
            previous = shown.get(cell.key)
            if previous is not None and (previous.basis, previous.final) == (
                cell.basis,
                cell.final,
            ):
                continue
            figure_shown = previous is not None and previous.status in _WITH_FIGURE
            before = answered(previous.basis) if previous and figure_shown else None
            # Once: late answers, imported one by one, would each be told by a figure of their own.
            final = cell.final and not (previous and previous.final)
            if not step or may_replace(before, answered(cell.basis), floor=step, final=final):
                kept.append(cell)
        return kept

    async def _cells(
        self, listed: Listed, months: Sequence[date], today: date
    ) -> list[tuple[PublishedCell, int]]:
        """Every wanted cell that a due month touches, with its least step.

        Whatever else the process has to do goes on between two of them.
        """
        key = listed.row.key
        async with self._begin.read() as work:
            units = await work.organisation.units()
            services = await work.organisation.services()
            versions = await work.questionnaires.versions(key)
        questionnaires = [Questionnaire.model_validate_json(each.content) for each in versions]
        floors: dict[int, int] = {}
        for each in versions:
            floors[each.series] = max(each.floor, floors.get(each.series, 0))
        years = [span(month, Period.YEAR, year_start=self._year_start) for month in months]
        bound = bound_questions(questionnaires)
        async with self._database.reading() as connection:
            frame = await queries.counts_between(
                connection,
                key,
                sorted({name for names in bound.values() for name in names}),
                first=min(year.start for year in years),
                last=max(year.end for year in years),
            )
        above_units = ancestors(units)
        above_services = ancestors(services)
        rules = _Rules(
            opinion_of_people=any(
                each.privacy is not Privacy.ATTRIBUTED for each in questionnaires
            ),
            closed=listed.row.closed_at is not None,
            today=today,
            as_of=self._clock.now(),
        )
        found: list[tuple[PublishedCell, int]] = []
        for measure, names in bound.items():
            rows = frame[frame["question"].isin(names) & frame["value"].isin(measure.values)]
            rows = _spread(_spread(rows, "unit", above_units), "service", above_services)
            for by in Period:
                touched = {span(month, by, year_start=self._year_start).start for month in months}
                for cell in self._decided(key, measure, by, rows, touched, floors, rules):
                    found.append(cell)
                    await asyncio.sleep(0)
        return found

    def _decided(
        self,
        questionnaire: str,
        measure: Measure,
        by: Period,
        rows: pd.DataFrame,
        touched: set[date],
        floors: Mapping[int, int],
        rules: _Rules,
    ) -> Iterator[tuple[PublishedCell, int]]:
        """The cells of one measure and kind of period, decided as one table."""
        if rows.empty:
            return
        starts = {
            month: span(month, by, year_start=self._year_start) for month in rows["month"].unique()
        }
        placed = rows.assign(start=[starts[month].start for month in rows["month"]])
        placed = placed[placed["start"].isin(touched)]
        ends = {each.start: each.end for each in starts.values()}
        bases: dict[CellKey, dict[str, int]] = {}
        summed = placed.groupby(_CELL, sort=True)["n"].sum()
        for (series, unit, service, start, value), n in summed.items():
            key = CellKey(questionnaire, int(series), measure.key, unit, service, by, start)
            bases.setdefault(key, {})[str(value)] = int(n)
        wanted = [
            Wanted(measure, basis, floors[key.series], rules.opinion_of_people)
            for key, basis in bases.items()
        ]
        for key, want, shown in zip(bases, wanted, decide_in_turn(wanted), strict=True):
            final = rules.closed or ends[key.start] < rules.today
            step = want.floor if rules.opinion_of_people else 0
            yield _cell(key, ends[key.start], shown, want.counts, rules.as_of, final), step


def bound_questions(questionnaires: Sequence[Questionnaire]) -> dict[Measure, set[str]]:
    """Which counted questions feed each measure, over all versions.

    The engagement index is counted under its own name, from the five questions bound to it.
    """
    bound: dict[Measure, set[str]] = {}
    for questionnaire in questionnaires:
        for question in questionnaire.questions:
            for key in question.measures:
                measure = MEASURES[key]
                counted = key if key == "engagement_index" else question.name
                bound.setdefault(measure, set()).add(counted)
    return bound


def _spread(rows: pd.DataFrame, column: str, above: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """Each row once for its own key and once for each key above it, '' (all) included."""
    lines = {
        key: list(above.get(key) or ((key, "") if key else ("",))) for key in rows[column].unique()
    }
    return rows.assign(**{column: rows[column].map(lines)}).explode(column)


def _cell(
    key: CellKey, end: date, shown: Shown, basis: Mapping[str, int], as_of: datetime, final: bool
) -> PublishedCell:
    return PublishedCell(
        key=key,
        end=end,
        status=shown.status,
        value=None if shown.value is None else str(shown.value),
        value_band=shown.value_band,
        n=shown.n,
        n_band=shown.n_band,
        low=None if shown.low is None else str(shown.low),
        high=None if shown.high is None else str(shown.high),
        as_of=as_of,
        final=final,
        basis=basis,
    )
