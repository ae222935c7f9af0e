"""Invented answers to `people-pulse`, the same in each run."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any, Final

from api.demonstration import borough
from api.demonstration.remarks import BETTER_WORK
from survey.domain.records import Unit

QUESTIONNAIRE: Final = "people-pulse"
SCALES: Final = (
    "pride",
    "advocacy",
    "attachment",
    "inspiration",
    "motivation",
    "leadership",
    "workload",
)


def units() -> tuple[Unit, ...]:
    """The borough of the demonstration: departments, teams and schools."""
    return tuple(borough.units())


def given(count: int, *, seed: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(unit, answers) of so many people; one in four writes a comment."""
    chance = Random(seed)
    places = [unit.key for unit in units()]
    for _ in range(count):
        answers: dict[str, Any] = {name: chance.randint(1, 5) for name in SCALES}
        if chance.random() < 0.25:
            answers["comment"] = chance.choice(BETTER_WORK["en"])
        yield chance.choice(places), answers


def submitting(count: int, *, key: str) -> Iterator[bytes]:
    """Whole requests of POST /responses."""
    for unit, answers in given(count, seed="bodies"):
        offered = {
            "questionnaire": QUESTIONNAIRE,
            "unit": unit,
            "language": "en",
            "answers": answers,
        }
        body = json.dumps(offered).encode()
        head = (
            "POST /api/v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body
