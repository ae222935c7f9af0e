"""Hints on the wording of a questionnaire, for whoever wrote it. They never stop a launch.

Two kinds of rule. What a questionnaire's shape shows (how long it is, what is required, whether
people are asked to agree) is judged in every language. Wording and ease of reading are judged in
English only: the rules are lists of English words, and for Welsh there is no formula of this kind
that we could cite.

A question whose wording was taken from a published instrument is not to be changed, so nothing is
said of its words: those texts come in as `standard` (`survey.questionnaires.library.standard`), and
whoever changes such a text hears of it again. A question that feeds a measure is asked as the
measure defines it, so nothing is said of its kind of answer or of how old its readers are.

Sources stand with the rules: `lengths`, `reading`, `bias`.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from survey.domain.hints import prose
from survey.domain.hints.bias import asks_to_agree, required_hints, wording_hints
from survey.domain.hints.kinds import Hint, HintKind
from survey.domain.hints.lengths import Length, length_of
from survey.domain.hints.reading import age_hints, reading_hints, size_hints
from survey.domain.hints.subject import Subject, subjects
from survey.domain.questionnaire import Questionnaire

__all__ = ["Hint", "HintKind", "Length", "Reading", "Review", "review"]

JUDGED: Final = "en"
"""The language whose wording is judged."""

MOST_MINUTES: Final = 10
"""What people asked about the ideal length of a web survey said in the middle (M. Revilla and
C. Ochoa, "Ideal and maximum length for a web survey", International Journal of Market Research
59(5), 2017); the longer one is said to be, the fewer begin it (M. Galesic and M. Bosnjak, Public
Opinion Quarterly 73(2), 2009)."""
MOST_OPEN: Final = 3
"""Questions in one's own words on one way: each is one where people stop."""

_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Reading:
    """Words in a sentence, on average (rounded) and at most; the age at which it is read."""

    mean: int
    longest: int
    age: int


@dataclass(frozen=True, slots=True)
class Review:
    """A questionnaire as it is in one language; `reading` only where that can be judged."""

    length: Length
    reading: Reading | None
    hints: tuple[Hint, ...]


def review(
    questionnaire: Questionnaire, language: str, *, standard: Collection[str] = ()
) -> Review:
    """How long an expanded questionnaire is, how hard to read, and what to look at again.

    Hints come in the order of the questions, those of the questionnaire itself first. Never raises.

    Args:
        standard: labels of published instruments, word for word, in any language.
    """
    each = subjects(questionnaire, language)
    ours = [subject for subject in each if subject.shown not in standard]
    length = length_of(questionnaire)
    hints = [*_length_hints(length, questionnaire.minutes)]
    if language == JUDGED:
        free = [subject for subject in ours if not subject.question.measures]
        hints += age_hints([text for subject in free for text in (subject.label, subject.hint)])
    hints += _agreement_hints(ours, questionnaire, language)
    for subject in each:
        if subject in ours:
            hints += _wording_hints(subject, language)
        hints += required_hints(subject)
    return Review(length, _reading(each) if language == JUDGED else None, tuple(hints))


def _length_hints(length: Length, promised: int) -> Iterator[Hint]:
    minutes = -(-length.most.seconds // _MINUTE)
    if minutes > MOST_MINUTES:
        yield Hint("", HintKind.LONG_SURVEY, number=minutes, limit=MOST_MINUTES)
    if minutes > promised + 1:
        yield Hint("", HintKind.PROMISED_MINUTES, number=minutes, limit=promised)
    if length.most.open_questions > MOST_OPEN:
        number = length.most.open_questions
        yield Hint("", HintKind.MANY_OPEN, number=number, limit=MOST_OPEN)


def _agreement_hints(
    ours: Collection[Subject], questionnaire: Questionnaire, language: str
) -> Iterator[Hint]:
    asked = [subject.question for subject in ours if asks_to_agree(subject)]
    if asked:
        lines = (questionnaire.speak(each.short_label or each.label, language) for each in asked)
        yield Hint("", HintKind.AGREEMENT, number=len(asked), words=tuple(lines))


def _wording_hints(subject: Subject, language: str) -> Iterator[Hint]:
    yield from size_hints(subject)
    if language == JUDGED:
        yield from reading_hints(subject)
        yield from wording_hints(subject)


def _reading(each: Collection[Subject]) -> Reading | None:
    texts = [text for subject in each for text in (subject.label, subject.hint)]
    lengths = [len(prose.words(part)) for text in texts for part in prose.sentences(text)]
    age = prose.reading_age(texts)
    if age is None:
        return None
    mean = (2 * sum(lengths) + len(lengths)) // (2 * len(lengths))
    return Reading(mean, max(lengths), age)
