"""/staff/cases/figures: how problem reports fare, by month, service, provider and kind of unit."""

import asyncio
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import structlog
from fastapi import APIRouter
from starlette.responses import Response

from analytics.case_figures import CONFIRMED, By, CaseFigures, figures_by, percent, shown, total
from analytics.charts import NARROW, WIDE, Chart, bar_chart, line_chart
from analytics.figures import Figures
from api.printing.books import MEDIA_TYPE, NOT_APPLICABLE
from api.printing.cells import csv_of
from api.staff.case_desk import PATH as CASES
from api.staff.case_desk import TITLE, Reader, looker_of
from api.staff.case_figures_book import MEANINGS, book_of
from api.staff.case_handled import handled_by_service, handled_in_words
from api.staff.listing import Column, Link
from api.staff.shell import UNIT, Crumb, Desk
from api.staff.structure_words import number
from survey.domain.access import Action
from survey.domain.language import N_, month_in_words
from survey.domain.records import Service
from survey.errors import BadQuery
from survey.services.case_sums import MOST_MONTHS, Summed

PATH: Final = f"{CASES}/figures"
MONTHS: Final = 12

router = APIRouter(include_in_schema=False)

_log = structlog.get_logger()

_TITLE: Final = N_("How problem reports fare")
_HEADINGS: Final[Mapping[By, str]] = {
    By.MONTH: N_("By month"),
    By.SERVICE: N_("By service"),
    By.PROVIDER: N_("By provider"),
    By.KIND: N_("By kind of school or department"),
}
_FIRST: Final[Mapping[By, str]] = {
    By.MONTH: N_("Reported in"),
    By.SERVICE: N_("Service"),
    By.PROVIDER: N_("Provider"),
    By.KIND: N_("Kind"),
}
_COLUMNS: Final[Mapping[str, str]] = {
    "reported": N_("Reported"),
    "open": N_("Open"),
    "oldest_days": N_("The oldest open, days"),
    "late": N_("Late now"),
    "breached": N_("Ever late"),
    "fixed": N_("Said to be fixed"),
    "confirmed": N_("Confirmed as fixed"),
    "not_confirmed": N_("Not confirmed"),
    "refused": N_("Not fixed"),
    "partly": N_("Partly fixed"),
    "reopened": N_("Reopened"),
    "declined": N_("Closed without a fix"),
    "breached_percent": N_("Ever late, of 100"),
    "reopened_percent": N_("Reopened, of 100"),
    "confirmed_percent": N_("Confirmed, of 100"),
    "first_contact_percent": N_("At first contact, of 100"),
}
"""What is told of each row: the name of its column in files, and on the page."""

_IN_BRACKETS: Final = {"breached": "breached_percent", "reopened": "reopened_percent"}
"""Rates that stand behind their counts on the page, where a column of its own is one too many."""

_HANDLED: Final = N_("Satisfied with handling")
_SVG: Final = "image/svg+xml"


@dataclass(frozen=True, slots=True)
class Table:
    """One table with its chart: `show` is how the chart's address names it."""

    show: By
    heading: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[object]]
    alternative: str


@dataclass(frozen=True, slots=True)
class _Asked:
    months: int
    service: str
    unit: str


@router.get(PATH)
async def page(desk: Reader) -> Response:
    """Tables with a chart each, of what the caller's roles reach."""
    asked = _asked(desk)
    summed, services = await _summed(desk, asked)
    names, handled = _names(desk, services), await handled_by_service(desk)
    whole = total(summed.sums)
    return desk.page(
        "staff/case_figures.html",
        desk.say(_TITLE),
        crumbs=[Crumb(desk.say(TITLE), CASES)],
        switch=await desk.switch(Action.READ_CASES, service=asked.service),
        finding=_finding(whole, desk),
        facts=_facts(whole, summed, desk),
        tables=[_table(by, summed, services, names[by], handled, desk) for by in By],
        query=_query(asked),
        asked=asked,
        choices=[
            ("", desk.say(N_("All services"))),
            *(
                (each.key, each.called(desk.language))
                for each in services
                if desk.caller.may(Action.READ_CASES, unit=asked.unit, service=each.key)
            ),
        ],
        months=[(str(each), str(each)) for each in (3, 6, 12, 24, MOST_MONTHS)],
        handling=await handled_in_words(desk, asked.service),
        meanings=[desk.say(text) for _, text in MEANINGS],
    )


