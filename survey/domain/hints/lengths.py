"""How long a questionnaire is: questions and seconds, on its shortest way and on its longest.

Seconds by kind of question. A plain closed question takes "about 10 seconds or so", and 85 such
questions 15 minutes (Pew Research Center, "How we keep our online surveys from running too long",
8 December 2022, from its panel's response times). It gives more to questions that take more and
says of open ones that they may take minutes; the other figures here are ours and cautious, for the
short remarks that are asked for in chat.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from math import prod
from typing import Final

from survey.domain.branches import deciding
from survey.domain.checking.reach import domain
from survey.domain.expressions import ExpressionFault, Value
from survey.domain.form import Form
from survey.domain.path import path
from survey.domain.questionnaire import OTHER, Question, Questionnaire, QuestionType

SECONDS: Final[Mapping[QuestionType, int]] = {
    QuestionType.SELECT_ONE: 10,
    QuestionType.SCALE: 10,
    QuestionType.SELECT_MULTIPLE: 15,
    QuestionType.INTEGER: 15,
    QuestionType.DECIMAL: 15,
    QuestionType.DATE: 15,
    QuestionType.TEXT: 20,
    QuestionType.FILE: 15,
    QuestionType.NOTE: 5,
    QuestionType.CALCULATE: 0,
}
LONG_TEXT_SECONDS: Final = 40
"""Of a text of several lines."""

_MOST_STEPS: Final = 50_000
_ANY_DAY: Final = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Way:
    """One way through: how many questions, how many of them in one's own words, and seconds.

    What "other, please say" asks is part of its question, and not counted as open.
    """

    questions: int
    open_questions: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Length:
    """Each figure of the shortest way by itself, and of the longest."""

    least: Way
    most: Way


def length_of(questionnaire: Questionnaire) -> Length:
    """How long the ways through an expanded questionnaire are; never raises.

    Every combination of the answers that decide something is tried, but for constraints. Where
    they are not finite, or would take longer than a page may, the shortest way has the questions
    that are asked of everybody and the longest has all.
    """
    ways = {way_of(questions) for questions in _ways(questionnaire)}
    return Length(least=_each(min, ways), most=_each(max, ways))


def is_open(question: Question) -> bool:
    """Whether it is answered in one's own words, and not only says what "other" is."""
    return question.type is QuestionType.TEXT and not (
        question.relevant and question.name.endswith(f"_{OTHER}")
    )


def _each(extreme: Callable[[Iterable[int]], int], ways: Collection[Way]) -> Way:
    return Way(
        questions=extreme(way.questions for way in ways),
        open_questions=extreme(way.open_questions for way in ways),
        seconds=extreme(way.seconds for way in ways),
    )


def way_of(questions: Sequence[Question]) -> Way:
    """The way past these questions and notes."""
    return Way(
        questions=sum(question.asks for question in questions),
        open_questions=sum(map(is_open, questions)),
        seconds=sum(map(_seconds, questions)),
    )


def _seconds(question: Question) -> int:
    if question.type is QuestionType.TEXT and question.appearance == "long":
        return LONG_TEXT_SECONDS
    return SECONDS[question.type]


def _ways(questionnaire: Questionnaire) -> Iterator[Sequence[Question]]:
    try:
        form = Form.compile(questionnaire)
    except ExpressionFault:
        form = None
    deciding = _deciding(form) if form else None
    if form is None or deciding is None:
        yield [each for each in questionnaire.questions if each.relevant is None]
        yield questionnaire.questions
        return
    for values in product(*deciding.values()):
        yield path(form, dict(zip(deciding, values, strict=True)), _ANY_DAY)


def _deciding(form: Form) -> Mapping[str, Sequence[Value]] | None:
    """Every answer to the questions that decide others; None where they are too many to try."""
    answers: dict[str, Sequence[Value]] = {}
    for question in deciding(form):
        values = domain(question)
        if values is None:
            return None
        answers[question.name] = values if question.required else (None, *values)
    ways = prod(map(len, answers.values()))
    return answers if ways * len(form.items) <= _MOST_STEPS else None
