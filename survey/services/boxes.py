"""Opening boxes: sealed submissions become responses and counts, in an order that tells nothing."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import structlog

from survey.domain.answers import from_stored
from survey.domain.calendar import add_months, local_month
from survey.domain.counting import Counting
from survey.domain.organisation import roll_up
from survey.domain.questionnaire import Privacy
from survey.domain.records import Box, CountKey, Response
from survey.ports import Begin, Chance, Clock, Keys
from survey.services.catalogue import Catalogue
from survey.services.intake import Answers, Intake, response

_log = structlog.get_logger()

DRAFT_MONTHS = 2
"""Half-finished answers can be resumed for this many months; then their keys are destroyed."""


class Boxes:
    """Opens what is due and forgets the keys of what is over.

    `after_opening` empties the database's log, and says whether it could; else it is asked again.
    """

    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        chance: Chance,
        keys: Keys,
        catalogue: Catalogue,
        intake: Intake,
        zone: ZoneInfo,
        *,
        after_opening: Callable[[], Awaitable[bool]],
    ) -> None:
        self._begin, self._clock, self._chance, self._keys = begin, clock, chance, keys
        self._catalogue, self._intake, self._zone = catalogue, intake, zone
        self._after_opening, self._cleaned = after_opening, True

    async def open_due(self) -> int:
        """Open each box that has its floor, or whose month or questionnaire is over.

        One transaction a box. Returns how many submissions became responses. A box whose key is
        missing, or of which a row cannot be read, stays sealed and is reported in the log; the
        others are opened.
        """
        month = local_month(self._clock.now(), self._zone)
        async with self._begin.read() as work:
            due = await work.boxes.due(now_month=month)
        opened = 0
        for box in due:
            try:
                opened += await self._open(box, month)
            except (KeyError, ValueError) as error:
                what = "box_key_missing" if isinstance(error, KeyError) else "box_damaged"
                _log.error(what, box=str(box.id), questionnaire=box.questionnaire)
        if opened or not self._cleaned:
            self._cleaned = await self._after_opening()
        return opened

    async def _open(self, box: Box, month: date) -> int:
        async with self._begin() as work:
            blobs = await work.boxes.take(box.id, now_month=month)
            responses = [await self._unsealed(box, blob) for blob in blobs]
            if box.privacy is Privacy.ANONYMOUS:
                units = await work.organisation.units()
                homes = roll_up([each.unit for each in responses], units, floor=box.floor)
                responses = [
                    replace(each, unit=home) for each, home in zip(responses, homes, strict=True)
                ]
            responses = without_rare_languages(responses, floor=box.floor)
            self._chance.shuffle(responses)
            await work.responses.add(responses, await self._counted(responses))
            await work.commit()
        return len(responses)

    async def _unsealed(self, box: Box, blob: bytes) -> Response:
        content = json.loads(self._keys.open(box.id, blob))
        published = await self._catalogue.version(box.questionnaire, content["v"])
        answers = {
            name: from_stored(published.questionnaire.question(name), value)
            for name, value in content["answers"].items()
        }
        return response(
            published,
            Answers(content["unit"], content["language"], answers),
            month=box.month,
            wave=box.wave,
        )

    async def _counted(self, responses: Sequence[Response]) -> Counter[CountKey]:
        counting = Counting()
        for each in responses:
            published = await self._catalogue.version(each.questionnaire, each.version)
            counting.add(published.questionnaire, each)
        return counting.total()

    async def forget_spent(self) -> None:
        """Destroy the keys of boxes that are empty and over, and those of old drafts.

        What the inbox still knows of old updates, and links that were not used, go with them.
        """
        now = self._clock.now()
        month = local_month(now, self._zone)
        async with self._begin() as work:
            await work.inbox.forget_old(today=now.date())
            await work.lanes.forget(before=now - timedelta(days=1))
            await work.handovers.forget_expired(now=now)
            spent = await work.boxes.spent(now_month=month)
            for box in spent:
                await work.boxes.forget(box.id)
            await work.commit()
        for box in spent:
            self._intake.forget_box(box)
            self._keys.destroy_box(box.id)
        for purpose in ("draft", "inbox"):
            self._keys.destroy_before(purpose, add_months(month, -DRAFT_MONTHS))


def without_rare_languages(responses: Sequence[Response], *, floor: int) -> list[Response]:
    """A language stays only where at least the floor of this box chose it.

    The language of a chat is known with its person, so a rare one would tie an answer to them.
    """
    crowd = Counter(each.language for each in responses)
    return [
        each if crowd[each.language] >= floor else replace(each, language="") for each in responses
    ]
