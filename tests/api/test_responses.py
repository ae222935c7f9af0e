"""POST /responses: what is taken, what is refused, and in which words."""

import json
import sys
from hashlib import sha256
from subprocess import run
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import select

from api.app import create_app
from survey.db.tables import idempotency
from survey.services.api_keys import Scope
from tests.api.conftest import PULSE, Client
from tests.support.application import Running

IDEMPOTENT = {"Idempotency-Key": "a-key-of-sixteen-characters"}


@pytest.fixture
async def open_pulse(anybody: Client) -> Client:
    await anybody.running.publish("people-pulse")
    return anybody


async def test_an_open_questionnaire_takes_an_answer_without_a_key(open_pulse: Client) -> None:
    taken = await open_pulse.answer()

    assert taken.status_code == 201
    assert set(taken.json()) == {"id", "reference"}


async def test_the_worker_hears_of_each_accepted_response_and_of_no_refused_one(
    here: Running,
) -> None:
    await here.publish("people-pulse")
    heard: list[str] = []
    app = create_app(here.core, here.figures, on_submission=lambda: heard.append("nudge"))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://testserver"
    ) as http:
        client = Client(http, here)
        await client.answer(answers={"pride": 6})
        await client.answer()

    assert heard == ["nudge"]


async def test_a_questionnaire_that_is_not_open_takes_answers_by_key_only(anybody: Client) -> None:
    await anybody.running.publish("people-pulse", open_link=False)

    refused = await anybody.answer()
    taken = await (await anybody.with_scopes(Scope.WRITE)).answer()

    assert (refused.status_code, taken.status_code) == (404, 201)


async def test_the_same_key_and_body_give_the_same_receipt_and_one_response(
    open_pulse: Client,
) -> None:
    first, again = [await open_pulse.answer(IDEMPOTENT) for _ in range(2)]

    assert first.json() == again.json()
    month = open_pulse.running.clock.now().date().replace(day=1)
    async with open_pulse.running.core.begin.read() as work:
        box = await work.boxes.get("people-pulse", month, "")
    assert box is not None
    assert box.waiting == 1


async def test_the_same_key_with_another_body_is_a_conflict(open_pulse: Client) -> None:
    await open_pulse.answer(IDEMPOTENT)

    other = await open_pulse.answer(IDEMPOTENT, answers={**PULSE, "pride": 1})

    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")


@pytest.mark.parametrize("length", [15, 201])
async def test_an_idempotency_key_has_16_to_200_characters(open_pulse: Client, length: int) -> None:
    refused = await open_pulse.answer({"Idempotency-Key": "k" * length})

    assert refused.json()["errors"][0]["path"] == "header.Idempotency-Key"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"answers": {"pride": "4"}}, "answers.pride"),
        ({"answers": {"pride": True}}, "answers.pride"),
        ({"answers": {"pride": 4.0}}, "answers.pride"),
        ({"answers": {"pride": 6}}, "answers.pride"),
        ({"answers": {"pride": None, "comment": ["a"]}}, "answers.comment"),
        ({"answers": {"prude": 4}}, "answers.prude"),
        ({"answers": []}, "answers"),
        ({"unit": "oakfeild"}, "unit"),
        ({"unit": None}, "unit"),
        ({"unit": 7}, "unit"),
        ({"language": "fr"}, "language"),
        ({"extra": 1}, "extra"),
        ({"questionnaire": ["people-pulse"]}, "questionnaire"),
        ({"answers": {"comment": "x" * 2001}}, "answers.comment"),
        ({"answers": {"comment": "a\u0000b"}}, "answers.comment"),
    ],
)
async def test_a_wrong_field_is_refused_with_its_path_and_nothing_is_coerced(
    open_pulse: Client, changes: dict[str, Any], path: str
) -> None:
    refused = await open_pulse.answer(**changes)

    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert path in [each["path"] for each in refused.json()["errors"]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b'{"answers": {"pride": NaN}}', "number"),
        (b'{"answers": {"pride": Infinity}}', "number"),
        (b'{"answers": {"pride": -0}}', "number"),
        (b'{"answers": {"pride": 1e309}}', "number"),
        (b'{"answers": {"pride": ' + b"9" * 5000 + b"}}", "number"),
        (b'{"answers": {"pride": 1, "pride": 2}}', "name_twice"),
        (b'{"answers": ' + b"[" * 5000, "too_deep"),
        (b'{"\\ud800": 1, "\\ud800": 2}', "not_text"),
        (b'{"answers": {"\\ud800": 1}}', "not_text"),
    ],
)
async def test_a_body_that_a_lenient_parser_would_swallow_is_refused(
    open_pulse: Client, body: bytes, code: str
) -> None:
    refused = await open_pulse.post(
        "/responses", content=body, headers={"Content-Type": "application/json"}
    )

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)


