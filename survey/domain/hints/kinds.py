"""What a hint is."""

from dataclasses import dataclass
from enum import StrEnum


class HintKind(StrEnum):
    """What is to be looked at again; `survey.domain.hints` says which rule each follows."""

    LONG_SURVEY = "long_survey"
    """`number` minutes on the longest way, over `limit`."""
    PROMISED_MINUTES = "promised_minutes"
    """`number` minutes on the longest way, where people are promised `limit`."""
    MANY_OPEN = "many_open"
    """`number` questions to be answered in one's own words on one way, over `limit`."""
    HARD_TO_READ = "hard_to_read"
    """A reading age of `number`, over `limit`; `words` are the longest."""
    AGREEMENT = "agreement"
    """`number` questions ask how far people agree; `words` are their short labels."""
    LONG_TEXT = "long_text"
    """A question of `number` characters, over `limit`."""
    MANY_CHOICES = "many_choices"
    """`number` choices, over `limit`."""
    LONG_CHOICE = "long_choice"
    """A choice of `number` characters, over `limit`; `words` is the longest."""
    LONG_SENTENCE = "long_sentence"
    """A sentence of `number` words, over `limit`."""
    PLAINER_WORD = "plainer_word"
    """`words` are the word that stands there and the plainer one."""
    ABBREVIATION = "abbreviation"
    """`words` are capitals that no text explains."""
    TWO_THINGS = "two_things"
    """`words` are the two things that one rating is asked of."""
    LEADING = "leading"
    """`words` suggest an answer."""
    ONE_SIDED = "one_sided"
    """`words` are the one side that is asked, and the other."""
    ABSOLUTE = "absolute"
    """`words` leave no room between all and nothing."""
    DOUBLE_NEGATIVE = "double_negative"
    """`words` deny twice."""
    NEGATIVE_STATEMENT = "negative_statement"
    """`words` make a statement that somebody has to deny to agree with its opposite."""
    UNBALANCED = "unbalanced"
    """`number` favourable labels and `limit` unfavourable ones."""
    NO_WAY_OUT = "no_way_out"
    """Required, and nothing to choose for whom it does not fit."""
    REQUIRED_TEXT = "required_text"
    """Required, and to be answered in one's own words."""
    REQUIRED_SENSITIVE = "required_sensitive"
    """Required, and about something that nobody should have to tell."""


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to look at again, of one question or of the questionnaire itself ("").

    What `number`, `limit` and `words` mean, each kind says.
    """

    question: str
    kind: HintKind
    number: int = 0
    limit: int = 0
    words: tuple[str, ...] = ()
