"""Whether measures, services and privacy fit the questions that they are bound to."""

from collections.abc import Collection, Iterator
from typing import Final

from survey.domain.findings import Finding, quoted
from survey.domain.measures import ENGAGEMENT_ITEMS, MEASURES, Measure
from survey.domain.questionnaire import (
    PREFER_NOT_TO_SAY,
    Privacy,
    Question,
    Questionnaire,
    QuestionType,
    UnitRule,
)
from survey.domain.suggest import did_you_mean

ENGAGEMENT: Final = "engagement_index"
_ITEM: Final = ("1", "2", "3", "4", "5")


def measure_findings(expanded: Questionnaire) -> Iterator[Finding]:
    """Measures that do not exist, or that cannot be computed from the question's answers."""
    bound: dict[tuple[str, str | None], str] = {}
    for question in expanded.questions:
        for index, key in enumerate(question.measures):
            part = ("measures", index)
            measure = MEASURES.get(key)
            if measure is None:
                near = did_you_mean(key, MEASURES) or f": use one of {', '.join(MEASURES)}"
                message = f"{quoted(key)} is not a measure{near}"
                yield Finding(question.name, part, "unknown_measure", message)
            elif not _fits(question, measure):
                message = f"{key} needs {_needs(measure)}"
                yield Finding(question.name, part, "unfit_measure", message)
            elif key != ENGAGEMENT and (key, question.service) in bound:
                first = bound[key, question.service]
                message = (
                    f"{key} is bound to {first} already, and a person would count twice: "
                    "bind it to one of them"
                )
                yield Finding(question.name, part, "measure_twice", message)
            bound.setdefault((key, question.service), question.name)


def engagement_findings(expanded: Questionnaire) -> Iterator[Finding]:
    """An engagement index of more or fewer than its five items."""
    items = [question for question in expanded.questions if ENGAGEMENT in question.measures]
    if items and len(items) != ENGAGEMENT_ITEMS:
        message = (
            f"{ENGAGEMENT} is bound to {len(items)} questions and needs exactly {ENGAGEMENT_ITEMS}"
        )
        yield Finding(items[0].name, ("measures",), "engagement_items", message)


def _fits(question: Question, measure: Measure) -> bool:
    if question.type is QuestionType.SCALE:
        if question.start is None or question.end is None:
            return True  # said already: a scale without its ends
        values = tuple(map(str, range(question.start, min(question.end, question.start + 99) + 1)))
        return values == (_ITEM if measure.key == ENGAGEMENT else measure.values)
    if question.type is QuestionType.SELECT_ONE and measure.key != ENGAGEMENT:
        names = {choice.name for choice in question.closed_choices} - {PREFER_NOT_TO_SAY}
        return names == set(measure.values)
    return False


def _needs(measure: Measure) -> str:
    values = _ITEM if measure.key == ENGAGEMENT else measure.values
    if values[0].isdigit():
        return f"a scale from {values[0]} to {values[-1]}"
    return f"a select_one with the choices {' and '.join(sorted(values, reverse=True))}"


def service_findings(expanded: Questionnaire, services: Collection[str]) -> Iterator[Finding]:
    """Questions that rate a service which does not exist."""
    for question in expanded.questions:
        if question.service is not None and question.service not in services:
            near = did_you_mean(question.service, services)
            message = f"{quoted(question.service)} is not a service{near}"
            yield Finding(question.name, ("service",), "unknown_service", message)


def service_question_findings(
    expanded: Questionnaire, name: str, services: Collection[str]
) -> Iterator[Finding]:
    """A `service_question` that does not ask for one service."""
    asked = {question.name: question for question in expanded.questions}
    part = ("service_question",)
    if name not in asked:
        message = f"service_question {quoted(name)} is not a question{did_you_mean(name, asked)}"
        yield Finding("", part, "unknown_name", message)
        return
    choices = {choice.name for choice in asked[name].closed_choices}
    if asked[name].type is not QuestionType.SELECT_ONE or not choices <= set(services):
        message = f"service_question {quoted(name)} must be a select_one with choices: services"
        yield Finding("", part, "unfit_service_question", message)


def privacy_findings(expanded: Questionnaire) -> Iterator[Finding]:
    """What the promised privacy does not allow."""
    if expanded.privacy is Privacy.ANONYMOUS and expanded.unit is UnitRule.FIXED:
        message = (
            "an anonymous questionnaire cannot take the unit from the link, which may name a "
            "small group: use ask or none"
        )
        yield Finding("", ("unit",), "unit_not_anonymous", message)
    if expanded.privacy is Privacy.ATTRIBUTED:
        for question in expanded.questions:
            if question.characteristic:
                message = (
                    "a characteristic cannot be asked where answers are attributed: remove it, "
                    "or change privacy to confidential"
                )
                yield Finding(question.name, ("characteristic",), "characteristic", message)