@router.get(f"{PATH}/chart.svg")
async def chart(desk: Reader) -> Response:
    """One chart of the page: `show` is a `By`, `width` "wide" or "narrow"."""
    show = desk.request.query_params.get("show", By.MONTH)
    if show not in set(By):
        return Response(status_code=404)
    summed, services = await _summed(desk, _asked(desk))
    width = NARROW if desk.request.query_params.get("width") == "narrow" else WIDE
    drawn = _chart(By(show), summed, services, _names(desk, services)[By(show)], desk, width)
    if drawn is None:
        return Response(status_code=404)
    figures: Figures = desk.request.app.state.figures
    try:
        svg = await figures.charts.svg(drawn)
    except (BrokenProcessPool, ValueError, OSError) as error:
        _log.error("chart_failed", kind=type(error).__name__, show=show)
        return Response(status_code=503)
    return Response(svg, media_type=_SVG, headers={"Cache-Control": "private, no-cache"})


@router.get(f"{PATH}.csv")
async def as_file(desk: Reader) -> Response:
    """All tables below one another, for a spreadsheet."""
    summed, services = await _summed(desk, _asked(desk))
    names, first = _names(desk, services), summed.months[0]
    written = csv_of(
        ["by", "key", "name", "months_from", *_COLUMNS],
        (
            [
                str(each)
                for each in (by, row.key, names[by](row.key), first, *_numbers(row, summed.as_of))
            ]
            for by in By
            for row in _rows(by, summed, services)
        ),
    )
    headers = {"Content-Disposition": 'attachment; filename="problem-reports.csv"'}
    return Response(BOM_UTF8 + written, media_type="text/csv", headers=headers)


@router.get(f"{PATH}.xlsx")
async def as_book(desk: Reader) -> Response:
    """The same as a workbook: a table a sheet, and notes of what the figures mean."""
    summed, services = await _summed(desk, _asked(desk))
    names, settings = _names(desk, services), desk.app.settings
    tables = [
        (
            desk.say(_HEADINGS[by]),
            [desk.say(each) for each in (_FIRST[by], *_COLUMNS.values())],
            [
                [names[by](row.key), *(_whole(each) for each in _numbers(row, summed.as_of))]
                for row in _rows(by, summed, services)
            ],
        )
        for by in By
    ]
    content = await asyncio.to_thread(
        book_of,
        tables,
        title=desk.say(_TITLE),
        organisation=settings.organisation,
        at=summed.as_of.astimezone(settings.zone),
        language=desk.language,
        say=desk.say,
    )
    headers = {"Content-Disposition": 'attachment; filename="problem-reports.xlsx"'}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def _whole(figure: object) -> str | int:
    """As a cell of a workbook: a number, or that there is nothing that it could be of."""
    return NOT_APPLICABLE if figure == "" else int(str(figure))


def _numbers(row: CaseFigures, at: datetime) -> list[object]:
    """In the order of the columns; "" where there is nothing that it could be of."""
    told = {"oldest_days": row.age(at), **row.percents}
    found = (told[name] if name in told else getattr(row.counts, name) for name in _COLUMNS)
    return ["" if each is None else each for each in found]


def _cells(row: CaseFigures, at: datetime, none: str) -> list[object]:
    """The same as the page has it."""
    told = dict(zip(_COLUMNS, _numbers(row, at), strict=True))
    for name, rate in _IN_BRACKETS.items():
        share = told.pop(rate)
        told[name] = f"{told[name]} ({share}%)" if told[name] else told[name]
    return [none if value == "" else value for value in told.values()]


def _asked(desk: Desk) -> _Asked:
    """Raises: BadQuery."""
    query = desk.request.query_params
    months = query.get("months") or str(MONTHS)
    if months not in map(str, range(1, MOST_MONTHS + 1)):
        raise BadQuery("months", f"give a number from 1 to {MOST_MONTHS}")
    return _Asked(int(months), query.get("service", ""), query.get(UNIT, ""))


