"""A direct route applies its rule as any other does, and refuses to be more than it is."""

from typing import Annotated

import httpx2 as httpx
import pytest
from fastapi import APIRouter, Depends, Request
from starlette.responses import PlainTextResponse, Response

from api.access import Access, Caller, Rule
from api.app import create_app
from api.direct import DirectRoute
from survey.services.api_keys import Scope
from tests.support.application import Running

Reader = Annotated[Caller, Depends(Access(Rule.FIGURES))]


async def secret(request: Request, caller: Reader) -> Response:
    return PlainTextResponse(f"{request.url.path} for {caller.key.name if caller.key else ''}")


async def test_a_direct_route_gives_its_answer_to_whom_its_rule_allows_and_to_nobody_else(
    here: Running,
) -> None:
    app = create_app(here.core, here.figures)
    router = APIRouter(route_class=DirectRoute)
    router.get("/secret")(secret)
    app.include_router(router, prefix="/api/v1")
    reader = await here.core.api_keys.add("reader", frozenset({Scope.READ}))
    writer = await here.core.api_keys.add("writer", frozenset({Scope.WRITE}))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://testserver"
    ) as http:

        async def ask(method: str, key: str) -> httpx.Response:
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            return await http.request(method, "/api/v1/secret", headers=headers)

        statuses = [(await ask("GET", key)).status_code for key in ("", writer.secret)]
        allowed = await ask("GET", reader.secret)
        other_method = await ask("POST", reader.secret)

    assert statuses == [401, 403]
    assert allowed.text == "/api/v1/secret for reader"
    assert other_method.status_code == 405


async def reads_a_query(request: Request, caller: Reader, month: str) -> Response:
    return PlainTextResponse(month)


async def has_no_rule(request: Request, caller: str) -> Response:
    return PlainTextResponse(caller)


@pytest.mark.parametrize("function", [reads_a_query, has_no_rule])
def test_a_direct_route_that_takes_more_or_has_no_rule_is_refused_at_the_start(
    function: object,
) -> None:
    router = APIRouter(route_class=DirectRoute)

    with pytest.raises(TypeError, match="/secret"):
        router.get("/secret")(function)  # type: ignore[type-var]
