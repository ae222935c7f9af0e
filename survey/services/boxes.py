"""Opening boxes: sealed submissions become responses and counts, in an order that tells nothing."""

import asyncio
import json
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import replace
from datetime import date, timedelta
from time import sleep
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import structlog

from survey.domain.answers import from_stored
from survey.domain.calendar import add_months, local_month
from survey.domain.counting import Counting
from survey.domain.organisation import roll_up
from survey.domain.questionnaire import Privacy
from survey.domain.records import Box, CountKey, Response, Unit
from survey.ports import Begin, Chance, Clock, Keys
from survey.services.catalogue import Catalogue, Published
from survey.services.intake import Answers, Intake, response

Row = TypeVar("Row")

_log = structlog.get_logger()

DRAFT_MONTHS = 2
"""Half-finished answers can be resumed for this many months; then their keys are destroyed."""

ROUND: Final = 256
"""Rows that are opened in one transaction: nobody else writes meanwhile on SQLite."""

_PAUSE_SECONDS: Final = 0.0001


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

        Returns how many submissions became responses. A box whose key is missing stays sealed, and
        so does the round of a row that cannot be read, with those after it; the log reports it and
        the other boxes are opened.
        """
        month = local_month(self._clock.now(), self._zone)
        async with self._begin.read() as work:
            due = await work.boxes.due(now_month=month)
        opened = 0
        for box in due:
            try:
                async for responses in self._open(box, month):
                    self._cleaned = False
                    opened += responses
            except (KeyError, ValueError) as error:
                what = "box_key_missing" if isinstance(error, KeyError) else "box_damaged"
                _log.error(what, box=str(box.id), questionnaire=box.questionnaire)
        if not self._cleaned:
            self._cleaned = await self._after_opening()
        return opened

    async def _open(self, box: Box, month: date) -> AsyncIterator[int]:
        """Open what waits now, in rounds of one short transaction each; yields their sizes.

        Who can read the database at any moment knows of which round a response is. So a round is
        treated as a box of its own: rows chosen at random, never fewer than the floor while the box
        fills, shuffled; and languages and anonymous units need the floor *in the round*, which is
        never weaker than in the box.

        Ends early where another process opens the same box: what is then left waits for a tick.
        """
        async with self._begin.read() as work:
            waiting = list(await work.boxes.waiting(box.id))
            units = await work.organisation.units()
        await asyncio.to_thread(self._chance.shuffle, waiting)
        for rows in rounds(waiting, floor=box.floor):
            async with self._begin.read() as work:
                blobs = await work.boxes.sealed(box.id, rows)
            contents = await asyncio.to_thread(self._unsealed, box, blobs)
            versions = {
                number: await self._catalogue.version(box.questionnaire, number)
                for number in {content["v"] for content in contents}
            }
            responses, counts = await asyncio.to_thread(
                self._responses, box, contents, versions, units
            )
            async with self._begin() as work:
                if not await work.boxes.take(box.id, rows, now_month=month):
                    return
                await work.responses.add(responses, counts)
                await work.commit()
            yield len(responses)

    # --- on a thread: unsealing lets go of the interpreter, and the rest is told to ---

    def _unsealed(self, box: Box, blobs: Sequence[bytes]) -> list[Any]:
        """What `survey.services.intake.pack` put in."""
        return [json.loads(self._keys.open(box.id, blob)) for blob in blobs]

    def _responses(
        self,
        box: Box,
        contents: Sequence[Any],
        versions: Mapping[int, Published],
        units: Sequence[Unit],
    ) -> tuple[list[Response], Counter[CountKey]]:
        """The responses of a round, shuffled, and their counts."""
        responses = [_response(box, each, versions[each["v"]]) for each in with_pauses(contents)]
        if box.privacy is Privacy.ANONYMOUS:
            homes = roll_up([each.unit for each in responses], units, floor=box.floor)
            responses = [
                replace(each, unit=home) for each, home in zip(responses, homes, strict=True)
            ]
        responses = without_rare_languages(responses, floor=box.floor)
        self._chance.shuffle(responses)
        counting = Counting()
        for each in with_pauses(responses):
            counting.add(versions[each.version].questionnaire, each)
        return responses, counting.total()

    # --- what is over ---

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


def rounds(rows: Sequence[Row], *, floor: int) -> Iterator[Sequence[Row]]:
    """The rows in groups of `ROUND`, in their order; neither a group nor what is left after it is
    ever fewer than the floor, unless all of them are.
    """
    size, start = max(ROUND, floor), 0
    while len(rows) - start >= size + floor:
        yield rows[start : start + size]
        start += size
    if start < len(rows):
        yield rows[start:]


def with_pauses(rows: Iterable[Row]) -> Iterator[Row]:
    """On a thread: after each of them the event loop, if it waits for the interpreter, has it.

    Else the loop would wait for its turn, five milliseconds, each time it had looked for news.
    """
    for row in rows:
        yield row
        sleep(_PAUSE_SECONDS)


def _response(box: Box, content: Any, published: Published) -> Response:
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


def without_rare_languages(responses: Sequence[Response], *, floor: int) -> list[Response]:
    """A language stays only where at least the floor of this round chose it.

    The language of a chat is known with its person, so a rare one would tie an answer to them.
    """
    crowd = Counter(each.language for each in responses)
    return [
        each if crowd[each.language] >= floor else replace(each, language="") for each in responses
    ]
