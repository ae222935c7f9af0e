"""Whether this process lives, and whether it can serve."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from api.access import Access, App, Caller, Rule
from survey.errors import Busy

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]


@router.get("/livez")
async def livez(_: Anybody) -> dict[str, str]:
    """The process answers; the database is not asked."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(_: Anybody, app: App) -> JSONResponse:
    """The database answers."""
    try:
        async with app.begin.read() as work:
            await work.installation.revision()
    except Busy:
        return JSONResponse({"status": "the database does not answer"}, 503)
    return JSONResponse({"status": "ok"})
