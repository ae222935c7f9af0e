"""The HTTP channel: JSON API, web form, staff pages and health, as one ASGI application."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi.telemetry import TelemetryConfig
from starlette.routing import BaseRoute

from analytics.figures import Figures
from api import errors
from api.description import describe
from api.limiting import Limits, Rates
from api.metrics import Measured, Metrics
from api.routers import (
    campaigns,
    docs,
    health,
    invitations,
    reference,
    responses,
    telegram,
    trends,
)
from api.routers import cases as case_routes
from api.staff import pages as staff_pages
from api.staff.case_runs import CaseRuns
from api.staff.dry_runs import DryRuns
from api.staff.openid import Provider
from api.web import (
    bodies,
    cases,
    chat,
    invited,
    known,
    leaving,
    legal,
    moving,
    results,
    school,
    start,
)
from api.web import routes as survey_form
from api.web.context import Site
from api.web.pages import Pages
from api.web.security import SecurityHeaders
from api.web.sessions import Visitors
from api.web.visits import Web
from bot.mailbox import Mailbox
from bot.simulator.desk import Desk
from bot.state import BotState
from survey.locales import SPOKEN, translations
from survey.wiring import Application

_STATIC = Path(__file__).parent / "static"

_MOST_BYTES = 1024 * 1024
"""A backstop; what reads a body has a narrower limit of its own."""

_NO_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
"""The framework's own would hand addresses, which may hold a personal token, to whoever listens."""

DESCRIPTION = """
Questionnaires, responses and published figures of one public body.

Every figure has passed disclosure control: groups under the floor carry no number. Errors are
`application/problem+json` (RFC 9457) with a stable `code`. Send a key as `Authorization: Bearer`.
"""


def create_app(
    application: Application,
    figures: Figures,
    *,
    rates: Rates | None = None,
    on_submission: Callable[[], object] = bool,
    applies_updates: bool = True,
    mailbox: Mailbox | None = None,
    bot: BotState | None = None,
) -> FastAPI:
    """The application over HTTP.

    Args:
        on_submission: hears of each accepted response.
        applies_updates: whether this process works on the queue of Telegram's updates: then an
            old queue makes it unready.
        mailbox: where updates that Telegram sends are put; without it there is no webhook.
        bot: how the bot of this process fares, for whoever watches it.
    """
    settings = application.settings
    app = FastAPI(
        title="Tellback",
        version="1",
        description=DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # such a redirect would repeat whatever Host was sent
        max_body_size=_MOST_BYTES,
        telemetry=_NO_TELEMETRY,
        routes=list(_routes(demo=settings.demo)),
    )
    app.state.application = application
    app.state.figures = figures
    app.state.limits = Limits(rates or Rates(), proxies=settings.proxies)
    app.state.on_submission = on_submission
    app.state.applies_updates = applies_updates
    app.state.metrics = Metrics()
    app.state.mailbox = mailbox
    app.state.bot = bot
    app.state.web = Web(
        pages=Pages(
            Site(
                organisation=settings.organisation,
                demo=settings.demo,
                bot=settings.bot_username,
                zone=settings.zone,
            ),
            translations={language: translations(language) for language in SPOKEN},
        ),
        visitors=Visitors(application.begin, clock=application.clock, ids=application.ids),
        origins=(settings.base_url,),
    )
    app.state.provider = Provider(settings) if settings.oidc_issuer else None
    app.state.dry_runs = DryRuns(application)
    app.state.case_runs = CaseRuns(application)
    app.state.desk = Desk(application.clock, application.ids)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    errors.install(app)
    app.add_middleware(SecurityHeaders, https=settings.secure_cookies)
    app.add_middleware(Measured, metrics=app.state.metrics)
    describe(app)
    return app


@cache
def _routes(*, demo: bool) -> tuple[BaseRoute, ...]:
    """What every application answers.

    FastAPI works out each route at its first request and keeps that beside the route: the
    applications of a process share it, since it costs more than all the rest of making one.
    """
    every = APIRouter(max_body_size=_MOST_BYTES)
    reading = (trends.router, reference.router, campaigns.router, case_routes.router)
    for router in (responses.router, invitations.router, *reading):
        every.include_router(router, prefix="/api/v1")
    pages = (
        start.router,
        survey_form.router,
        moving.router,
        legal.router,
        invited.router,
        bodies.router,
        leaving.router,
        cases.router,
        school.router,
        known.router,
        results.router,
    )
    for router in (docs.router, health.router, telegram.router, *pages, *staff_pages.ROUTERS):
        every.include_router(router)
    if demo:
        every.include_router(chat.router)
    return tuple(every.routes)


def create_probes(application: Application, *, applies_updates: bool) -> FastAPI:
    """`/livez`, `/readyz` and `/metrics` of a process that has no pages."""
    app = FastAPI(title="Tellback", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.application = application
    app.state.limits = Limits(Rates(), proxies=application.settings.proxies)
    app.state.applies_updates = applies_updates
    app.state.metrics = Metrics()
    app.include_router(health.router)
    errors.install(app)
    app.add_middleware(SecurityHeaders, https=False)
    return app
