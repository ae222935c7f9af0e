"""One mapping of errors for the whole application: programs get problem+json, people a page."""

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import problems
from api.web import errors as pages
from api.web.troubles import Trouble
from survey.errors import FeedbackError

_log = structlog.get_logger()


def install(app: FastAPI) -> None:
    """Map our errors, the framework's and those that nobody foresaw."""

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, FeedbackError)
        if _is_api(request):
            return problems.from_error(error)
        return await pages.from_error(request, error)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        if _is_api(request):
            return problems.from_validation(error)
        return pages.trouble_page(request, Trouble.UNREADABLE)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if _is_api(request):
            return problems.from_http(error)
        return pages.from_status(request, error.status_code)

    async def unforeseen(request: Request, error: Exception) -> Response:
        _log.error("unexpected", path=_route(request), exc_info=error)
        if _is_api(request):
            return problems.unexpected()
        return pages.trouble_page(request, Trouble.BROKEN)

    app.add_exception_handler(FeedbackError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unforeseen)


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def _route(request: Request) -> str:
    """The route's template: an address may hold a personal token."""
    return getattr(request.scope.get("route"), "path", "")
