"""What one response adds to the counts, and nothing about who gave it.

For each response there is one row for the person (question '*', value '*'); for each counted
question a base (value '*') and a row per answer; and for each answered characteristic the same rows
again under that characteristic alone, never under two at once. Every measure is a function of these
counts; those of many responses are their sum, and quarters and years are sums of months.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from survey.domain.expressions import Value
from survey.domain.measures import ENGAGEMENT_ITEMS, engagement_sum
from survey.domain.questionnaire import PREFER_NOT_TO_SAY, Question, Questionnaire, QuestionType
from survey.domain.records import CountKey, Response

ALL: Final = "*"
"""Everybody as a dimension, people as a question, the base as a value."""

ENGAGEMENT_INDEX: Final = "engagement_index"
"""The derived value: 0 to 20, the sum of five answers of 0 to 4 each."""

MOST_POINTS: Final = 101
"""A whole number with no more possible answers than this is counted by its value."""

_Fact = tuple[str, str, str, str, str]
"""(service, dimension, category, question, value) of a row."""

_Values = Callable[[Value], tuple[str, ...] | None]
"""By what an answer is counted: nothing where only its base is, None where it is in no base."""


class Counting:
    """Adds up the counts of responses, of any versions."""

    def __init__(self) -> None:
        self._rules: dict[tuple[str, int], _Rules] = {}
        self._facts: defaultdict[tuple[str, int, date, str, str], Counter[_Fact]]
        self._facts = defaultdict(Counter)

    def add(self, questionnaire: Questionnaire, response: Response) -> None:
        """Count one response, as `count_rows` says."""
        version = (response.questionnaire, response.version)
        rules = self._rules.get(version)
        if rules is None:
            rules = self._rules[version] = _Rules.of(questionnaire)
        place = (
            response.questionnaire,
            response.series,
            response.month,
            response.wave,
            response.unit,
        )
        self._facts[place].update(_facts(rules, response.answers))

    def total(self) -> Counter[CountKey]:
        return Counter(
            {
                CountKey(
                    month=month,
                    wave=wave,
                    unit=unit,
                    questionnaire=questionnaire,
                    series=series,
                    service=service,
                    dimension=dimension,
                    category=category,
                    question=question,
                    value=value,
                ): n
                for (questionnaire, series, month, wave, unit), facts in self._facts.items()
                for (service, dimension, category, question, value), n in facts.items()
            }
        )


def count_rows(questionnaire: Questionnaire, response: Response) -> Mapping[CountKey, int]:
    """The counts of one response; each is 1.

    Args:
        questionnaire: expanded, and of the version that was answered.

    Answers outside every base ("prefer not to say", none chosen) count nowhere; of text, dates,
    decimals and whole numbers without narrow bounds only the base is counted. A row belongs to the
    service that its question rates, else to the one that the respondent named, else to none.
    """
    counting = Counting()
    counting.add(questionnaire, response)
    return counting.total()


@dataclass(frozen=True, slots=True)
class _Rules:
    """How the answers to one version are counted.

    `asked` and `characteristics` are names with how their answers count, `asked` with the service
    that each question rates.
    """

    asked: Sequence[tuple[str, str | None, _Values]]
    characteristics: Sequence[tuple[str, _Values]]
    service_question: str | None
    engagement: Sequence[str]

    @classmethod
    def of(cls, questionnaire: Questionnaire) -> Self:
        questions = questionnaire.questions
        engagement = [each.name for each in questions if ENGAGEMENT_INDEX in each.measures]
        return cls(
            asked=[(each.name, each.service, _values(each)) for each in questions if each.asks],
            characteristics=[
                (each.name, _values(each)) for each in questions if each.characteristic
            ],
            service_question=questionnaire.service_question,
            engagement=engagement if len(engagement) == ENGAGEMENT_ITEMS else (),
        )


def _facts(rules: _Rules, answers: Mapping[str, Value]) -> list[_Fact]:
    """Each row of one response: the person first, and all again under each characteristic."""
    service = answers.get(rules.service_question) if rules.service_question else None
    named = service if isinstance(service, str) and service != PREFER_NOT_TO_SAY else ""
    facts: list[_Fact] = [(named, ALL, ALL, ALL, ALL)]
    for name, own_service, values in rules.asked:
        counted = _counted(values, answers.get(name))
        if counted is not None:
            rated = own_service or named
            facts.append((rated, ALL, ALL, name, ALL))
            facts += [(rated, ALL, ALL, name, value) for value in counted]
    index = _engagement(rules, answers)
    if index is not None:
        facts += [(named, ALL, ALL, ENGAGEMENT_INDEX, value) for value in (ALL, str(index))]
    for_everybody = tuple(facts)
    for name, values in rules.characteristics:
        for category in _counted(values, answers.get(name)) or ():
            facts += [
                (rated, name, category, question, value)
                for rated, _, _, question, value in for_everybody
            ]
    return facts


def _counted(values: _Values, answer: Value) -> tuple[str, ...] | None:
    return None if answer is None or answer == () else values(answer)


def _values(question: Question) -> _Values:
    match question.type:
        case QuestionType.SELECT_ONE | QuestionType.SELECT_MULTIPLE | QuestionType.CALCULATE:
            return _chosen
        case QuestionType.SCALE:
            return _number
        case QuestionType.INTEGER if _few_points(question):
            return _number
        case _:
            return _only_the_base


def _chosen(answer: Value) -> tuple[str, ...] | None:
    chosen = answer if isinstance(answer, tuple) else (str(answer),)
    return None if PREFER_NOT_TO_SAY in chosen else chosen


def _number(answer: Value) -> tuple[str, ...]:
    return (str(answer),)


def _only_the_base(_: Value) -> tuple[str, ...]:
    return ()


def _few_points(question: Question) -> bool:
    if question.start is None or question.end is None:
        return False
    return question.end - question.start < MOST_POINTS


def _engagement(rules: _Rules, answers: Mapping[str, Value]) -> int | None:
    if not rules.engagement:
        return None
    given = (answers.get(name) for name in rules.engagement)
    return engagement_sum([answer if isinstance(answer, int) else None for answer in given])
