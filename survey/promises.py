"""What people are told about their answers, worded once for pages and chat.

`_` looks a sentence up in the catalogue of the person's language.
"""

from collections.abc import Callable
from datetime import date

from survey.domain.language import day_in_words
from survey.domain.questionnaire import Privacy


def privacy(_: Callable[[str], str], mode: Privacy, *, floor: int) -> str:
    """The promise that the notice makes."""
    match mode:
        case Privacy.ATTRIBUTED:
            return _(
                "Your answers are given on behalf of your school, department or team. "
                "We see them together with its name."
            )
        case Privacy.CONFIDENTIAL:
            promise = _(
                "Your answers go into a sealed box and are mixed with other people's before "
                "anyone can count them. We never show a figure of fewer than %(floor)d people. "
                "Nobody can tell from the figures which answers are yours, us included."
            )
        case Privacy.ANONYMOUS:
            promise = _(
                "We do not ask who you are. Your answers go into a sealed box and are mixed "
                "with other people's before anyone can count them. We never show a figure of "
                "fewer than %(floor)d people."
            )
    return promise % {"floor": floor}


def thanks(_: Callable[[str], str], mode: Privacy) -> str:
    """What is said once the answers are sent."""
    if mode is Privacy.ATTRIBUTED:
        return _("Thank you. We have your answers")
    return _("Thank you. Your answers are in the box")


def waiting(_: Callable[[str], str], *, floor: int) -> str:
    """What happens with answers that went into a box."""
    return _(
        "Your answers wait in the box and are counted together with others. "
        "We only show figures of at least %(floor)d people."
    ) % {"floor": floor}


def closed(_: Callable[[str], str], day: date | None, language: str) -> str:
    """The one sentence of a survey that takes no more answers, since `day` where that is known."""
    if day is None:
        return _("This survey takes no more answers. Thank you anyway.")
    return _("This survey closed on %(day)s. Thank you anyway.") % {
        "day": day_in_words(day, language)
    }
