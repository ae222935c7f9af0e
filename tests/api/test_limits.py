"""Rate limits: the link and the key first, the address as a wide backstop."""

import httpx2 as httpx
import pytest

from api.app import create_app
from api.limiting import Limits, Rates
from survey.services.api_keys import Scope
from tests.api.conftest import PULSE
from tests.support.application import Running

BODY = {"questionnaire": "people-pulse", "unit": "oakfield", "answers": PULSE}


def client(here: Running, rates: Rates) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(here.core, here.figures, rates=rates))
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


async def test_a_link_that_is_flooded_says_when_to_try_again_and_others_go_on(
    here: Running,
) -> None:
    await here.publish("people-pulse")
    await here.publish("department-relationship")
    async with client(here, Rates(per_link=2)) as http:
        flood = [await http.post("/api/v1/responses", json=BODY) for _ in range(3)]
        other = await http.post(
            "/api/v1/responses",
            json={
                "questionnaire": "department-relationship",
                "unit": "oakfield",
                "answers": {"satisfaction": 4},
            },
        )

    assert [each.status_code for each in flood] == [201, 201, 429]
    assert flood[-1].headers["retry-after"] == "60"
    assert flood[-1].json()["code"] == "too_many_requests"
    assert other.status_code == 201


async def test_a_key_has_its_own_limit_and_none_of_the_links(here: Running) -> None:
    await here.publish("people-pulse")
    made = await here.core.api_keys.add("test", frozenset({Scope.WRITE}))
    headers = {"Authorization": f"Bearer {made.secret}"}
    async with client(here, Rates(per_link=1, per_key=3)) as http:
        flood = [await http.post("/api/v1/responses", json=BODY, headers=headers) for _ in range(4)]

    assert [each.status_code for each in flood] == [201, 201, 201, 429]


@pytest.mark.parametrize(
    ("forwarded", "statuses"),
    [
        # Read from the right: what the client itself wrote is not believed.
        ("9.9.9.{n}, 7.7.7.7", [200, 429]),
        ("7.7.7.{n}", [200, 200]),
    ],
)
async def test_the_address_behind_a_trusted_proxy_is_the_one_that_counts(
    here: Running, forwarded: str, statuses: list[int]
) -> None:
    app = create_app(here.core, here.figures)
    app.state.limits = Limits(Rates(per_address=1), proxies=("10.0.0.1",))
    transport = httpx.ASGITransport(app, client=("10.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        answers = [
            await http.get(
                "/api/v1/measures", headers={"X-Forwarded-For": forwarded.format(n=number)}
            )
            for number in (1, 2)
        ]

    assert [each.status_code for each in answers] == statuses
