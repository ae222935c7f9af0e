"""One mapping of errors for the whole application: programs get problem+json, people a page."""

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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

    app.add_exception_handler(FeedbackError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_middleware(Unforeseen)


class Unforeseen:
    """Middleware that answers for what nobody foresaw, and raises nothing further.

    The framework's own place for this lies outside the security headers, and it hands the error to
    the server, whose log would hold its text.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            request = Request(scope, receive)
            _log.error("unexpected", path=_route(request), exc_info=error)
            if started:
                raise ConnectionAbortedError("an answer broke off") from None
            await _unforeseen(request)(scope, receive, send)


def _unforeseen(request: Request) -> Response:
    if _is_api(request):
        return problems.unexpected()
    return pages.trouble_page(request, Trouble.BROKEN)


def _is_api(request: Request) -> bool:
    """Programs ask the API, the metrics, and every process that has no pages."""
    has_pages = hasattr(request.app.state, "web")
    return not has_pages or request.url.path.startswith(("/api/", "/metrics"))


def _route(request: Request) -> str:
    """The route's template: an address may hold a personal token."""
    return getattr(request.scope.get("route"), "path", "")
