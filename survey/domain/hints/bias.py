"""What may push an answer: English wording, and what is required in any language.

Sources: J. A. Krosnick and S. Presser, "Question and Questionnaire Design", in Handbook of Survey
Research, 2nd edition, 2010 (one thing at a time, no leading or loaded words, no double negatives,
acquiescence in agreement scales, balanced and labelled scales); D. A. Dillman, J. D. Smyth and
L. M. Christian, Internet, Phone, Mail, and Mixed-Mode Surveys, 4th edition, 2014; Government
Analysis Function, "Questionnaire design guidance", 14 March 2023; Pew Research Center, "Writing
Survey Questions".

A scale that lacks a label at an end is a fault and not a hint: `survey.domain.checking.shape`.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from survey.domain.hints import lexicon, prose
from survey.domain.hints.kinds import Hint, HintKind
from survey.domain.hints.lengths import is_open
from survey.domain.hints.subject import Subject
from survey.domain.questionnaire import OTHER, PREFER_NOT_TO_SAY, QuestionType

_YES_OR_NO: Final = 2
_FEWEST_LABELS: Final = 3


def _any(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'’-])(?:{pattern})(?![\w'’-])", re.IGNORECASE)


_LEADING: Final = _any(lexicon.LEADING)
_ABSOLUTE: Final = _any(lexicon.ABSOLUTE)
_NEGATIVE: Final = _any(lexicon.NEGATIVES)
_DENIAL: Final = _any(lexicon.DENIALS)
_SENSITIVE: Final = _any(lexicon.SENSITIVE)
_FAVOURABLE: Final = _any(lexicon.FAVOURABLE)
_UNFAVOURABLE: Final = _any(lexicon.UNFAVOURABLE)
_NEUTRAL: Final = re.compile(lexicon.NEUTRAL, re.IGNORECASE)
_WAY_OUT: Final = re.compile(lexicon.WAY_OUT, re.IGNORECASE)
_FROM_NOTHING: Final = re.compile(r"not at all|none|nothing|never|no\b", re.IGNORECASE)
_JOINED: Final = re.compile(
    r"(?P<first>[^\W\d_][\w'’-]*),? (?P<by>and/or|and|or)"
    r" (?P<the>(?:(?:the|a|an|its|their|your|our|my|how|by|with|in|of|to|is|are|was|were) )*)"
    r"(?P<second>[^\W\d_][\w'’-]*)"
    r"|(?P<one>[^\W\d_]{3,})/(?P<other>[^\W\d_]{3,})"
)
_ONE_SIDED: Final = re.compile(
    rf"\bhow (?:very )?(?P<side>{'|'.join(lexicon.OPPOSITES)})\b(?! (?:or|and) )", re.IGNORECASE
)
_AGREE: Final = re.compile(r"\b(?:dis)?agree\b|\b(?:ang)?hytuno|\bcytuno", re.IGNORECASE)


def wording_hints(subject: Subject) -> Iterator[Hint]:
    """What an English question suggests by its words."""
    if not subject.question.asks:
        return
    name, asked = subject.question.name, _asked(subject.label)
    if found := _found(_LEADING, subject.label):
        yield Hint(name, HintKind.LEADING, words=found)
    if not subject.closed:
        return
    if found := _found(_ABSOLUTE, asked):
        yield Hint(name, HintKind.ABSOLUTE, words=found)
    if subject.rated:
        for pair in _two_things(asked):
            yield Hint(name, HintKind.TWO_THINGS, words=pair)
        if (one := _ONE_SIDED.search(asked)) and not _from_nothing(subject.points):
            side = one["side"].lower()
            yield Hint(name, HintKind.ONE_SIDED, words=(side, lexicon.OPPOSITES[side]))
    yield from _negatives(subject, asked)
    yield from _balance(subject)


def required_hints(subject: Subject) -> Iterator[Hint]:
    """What is required of people who may have no answer, or none that they want to give."""
    question = subject.question
    if not (question.asks and question.required):
        return
    if is_open(question):
        yield Hint(question.name, HintKind.REQUIRED_TEXT)
    names = {choice.name for choice in question.closed_choices}
    if PREFER_NOT_TO_SAY in names:
        return
    if question.characteristic or _SENSITIVE.search(subject.english):
        yield Hint(question.name, HintKind.REQUIRED_SENSITIVE)
    elif subject.closed and not question.measures and not _has_way_out(subject):
        yield Hint(question.name, HintKind.NO_WAY_OUT)


def asks_to_agree(subject: Subject) -> bool:
    """Whether it is answered by how far somebody agrees, read from English and Welsh labels.

    A question that feeds a measure is asked as the measure defines it.
    """
    labels = [text for each in subject.question.points.values() for text in each.values()]
    return subject.rated and not subject.question.measures and any(map(_AGREE.search, labels))


def _asked(label: str) -> str:
    """The sentences that ask: those with a question mark, else all, without what goes before "how".

    "When you rang and wrote to us, how satisfied ...": what was done is not what is rated.
    """
    parts = prose.sentences(label)
    asking = [part for part in parts if part.endswith("?")] or parts
    return " ".join(re.split(r", (?=how\b|to what extent\b)", part)[-1] for part in asking)


def _found(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found.group().lower() for found in pattern.finditer(text)))


def _two_things(asked: str) -> Iterator[tuple[str, str]]:
    for found in _JOINED.finditer(asked):
        first = (found["first"] or found["one"]).removesuffix("…")
        second = found["second"] or found["other"]
        by = found["by"] or "/"
        named = first[0].isupper() and second[0].isupper() and found.start() > 0
        pair = frozenset({first.lower(), second.lower()})
        before = asked[: found.start()].lower().split()[-3:]
        if (
            named
            or len(pair) == 1
            or pair in lexicon.BALANCED
            or f"{first} {by} {second}".lower() in lexicon.ONE_THING
            or "between" in before
        ):
            continue
        yield first, second


def _negatives(subject: Subject, asked: str) -> Iterator[Hint]:
    name = subject.question.name
    for sentence in prose.sentences(asked):
        found = list(_NEGATIVE.finditer(_without_pairs(sentence)))
        if len(found) > 1:
            words = tuple(each.group().lower() for each in found)
            yield Hint(name, HintKind.DOUBLE_NEGATIVE, words=words)
        elif any(map(_AGREE.search, subject.points)) and (denied := _found(_DENIAL, sentence)):
            yield Hint(name, HintKind.NEGATIVE_STATEMENT, words=denied)


def _without_pairs(sentence: str) -> str:
    """Without "satisfied or dissatisfied" and the like, which deny nothing."""

    def pair(found: re.Match[str]) -> str:
        both = frozenset({found[1].lower(), found[2].lower()})
        return "" if both in lexicon.BALANCED else found.group()

    return re.sub(r"(\w+) (?:or|and|nor) (\w+)", pair, sentence.replace("whether or not", ""))


def _from_nothing(points: Sequence[str]) -> bool:
    """Whether the scale goes from nothing to much and so has one side only."""
    return any(_FROM_NOTHING.match(label) for label in (*points[:1], *points[-1:]))


def _balance(subject: Subject) -> Iterator[Hint]:
    """More favourable than unfavourable labels, or the other way, where each of them is clear."""
    question = subject.question
    if question.type is QuestionType.SELECT_MULTIPLE:
        return
    labels = [each for each in subject.points or subject.choices if not _WAY_OUT.fullmatch(each)]
    whole = len(subject.points) == (question.end or 0) - (question.start or 0) + 1
    if len(labels) < _FEWEST_LABELS or (subject.rated and not whole) or _from_nothing(labels):
        return
    sides = [_side(label) for label in labels if not _NEUTRAL.fullmatch(label)]
    if None in sides or len(set(sides)) < 2:
        return
    up, down = sides.count(True), sides.count(False)
    if up != down:
        yield Hint(question.name, HintKind.UNBALANCED, number=up, limit=down)


def _side(label: str) -> bool | None:
    """Whether a label is favourable; None where that is not clear."""
    if _UNFAVOURABLE.search(label):
        return False
    return True if _FAVOURABLE.search(label) else None


def _has_way_out(subject: Subject) -> bool:
    choices = subject.question.closed_choices
    if subject.rated:
        return False
    return (
        len(choices) <= _YES_OR_NO
        or any(choice.exclusive or choice.name == OTHER for choice in choices)
        or any(_WAY_OUT.fullmatch(text) for choice in choices for text in choice.label.values())
    )
