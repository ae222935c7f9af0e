"""What is hard to read in English, and what is too long for a phone in any language.

Sources: "Sentence length: why 25 words is our limit", Inside GOV.UK, 4 August 2014, and GOV.UK's
guidance on writing for the web, which writes for a reading age of 9 and lists words to avoid. Ours
is 11, because a formula over a few short questions is unsteady. The lengths in characters are what
fits on a phone of 320 pixels beside the rest of a question (about 28 characters a line in a
heading of the web form, 36 beside a radio button).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from survey.domain.hints import prose
from survey.domain.hints.kinds import Hint, HintKind
from survey.domain.hints.lexicon import KNOWN_ABBREVIATIONS, PLAINER
from survey.domain.hints.subject import Subject

LONGEST_SENTENCE: Final = 25
"""In words."""
OLDEST_READER: Final = 11
"""The reading age of all texts together."""
LONGEST_TEXT: Final = 150
"""Of a question, in characters: six lines on a phone."""
LONGEST_CHOICE: Final = 80
"""In characters: three lines beside a radio button."""
MOST_CHOICES: Final = 12
"""Buttons that a phone shows without scrolling past the question."""

_FEWEST_WORDS: Final = 30
_MOST_NAMED: Final = 4
_LONG_WORD: Final = 4
_ABBREVIATION: Final = re.compile(r"\b(?:[A-Z][A-Z0-9&]{1,5})s?\b")
_PLAINER: Final = re.compile(rf"\b(?:{'|'.join(sorted(PLAINER, key=len, reverse=True))})\b")


def size_hints(subject: Subject) -> Iterator[Hint]:
    """What is too long to be seen at once, in any language."""
    name = subject.question.name
    if len(subject.shown) > LONGEST_TEXT:
        yield Hint(name, HintKind.LONG_TEXT, number=len(subject.shown), limit=LONGEST_TEXT)
    if len(subject.choices) > MOST_CHOICES:
        yield Hint(name, HintKind.MANY_CHOICES, number=len(subject.choices), limit=MOST_CHOICES)
    longest = max(subject.choices, key=len, default="")
    if len(longest) > LONGEST_CHOICE:
        yield Hint(
            name,
            HintKind.LONG_CHOICE,
            number=len(longest),
            limit=LONGEST_CHOICE,
            words=(longest,),
        )


def reading_hints(subject: Subject) -> Iterator[Hint]:
    """Long sentences, words of offices, and capitals that nobody explains."""
    name = subject.question.name
    for text in (subject.label, subject.hint):
        for sentence in prose.sentences(text):
            count = len(prose.words(sentence))
            if count > LONGEST_SENTENCE:
                yield Hint(name, HintKind.LONG_SENTENCE, number=count, limit=LONGEST_SENTENCE)
        for found in dict.fromkeys(_PLAINER.findall(text.lower())):
            yield Hint(name, HintKind.PLAINER_WORD, words=(found, PLAINER[found]))
    unknown = dict.fromkeys(
        each
        for text in (subject.label, subject.hint)
        for each in _ABBREVIATION.findall(text)
        if not text.isupper() and not _known(each, subject.explained)
    )
    if unknown:
        yield Hint(name, HintKind.ABBREVIATION, words=tuple(unknown))


def age_hints(texts: Sequence[str]) -> Iterator[Hint]:
    """All texts together; nothing is said of fewer than 30 words."""
    spoken = [word for text in texts for word in prose.words(text)]
    age = prose.reading_age(texts)
    if age is None or age <= OLDEST_READER or len(spoken) < _FEWEST_WORDS:
        return
    long = {
        word.lower(): count for word in spoken if (count := prose.syllables(word)) >= _LONG_WORD
    }
    worst = sorted(long, key=lambda word: (-long[word], word))[:_MOST_NAMED]
    yield Hint("", HintKind.HARD_TO_READ, number=age, limit=OLDEST_READER, words=tuple(worst))


def _known(abbreviation: str, explained: str) -> bool:
    """Whether everybody knows it, or some text has it in brackets or explains it in brackets."""
    bare = abbreviation.removesuffix("s")
    return bare in KNOWN_ABBREVIATIONS or bool(
        re.search(rf"\({re.escape(bare)}s?\)|\b{re.escape(bare)}s? \(", explained)
    )
