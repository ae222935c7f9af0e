"""Trends as everybody may see them: published cells in time, gaps filled, changes named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from analytics import queries
from analytics.beside import WaveSpan
from analytics.disclosure import CellStatus, Shown, Wanted
from analytics.publication import bound_questions
from analytics.trend import Change, changes
from survey.db.engine import Database
from survey.domain.calendar import EARLIEST, LATEST, Span, label, opened_label, span, spans
from survey.domain.measures import MEASURES, Measure
from survey.domain.records import Period, PublishedCell
from survey.domain.suggest import did_you_mean
from survey.errors import BadQuery
from survey.ports import Begin
from survey.services.catalogue import Catalogue, Listed

_WITH_FIGURE = (CellStatus.PUBLISHED, CellStatus.BANDED)
_LONGEST = timedelta(days=50 * 366)


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a trend. `as_of` is when its figure was published; None without a figure.

    By wave, `wave` names it, for addresses and never for people.

    When a hidden cell last changed would tell when one of a few people answered.
    """

    span: Span
    period: str
    shown: Shown
    change: Change
    as_of: datetime | None
    wave: str = ""


@dataclass(frozen=True, slots=True)
class Trend:
    """A measure over time for one unit (and all below it) and one service ('' is all).

    By wave it is of one `campaign`; else that is ''.
    """

    measure: Measure
    questionnaire: str
    unit: str
    service: str
    by: Period
    points: tuple[Point, ...]
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class Comparable:
    """A campaign of which at least one wave is over; `title` is what people call it."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One row of a comparison: a unit's or service's figure in one period."""

    key: str
    name: str
    shown: Shown


class Trends:
    """Reads published cells; no figure leaves by another way."""

    def __init__(
        self,
        database: Database,
        begin: Begin,
        catalogue: Catalogue,
        *,
        zone: ZoneInfo,
        year_start: int,
    ) -> None:
        self._database, self._begin, self._catalogue = database, begin, catalogue
        self._zone, self._year_start = zone, year_start

    async def trend(
        self,
        measure: str,
        *,
        questionnaire: str | None = None,
        unit: str = "",
        service: str = "",
        by: Period = Period.QUARTER,
        campaign: str | None = None,
        first: date | None = None,
        last: date | None = None,
    ) -> Trend:
        """The trend of one measure; without bounds, from the first published period to the last.

        By wave it is the waves of one campaign that are over, named by the day on which they
        opened; `first` and `last` are then bounds of that day.

        Raises: BadQuery naming the parameter: an unknown measure, questionnaire, unit, service or
            campaign, a range that ends before it begins, or no questionnaire (by wave: campaign)
            where there are several.
        """
        wanted = self.measure(measure)
        key = await self._questionnaire(wanted, questionnaire)
        await self._known(unit, service)
        for name, day in (("from", first), ("to", last)):
            if day and not EARLIEST <= day <= LATEST:
                raise BadQuery(name, f"give a day from {EARLIEST} to {LATEST}")
        if first and last and last < first:
            raise BadQuery("to", "it lies before `from`")
        if by is not Period.WAVE and campaign is not None:
            raise BadQuery("campaign", "it goes with by=wave")
        chosen, waves = "", list[WaveSpan]()
        if by is Period.WAVE:
            chosen, waves = _one_campaign(await self._over(key), campaign, key)
        async with self._database.reading() as connection:
            cells = await queries.published(
                connection,
                questionnaire=key,
                measure=wanted.key,
                by=by,
                unit=unit,
                service=service,
                in_waves=[each.key for each in waves] if by is Period.WAVE else None,
            )
        if by is Period.WAVE:
            points = _wave_points(wanted, cells, waves, first, last)
        else:
            points = self._points(wanted, cells, by, first, last)
        return Trend(wanted, key, unit, service, by, points, chosen)

    async def campaigns(self, questionnaire: str) -> list[Comparable]:
        """The campaigns of which this questionnaire's waves can be compared, the newest first."""
        found = {each.campaign for each in await self._over(questionnaire)}
        if not found:
            return []
        async with self._begin.read() as work:
            every = await work.campaigns.all()
        return [
            Comparable(each.key, each.plan.title or each.key) for each in every if each.key in found
        ]

    async def _over(self, questionnaire: str) -> list[WaveSpan]:
        async with self._database.reading() as connection:
            waves = await queries.wave_spans(connection, questionnaire, zone=self._zone)
        return [each for each in waves if each.over]

    async def standings(
        self,
        measure: Measure,
        questionnaire: str,
        *,
        by: Period,
        start: date,
        across: str,
        within: str = "",
        wave: str = "",
    ) -> list[Standing]:
        """Every unit's (`across="unit"`) or service's figure of one period, in order of name.

        `wave` is the one, by wave. `within` is the one service (or unit, across services) that the
        figures are of; '' is all.
        """
        async with self._begin.read() as work:
            names = {
                each.key: each.name
                for each in (
                    await work.organisation.units()
                    if across == "unit"
                    else await work.organisation.services()
                )
            }
        async with self._database.reading() as connection:
            cells = await queries.published(
                connection,
                questionnaire=questionnaire,
                measure=measure.key,
                by=by,
                unit=None if across == "unit" else within,
                service=within if across == "unit" else None,
                start=start,
                in_waves=[wave],
            )
        found = {
            (cell.key.unit if across == "unit" else cell.key.service): shown(cell) for cell in cells
        }
        rows = [Standing(key, names[key], cell) for key, cell in found.items() if key in names]
        return sorted(rows, key=lambda row: row.name)

    async def carriers(self, measure: Measure) -> list[Listed]:
        """The questionnaires that carry this measure."""
        return [
            listed
            for listed in await self._catalogue.all()
            if measure in bound_questions([listed.published.questionnaire])
        ]

    @staticmethod
    def measure(key: str) -> Measure:
        """Raises: BadQuery."""
        if key not in MEASURES:
            listed = ", ".join(MEASURES)
            raise BadQuery("measure", f"there is no such measure; there are: {listed}")
        return MEASURES[key]

    async def _questionnaire(self, measure: Measure, key: str | None) -> str:
        carriers = [listed.row.key for listed in await self.carriers(measure)]
        if key in carriers:
            return str(key)
        if key is None and len(carriers) == 1:
            return carriers[0]
        if not carriers:
            raise BadQuery("measure", "no published questionnaire asks for this measure")
        listed = ", ".join(carriers)
        raise BadQuery("questionnaire", f"name one that carries {measure.key}: {listed}")

    async def _known(self, unit: str, service: str) -> None:
        async with self._begin.read() as work:
            units = {each.key for each in await work.organisation.units()} if unit else {""}
            services = (
                {each.key for each in await work.organisation.services()} if service else {""}
            )
        for name, key, known in (("unit", unit, units), ("service", service, services)):
            if key not in known:
                raise BadQuery(name, f"there is no such {name}{did_you_mean(key, known)}")

    def _points(
        self,
        measure: Measure,
        cells: Sequence[PublishedCell],
        by: Period,
        first: date | None,
        last: date | None,
    ) -> tuple[Point, ...]:
        found = {cell.key.start: cell for cell in cells}
        ends = [*found, *(day for day in (first, last) if day)]
        if not ends:
            return ()
        if max(ends) - min(ends) > _LONGEST:
            raise BadQuery("from", f"the range is over {_LONGEST.days} days long; ask for less")
        every = spans(min(ends), max(ends), by, year_start=self._year_start)
        wanted = [_wanted(measure, found.get(each.start)) for each in every]
        decided = [shown(found.get(each.start)) for each in every]
        points = [
            Point(
                each,
                label(each.start, by, year_start=self._year_start),
                figure,
                change,
                found[each.start].as_of if figure.status in _WITH_FIGURE else None,
            )
            for each, figure, change in zip(every, decided, changes(wanted, decided), strict=True)
        ]
        low = span(first, by, year_start=self._year_start).start if first else date.min
        inside = [each for each in points if each.span.start >= low]
        inside = [each for each in inside if last is None or each.span.start <= last]
        return tuple(inside)


