"""What there is to call: every route of the application, with what can stand in its address."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from api.access import Access, Rule
from survey.domain.access import Action
from tests.api.test_access import calls
from tests.doors.world import CAMPAIGN, INSIDE, OUTSIDE, SURVEY, Planted

PUBLIC_NAMES: Final = (
    "/api/v1/units",
    "/api/v1/services",
    "/api/v1/questionnaires",
    "/s/",
    "/problem",
    "/status",
    "/results",
    "/staff/cases/{reference}",
    "/",
)
"""Where everybody reads what units and services are called: one chooses one's own there, reads what
was done, or sends a report on to the service that it is about."""

_FIGURE: Final = {"measure": "satisfaction", "questionnaire": SURVEY}
_QUERIES: Final[Mapping[str, Mapping[str, str]]] = {
    "/api/v1/trends": _FIGURE,
    "/staff/trends": _FIGURE,
    "/staff/trends/chart.svg": {**_FIGURE, "show": "units"},
}
"""What an address needs so that there is something to read."""

Filling = Callable[[Planted], Sequence[str]]


def _units(_: Planted) -> Sequence[str]:
    return INSIDE["unit"], OUTSIDE["unit"]


def _services(_: Planted) -> Sequence[str]:
    return INSIDE["service"], OUTSIDE["service"]


def _people(planted: Planted) -> Sequence[str]:
    return [str(planted.people[unit].id) for unit in _units(planted)]


def _accounts(planted: Planted) -> Sequence[str]:
    return [str(planted.other.id)]


def _survey(_: Planted) -> Sequence[str]:
    return [SURVEY]


def _guess(_: Planted) -> Sequence[str]:
    return ["x" * 32]


FILLINGS: Final[Mapping[tuple[str, str], Filling]] = {
    ("/api/v1/questionnaires", "key"): _survey,
    ("/s/", "key"): _survey,
    ("/s/", "question"): lambda _: ["satisfaction"],
    ("/answer", "conversation"): lambda _: ["00000000-0000-4000-8000-000000000000"],
    ("/answer", "question"): lambda _: ["satisfaction"],
    ("/problem", "question"): lambda _: ["service"],
    ("/staff/units", "unit"): _units,
    ("/staff/services", "service"): _services,
    ("/staff/events", "event"): lambda planted: [str(each) for each in planted.events],
    ("/api/v1/cases", "reference"): lambda planted: ["P-0000", *planted.cases],
    ("/api/v1/campaigns", "key"): lambda _: [CAMPAIGN.key],
    ("/staff/campaigns", "campaign"): lambda _: [CAMPAIGN.key],
    ("/staff", "upload"): lambda _: ["00000000-0000-4000-8000-000000000000"],
    ("/staff/calendar", "pause"): lambda _: ["00000000-0000-4000-8000-000000000000"],
    ("/staff/people", "person"): _people,
    ("/staff/people", "person_id"): _people,
    ("/staff/accounts", "account"): _accounts,
    ("/staff/keys", "key"): lambda planted: [str(planted.key_ids[0])],
    ("/case", "file"): lambda _: ["00000000-0000-4000-8000-000000000000"],
    ("/my-school", "reference"): lambda planted: planted.cases,
    ("/staff/cases", "reference"): lambda planted: planted.cases,
    ("/staff/handed-over", "reference"): lambda planted: planted.cases,
    ("/staff/cases", "act"): lambda _: ["assign"],
    ("/staff/cases", "template"): lambda _: ["00000000-0000-4000-8000-000000000000"],
    ("/staff/cases", "run"): lambda _: ["00000000-0000-4000-8000-000000000000"],
    ("/staff/cases", "file"): lambda _: ["00000000-0000-4000-8000-000000000000"],
    ("/staff/cases", "letter"): lambda _: ["00"],
    ("/staff/cases", "queue"): lambda _: ["00000000-0000-4000-8000-000000000000"],
    ("/staff/problems", "problem"): lambda _: ["00000000-0000-4000-8000-000000000000"],
    ("/staff/actions", "action"): lambda _: ["00000000-0000-4000-8000-000000000000"],
    ("", "token"): _guess,
}
"""By the beginning of a route and the name of a part of it; the longest beginning counts."""


@dataclass(frozen=True, slots=True)
class Door:
    """A route and method, with what it declares."""

    method: str
    path: str
    parts: tuple[str, ...]
    lock: Access

    @property
    def rule(self) -> Rule:
        return self.lock.rule

    @property
    def action(self) -> Action | None:
        return self.lock.action

    @property
    def names_are_public(self) -> bool:
        return any(
            self.path == each or (len(each) > 1 and self.path.startswith(f"{each.rstrip('/')}/"))
            for each in PUBLIC_NAMES
        )


def doors(app: FastAPI) -> list[Door]:
    """Every route and method that the application answers."""
    return [
        Door(method, prefix + route.path, tuple(route.param_convertors), lock)
        for prefix, route in _routes(app.routes)
        for lock in [each for each in calls(route) if isinstance(each, Access)]
        for method in sorted(route.methods or ())
    ]


def _routes(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[str, APIRoute]]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            context = route.include_context  # type: ignore[attr-defined]
            yield from _routes(included.routes, prefix + context.prefix)
        elif isinstance(route, APIRoute):
            yield prefix, route


def addresses(
    door: Door, planted: Planted, *, places: bool = True, every: bool = False
) -> Iterator[str]:
    """The route with each that can stand in its path, and for units and services in its query.

    Args:
        places: also with a unit and a service in the query.
        every: with one of them alone too where that is no figure, and beside those in the path.

    Raises: LookupError, for a part of a path of which `FILLINGS` does not know what it holds.
    """
    for values in product(*(_filling(door.path, part)(planted) for part in door.parts)):
        path = door.path
        for part, value in zip(door.parts, values, strict=True):
            path = re.sub(rf"{{{part}(:\w+)?}}", quote(value), path)
        for asked in _asked(door, every=every) if places else [{}]:
            query = urlencode({**_QUERIES.get(door.path, {}), **asked})
            yield f"{path}?{query}" if query else path


def _asked(door: Door, *, every: bool) -> Sequence[Mapping[str, str]]:
    if not door.path.startswith(("/staff", "/api/v1")):
        return [{}]
    if door.rule is not Rule.FIGURES and not every:
        return [{}] if door.parts else [{}, INSIDE, OUTSIDE]
    one = [{name: place[name]} for place in (INSIDE, OUTSIDE) for name in place]
    return [{}, *one, INSIDE, OUTSIDE]


def _filling(path: str, part: str) -> Filling:
    fitting = [each for each in FILLINGS if each[1] == part and path.startswith(each[0])]
    if not fitting:
        raise LookupError(f"say in FILLINGS what stands for {{{part}}} in {path}")
    return FILLINGS[max(fitting, key=lambda each: len(each[0]))]
