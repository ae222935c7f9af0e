"""The read side joined to the application: publication, trends, rates, charts and comments."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from analytics.chart_renderer import ChartRenderer
from analytics.comments import Comments
from analytics.publication import Publication
from analytics.rates import RateReader
from analytics.toning import Toning
from analytics.trends import Trends
from survey.wiring import Application, derived_key


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that shows or publishes figures."""

    publication: Publication
    trends: Trends
    charts: ChartRenderer
    comments: Comments
    toning: Toning
    rates: RateReader


@asynccontextmanager
async def open_figures(application: Application) -> AsyncIterator[Figures]:
    """The read side of this application; drawing starts with the first chart."""
    settings = application.settings
    charts = ChartRenderer()
    tone_key = derived_key(settings, b"tone")
    try:
        yield Figures(
            publication=Publication(
                application.database,
                application.begin,
                application.clock,
                application.catalogue,
                zone=settings.zone,
                year_start=settings.year_start,
            ),
            trends=Trends(
                application.database,
                application.begin,
                application.catalogue,
                zone=settings.zone,
                year_start=settings.year_start,
            ),
            charts=charts,
            comments=Comments(
                application.database,
                application.begin,
                application.catalogue,
                key=tone_key,
                demo=settings.demo,
            ),
            toning=Toning(
                application.database,
                application.begin,
                application.clock,
                application.catalogue,
                key=tone_key,
                zone=settings.zone,
            ),
            rates=RateReader(application.database, application.begin),
        )
    finally:
        await charts.close()
