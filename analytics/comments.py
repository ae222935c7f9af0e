"""What people wrote, with an automatic tone beside it: a hint, never part of a figure.

Nobody reads comments before they are shown yet. So they are shown of invented people only.
"""

from dataclasses import dataclass
from enum import StrEnum

from analytics import queries
from analytics.tone import analyser
from analytics.toning import ENGLISH, LOOKED_THROUGH, digest_of, text_questions
from survey.db.engine import Database
from survey.domain.language import N_
from survey.domain.records import KeptTone
from survey.ports import Begin
from survey.services.catalogue import Catalogue

_NEUTRAL = 50
"""Thousandths of polarity on either side of none."""


class ToneWord(StrEnum):
    """The tone of a comment in one word, or that it has none (yet)."""

    POSITIVE = N_("positive")
    NEUTRAL = N_("neutral")
    NEGATIVE = N_("negative")
    NOT_SCORED = "not scored"
    NOT_SCORED_YET = "not scored yet"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it was written. `language` is empty where too few in its month used it."""

    text: str
    language: str
    tone: ToneWord


class Comments:
    """Reads comments of a demonstration; elsewhere there are none to read."""

    def __init__(
        self, database: Database, begin: Begin, catalogue: Catalogue, *, key: bytes, demo: bool
    ) -> None:
        self._database, self._begin, self._catalogue = database, begin, catalogue
        self._key, self._demo = key, demo

    async def latest(self, questionnaire: str, *, most: int) -> list[Comment]:
        """Different comments of the latest months, in the order of chance.

        Raises: NotFound (questionnaire).
        """
        if not self._demo:
            return []
        listed = await self._catalogue.get(questionnaire)
        names = text_questions(listed.published.questionnaire)
        async with self._database.reading() as connection:
            found = await queries.latest_comments(
                connection, questionnaire, names, limit=LOOKED_THROUGH
            )
        chosen = list({text: language for language, text in found}.items())[:most]
        digests = {text: digest_of(text, key=self._key) for text, _ in chosen}
        async with self._begin.read() as work:
            tones = await work.tones.of(digests.values(), analyser=analyser())
        return [
            Comment(text, language, _word(language, tones.get(digests[text])))
            for text, language in chosen
        ]


def _word(language: str, kept: KeptTone | None) -> ToneWord:
    if language != ENGLISH:
        return ToneWord.NOT_SCORED
    return ToneWord.NOT_SCORED_YET if kept is None else tone_word(kept)


def tone_word(kept: KeptTone) -> ToneWord:
    """The word for a tone; within 0.05 of zero it is neutral."""
    if kept.polarity is None:
        return ToneWord.NOT_SCORED
    if abs(kept.polarity) <= _NEUTRAL:
        return ToneWord.NEUTRAL
    return ToneWord.POSITIVE if kept.polarity > 0 else ToneWord.NEGATIVE
