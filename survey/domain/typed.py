"""What a person types, read as an answer to the question that is open.

Matching is kind about case, accents, spaces and the language of the label, and never guesses: a
text that could mean two choices means none.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from survey.domain.answers import Reason, accept, is_blank
from survey.domain.expressions import Value
from survey.domain.questionnaire import Question, Questionnaire, QuestionType, Text
from survey.errors import AnswerRejected

_SEPARATORS = re.compile(r"[,;|\n]")
_NUMBER = re.compile(r"[+-]?(\d{1,3}(?:,\d{3})+|\d{1,16})(?:\.(\d+))?")
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_BRITISH = re.compile(r"(?P<day>\d{1,2})[/. -](?P<month>\d{1,2})[/. -](?P<year>\d{4})")
_Named = TypeVar("_Named", str, int)
_APOSTROPHES: Final = str.maketrans("‘’ʼ`´", "'''''")


def folded(text: str) -> str:
    """Text for comparing: no case, accents, invisible characters or closing full stop.

    >>> folded("  Neither  agree nor disagree. ") == folded("neither agree nor disagree")
    True
    """
    # Apostrophes first: decomposing would take the accent ´ apart.
    plain = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    kept = (c for c in plain if unicodedata.category(c) not in ("Mn", "Cf"))
    return " ".join("".join(kept).split()).strip(" .!?")


def from_text(question: Question, text: str, language: str, questionnaire: Questionnaire) -> Value:
    """The answer that a typed text means; None for a blank text.

    Choices and labelled points by name or by label in any language, the person's own first;
    several choices separated by commas or lines; numbers in digits; dates as 2026-03-07 or
    7/3/2026.

    Raises:
        AnswerRejected
    """
    if question.type is QuestionType.TEXT:
        return accept(question, text)
    if is_blank(text):
        return None
    match question.type:
        case QuestionType.SELECT_ONE:
            return accept(question, _choice(question, text, language, questionnaire))
        case QuestionType.SELECT_MULTIPLE:
            return accept(question, _choices(question, text, language, questionnaire))
        case QuestionType.SCALE:
            return accept(question, _point(question, text, language, questionnaire))
        case QuestionType.INTEGER | QuestionType.DECIMAL:
            return accept(question, _number(question, text))
        case QuestionType.DATE:
            return accept(question, _date(question, text))
        case _:
            return accept(question, text)


def _choice(question: Question, text: str, language: str, questionnaire: Questionnaire) -> str:
    labels = [
        (choice.name, label)
        for choice in question.closed_choices
        for label in (choice.label, choice.short_label)
        if label
    ]
    names = {choice.name for choice in question.closed_choices}
    if text in names:
        return text
    named = {name for name in names if folded(name) == folded(text)}
    found = named or _labelled(labels, text, language, questionnaire)
    if len(found) != 1:
        raise AnswerRejected(question.name, Reason.NOT_A_CHOICE)
    return found.pop()


def _choices(
    question: Question, text: str, language: str, questionnaire: Questionnaire
) -> tuple[str, ...]:
    """The whole text first: a label may have commas in it."""
    try:
        return (_choice(question, text, language, questionnaire),)
    except AnswerRejected:
        parts = [part for part in _SEPARATORS.split(text) if not is_blank(part)]
    chosen = [_choice(question, part, language, questionnaire) for part in parts]
    if not chosen:
        raise AnswerRejected(question.name, Reason.NOT_A_CHOICE)
    return tuple(dict.fromkeys(chosen))


def _point(question: Question, text: str, language: str, questionnaire: Questionnaire) -> Value:
    found = _labelled(question.points.items(), text, language, questionnaire)
    if len(found) == 1:
        return found.pop()
    try:
        return _number(question, text)
    except AnswerRejected as rejected:
        if rejected.reason == Reason.NOT_A_NUMBER:
            raise AnswerRejected(question.name, Reason.NOT_A_CHOICE) from None
        raise


def _labelled(
    labels: Iterable[tuple[_Named, Text]], text: str, language: str, questionnaire: Questionnaire
) -> set[_Named]:
    """All that are called so: in the person's language, else in any other."""
    wanted = folded(text)
    if not wanted:
        return set()
    pairs = list(labels)
    own = {key for key, label in pairs if folded(questionnaire.speak(label, language)) == wanted}
    return own or {
        key for key, label in pairs if wanted in {folded(words) for words in label.values()}
    }


def _number(question: Question, text: str) -> int | Decimal:
    """A number in digits of any script; `1,000` is a thousand, as in Britain."""
    matched = _NUMBER.fullmatch(folded(text))
    if matched is None:
        raise AnswerRejected(question.name, Reason.NOT_A_NUMBER)
    written = matched[0].replace(",", "")
    if matched[2] is None:
        return int(written)
    if question.type is not QuestionType.DECIMAL:
        raise AnswerRejected(question.name, Reason.NOT_WHOLE)
    number = Decimal(written)
    return abs(number) if number.is_zero() else number


def _date(question: Question, text: str) -> date:
    plain = folded(text)
    matched = _ISO.fullmatch(plain) or _BRITISH.fullmatch(plain)
    if matched is not None:
        try:
            return date(int(matched["year"]), int(matched["month"]), int(matched["day"]))
        except ValueError:
            pass
    raise AnswerRejected(question.name, Reason.NOT_A_DATE)
