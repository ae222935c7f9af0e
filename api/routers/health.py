"""Whether this process lives, whether it can serve, and how it is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from api.access import Access, App, Caller, Rule
from api.metrics import CONTENT_TYPE, Metrics
from survey.errors import Busy

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]
Scraper = Annotated[Caller, Depends(Access(Rule.METRICS))]


@router.get("/livez")
async def livez(_: Anybody) -> dict[str, str]:
    """The process answers; the database is not asked."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(_: Anybody, request: Request, app: App) -> JSONResponse:
    """The database answers and is at our tables, and updates do not lie about.

    A process that applies no updates is ready whatever the queue: it cannot help it.
    """
    try:
        health = await app.watch.look()
    except Busy:
        return JSONResponse({"status": "the database does not answer"}, 503)
    if health is None:
        return JSONResponse(
            {"status": "the tables are of another version: tellback db upgrade"}, 503
        )
    late = health.stale and request.app.state.applies_updates
    told = {
        "status": "updates from Telegram are waiting too long" if late else "ok",
        "queue": health.vitals.waiting,
        "queue_age_seconds": round(health.waited.total_seconds()),
        "held": health.held,
    }
    return JSONResponse(told, 503 if late else 200)


@router.get("/metrics")
async def metrics(_: Scraper, request: Request, app: App) -> Response:
    """For Prometheus; without a database it still tells of the process."""
    told: Metrics = request.app.state.metrics
    health, asked, answers = None, None, True
    try:
        health = await app.watch.look()
        if health is not None:
            asked = await app.watch.asked()
    except Busy:
        answers = False
    text = told.written(app.tally, health, answers=answers, asked=asked)
    return Response(text, media_type=CONTENT_TYPE)
