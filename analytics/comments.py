"""What people wrote, with an automatic tone beside it: a hint, never part of a figure.

Nobody reads comments before they are shown yet. So they are shown of invented people only.
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from analytics import queries
from analytics.tone import NotScored, Tone, tone
from survey.db.engine import Database
from survey.domain.language import N_
from survey.domain.questionnaire import QuestionType
from survey.services.catalogue import Catalogue

LOOKED_THROUGH = 300
"""Responses among which comments are sought; about one in six has one."""

_NEUTRAL = 0.05


class ToneWord(StrEnum):
    """The tone of a comment in one word, or that it has none."""

    POSITIVE = N_("positive")
    NEUTRAL = N_("neutral")
    NEGATIVE = N_("negative")
    NOT_SCORED = "not scored"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it was written. `language` is empty where too few in its month used it."""

    text: str
    language: str
    tone: ToneWord


class Comments:
    """Reads comments of a demonstration; elsewhere there are none to read."""

    def __init__(self, database: Database, catalogue: Catalogue, *, demo: bool) -> None:
        self._database, self._catalogue, self._demo = database, catalogue, demo

    async def warm_up(self) -> None:
        """Load the lexicon, which takes seconds, before somebody waits for it."""
        if self._demo:
            await asyncio.to_thread(tone, "fine", language="en")

    async def latest(self, questionnaire: str, *, most: int) -> list[Comment]:
        """Different comments of the latest months, in the order of chance.

        Raises: NotFound (questionnaire).
        """
        if not self._demo:
            return []
        listed = await self._catalogue.get(questionnaire)
        names = [
            question.name
            for question in listed.published.questionnaire.questions
            if question.type is QuestionType.TEXT
        ]
        async with self._database.reading() as connection:
            found = await queries.latest_comments(
                connection, questionnaire, names, limit=LOOKED_THROUGH
            )
        chosen = list({text: language for language, text in found}.items())[:most]
        return await asyncio.to_thread(_scored, chosen)


def tone_word(found: Tone | NotScored) -> ToneWord:
    """The word for a tone; within 0.05 of zero it is neutral."""
    if isinstance(found, NotScored):
        return ToneWord.NOT_SCORED
    if abs(found.polarity) <= _NEUTRAL:
        return ToneWord.NEUTRAL
    return ToneWord.POSITIVE if found.polarity > 0 else ToneWord.NEGATIVE


def _scored(comments: list[tuple[str, str]]) -> list[Comment]:
    """Blocking: the first call loads the lexicon."""
    return [
        Comment(text, language, tone_word(tone(text, language=language)))
        for text, language in comments
    ]
