"""What one response adds to the counts, and nothing about who gave it.

For each response there is one row for the person (question '*', value '*'); for each counted
question a base (value '*') and a row per answer; and for each answered characteristic the same rows
again under that characteristic alone, never under two at once. Every measure is a function of these
counts; those of many responses are their sum, and quarters and years are sums of months.
"""

from collections.abc import Iterator, Mapping
from typing import Final

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

_CHOSEN: Final = (
    QuestionType.SELECT_ONE,
    QuestionType.SELECT_MULTIPLE,
    QuestionType.CALCULATE,
)


def count_rows(questionnaire: Questionnaire, response: Response) -> Mapping[CountKey, int]:
    """The counts of one response; each is 1.

    Args:
        questionnaire: expanded, and of the version that was answered.

    Answers outside every base ("prefer not to say", none chosen) count nowhere; of text, dates,
    decimals and whole numbers without narrow bounds only the base is counted. A row belongs to the
    service that its question rates, else to the one that the respondent named, else to none.
    """
    answers = response.answers
    named = _named_service(questionnaire, answers)
    margins = [(ALL, ALL), *_characteristics(questionnaire, answers)]
    rows: dict[CountKey, int] = {}
    for question, service, value in _facts(questionnaire, answers, named):
        for dimension, category in margins:
            key = CountKey(
                month=response.month,
                wave=response.wave,
                unit=response.unit,
                questionnaire=response.questionnaire,
                series=response.series,
                service=service,
                dimension=dimension,
                category=category,
                question=question,
                value=value,
            )
            rows[key] = 1
    return rows


def _facts(
    questionnaire: Questionnaire, answers: Mapping[str, Value], named: str
) -> Iterator[tuple[str, str, str]]:
    """(question, service, value) of each row, the person first."""
    yield ALL, named, ALL
    for question in questionnaire.questions:
        answer = answers.get(question.name)
        if not question.asks or not _in_base(question, answer):
            continue
        service = question.service or named
        yield question.name, service, ALL
        for value in _values(question, answer):
            yield question.name, service, value
    index = _engagement(questionnaire, answers)
    if index is not None:
        yield ENGAGEMENT_INDEX, named, ALL
        yield ENGAGEMENT_INDEX, named, str(index)


def _in_base(question: Question, answer: Value) -> bool:
    if answer is None or answer == ():
        return False
    return question.type not in _CHOSEN or PREFER_NOT_TO_SAY not in _chosen(answer)


def _values(question: Question, answer: Value) -> tuple[str, ...]:
    match question.type:
        case QuestionType.SELECT_ONE | QuestionType.SELECT_MULTIPLE | QuestionType.CALCULATE:
            return _chosen(answer)
        case QuestionType.SCALE:
            return (str(answer),)
        case QuestionType.INTEGER if _few_points(question):
            return (str(answer),)
        case _:
            return ()


def _chosen(answer: Value) -> tuple[str, ...]:
    return answer if isinstance(answer, tuple) else (str(answer),)


def _few_points(question: Question) -> bool:
    if question.start is None or question.end is None:
        return False
    return question.end - question.start < MOST_POINTS


def _named_service(questionnaire: Questionnaire, answers: Mapping[str, Value]) -> str:
    name = questionnaire.service_question
    answer = answers.get(name) if name else None
    return answer if isinstance(answer, str) and answer != PREFER_NOT_TO_SAY else ""


def _characteristics(
    questionnaire: Questionnaire, answers: Mapping[str, Value]
) -> Iterator[tuple[str, str]]:
    """(characteristic, category) of each that was answered; of several choices, each."""
    for question in questionnaire.questions:
        answer = answers.get(question.name)
        if question.characteristic and _in_base(question, answer):
            for category in _values(question, answer):
                yield question.name, category


def _engagement(questionnaire: Questionnaire, answers: Mapping[str, Value]) -> int | None:
    items = [
        question.name
        for question in questionnaire.questions
        if ENGAGEMENT_INDEX in question.measures
    ]
    if len(items) != ENGAGEMENT_ITEMS:
        return None
    given = (answers.get(name) for name in items)
    return engagement_sum([answer if isinstance(answer, int) else None for answer in given])