async def _summed(desk: Desk, asked: _Asked) -> tuple[Summed, Sequence[Service]]:
    summed = await desk.app.case_sums.of(
        looker_of(desk), months=asked.months, service=asked.service, unit=asked.unit
    )
    return summed, await desk.app.organisation.services()


def _rows(by: By, summed: Summed, services: Sequence[Service]) -> list[CaseFigures]:
    providers = {each.key: each.provider for each in services}
    return figures_by(by, summed.sums, providers=providers, months=summed.months)


def _names(desk: Desk, services: Sequence[Service]) -> Mapping[By, Callable[[str], str]]:
    """What each key is called."""
    called = {each.key: each.called(desk.language) for each in services}
    nobody, unknown = desk.say(N_("No provider is named")), desk.say(N_("Not known"))
    return {
        By.MONTH: lambda key: month_in_words(date.fromisoformat(key), desk.language),
        By.SERVICE: lambda key: called.get(key, key),
        By.PROVIDER: lambda key: key or nobody,
        By.KIND: lambda key: key[:1].upper() + key[1:] or unknown,
    }


def _table(
    by: By,
    summed: Summed,
    services: Sequence[Service],
    name: Callable[[str], str],
    handled: Mapping[str, Link],
    desk: Desk,
) -> Table:
    """`handled` is what reporters think of each service, for the table of services."""
    found = _rows(by, summed, services)
    none = desk.say(N_("none"))
    if by is By.MONTH:
        found.reverse()
    rows = [[name(row.key), *_cells(row, summed.as_of, none)] for row in found]
    columns = [Column(desk.say(_FIRST[by]))]
    columns += [
        Column(desk.say(words), numeric=True)
        for each, words in _COLUMNS.items()
        if each not in _IN_BRACKETS.values()
    ]
    if by is By.SERVICE and handled:
        columns.append(Column(desk.say(_HANDLED), numeric=True))
        rows = [[*row, handled.get(each.key, none)] for row, each in zip(rows, found, strict=True)]
    alternative = N_("Chart of the share confirmed as fixed. The table has the same figures.")
    return Table(by, desk.say(_HEADINGS[by]), columns, rows, desk.say(alternative))


def _chart(
    by: By,
    summed: Summed,
    services: Sequence[Service],
    name: Callable[[str], str],
    desk: Desk,
    width: int,
) -> Chart | None:
    rows = _rows(by, summed, services)
    if not rows:
        return None
    cells = [(name(row.key), shown(row)) for row in rows]
    draw = line_chart if by is By.MONTH else bar_chart
    title = f"{desk.say(CONFIRMED.label)}: {desk.say(_HEADINGS[by]).lower()}"
    return draw(
        cells,
        title=title,
        measure=CONFIRMED,
        language=desk.language,
        width=width,
        translate=desk.say,
    )


def _finding(whole: CaseFigures, desk: Desk) -> str:
    """The sentence that stands first."""
    rate = percent(whole.confirmed_rate)
    if rate is None:
        return desk.say(N_("Nobody has said yet whether their problem is fixed."))
    said = N_("Of 100 problems said to be fixed, reporters confirm {number}.")
    return desk.say(said).format(number=rate)


def _facts(whole: CaseFigures, summed: Summed, desk: Desk) -> list[tuple[str, object]]:
    counts, none = whole.counts, desk.say(N_("none"))
    first, age = percent(whole.first_contact_rate), whole.age(summed.as_of)
    days = desk.say(N_("{number} days"))
    return [
        (desk.say(N_("Open")), number(counts.open, desk)),
        (desk.say(N_("Open for less than a week")), number(counts.fresh, desk)),
        (desk.say(N_("Open for four weeks or longer")), number(counts.old, desk)),
        (
            desk.say(N_("The oldest has waited")),
            none if age is None else days.format(number=number(age, desk)),
        ),
        (desk.say(N_("Late now")), number(counts.late, desk)),
        (
            desk.say(N_("Solved at first contact, of 100 that reporters judged")),
            none if first is None else str(first),
        ),
    ]


def _query(asked: _Asked) -> str:
    return f"months={asked.months}&service={asked.service}&unit={asked.unit}"
