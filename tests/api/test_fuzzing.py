"""A31: whatever is sent to the API, it answers what its description says, and never by a 5xx.

Schemathesis makes the calls from the description and judges the answers; they go through the
application itself, on a loop of its own. Callers: nobody, a key with every scope, somebody signed
in (whose cookie comes along everywhere, as a browser's would).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2 as httpx
import pytest
import requests
import schemathesis
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.cookies import Cookie, name_of
from survey.domain.accounts import Grant, Role
from survey.services.api_keys import Scope
from tests.doors.reading import ORIGIN, furnished
from tests.doors.world import CAMPAIGN, SURVEY
from tests.support.application import running
from tests.support.staff import an_account, staff_secret_of

OPERATIONS: Final = {
    ("POST", "/api/v1/responses"): 300,
    ("POST", "/api/v1/invitations"): 120,
    ("GET", "/api/v1/trends"): 260,
    ("GET", "/api/v1/questionnaires/{key}"): 100,
    ("GET", "/api/v1/questionnaires"): 5,
    ("GET", "/api/v1/measures"): 5,
    ("GET", "/api/v1/units"): 5,
    ("GET", "/api/v1/services"): 5,
    ("GET", "/api/v1/campaigns"): 5,
    ("GET", "/api/v1/campaigns/{key}"): 40,
    ("GET", "/api/v1/status"): 5,
    ("GET", "/api/v1/cases"): 120,
    ("POST", "/api/v1/cases"): 120,
    ("GET", "/api/v1/cases/figures"): 60,
    ("GET", "/api/v1/cases/{reference}"): 40,
    ("POST", "/api/v1/cases/{reference}/entries"): 100,
}
"""How often each is called at commit, by each caller: more where there is more to get wrong."""

SENSIBLE: Final[Mapping[str, Mapping[str, Any]]] = {
    "/api/v1/responses": {
        "body": {
            "questionnaire": SURVEY,
            "unit": "k-quartz",
            "answers": {"service": "payroll", "satisfaction": 4},
        }
    },
    "/api/v1/invitations": {
        "body": {
            "campaign": CAMPAIGN.key,
            "person": "k-jasper",
            "about": "your call about council tax",
            "on": "2026-05-03",
        }
    },
    "/api/v1/trends": {
        "query": {"measure": "satisfaction", "questionnaire": SURVEY, "unit": "k-quartz"}
    },
    "/api/v1/questionnaires/{key}": {"path_parameters": {"key": SURVEY}},
    "/api/v1/campaigns/{key}": {"path_parameters": {"key": CAMPAIGN.key}},
    "/api/v1/cases": {
        "query": {"service": "payroll", "open": "true"},
        "body": {"service": "payroll", "kind": "broken", "text": "No payslips."},
    },
    "/api/v1/cases/figures": {"query": {"by": "service", "months": "3"}},
    "/api/v1/cases/{reference}": {"path_parameters": {"reference": "P-0000"}},
    "/api/v1/cases/{reference}/entries": {
        "path_parameters": {"reference": "P-0000"},
        "body": {"kind": "message", "text": "We are looking."},
    },
}
"""What is given instead of being made up in a third of the calls, so that some get through."""

VIEWER: Final = Grant(Role.VIEWER, unit="k-north")
CALLERS: Final = ("nobody", "a key", "somebody signed in")
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
_LONGER: Final = 50
"""A hundred thousand calls for two thousand."""


@dataclass(frozen=True, slots=True)
class Api:
    """The application behind a portal to its loop, and what it says of itself."""

    portal: BlockingPortal
    http: httpx.AsyncClient
    described: Any
    headers: dict[str, dict[str, str]]

    def send(self, case: Any, headers: dict[str, str]) -> httpx.Response:
        """The call as it would go over the wire."""
        named = case.as_transport_kwargs(base_url=ORIGIN, headers=headers)
        try:
            wire = requests.Request(
                **{name: named.get(name) for name in _PARTS if named.get(name) is not None}
            ).prepare()
        except (requests.RequestException, UnicodeError):
            assume(False)  # no client can send it
        return self.portal.call(self._send, wire)

    async def _send(self, wire: requests.PreparedRequest) -> httpx.Response:
        body = wire.body.encode() if isinstance(wire.body, str) else wire.body
        assert wire.method is not None
        assert body is None or isinstance(body, bytes)
        headers = {_bytes(name): _bytes(value) for name, value in wire.headers.items()}
        return await self.http.request(wire.method, str(wire.url), headers=headers, content=body)


def _bytes(header: str | bytes) -> bytes:
    return header.encode("latin-1") if isinstance(header, str) else header


_PARTS: Final = ("method", "url", "headers", "params", "data", "json", "files", "cookies")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder: Path = tmp_path_factory.mktemp("fuzzed")
    with ExitStack() as opened:
        portal = opened.enter_context(start_blocking_portal())
        here = opened.enter_context(
            portal.wrap_async_context_manager(running(f"sqlite:///{folder / 'x.sqlite'}", folder))
        )
        house = opened.enter_context(portal.wrap_async_context_manager(furnished(here)))

        async def credentials() -> dict[str, dict[str, str]]:
            key = await here.core.api_keys.add("fuzzing", frozenset(Scope))
            secret = await staff_secret_of(here, await an_account(here, VIEWER))
            cookie = f"{name_of(Cookie.STAFF, here.core.settings)}={secret}"
            return {
                "nobody": {},
                "a key": {"Authorization": f"Bearer {key.secret}"},
                "somebody signed in": {"Cookie": cookie},
            }

        described = schemathesis.openapi.from_dict(house.app.openapi(), config=SchemathesisConfig())
        yield Api(portal, house.http, described, portal.call(credentials))


def fuzz(api: Api, operation: tuple[str, str], caller: str, *, calls: int, start: int) -> int:
    """So many calls: as described, not so, and as described with something sensible.

    Returns how many there were: fewer where there are no more different ones.
    """
    method, path = operation
    described = api.described[path][method]
    # A GET takes no body, and a POST no query.
    without = "body" if method == "GET" else "query"
    sensible = {name: part for name, part in SENSIBLE.get(path, {}).items() if name != without}
    cases = st.one_of(
        *(described.as_strategy(generation_mode=mode) for mode in GenerationMode),
        described.as_strategy(**sensible),
    )
    sent = 0

    @seed(start)
    @settings(
        max_examples=calls,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(case=cases)
    def call(case: Any) -> None:
        nonlocal sent
        answer = api.send(case, api.headers[caller])
        sent += 1
        case.validate_response(answer, checks=CHECKS)

    run: Callable[[], None] = call
    run()
    return sent


def test_every_operation_is_among_those_that_are_fuzzed(api: Api) -> None:
    described = api.described.raw_schema["paths"]

    assert {
        (method.upper(), path) for path, methods in described.items() for method in methods
    } == set(OPERATIONS)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
def test_a31_every_answer_is_one_that_is_described(
    operation: tuple[str, str], caller: str, api: Api
) -> None:
    sent = fuzz(api, operation, caller, calls=OPERATIONS[operation], start=31)

    assert sent == OPERATIONS[operation] or operation[1] not in SENSIBLE


@pytest.mark.soak
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
def test_a31_a_hundred_thousand_answers_are_described(
    operation: tuple[str, str], caller: str, api: Api, pytestconfig: pytest.Config
) -> None:
    start = int(pytestconfig.getoption("--seed"))
    calls = OPERATIONS[operation] * _LONGER

    assert fuzz(api, operation, caller, calls=calls, start=start) > 0
