"""/status: known problems and planned downtime, for anybody.

Nothing on it tells who reported what: how many schools and departments report a problem is said
where there are two or more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from api.access import Access, App, Caller, Rule
from api.web.errors import visit_of
from api.web.pages import Pages
from survey.domain.case_records import ProblemState
from survey.domain.language import N_, number_in_words
from survey.domain.records import Service
from survey.locales import translations
from survey.services.problems import Standing

STATUS: Final = "/status"
FOR_ALL: Final = {"Cache-Control": "public, max-age=60", "Vary": "Accept-Language"}
"""The same page for everybody who reads its language."""

_FEW: Final = 2

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]


@dataclass(frozen=True, slots=True)
class Told:
    """A problem as anybody may read it; `schools` is a sentence, or empty."""

    title: str
    told: str
    told_at: datetime | None
    service: str
    schools: str = ""
    update_by: datetime | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    fixed_at: datetime | None = None
    begun: bool = False


@router.get(STATUS)
async def status(request: Request, app: App, _: Anybody) -> Response:
    """Of all services, or of the one in the address."""
    visit = visit_of(request)
    services = await app.organisation.services()
    chosen = chosen_service(request, services)
    known = await app.problems.known(service=chosen)
    names = {each.key: each.called(visit.language) for each in services}
    told = [_told(each, names, visit.language, app.clock.now()) for each in known]
    pages: Pages = request.app.state.web.pages
    page = pages.render(
        "status.html",
        visit=visit,
        title=translations(visit.language).gettext(N_("Known problems")),
        open=[each for each in told if each.fixed_at is None and each.begins_at is None],
        planned=sorted(
            (each for each in told if each.begins_at is not None),
            key=lambda each: each.begins_at or app.clock.now(),
        ),
        fixed=[each for each in told if each.fixed_at is not None],
        services=offered(services, visit.language),
        chosen=chosen,
        at=app.clock.now(),
    )
    return HTMLResponse(page, headers=FOR_ALL)


def chosen_service(request: Request, services: Sequence[Service]) -> str:
    """The one in the address where there is such a one, else '' for all."""
    asked = request.query_params.get("service", "")
    return asked if asked in {each.key for each in services} else ""


def offered(services: Sequence[Service], language: str) -> list[tuple[str, str]]:
    """The services to choose from, all of them together first."""
    everything = translations(language).gettext(N_("All services"))
    used = [each for each in services if each.ended_at is None]
    return [("", everything), *((each.key, each.called(language)) for each in used)]


def _told(standing: Standing, names: dict[str, str], language: str, now: datetime) -> Told:
    problem, schools = standing.problem, ""
    if standing.schools >= _FEW:
        said = translations(language).gettext(N_("{number} schools or departments report this."))
        schools = said.format(number=number_in_words(str(standing.schools), language))
    return Told(
        title=problem.title,
        told=problem.told,
        told_at=problem.told_at,
        service=names.get(problem.service, problem.service),
        schools=schools,
        update_by=problem.update_by,
        begins_at=problem.begins_at if problem.planned else None,
        ends_at=problem.ends_at if problem.planned else None,
        fixed_at=problem.fixed_at if problem.state is ProblemState.FIXED else None,
        begun=problem.begins_at is not None and problem.begins_at <= now,
    )
