"""Every door says who may use it."""

from collections.abc import Iterable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount, Route

from api.access import Access
from api.app import create_app
from tests.support.application import Running
from tests.support.databases import DatabaseKind

OPEN_BY_NATURE = {"/static", "/api/openapi.json"}
"""Files that are the same for everybody; the description holds no data."""


def unguarded(app: FastAPI) -> Iterator[str]:
    """Each route that does not declare exactly one rule."""
    for route in every_route(app.routes):
        rules = [each for each in calls(route) if isinstance(each, Access)]
        if len(rules) != 1 and path_of(route) not in OPEN_BY_NATURE:
            yield f"{path_of(route)} declares {len(rules)} rules of access"


def every_route(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """Also those of included routers, which FastAPI keeps as routers."""
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is None:
            yield route
        else:
            yield from every_route(included.routes)


def path_of(route: BaseRoute) -> str:
    assert isinstance(route, Route | Mount | APIRoute), route
    return route.path


def calls(route: BaseRoute) -> Iterator[object]:
    """Whatever a route depends on, at any depth."""
    if isinstance(route, APIRoute):
        yield from _called(route.dependant)


def _called(dependant: Dependant) -> Iterator[object]:
    for each in dependant.dependencies:
        yield each.call
        yield from _called(each)


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


async def test_every_route_declares_exactly_one_rule_of_access(here: Running) -> None:
    app = create_app(here.core, here.figures)

    assert "/s/{key}" in [path_of(route) for route in every_route(app.routes)]
    assert list(unguarded(app)) == []


async def test_a_route_without_a_rule_is_named(here: Running) -> None:
    app = create_app(here.core, here.figures)

    @app.get("/forgotten/{token}")
    async def forgotten(token: str) -> str:
        return token

    assert list(unguarded(app)) == ["/forgotten/{token} declares 0 rules of access"]
