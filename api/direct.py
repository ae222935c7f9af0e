"""Routes that are asked thousands of times a second: their rule, then their function."""

from collections.abc import Awaitable, Callable
from inspect import signature
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.access import Access, Caller


class DirectRoute(APIRoute):
    """A route whose function takes the request and the caller, and gives the answer itself.

    The framework solves what a function depends on anew for each request, which takes longer than
    checking a response does. Here the one rule that the route declares is applied, and nothing
    else; what it reads besides is for `openapi_extra` to describe. Dependencies of a router or an
    application would not be applied: give them none.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Raises: TypeError, where the function takes anything but a request and a caller."""
        super().__init__(path, endpoint, **options)
        self._access = _rule(self)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)  # says which it takes
            return
        request = Request(scope, receive, send)
        answer: Response = await self.endpoint(request, await self._access(request))
        await answer(scope, receive, send)


def _rule(route: APIRoute) -> Callable[[Request], Awaitable[Caller]]:
    rules = [each.call for each in route.dependant.dependencies]
    match rules:
        case [Access() as access] if list(signature(route.endpoint).parameters) == [
            "request",
            "caller",
        ]:
            return access
        case _:
            raise TypeError(f"{route.path}: takes a request, and a caller by its rule")