def _one_campaign(
    over: Sequence[WaveSpan], wanted: str | None, questionnaire: str
) -> tuple[str, list[WaveSpan]]:
    """The campaign and its waves, in order of time: only they are compared with each other.

    Raises: BadQuery.
    """
    found: dict[str, list[WaveSpan]] = {}
    for each in over:
        found.setdefault(each.campaign, []).append(each)
    if wanted in found:
        return str(wanted), found[str(wanted)]
    if not found:
        raise BadQuery("by", f"no campaign has asked {questionnaire} and closed yet")
    if wanted is None and len(found) == 1:
        return next(iter(found.items()))
    raise BadQuery("campaign", f"name one that asked {questionnaire}: {', '.join(found)}")


def _wave_points(
    measure: Measure,
    cells: Sequence[PublishedCell],
    waves: Sequence[WaveSpan],
    first: date | None,
    last: date | None,
) -> tuple[Point, ...]:
    found = {cell.key.wave: cell for cell in cells}
    decided = [shown(found.get(each.key)) for each in waves]
    compared = changes([_wanted(measure, found.get(each.key)) for each in waves], decided)
    return tuple(
        Point(
            each.span,
            opened_label(each.span.start),
            figure,
            change,
            found[each.key].as_of if figure.status in _WITH_FIGURE else None,
            each.key,
        )
        for each, figure, change in zip(waves, decided, compared, strict=True)
        if (first is None or each.span.start >= first) and (last is None or each.span.start <= last)
    )


def shown(cell: PublishedCell | None) -> Shown:
    """What a published cell says; no cell says `no_data`."""
    if cell is None:
        return Shown(CellStatus.NO_DATA)
    return Shown(
        CellStatus(cell.status),
        value=_decimal(cell.value),
        value_band=cell.value_band,
        n=cell.n,
        n_band=cell.n_band,
        low=_decimal(cell.low),
        high=_decimal(cell.high),
    )


def _wanted(measure: Measure, cell: PublishedCell | None) -> Wanted:
    """The cell behind a point, for the change; its floor has been applied when it was published."""
    basis: Mapping[str, int] = cell.basis if cell else {}
    return Wanted(measure, basis, floor=0, opinion_of_people=True)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
