"""The answers of one questionnaire as a JSON Schema: what `POST /responses` takes for it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from survey.domain.questionnaire import MOST_FILES, Question, Questionnaire, QuestionType

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def answer_schema(questionnaire: Questionnaire) -> dict[str, Any]:
    """The schema of `answers` for an expanded questionnaire.

    Conditions between answers (relevance, constraints) are not in it: the service checks them, and
    a required question is listed only where it is always asked.
    """
    asked = [question for question in questionnaire.questions if question.asks]
    return {
        "$schema": _DRAFT,
        "title": questionnaire.key,
        "type": "object",
        "properties": {question.name: _value(question, questionnaire) for question in asked},
        "required": [
            question.name for question in asked if question.required and question.relevant is None
        ],
        "additionalProperties": False,
    }


def _value(question: Question, questionnaire: Questionnaire) -> dict[str, Any]:
    title = questionnaire.speak(question.label, questionnaire.default_language)
    return {"title": title, **_KINDS[question.type](question)}


def _one(question: Question) -> dict[str, Any]:
    return {"enum": [choice.name for choice in question.closed_choices]}


def _several(question: Question) -> dict[str, Any]:
    return {"type": "array", "items": _one(question), "uniqueItems": True}


def _bounded(kind: str, question: Question) -> dict[str, Any]:
    bounds = {"minimum": question.start, "maximum": question.end}
    return {
        "type": kind,
        **{name: bound for name, bound in bounds.items() if bound is not None},
    }


_KINDS: Final[Mapping[QuestionType, Callable[[Question], dict[str, Any]]]] = {
    QuestionType.SELECT_ONE: _one,
    QuestionType.SELECT_MULTIPLE: _several,
    QuestionType.SCALE: lambda question: _bounded("integer", question),
    QuestionType.INTEGER: lambda question: _bounded("integer", question),
    QuestionType.DECIMAL: lambda question: _bounded("number", question),
    QuestionType.TEXT: lambda question: {"type": "string", "maxLength": question.max_length},
    QuestionType.FILE: lambda _: {
        "type": "array",
        "items": {"type": "string", "format": "uuid"},
        "maxItems": MOST_FILES,
    },
    QuestionType.DATE: lambda _: {"type": "string", "format": "date"},
}
