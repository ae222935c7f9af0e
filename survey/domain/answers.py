"""Answers: what a question takes, how an answer is read, kept and shown.

A *value* is a choice's name (`select_one`), a tuple of them in the order of the choices
(`select_multiple`), an int (`scale`, `integer`), a Decimal (`decimal`), a text, a date, or a tuple
of the ids of files (`file`). None is "not answered". Nothing is coerced: every reader either gives
the value that was meant or raises `AnswerRejected` with a `Reason`. What a person types is read by
`survey.domain.typed`.
"""

import math
import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from survey.domain.expressions import Value
from survey.domain.language import date_in_words
from survey.domain.questionnaire import (
    MOST_FILES,
    PREFER_NOT_TO_SAY,
    Choice,
    Question,
    Questionnaire,
    QuestionType,
)
from survey.errors import AnswerRejected

LARGEST: Final = 10**15 - 1
"""Of a number without a bound of its own, in both directions."""

MOST_DECIMALS: Final = 9
"""Digits after the decimal point."""


class Reason(StrEnum):
    """Why an answer was not taken: stable words, which channels translate."""

    REQUIRED = "required"
    NOT_A_CHOICE = "not_a_choice"
    NOT_A_LIST = "not_a_list"
    TOO_MANY = "too_many"
    EXCLUSIVE = "exclusive"
    NOT_A_NUMBER = "not_a_number"
    NOT_WHOLE = "not_whole"
    TOO_LOW = "too_low"
    TOO_HIGH = "too_high"
    TOO_PRECISE = "too_precise"
    NOT_A_DATE = "not_a_date"
    NOT_TEXT = "not_text"
    NOT_A_FILE = "not_a_file"
    TOO_MANY_FILES = "too_many_files"
    TOO_LONG = "too_long"
    CONTROL_CHARACTER = "control_character"
    CONSTRAINT = "constraint"


_EXPLAINED: Final = {
    Reason.REQUIRED: "an answer is needed",
    Reason.NOT_A_CHOICE: "give the name of one of the choices",
    Reason.NOT_A_LIST: "give a list of the choices' names",
    Reason.TOO_MANY: "name each choice once",
    Reason.EXCLUSIVE: "{limit} cannot stand with another choice",
    Reason.NOT_A_NUMBER: "give a number",
    Reason.NOT_WHOLE: "give a whole number, without a decimal point",
    Reason.TOO_LOW: "give {limit} or more",
    Reason.TOO_HIGH: "give {limit} or less",
    Reason.TOO_PRECISE: "give at most {limit} digits after the decimal point",
    Reason.NOT_A_DATE: "give a date as YYYY-MM-DD",
    Reason.NOT_TEXT: "give a text",
    Reason.NOT_A_FILE: "give a list of the ids of files",
    Reason.TOO_MANY_FILES: "give at most {limit} files",
    Reason.TOO_LONG: "give at most {limit} characters",
    Reason.CONTROL_CHARACTER: "remove the control character {limit}",
    Reason.CONSTRAINT: "the answer does not meet the question's condition",
}

