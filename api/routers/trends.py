"""GET /trends: published figures over time."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from analytics.trends import Point, Trend
from api.access import Access, Caller, ReadSide, Rule
from api.problems import TooMany, responses
from survey.domain.records import Period
from survey.errors import BadQuery, NotFound, Refused, Unknown

router = APIRouter(tags=["figures"])

Reader = Annotated[Caller, Depends(Access(Rule.FIGURES))]

_PARAMETERS = ("measure", "questionnaire", "unit", "service", "by", "campaign", "from", "to")


class PointOut(BaseModel):
    """One period. A suppressed point carries no number at all."""

    period: str = Field(examples=["Q1 2026/27", "opened 3 November 2026"])
    start: date = Field(description="By wave, the day on which it opened.")
    end: date = Field(description="By wave, the day on which it closed.")
    status: Literal["published", "banded", "suppressed", "no_data"]
    value: int | float | None = None
    value_band: str | None = Field(None, examples=["over 95"])
    n: int | None = None
    n_band: str | None = Field(None, examples=["10-19"])
    low: int | float | None = Field(None, description="Lower end of the 95% interval.")
    high: int | float | None = None
    change: int | float | None = Field(
        None, description="Since the latest earlier period with answers, rounded last."
    )
    change_clear: bool | None = Field(None, description="null where it was not tested.")
    as_of: datetime | None = None


class TrendOut(BaseModel):
    """One measure over time, oldest first; `unit` null is the whole body."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})

    measure: str
    questionnaire: str
    unit: str | None
    service: str | None
    by: Period
    campaign: str | None = Field(None, description="By wave, whose waves they are.")
    points: list[PointOut]


@router.get("/trends", responses=responses(BadQuery, Unknown, Refused, NotFound, TooMany))
async def trends(
    request: Request,
    caller: Reader,
    figures: ReadSide,
    measure: Annotated[str, Query(examples=["satisfaction"])] = "",
    questionnaire: Annotated[str | None, Query()] = None,
    unit: Annotated[str | None, Query(description="Includes the units below it.")] = None,
    service: Annotated[str | None, Query(description="Includes the services below it.")] = None,
    by: Annotated[str, Query(examples=["quarter"])] = "quarter",
    campaign: Annotated[
        str | None,
        Query(description="With by=wave; may be left out where one alone asked it."),
    ] = None,
    from_: Annotated[str | None, Query(alias="from", examples=["2026-04-01"])] = None,
    to: Annotated[str | None, Query(examples=["2027-03-31"])] = None,
) -> TrendOut:
    """A measure by month, quarter, year, or wave of a campaign.

    All figures have passed disclosure control. Waves that are over are compared with others of
    their campaign; `from` and `to` are then bounds of the day on which they opened.

    Somebody signed in reads those that their roles reach; of others it is not even said whether
    they exist.
    """
    refuse_unknown_parameters(request, _PARAMETERS)
    if not caller.may_read_figure(unit=unit or "", service=service or ""):
        raise NotFound("figure")
    if not measure:
        raise BadQuery("measure", "name the measure; GET /api/v1/measures lists them")
    if by not in set(Period):
        raise BadQuery("by", f"it is one of: {', '.join(Period)}")
    trend = await figures.trends.trend(
        measure,
        questionnaire=questionnaire,
        unit=unit or "",
        service=service or "",
        by=Period(by),
        campaign=campaign,
        first=_day("from", from_),
        last=_day("to", to),
    )
    return _out(trend)


def refuse_unknown_parameters(request: Request, known: tuple[str, ...]) -> None:
    """Raises: BadQuery for a parameter that is not known, or is there twice."""
    seen = set()
    for name, _ in request.query_params.multi_items():
        if name not in known:
            raise BadQuery(name[:40], f"there is no such parameter; there are: {', '.join(known)}")
        if name in seen:
            raise BadQuery(name, "it is there twice")
        seen.add(name)


def _day(name: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadQuery(name, "write the date as 2026-03-31") from None


def _out(trend: Trend) -> TrendOut:
    return TrendOut(
        measure=trend.measure.key,
        questionnaire=trend.questionnaire,
        unit=trend.unit or None,
        service=trend.service or None,
        by=trend.by,
        campaign=trend.campaign or None,
        points=[_point(point) for point in trend.points],
    )


def _point(point: Point) -> PointOut:
    shown = point.shown
    return PointOut(
        period=point.period,
        start=point.span.start,
        end=point.span.end,
        status=shown.status.value,
        value=_number(shown.value),
        value_band=shown.value_band,
        n=shown.n,
        n_band=shown.n_band,
        low=_number(shown.low),
        high=_number(shown.high),
        change=_number(point.change.value),
        change_clear=point.change.clear,
        as_of=point.as_of,
    )


def _number(value: Decimal | None) -> int | float | None:
    """A whole number as such, one decimal as a float: both print as they were rounded."""
    if value is None:
        return None
    return int(value) if value.as_tuple().exponent == 0 else float(value)
