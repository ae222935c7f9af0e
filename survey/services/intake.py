"""The last step before writing: answers that were checked become one `Submission`.

Confidential and anonymous answers are sealed here, so that nothing behind this line sees them
until their box opens; attributed ones become a response and its counts at once.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.domain.answers import to_json
from survey.domain.calendar import local_month
from survey.domain.counting import count_rows
from survey.domain.expressions import Value
from survey.domain.questionnaire import Privacy
from survey.domain.records import (
    Box,
    Idempotency,
    Receipt,
    Response,
    Sealed,
    Submission,
)
from survey.domain.waves import Wave
from survey.ports import Begin, Clock, Ids, Keys
from survey.services.catalogue import Published

_BOXES_KEPT = 256
_COMPACT: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Answers:
    """Checked answers of one person: what becomes a response."""

    unit: str | None
    language: str
    answers: Mapping[str, Value]


class Intake:
    """Builds submissions; writes nothing but the box that a month's first submission needs."""

    def __init__(self, begin: Begin, clock: Clock, ids: Ids, keys: Keys, zone: ZoneInfo) -> None:
        self._begin, self._clock, self._ids, self._keys = begin, clock, ids, keys
        self._zone = zone
        self._boxes: dict[tuple[str, date, str], Box] = {}

    async def submission(
        self,
        published: Published,
        answers: Answers,
        *,
        wave: Wave | None = None,
        on: date | None = None,
        participant: str | None = None,
        idempotency: Idempotency | None = None,
        once: bool = False,
        invitation: UUID | None = None,
        mode: str | None = None,
    ) -> Submission:
        """What the writer is to accept.

        It belongs to this month or to that of the day `on`; in a wave to that of the wave, whose
        promises `published` then has (`Published.in_wave`). For `once`, `invitation` and `mode`
        see `Submission`.
        """
        now = self._clock.now()
        month = on.replace(day=1) if on else local_month(now, self._zone)
        if wave is not None:
            month = wave.month
        key = wave.key if wave else ""
        version = published.version
        receipt = Receipt(self._ids.uuid(), self._ids.reference())
        sealed = direct = None
        if published.questionnaire.privacy is Privacy.ATTRIBUTED:
            direct = response(published, answers, month=month, wave=key)
        else:
            box = await self._box(published, month, key)
            sealed = Sealed(box.id, self._keys.seal(box.public_key, pack(version.number, answers)))
        return Submission(
            receipt=receipt,
            questionnaire=version.questionnaire,
            version=version.number,
            month=month,
            wave=key,
            accepted_at=now,
            sealed=sealed,
            direct=direct,
            counts=count_rows(published.questionnaire, direct) if direct else {},
            participant=participant,
            idempotency=idempotency,
            once=once,
            invitation=invitation,
            mode=mode,
        )

    def forget_box(self, box: Box) -> None:
        """This box is closed for good; the next submission finds or makes another."""
        self._boxes.pop((box.questionnaire, box.month, box.wave), None)

    def forget_boxes(self) -> None:
        """A box was closed for good by another process: look them all up again."""
        self._boxes.clear()

    async def _box(self, published: Published, month: date, wave: str) -> Box:
        key = (published.version.questionnaire, month, wave)
        if key in self._boxes:
            return self._boxes[key]
        async with self._begin() as work:
            box = await work.boxes.get(*key)
            if box is None:
                box_id = self._ids.uuid()
                box = await work.boxes.add(
                    Box(
                        id=box_id,
                        questionnaire=key[0],
                        month=month,
                        wave=wave,
                        floor=published.version.floor,
                        privacy=published.questionnaire.privacy,
                        public_key=self._keys.create_box(box_id),
                    )
                )
                await work.commit()
        if len(self._boxes) >= _BOXES_KEPT:
            self._boxes.clear()
        self._boxes[key] = box
        return box


def response(published: Published, answers: Answers, *, month: date, wave: str) -> Response:
    """The response as it is kept: a month and a wave, never a day."""
    return Response(
        questionnaire=published.version.questionnaire,
        version=published.version.number,
        series=published.version.series,
        month=month,
        wave=wave,
        unit=answers.unit or "",
        language=answers.language,
        answers=answers.answers,
    )


def pack(version: int, answers: Answers) -> bytes:
    """What goes into a box: `{"v", "unit", "language", "answers"}` as compact JSON."""
    content = {
        "v": version,
        "unit": answers.unit,
        "language": answers.language,
        "answers": {name: to_json(value) for name, value in answers.answers.items()},
    }
    return _COMPACT.encode(content).encode()
