"""Hints on the wording of a questionnaire, in words: what is so, and what to do."""

from collections.abc import Callable, Mapping
from gettext import NullTranslations
from typing import Final

from survey.domain.hints import Hint, HintKind, Length, Reading, Review, review
from survey.domain.language import N_
from survey.questionnaires import library
from survey.services.catalogue import Published

Say = Callable[[str], str]

_MINUTE: Final = 60

_HINTS: Final[Mapping[HintKind, str]] = {
    HintKind.LONG_SURVEY: N_(
        "It takes about %(number)s minutes. Most people want at most %(limit)s: ask less at once."
    ),
    HintKind.PROMISED_MINUTES: N_(
        "People are told %(limit)s min, and it may take %(number)s. Ask less, or tell them."
    ),
    HintKind.MANY_OPEN: N_(
        "%(number)s questions ask for people's own words. Keep the one or two that you will read."
    ),
    HintKind.HARD_TO_READ: N_(
        "It reads like a text for age %(number)s. Aim for %(limit)s or younger: shorter sentences "
        "and words. The longest words: %(listed)s."
    ),
    HintKind.AGREEMENT: N_(
        "Questions that ask how far people agree: %(number)s (%(listed)s). Some people agree with "
        "whatever is put to them. Ask for the thing itself: how satisfied, how often, how easy."
    ),
    HintKind.LONG_TEXT: N_(
        "%(number)s characters fill a phone. Shorten it to %(limit)s, or put a part into the hint."
    ),
    HintKind.MANY_CHOICES: N_(
        "%(number)s choices do not fit on a phone. Group them, or ask in two steps."
    ),
    HintKind.LONG_CHOICE: N_(
        "A choice has %(number)s characters. Shorten it to %(limit)s: %(listed)s."
    ),
    HintKind.LONG_SENTENCE: N_(
        "A sentence has %(number)s words. Split it: over %(limit)s is hard to follow."
    ),
    HintKind.PLAINER_WORD: N_("Say %(second)s instead of %(first)s."),
    HintKind.ABBREVIATION: N_("Write out %(listed)s, or explain it in brackets once."),
    HintKind.TWO_THINGS: N_("Ask about one thing at a time: %(first)s and %(second)s are two."),
    HintKind.LEADING: N_("%(listed)s suggests an answer. Ask without it."),
    HintKind.ONE_SIDED: N_("Ask from both sides: %(first)s or %(second)s."),
    HintKind.ABSOLUTE: N_("%(listed)s leaves no room. Ask how often or how far."),
    HintKind.DOUBLE_NEGATIVE: N_("It denies twice: %(listed)s. Say it without."),
    HintKind.NEGATIVE_STATEMENT: N_(
        "To disagree with %(listed)s is to deny twice. Turn the statement round."
    ),
    HintKind.UNBALANCED: N_(
        "Favourable labels: %(number)s. Unfavourable ones: %(limit)s. Offer as many of each."
    ),
    HintKind.NO_WAY_OUT: N_(
        "It must be answered, even by people whom it does not fit. Let them skip it, or add "
        "a choice for them."
    ),
    HintKind.REQUIRED_TEXT: N_("It must be answered in people's own words. Let them skip it."),
    HintKind.REQUIRED_SENSITIVE: N_(
        "It must be answered, and it is personal. Let people skip it, or add 'Prefer not to say'."
    ),
}


def review_of(published: Published, language: str | None = None) -> Review:
    """What is to be said of the words of a version, in its first language where none is named."""
    survey = published.questionnaire
    return review(survey, language or survey.default_language, standard=library.standard())


def hint_in_words(hint: Hint, say: Say) -> str:
    """One or two short sentences: what is so, and what to do."""
    quoted = [
        f"\N{LEFT SINGLE QUOTATION MARK}{word}\N{RIGHT SINGLE QUOTATION MARK}"
        for word in hint.words
    ]
    return say(_HINTS[hint.kind]) % {
        "number": hint.number,
        "limit": hint.limit,
        "listed": ", ".join(quoted),
        "first": quoted[0] if quoted else "",
        "second": quoted[-1] if quoted else "",
    }


def count_in_words(hints: int, spoken: NullTranslations) -> str:
    """ "3 hints on the words"; nothing where there are none."""
    said = spoken.ngettext("%(number)s hint on the words", "%(number)s hints on the words", hints)
    return said % {"number": hints} if hints else ""


def length_in_words(length: Length, spoken: NullTranslations) -> str:
    """How many questions on the shortest way and on the longest, and how long they take."""
    say = spoken.gettext
    fewest, most = length.least.questions, length.most.questions
    quickest, slowest = (max(1, -(-way.seconds // _MINUTE)) for way in (length.least, length.most))
    questions = (
        spoken.ngettext("%(most)s question", "%(most)s questions", most)
        if fewest == most
        else say(N_("%(fewest)s to %(most)s questions, depending on the answers"))
    )
    time = (
        spoken.ngettext("About %(most)s minute", "About %(most)s minutes", slowest)
        if quickest == slowest
        else say(N_("About %(fewest)s to %(most)s minutes"))
    )
    values = {"fewest": fewest, "most": most}, {"fewest": quickest, "most": slowest}
    return f"{questions % values[0]}. {time % values[1]}."


def reading_in_words(reading: Reading | None, say: Say) -> str:
    """How hard it is to read, or that this is not judged."""
    if reading is None:
        return say(N_("Wording and ease of reading are judged in English only."))
    return say(
        N_(
            "Sentences have %(mean)s words on average and %(longest)s at most. It reads like a "
            "text for age %(age)s."
        )
    ) % {"mean": reading.mean, "longest": reading.longest, "age": reading.age}