def test_a_string_that_never_ends_is_read_once() -> None:
    """Tried anew from each quotation mark in it, this body takes minutes of everybody's time.

    In a process of its own: such a search cannot be interrupted.
    """
    reading = "from api.bodies import parse_json; parse_json(b'\"' + b'\\\\\"' * 130_000)"

    ended = run([sys.executable, "-c", reading], capture_output=True, timeout=60, check=False)

    assert b"not_json" in ended.stderr


async def test_a_body_over_the_limit_is_cut_off(open_pulse: Client) -> None:
    refused = await open_pulse.post(
        "/responses", content=b" " * 300_000, headers={"Content-Type": "application/json"}
    )

    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
async def test_another_content_type_or_encoding_is_refused(
    open_pulse: Client, headers: dict[str, str]
) -> None:
    refused = await open_pulse.post("/responses", content=b"{}", headers=headers)

    assert (refused.status_code, refused.json()["code"]) == (415, "not_json")


async def test_bracket_signs_in_a_comment_are_no_nesting(open_pulse: Client) -> None:
    taken = await open_pulse.answer(answers={**PULSE, "comment": "[{" * 50})

    assert taken.status_code == 201


@pytest.mark.parametrize(
    ("headers", "params"),
    [
        ({"Authorization": "Bearer tbk_wrong"}, {}),
        ({"Authorization": "Bearer"}, {}),
        ({"Authorization": "Basic dXNlcjpwYXNz"}, {}),
        ({"Authorization": "Bearer \xe9"}, {}),
        ({}, {"key": "tbk_in_the_url"}),
    ],
)
async def test_a_wrong_key_is_refused_even_where_none_is_needed(
    open_pulse: Client, headers: dict[str, str], params: dict[str, str]
) -> None:
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}

    refused = await open_pulse.http.post(
        "/api/v1/responses",
        params=params,
        headers=encoded,  # type: ignore[arg-type]
        json={"questionnaire": "people-pulse", "unit": "oakfield", "answers": PULSE},
    )

    assert (refused.status_code, refused.json()["code"]) == (401, "unknown_caller")


async def test_a_key_without_the_scope_is_refused(open_pulse: Client) -> None:
    reader = await open_pulse.with_scopes(Scope.READ)

    assert (await reader.answer()).status_code == 403


async def test_a_revoked_key_no_longer_counts(open_pulse: Client) -> None:
    made = await open_pulse.running.core.api_keys.add("test", frozenset({Scope.WRITE}))
    await open_pulse.running.core.api_keys.revoke(made.record.id)

    refused = await Client(open_pulse.http, open_pulse.running, made.secret).answer()

    assert refused.status_code == 401


async def test_a_day_may_be_given_with_the_import_scope_only_and_never_a_future_one(
    open_pulse: Client,
) -> None:
    writer = await open_pulse.with_scopes(Scope.WRITE)
    importer = await open_pulse.with_scopes(Scope.IMPORT)

    statuses = [
        (await writer.answer(submitted_on="2026-05-01")).status_code,
        (await importer.answer(submitted_on="2026-05-01")).status_code,
        (await importer.answer(submitted_on="2026-05-15")).status_code,
    ]

    assert statuses == [403, 201, 422]


@pytest.mark.parametrize("day", ["0001-01-01", "1026-05-01", "1999-12-31", 0])
async def test_a_day_of_another_century_is_refused(open_pulse: Client, day: str | int) -> None:
    importer = await open_pulse.with_scopes(Scope.IMPORT)

    refused = await importer.answer(submitted_on=day)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["path"] == "submitted_on"


async def test_sealed_answers_cannot_be_found_by_trying_all_that_there_can_be(
    open_pulse: Client,
) -> None:
    await open_pulse.answer(IDEMPOTENT)

    async with open_pulse.running.core.database.reading() as connection:
        kept = set(await connection.scalars(select(idempotency.c.body)))

    tried = json.dumps(
        ["people-pulse", "oakfield", None, PULSE, "None"], sort_keys=True, ensure_ascii=False
    )
    assert len(kept) == 1
    assert sha256(tried.encode()).hexdigest() not in kept


@pytest.mark.parametrize(
    "body",
    [{"questionnaire": "\0"}, {"unit": "\0"}, {"language": "\0"}, {"answers": {"pride": "\0"}}],
)
async def test_a_nul_is_refused_on_both_databases(open_pulse: Client, body: dict[str, Any]) -> None:
    assert (await open_pulse.answer(**body)).status_code in (404, 422)


async def test_a_closed_questionnaire_says_so(open_pulse: Client) -> None:
    await open_pulse.running.core.catalogue.close("people-pulse")

    refused = await open_pulse.answer()

    assert (refused.status_code, refused.json()["code"]) == (409, "questionnaire_closed")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/api/v1/responses", 405),
        ("GET", "/api/v1/nothing-here", 404),
        ("POST", "/api/v1/trends", 405),
    ],
)
async def test_what_is_not_there_is_a_problem_too(
    anybody: Client, method: str, path: str, status: int
) -> None:
    refused = await anybody.http.request(method, path)

    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
