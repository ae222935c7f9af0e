"""Routes that are asked thousands of times a second: their rule, then their function."""

from collections.abc import Callable, Coroutine
from inspect import signature
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from api.access import Access


class DirectRoute(APIRoute):
    """A route whose function takes the request and the caller, and gives the answer itself.

    The framework solves what a function depends on anew for each request, which takes longer than
    checking a response does. Here the one rule that the route declares is applied, and nothing
    else; what it reads besides is for `openapi_extra` to describe. Dependencies of a router or an
    application would not be applied: give them none.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Raises: TypeError, where the function takes anything but a request and a caller."""
        endpoint, taken = self.endpoint, list(signature(self.endpoint).parameters)
        rules = [each.call for each in self.dependant.dependencies]
        match rules:
            case [Access() as access] if taken == ["request", "caller"]:
                pass
            case _:
                raise TypeError(f"{self.path}: takes a request, and a caller by its rule")

        async def handle(request: Request) -> Response:
            answer: Response = await endpoint(request, await access(request))
            return answer

        return handle
