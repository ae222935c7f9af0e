"""From counts to published cells: compute the wanted cells, let disclosure control decide, store.

The wanted cells are fixed: each measure that the questionnaire carries, by month, quarter and year,
for the whole body and each unit (with all below it), for all services and each service (likewise),
and for each unit and service together; and the same by wave once a wave is over. Nobody can ask
for another combination.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from analytics import queries
from analytics.beside import Beside, Lines, WaveSpan
from analytics.disclosure import CellStatus, Shown, Wanted, decide_in_turn, may_replace
from survey.db.engine import Database
from survey.domain.calendar import span
from survey.domain.measures import MEASURES, Measure, answered
from survey.domain.organisation import ancestors
from survey.domain.questionnaire import Privacy, Questionnaire
from survey.domain.records import CellKey, Period, PublishedCell, Version
from survey.ports import Begin, Clock, UnitOfWork
from survey.services.catalogue import Catalogue, Listed

_WITH_FIGURE = (CellStatus.PUBLISHED, CellStatus.BANDED)
Require = Callable[[UnitOfWork], Awaitable[None]]

_CELL = ["series", "unit", "service", "start", "wave", "value"]


@dataclass(frozen=True, slots=True)
class _Rules:
    """What decides the cells of one questionnaire today."""

    opinion_of_people: bool
    closed: bool
    today: date
    as_of: datetime


@dataclass(frozen=True, slots=True)
class _Found:
    """Cells as computed, each with the least step in people between two published figures.

    The step is the floor, or 0 for answers of bodies, which role rules alone protect.
    """

    cells: Sequence[tuple[PublishedCell, int]]
    units: Lines
    services: Lines
    waves: Mapping[str, WaveSpan]


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
            found = await self._cells(listed, [each.month for each in mine], today)
            async with self._begin() as work:
                if require is not None:
                    await require(work)
                kept = await self._worth_keeping(work, questionnaire, found)
                await work.cells.put(kept)
                await work.cells.settle(mine)
                await work.commit()
            changed += len(kept)
        self.rounds += changed > 0
        return changed

    async def _worth_keeping(
        self, work: UnitOfWork, questionnaire: str, found: _Found
    ) -> list[PublishedCell]:
        """The cells that may take the place of what is shown now, or stand beside it."""
        kept_before = await work.cells.of(questionnaire)
        beside = Beside(
            found.waves,
            found.units,
            found.services,
            self._year_start,
            {key: cell.basis for key, cell in kept_before.items() if cell.status in _WITH_FIGURE},
        )
        of_waves = [each for each in found.cells if each[0].key.wave]
        ended = _ended(beside, [cell for cell, _ in of_waves], kept_before)
        kept = []
        for cell, step in found.cells:
            if cell.key.wave:
                continue
            better = _better(cell, step, kept_before.get(cell.key), beside, ended)
            if better is not None:
                kept.append(better)
        of_waves.sort(key=lambda each: (beside.depth(each[0].key), -answered(each[0].basis)))
        for cell, step in of_waves:
            previous = kept_before.get(cell.key)
            if previous is None or previous.status not in _WITH_FIGURE:
                now = _beside_its_month(cell, step, beside)
                if previous is None or previous.status != now.status:
                    kept.append(now)
        return kept

    async def _cells(self, listed: Listed, months: Sequence[date], today: date) -> _Found:
        """Every wanted cell that a due month touches.

        Whatever else the process has to do goes on between two of them.
        """
        key = listed.row.key
        async with self._begin.read() as work:
            units = await work.organisation.units()
            services = await work.organisation.services()
            versions = await work.questionnaires.versions(key)
        questionnaires = [Questionnaire.model_validate_json(each.content) for each in versions]
        years = [span(month, Period.YEAR, year_start=self._year_start) for month in months]
        bound = bound_questions(questionnaires)
        async with self._database.reading() as connection:
            waves = await queries.wave_spans(connection, key, zone=self._zone)
            hidden = await queries.hidden_waves(connection, key) if waves else ()
            frame = await queries.counts_between(
                connection,
                key,
                sorted({name for names in bound.values() for name in names}),
                first=min(year.start for year in years),
                last=max(year.end for year in years),
            )
        floors = _floors(versions, waves)
        above_units = ancestors(units)
        above_services = ancestors(services)
        privacies = {each.privacy for each in questionnaires} | {each.privacy for each in waves}
        rules = _Rules(
            opinion_of_people=privacies != {Privacy.ATTRIBUTED},
            closed=listed.row.closed_at is not None,
            today=today,
            as_of=self._clock.now(),
        )
        over = {
            each.key: each
            for each in waves
            if each.over and (each.month.start in months or each.key in hidden)
        }
        found: list[tuple[PublishedCell, int]] = []
        for measure, names in bound.items():
            rows = frame[frame["question"].isin(names) & frame["value"].isin(measure.values)]
            rows = _spread(_spread(rows, "unit", above_units), "service", above_services)
            for by in Period:
                placed, ends = self._placed(rows, by, months, over)
                for cell in _decided(key, measure, by, placed, ends, floors, rules):
                    found.append(cell)
                    await asyncio.sleep(0)
        return _Found(found, above_units, above_services, {each.key: each for each in waves})

    def _placed(
        self,
        rows: pd.DataFrame,
        by: Period,
        months: Sequence[date],
        over: Mapping[str, WaveSpan],
    ) -> tuple[pd.DataFrame, Mapping[tuple[date, str], date]]:
        """The rows with the first day of what they are shown by, and each one's last day.

        Of the calendar only what a due month touches, of waves only those in `over`.
        """
        if by is Period.WAVE:
            rows = rows[rows["wave"].isin(list(over))]
            starts = {key: each.span.start for key, each in over.items()}
            ends = {(each.span.start, key): each.span.end for key, each in over.items()}
            return rows.assign(start=[starts[key] for key in rows["wave"]]), ends
        of_month = {
            month: span(month, by, year_start=self._year_start) for month in rows["month"].unique()
        }
        touched = {span(month, by, year_start=self._year_start).start for month in months}
        placed = rows.assign(start=[of_month[month].start for month in rows["month"]], wave="")
        ends = {(each.start, ""): each.end for each in of_month.values()}
        return placed[placed["start"].isin(touched)], ends


def _decided(
    questionnaire: str,
    measure: Measure,
    by: Period,
    placed: pd.DataFrame,
    ends: Mapping[tuple[date, str], date],
    floors: Mapping[int, int],
    rules: _Rules,
) -> Iterator[tuple[PublishedCell, int]]:
    """The cells of one measure and kind of period, decided as one table."""
    if placed.empty:
        return
    bases: dict[CellKey, dict[str, int]] = {}
    summed = placed.groupby(_CELL, sort=True)["n"].sum()
    for (series, unit, service, start, wave, value), n in summed.items():
        key = CellKey(questionnaire, int(series), measure.key, unit, service, by, start, wave)
        bases.setdefault(key, {})[str(value)] = int(n)
    wanted = [
        Wanted(measure, basis, floors[key.series], rules.opinion_of_people)
        for key, basis in bases.items()
    ]
    for key, want, shown in zip(bases, wanted, decide_in_turn(wanted), strict=True):
        end = ends[key.start, key.wave]
        final = bool(key.wave) or rules.closed or end < rules.today
        step = want.floor if rules.opinion_of_people else 0
        yield _cell(key, end, shown, want.counts, rules.as_of, final), step


def _ended(
    beside: Beside, of_waves: Sequence[PublishedCell], before: Mapping[CellKey, PublishedCell]
) -> Collection[CellKey]:
    """Months, quarters and years in which a wave with a figure has just come to its end."""
    return {
        each
        for cell in of_waves
        if cell.status in _WITH_FIGURE and cell.key not in before
        for each in beside.calendar(cell.key)
    }


def _better(
    cell: PublishedCell,
    step: int,
    previous: PublishedCell | None,
    beside: Beside,
    ended: Collection[CellKey],
) -> PublishedCell | None:
    """What takes the place of a month's, quarter's or year's cell; None where it stays."""
    if previous is not None and (previous.basis, previous.final) == (cell.basis, cell.final):
        return None
    if not step:
        return cell
    before = answered(previous.basis) if previous and previous.status in _WITH_FIGURE else None
    # Once: late answers, imported one by one, would each be told by a figure of their own.
    over = cell.final and not (previous and previous.final)
    if not may_replace(before, answered(cell.basis), floor=step, final=over or cell.key in ended):
        return None
    if cell.status in _WITH_FIGURE:
        if not beside.allows(cell.key, cell.basis, floor=step):
            stays = cell if previous is None else previous
            return replace(_hidden(stays) if before is None else stays, final=cell.final)
        beside.show(cell.key, cell.basis)
    return cell


def _beside_its_month(cell: PublishedCell, step: int, beside: Beside) -> PublishedCell:
    """A wave's cell: its figure, or none where it would tell of too few beside another."""
    if cell.status not in _WITH_FIGURE or not step:
        return cell
    if not beside.admits(cell.key, cell.basis, floor=step):
        # Not final: once there are more people beside it, it may be shown.
        return replace(_hidden(cell), final=False)
    beside.show(cell.key, cell.basis)
    return cell


def _hidden(cell: PublishedCell) -> PublishedCell:
    return replace(
        cell,
        status=CellStatus.SUPPRESSED,
        value=None,
        value_band=None,
        n=None,
        n_band=None,
        low=None,
        high=None,
    )


def _floors(versions: Sequence[Version], waves: Sequence[WaveSpan]) -> dict[int, int]:
    """The floor of each series: the highest of its versions and of the waves that asked them."""
    series = {each.number: each.series for each in versions}
    floors: dict[int, int] = {}
    for number, floor in [
        *((each.number, each.floor) for each in versions),
        *((each.version, each.floor) for each in waves),
    ]:
        floors[series[number]] = max(floor, floors.get(series[number], 0))
    return floors


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
