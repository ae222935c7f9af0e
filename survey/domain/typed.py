"""What a person types, read as an answer to the question that is open.

Matching is kind about case, accents, spaces, slips and the language of the label, and never
guesses: a text that could mean two choices means none. The first of these that fits decides:

1. the name or the label of a choice ("strongly agree");
2. a number in digits, words or signs ("4", "four", "pedwar", "4/5", 4️⃣);
3. yes or no in other words, a thumb, or a face (see `vernacular`);
4. how a label begins ("neither", "v sat"), where every choice or point has one;
5. a label with one slip in it ("disagre", "neihter agree nor disagree").
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from survey.domain import vernacular
from survey.domain.answers import Reason, accept, every_point_labelled, is_blank
from survey.domain.expressions import Value
from survey.domain.questionnaire import Question, Questionnaire, QuestionType, Text
from survey.errors import AnswerRejected

_SEPARATORS = re.compile(r"[,;|\n]")
_NUMBER = re.compile(r"[+-]?(\d{1,3}(?:,\d{3})+|\d{1,16})(?:\.(\d+))?")
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_BRITISH = re.compile(r"(?P<day>\d{1,2})[/. -](?P<month>\d{1,2})[/. -](?P<year>\d{4})")
_Named = TypeVar("_Named", str, int)
_SATISFACTION: Final = ("satisf", "bodlon", "fodlon")
_LEAST_BEGINNING: Final = 3
"""Letters: shorter beginnings are slips of the finger."""

_LEAST_SLIP: Final = 6
"""Letters: in shorter words one slip makes another word."""

_REMARK_WORDS: Final = 4
_REMARK_LENGTH: Final = 16
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

    Several choices are separated by commas or lines; dates are written as 2026-03-07 or 7/3/2026.

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
            return accept(question, _number(question, text, language))
        case QuestionType.DATE:
            return accept(question, _date(question, text))
        case QuestionType.FILE:
            raise AnswerRejected(question.name, Reason.NOT_A_FILE)
        case _:
            return accept(question, text)


def is_remark(text: str) -> bool:
    """Whether a text says so much that somebody meant to tell us something with it."""
    plain = folded(text)
    return len(plain.split()) >= _REMARK_WORDS and len(plain) >= _REMARK_LENGTH


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
    plain = folded(text)
    found = {name for name in names if folded(name) == plain}
    found = found or _called(labels, plain.__eq__, language, questionnaire)
    if not found and names >= {"yes", "no"}:
        meant = vernacular.consent(plain, language)
        found = set() if meant is None else {"yes" if meant else "no"}
    found = found or _nearly_called(labels, plain, language, questionnaire)
    return _the_one(question, found)


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
    plain = folded(text)
    if found := _called(question.points.items(), plain.__eq__, language, questionnaire):
        return _the_one(question, found)
    try:
        return _number(question, _out_of_the_end(question, plain, language), language)
    except AnswerRejected as rejected:
        if rejected.reason != Reason.NOT_A_NUMBER:
            raise
    shown = vernacular.face(plain) if _rates_satisfaction(question) else None
    if shown is not None:
        return shown
    if every_point_labelled(question):
        found = _nearly_called(question.points.items(), plain, language, questionnaire)
    return _the_one(question, found)


def _out_of_the_end(question: Question, plain: str, language: str) -> str:
    """The 4 of "4 out of 5", where the scale ends there; anything else as it is."""
    parts = vernacular.out_of(plain)
    if parts is None:
        return plain
    end = vernacular.number(parts[1], language)
    return parts[0] if str(question.end) in (parts[1], str(end)) else plain


def _rates_satisfaction(question: Question) -> bool:
    """Five points whose ends speak of satisfaction: what a face means is then plain."""
    if (question.start, question.end) != (1, 5):
        return False
    return all(
        any(
            stem in folded(words)
            for words in question.points.get(end, {}).values()
            for stem in _SATISFACTION
        )
        for end in (1, 5)
    )


def _the_one(question: Question, found: set[_Named]) -> _Named:
    if len(found) != 1:
        raise AnswerRejected(question.name, Reason.NOT_A_CHOICE)
    return found.pop()


def _called(
    labels: Iterable[tuple[_Named, Text]],
    fits: Callable[[str], bool],
    language: str,
    questionnaire: Questionnaire,
) -> set[_Named]:
    """All whose folded label fits: in the person's language, else in any other."""
    pairs = [(key, label) for key, label in labels if label]
    own = {key for key, label in pairs if fits(folded(questionnaire.speak(label, language)))}
    return own or {key for key, label in pairs if any(fits(folded(w)) for w in label.values())}


def _nearly_called(
    labels: Iterable[tuple[_Named, Text]], plain: str, language: str, questionnaire: Questionnaire
) -> set[_Named]:
    """All whose label begins so; else all whose label is one slip away."""
    pairs = list(labels)
    return _called(pairs, lambda label: _begins(label, plain), language, questionnaire) or _called(
        pairs, lambda label: _slipped(label, plain), language, questionnaire
    )


def _begins(label: str, plain: str) -> bool:
    """Whether each word typed begins the word of the label in its place ("v sat")."""
    typed, words = plain.split(), label.split()
    letters = sum(character.isalpha() for character in plain)
    if letters < _LEAST_BEGINNING or len(typed) > len(words):
        return False
    # "can" must not begin "can't": it says the contrary.
    return all(
        word == begun or (word.startswith(begun) and "'" not in word)
        for begun, word in zip(typed, words, strict=False)
    )


def _slipped(label: str, plain: str) -> bool:
    """Only words: one figure more or less is another number, another first letter another word."""
    if len(plain) < _LEAST_SLIP or plain[0] != label[:1]:
        return False
    wordy = not any(character.isdigit() for character in plain + label)
    return wordy and vernacular.one_slip_apart(label, plain)


def _number(question: Question, text: str, language: str) -> int | Decimal:
    """A number in digits of any script or in words; `1,000` is a thousand, as in Britain."""
    plain = folded(text)
    spoken = vernacular.number(plain, language)
    if spoken is not None:
        return spoken
    matched = _NUMBER.fullmatch(plain)
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
