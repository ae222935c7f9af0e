"""The worker's part in the tone of comments: score what was not scored yet, and keep it.

A tone is kept under a keyed hash of the comment's exact words. So it leads to no response, the same
words share one row, and who erases the response leaves nothing behind that could be read.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from hashlib import blake2b
from typing import Final
from zoneinfo import ZoneInfo

from analytics import queries
from analytics.tone import Tone, analyser, tone
from survey.db.engine import Database
from survey.domain.calendar import local_month
from survey.domain.questionnaire import Questionnaire, QuestionType
from survey.domain.records import KeptTone
from survey.ports import Begin, Clock
from survey.services.catalogue import Catalogue

LOOKED_THROUGH: Final = 300
"""Responses of a questionnaire among which comments are sought; about one in six has one."""

SCORED_AT_ONCE: Final = 500

ENGLISH: Final = "en"
"""The language of a response whose comments have a tone."""


class Toning:
    """Scores recent comments, whichever page may show them."""

    def __init__(
        self,
        database: Database,
        begin: Begin,
        clock: Clock,
        catalogue: Catalogue,
        *,
        key: bytes,
        zone: ZoneInfo,
    ) -> None:
        self._database, self._begin, self._clock = database, begin, clock
        self._catalogue, self._key, self._zone = catalogue, key, zone

    async def score_due(self, limit: int = SCORED_AT_ONCE) -> int:
        """Score recent English comments that this analyser has not seen; how many it were.

        Comments of a language that too few of a box used, and of any other, stay without a tone.
        The lexicon is loaded, which takes seconds, with the first comment only.
        """
        due: dict[bytes, str] = {}
        for listed in await self._catalogue.all():
            due |= await self._unscored(listed.published.questionnaire)
        if not due:
            return 0
        month = local_month(self._clock.now(), self._zone)
        scored = await asyncio.to_thread(_scored, list(due.items())[:limit], month)
        async with self._begin() as work:
            await work.tones.put(scored)
            await work.commit()
        return len(scored)

    async def _unscored(self, questionnaire: Questionnaire) -> dict[bytes, str]:
        async with self._database.reading() as connection:
            found = await queries.latest_comments(
                connection, questionnaire.key, text_questions(questionnaire), limit=LOOKED_THROUGH
            )
        texts = {
            digest_of(text, key=self._key): text for language, text in found if language == ENGLISH
        }
        if not texts:
            return {}
        async with self._begin.read() as work:
            known = await work.tones.of(texts.keys(), analyser=analyser())
        return {digest: text for digest, text in texts.items() if digest not in known}


def text_questions(questionnaire: Questionnaire) -> list[str]:
    """The names of the questions that are answered in words."""
    return [each.name for each in questionnaire.questions if each.type is QuestionType.TEXT]


def digest_of(text: str, *, key: bytes) -> bytes:
    """The keyed hash under which the tone of these words is kept."""
    return blake2b(text.encode("utf-8", "surrogatepass"), key=key, digest_size=32).digest()


def _scored(texts: Sequence[tuple[bytes, str]], month: date) -> list[KeptTone]:
    """Blocking: the first call loads the lexicon."""
    return [_kept(digest, text, month) for digest, text in texts]


def _kept(digest: bytes, text: str, month: date) -> KeptTone:
    found = tone(text, language=ENGLISH)
    if isinstance(found, Tone):
        polarity, subjectivity = round(1000 * found.polarity), round(1000 * found.subjectivity)
        return KeptTone(digest, found.analyser, polarity, subjectivity, month)
    return KeptTone(digest, found.analyser, None, None, month)
