"""What reporters think of how their problems were handled, beside the figures of problems.

An opinion of people: only cells that passed disclosure control, of services whose figures the
reader may see.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from analytics.figures import Figures
from api.staff.listing import Link
from api.staff.shell import Desk
from api.staff.trend_words import Words, latest_over
from api.web.results import figure_of
from survey.domain.language import N_
from survey.domain.records import Period
from survey.errors import BadQuery, NotFound
from survey.questionnaires.library import HANDLING

_MEASURE: Final = "satisfaction"
_BY: Final = Period.QUARTER


async def handled_in_words(desk: Desk, service: str) -> tuple[str, Link] | None:
    """A sentence, and where it comes from; None where it is not theirs to read."""
    if not desk.caller.may_read_figure(unit="", service=service):
        return None
    year_start = desk.app.settings.year_start
    link = f"{HANDLING}/{_MEASURE}"
    said = await figure_of(link, service, _figures(desk), desk.language, year_start, wider=False)
    nothing = N_("Nothing is published yet: it takes enough people who said how it was handled.")
    over_time = Link(desk.say(N_("How it was handled, over time")), _trend(service))
    return said or desk.say(nothing), over_time


async def handled_by_service(desk: Desk) -> Mapping[str, Link]:
    """How many of 100 are satisfied, in the last quarter that is over, by service; each leads to
    its trend. Services of which nobody said anything are left out."""
    trends = _figures(desk).trends
    try:
        trend = await trends.trend(_MEASURE, questionnaire=HANDLING, by=_BY)
    except (BadQuery, NotFound):
        return {}  # nobody was asked yet
    settings = desk.app.settings
    today = desk.app.clock.now().astimezone(settings.zone).date()
    quarter = latest_over(trend.points, today)
    if quarter is None:
        return {}
    standings = await trends.standings(
        trend.measure, HANDLING, by=_BY, start=quarter.span.start, across="service"
    )
    theirs = [
        each
        for each in standings
        if each.key and desk.caller.may_read_figure(unit="", service=each.key)
    ]
    words = Words(trend.measure, settings.floor, desk.say)
    rows = words.standing_rows(theirs, _trend)
    hidden = desk.say(N_("not shown"))
    return {
        each.key: Link(row.value or hidden, row.link)
        for each, row in zip(theirs, rows, strict=True)
    }


def _trend(service: str) -> str:
    query = {"measure": _MEASURE, "questionnaire": HANDLING, "service": service}
    return f"/staff/trends?{urlencode(query)}"


def _figures(desk: Desk) -> Figures:
    found: Figures = desk.request.app.state.figures
    return found
