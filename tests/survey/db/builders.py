"""A small questionnaire, and what people send to it."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from uuid import UUID, uuid4

from survey.db.unit_of_work import SqlBegin
from survey.domain.counting import count_rows
from survey.domain.expressions import Value
from survey.domain.questionnaire import Privacy, Questionnaire
from survey.domain.records import (
    Box,
    Conversation,
    Idempotency,
    InboxRow,
    Receipt,
    Response,
    Sealed,
    Step,
    Submission,
    UpdateKey,
    Version,
)
from survey.domain.references import drawn

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
NOVEMBER = date(2026, 11, 1)
DECEMBER = date(2026, 12, 1)

_LETTERS = itertools.count(1)


class Ids:
    """Random identifiers; references count up, so that a test can tell them apart."""

    def __init__(self) -> None:
        self._drawn = itertools.count(1)

    def uuid(self) -> UUID:
        return uuid4()

    def reference(self) -> str:
        return f"NEW-{next(self._drawn):06}"

    def case_reference(self, length: int) -> str:
        return drawn(length, Random(next(self._drawn)).randrange)

    def token(self) -> str:
        return uuid4().hex


def questionnaire(key: str = "pulse", privacy: Privacy = Privacy.ATTRIBUTED) -> Questionnaire:
    """Every kind of question that is counted, and those of which only the base is."""
    items = [
        {"name": name, "type": "scale", "start": 1, "end": 5, "measures": ["engagement_index"]}
        for name in ("pride", "advocacy", "attachment", "inspiration", "motivation")
    ]
    others: list[dict[str, Any]] = [
        {"name": "service", "type": "select_one", "choices": _choices("hr", "payroll", "it")},
        {"name": "sites", "type": "select_multiple", "choices": _choices("north", "south", "none")},
        {"name": "pay_ease", "type": "scale", "start": 1, "end": 7, "service": "payroll"},
        {"name": "hours", "type": "integer", "start": 0, "end": 100},
        {"name": "letters", "type": "integer", "start": 0},
        {"name": "weight", "type": "decimal", "start": 0, "end": 9},
        {"name": "why", "type": "text"},
        {"name": "since", "type": "date"},
        {
            "name": "age",
            "type": "select_one",
            "choices": _choices("young", "old", "prefer_not_to_say"),
            "characteristic": True,
        },
    ]
    return Questionnaire.model_validate_json(
        json.dumps(
            {
                "key": key,
                "title": "Pulse",
                "purpose": "To hear how it is",
                "privacy": privacy,
                "service_question": "service",
                "questions": items + others,
            }
        )
    )


def _choices(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "label": name.title()} for name in names]


async def publish(begin: SqlBegin, asked: Questionnaire, *, number: int = 1) -> Version:
    version = Version(
        questionnaire=asked.key,
        number=number,
        series=1,
        floor=10,
        content=asked.model_dump_json(),
        published_at=NOON,
    )
    async with begin() as work:
        await work.questionnaires.publish(version, open_link=True)
        await work.commit()
    return version


def response(answers: Mapping[str, Value] | None = None, **changes: Any) -> Response:
    plain = Response(
        questionnaire="pulse",
        version=1,
        series=1,
        month=NOVEMBER,
        wave="",
        unit="finance",
        language="en",
        answers={"pay_ease": 6} if answers is None else answers,
    )
    return replace(plain, **changes)


def receipt() -> Receipt:
    return Receipt(uuid4(), f"REF-{next(_LETTERS):06}")


def direct(asked: Questionnaire, said: Response | None = None, **changes: Any) -> Submission:
    """An attributed submission."""
    said = said or response(questionnaire=asked.key)
    plain = Submission(
        receipt=receipt(),
        questionnaire=asked.key,
        version=said.version,
        month=said.month,
        wave=said.wave,
        accepted_at=NOON,
        direct=said,
        counts=count_rows(asked, said),
    )
    return replace(plain, **changes)


def into_box(box: Box, blob: bytes = b"sealed", **changes: Any) -> Submission:
    plain = Submission(
        receipt=receipt(),
        questionnaire=box.questionnaire,
        version=1,
        month=box.month,
        wave=box.wave,
        accepted_at=NOON,
        sealed=Sealed(box.id, blob),
    )
    return replace(plain, **changes)


def a_box(**changes: Any) -> Box:
    plain = Box(
        id=uuid4(),
        questionnaire="pulse",
        month=NOVEMBER,
        wave="",
        floor=10,
        privacy=Privacy.CONFIDENTIAL,
        public_key=b"public",
    )
    return replace(plain, **changes)


def promise(key: str = "key", body: str = "body") -> Idempotency:
    return Idempotency("api", key, body)


def conversation(**changes: Any) -> Conversation:
    plain = Conversation(
        id=uuid4(),
        owner="telegram:1:7",
        questionnaire="pulse",
        version=1,
        revision=3,
        phase="answering",
        draft=b"draft",
        draft_key="draft-2026-11",
        started_at=NOON,
        touched_at=NOON,
    )
    return replace(plain, **changes)


def step(of: Conversation, **changes: Any) -> Step:
    plain = Step(
        conversation=of.id,
        expected_revision=of.revision,
        revision=of.revision + 1,
        phase="answering",
        draft=b"next draft",
        draft_key="draft-2026-11",
        at=NOON,
    )
    return replace(plain, **changes)


def update(number: int = 1, **changes: Any) -> InboxRow:
    plain = InboxRow(
        key=UpdateKey(1, number),
        user=7,
        payload=b"payload",
        payload_key="inbox-2026-11",
        received_at=NOON,
    )
    return replace(plain, **changes)