# Written out where Unicode's classes would not do: a line break and a tab are text, and a lone
# surrogate can be stored nowhere.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# Whitespace and what shows nothing: soft hyphen, joiners, fillers, direction marks, selectors.
_NOTHING = re.compile(
    "[\\s\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]*"
)
_WHOLE = re.compile(r"-?[0-9]{1,16}")
_NUMBER = re.compile(r"-?[0-9]{1,16}(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def explain(rejected: AnswerRejected) -> str:
    """What to do about it, in English, for the API and for files."""
    return _EXPLAINED[Reason(rejected.reason)].format(limit=rejected.limit)


def is_blank(text: str) -> bool:
    """Whether nothing can be seen of it: empty, whitespace, zero-width characters."""
    return _NOTHING.fullmatch(text) is not None


def is_exclusive(choice: Choice) -> bool:
    """Whether it stands alone: "none of these", "prefer not to say"."""
    return choice.exclusive or choice.name == PREFER_NOT_TO_SAY


# --- what a question takes ---


def accept(question: Question, value: Value) -> Value:  # noqa: C901 - one line for each type
    """The value as it is kept, where it answers the question by itself; None where it is empty.

    Whether an answer is required, and the question's constraint, are for `path.checked`. Notes and
    calculations take nothing.

    Raises:
        AnswerRejected: `question`, a `Reason` and the limit that was passed.
    """
    if value is None:
        return None
    match question.type:
        case QuestionType.SELECT_ONE:
            return _one_choice(question, value)
        case QuestionType.SELECT_MULTIPLE:
            return _several_choices(question, value)
        case QuestionType.SCALE | QuestionType.INTEGER:
            return _whole_number(question, value)
        case QuestionType.DECIMAL:
            return _decimal_number(question, value)
        case QuestionType.TEXT:
            return _text(question, value)
        case QuestionType.DATE:
            if not isinstance(value, date):
                raise AnswerRejected(question.name, Reason.NOT_A_DATE)
            return value
        case QuestionType.FILE:
            return _files(question, value)
        case QuestionType.NOTE | QuestionType.CALCULATE:
            raise AnswerRejected(question.name, Reason.NOT_A_CHOICE)


def _one_choice(question: Question, value: Value) -> str | None:
    if value == "":
        return None
    for choice in question.closed_choices:
        if choice.name == value:
            return choice.name
    raise AnswerRejected(question.name, Reason.NOT_A_CHOICE)


def _several_choices(question: Question, value: Value) -> tuple[str, ...] | None:
    if not isinstance(value, tuple):
        raise AnswerRejected(question.name, Reason.NOT_A_LIST)
    names = set(value)
    chosen = [choice for choice in question.closed_choices if choice.name in names]
    if len(chosen) < len(names):
        raise AnswerRejected(question.name, Reason.NOT_A_CHOICE)
    if len(chosen) < len(value):
        raise AnswerRejected(question.name, Reason.TOO_MANY)
    for choice in chosen:
        if is_exclusive(choice) and len(chosen) > 1:
            raise AnswerRejected(question.name, Reason.EXCLUSIVE, limit=choice.name)
    return tuple(choice.name for choice in chosen) or None


def _whole_number(question: Question, value: Value) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise AnswerRejected(question.name, Reason.NOT_A_NUMBER)
    if isinstance(value, Decimal):
        raise AnswerRejected(question.name, Reason.NOT_WHOLE)
    _within_bounds(question, value)
    return value


def _decimal_number(question: Question, value: Value) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise AnswerRejected(question.name, Reason.NOT_A_NUMBER)
    number = Decimal(value)
    if not number.is_finite() or (number.is_zero() and number.is_signed()):
        raise AnswerRejected(question.name, Reason.NOT_A_NUMBER)
    _within_bounds(question, number)
    if int(number.as_tuple().exponent) < -MOST_DECIMALS:
        raise AnswerRejected(question.name, Reason.TOO_PRECISE, limit=str(MOST_DECIMALS))
    return number


def _within_bounds(question: Question, number: int | Decimal) -> None:
    lowest = -LARGEST if question.start is None else question.start
    highest = LARGEST if question.end is None else question.end
    if number < lowest:
        raise AnswerRejected(question.name, Reason.TOO_LOW, limit=str(lowest))
    if number > highest:
        raise AnswerRejected(question.name, Reason.TOO_HIGH, limit=str(highest))


def _text(question: Question, value: Value) -> str | None:
    """The text as it was written, but for line ends; forms send two characters for each."""
    if not isinstance(value, str):
        raise AnswerRejected(question.name, Reason.NOT_TEXT)
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    if found := _FORBIDDEN.search(text):
        name = f"U+{ord(found[0]):04X}"
        raise AnswerRejected(question.name, Reason.CONTROL_CHARACTER, limit=name)
    if is_blank(text):
        return None
    if len(text) > question.max_length:
        raise AnswerRejected(question.name, Reason.TOO_LONG, limit=str(question.max_length))
    return text


def _files(question: Question, value: Value) -> tuple[str, ...] | None:
    """The ids in the order given, each once; whether there are such files is for who keeps them."""
    if not isinstance(value, tuple) or not all(map(_is_id, value)):
        raise AnswerRejected(question.name, Reason.NOT_A_FILE)
    files = tuple(dict.fromkeys(value))
    if len(files) > MOST_FILES:
        raise AnswerRejected(question.name, Reason.TOO_MANY_FILES, limit=str(MOST_FILES))
    return files or None


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


# --- readers ---


def from_json(question: Question, raw: Any) -> Value:
    """An answer out of a JSON body; null and a blank text are "not answered".

    Decimals are exact: parse the body with `parse_float=Decimal`, or the shortest number that
    reads the same is taken. `true` is not 1, "4" is not 4 and 4.0 is not 4.

    Raises:
        AnswerRejected
    """
    match question.type:
        case QuestionType.SELECT_MULTIPLE if raw is not None:
            if not isinstance(raw, list):
                raise AnswerRejected(question.name, Reason.NOT_A_LIST)
            if not all(isinstance(name, str) for name in raw):
                raise AnswerRejected(question.name, Reason.NOT_A_CHOICE)
            return accept(question, tuple(raw))
        case QuestionType.FILE if raw is not None:
            if not isinstance(raw, list) or not all(isinstance(each, str) for each in raw):
                raise AnswerRejected(question.name, Reason.NOT_A_FILE)
            return accept(question, tuple(raw))
        case QuestionType.DATE if raw is not None:
            return accept(question, _date(question, raw))
        case QuestionType.SELECT_ONE if raw is not None and not isinstance(raw, str):
            raise AnswerRejected(question.name, Reason.NOT_A_CHOICE)
        case _ if isinstance(raw, float):
            # Decimal(inf) and Decimal(nan) exist; they are refused with the other odd numbers.
            return accept(question, Decimal(repr(raw)) if math.isfinite(raw) else Decimal("NaN"))
        case _:
            return accept(question, raw)


def from_cell(question: Question, text: str) -> Value:
    """An answer out of a CSV cell: a name, a number, a date or text; names joined with `|`.

    Raises:
        AnswerRejected
    """
    if text == "":
        return None
    match question.type:
        case QuestionType.SELECT_MULTIPLE | QuestionType.FILE:
            return accept(question, tuple(text.split("|")))
        case QuestionType.SCALE | QuestionType.INTEGER:
            if not _WHOLE.fullmatch(text):
                raise AnswerRejected(question.name, _why_not_whole(text))
            return accept(question, int(text))
        case QuestionType.DECIMAL:
            if not _NUMBER.fullmatch(text):
                raise AnswerRejected(question.name, Reason.NOT_A_NUMBER)
            return accept(question, Decimal(text))
        case QuestionType.DATE:
            return accept(question, _date(question, text))
        case _:
            return accept(question, text)


def _why_not_whole(text: str) -> Reason:
    return Reason.NOT_WHOLE if _NUMBER.fullmatch(text) else Reason.NOT_A_NUMBER


def _date(question: Question, raw: Any) -> date:
    if isinstance(raw, str) and _DATE.fullmatch(raw):
        try:
            return date.fromisoformat(raw)
        except ValueError:
            pass
    raise AnswerRejected(question.name, Reason.NOT_A_DATE)


# --- keeping ---


def to_json(value: Value) -> Any:
    """An answer as JSON keeps it: dates and decimals as text, several choices as a list."""
    match value:
        case tuple():
            return list(value)
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case _:
            return value


def from_stored(question: Question, raw: Any) -> Value:
    """What `to_json` wrote, read back by the question's type; it was checked before it was kept."""
    if raw is None:
        return None
    match question.type:
        case QuestionType.SELECT_MULTIPLE | QuestionType.FILE:
            return tuple(raw)
        case QuestionType.DECIMAL:
            return Decimal(raw)
        case QuestionType.DATE:
            return date.fromisoformat(raw)
        case _:
            value: Value = raw
            return value


# --- showing ---


def shown(
    question: Question, value: Value, language: str, questionnaire: Questionnaire
) -> str | None:
    """An answer in the person's words, for summaries and piping; None for "not answered".

    A point of a scale is its label where every point has one, else the number with the label of
    its end. Dates are written out in the language ("7 March 2026"); of files it is their number.
    """
    if value is None:
        return None
    labels = {
        choice.name: questionnaire.speak(choice.label, language)
        for choice in question.closed_choices
    }
    match value:
        case tuple() if question.type is QuestionType.FILE:
            return str(len(value))
        case tuple():
            return ", ".join(labels.get(name, name) for name in value)
        case date():
            return date_in_words(value, language)
        case Decimal():
            return format(value, "f")
        case str():
            return labels.get(value, value)
        case _ if question.type is QuestionType.SCALE:
            return point_label(question, value, language, questionnaire)
        case _:
            return str(value)


def every_point_labelled(question: Question) -> bool:
    """Whether a scale reads as words ("Agree") rather than as numbers with labelled ends."""
    start, end = question.start, question.end
    return start is not None and end is not None and len(question.points) == end - start + 1


def point_label(question: Question, point: int, language: str, questionnaire: Questionnaire) -> str:
    """A point of a scale in words."""
    label = questionnaire.speak(question.points.get(point, {}), language)
    if not label:
        return str(point)
    return label if every_point_labelled(question) else f"{point} ({label})"
