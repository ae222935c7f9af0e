"""Invented people who answer as well, so that one visitor's answers come out of their box.

A box opens when enough people have answered: alone, nobody who tries the demonstration would ever
see a figure move.
"""

from random import Random
from typing import Final

from api.demonstration import story
from api.demonstration.people import INVENTORS
from survey.services.responses import Offered
from survey.wiring import Application

ANSWERED_TOO: Final = ("service-satisfaction", "people-pulse")
"""Surveys that somebody answers every month."""


async def answer_too(core: Application, questionnaire: str, chance: Random) -> int:
    """Let as many people answer one of `ANSWERED_TOO` as its box needs beside one visitor.

    Their answers go the way of all: checked, sealed and opened with the rest. Returns how many.

    Raises: NotFound, QuestionnaireClosed, Busy.
    """
    published = (await core.catalogue.get(questionnaire)).published
    invited = list(INVENTORS[questionnaire](chance, story.MONTHS - 1))
    others = chance.sample(invited, k=published.version.floor - 1)
    for given in others:
        offered = Offered(questionnaire, given.unit, given.language, given.answers)
        await core.responses.accept(
            offered, open_only=True, scope=questionnaire, idempotency_key=None
        )
    return len(others)
