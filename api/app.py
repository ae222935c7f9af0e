"""The HTTP channel: JSON API, web form, staff pages and health, as one ASGI application."""

from collections.abc import Callable
from pathlib import Path

import structlog
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from analytics.figures import Figures
from api import problems
from api.limiting import Limits, Rates
from api.routers import health, reference, responses, trends
from survey.wiring import Application

_STATIC = Path(__file__).parent / "static"
_log = structlog.get_logger()

_MOST_BYTES = 1024 * 1024
"""A backstop; what reads a body has a narrower limit of its own."""

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
    on_submission: Callable[[], None] = lambda: None,
) -> FastAPI:
    """The application over HTTP. `on_submission` hears of each accepted response."""
    app = FastAPI(
        title="Tellback",
        version="1",
        description=DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        max_body_size=_MOST_BYTES,
    )
    app.state.application = application
    app.state.figures = figures
    app.state.limits = Limits(rates or Rates(), proxies=application.settings.proxies)
    app.state.on_submission = on_submission
    for router in (responses.router, trends.router, reference.router):
        app.include_router(router, prefix="/api/v1")
    app.include_router(health.router)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    problems.install(app)
    return app
