"""English text as words, sentences and syllables, and how hard it is to read.

TextBlob's own words and sentences need a corpus that is not shipped; these few rules do not.
"""

import re
from collections.abc import Sequence
from typing import Final

YOUNGEST: Final = 5
"""The age at which school begins, and the least that `reading_age` says."""

_PIPED: Final = re.compile(r"\$\{[^}]*\}(?:['’]s\b)?")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SHORTENED: Final = re.compile(r"\b(?:e\.g|i\.e|etc|Mr|Mrs|Ms|Dr|St|No)\.", re.IGNORECASE)
_END: Final = re.compile(r"(?<=[.?!])\s+|\n+")
_VOWELS: Final = re.compile(r"[aeiouy]+")
_SPOKEN: Final[Sequence[tuple[re.Pattern[str], str]]] = [
    (re.compile(pattern), spoken)
    for pattern, spoken in (
        (r"qu", "q"),
        (r"gue$", "g"),  # colleague
        (r"(?<=[aeiou])y(?=[aeiou])", "j"),  # employer
        (r"(?<=[^aeioutd])(?<![^aeiouy][lr])ed$", ""),  # asked; not needed, handled
        (r"(?<=[^aeiouyszxcg])(?<![^aeiouy][lr])(?<![cs]h)es$", ""),  # makes; not changes, tables
        (r"(?<=[^aeiouy])(?<![^aeiouy][lr])e$", ""),  # made; not table, centre
        (r"(?<=[aeiouy][^aeiouyl])e(?=(?:ful|less|ly|ment|ty|thing|tim|body|where|for|sel))", ""),
        (r"(?<=[bdmprv])i(?=[aou])|(?<=l)i(?=ab|an$)", "i-"),  # material; not special, million
        (r"(?<![ct])i(?=en[ct]|et)|(?<=^sc)i(?=e)|(?<=soc)i(?=e)", "i-"),  # client; not patient
        (r"(?<!g)u(?=a)", "u-"),  # usual
        (r"(?<=[dr])ea$", "e-a"),  # idea
        (r"e(?=um|o$)|(?<=r)e(?=ali|at(?:e|i|o))|(?<=^id)e(?=al)", "e-"),  # museum, reality
        (r"(?<=[aeiouy])ing", "-ing"),  # doing
    )
]
"""What is said otherwise than written, in the order in which it is put right."""


def plain(text: str) -> str:
    """The text with what is filled in later left out as "…"."""
    return _PIPED.sub("…", text)


def words(text: str) -> list[str]:
    """Its words in order; "part-time" and "don't" are one each, figures none."""
    return _WORD.findall(plain(text))


def sentences(text: str) -> list[str]:
    """Its sentences that have words. A text without a full stop is one sentence."""
    whole = _SHORTENED.sub(lambda found: found.group().replace(".", ""), plain(text))
    return [part.strip() for part in _END.split(whole) if words(part)]


def syllables(word: str) -> int:
    """How many syllables an English word has, at least one; right for about 19 words of 20."""
    total = 0
    for part in re.split(r"[-'’]", word.lower()):
        spoken = part
        for pattern, replacement in _SPOKEN:
            spoken = pattern.sub(replacement, spoken)
        total += len(_VOWELS.findall(spoken))
    return max(1, total)


def reading_age(texts: Sequence[str]) -> int | None:
    """The age in years at which English texts are read with ease; None without words.

    The Flesch-Kincaid grade and 5, since the first grade is that of children of six.

    Source: J. P. Kincaid, R. P. Fishburne, R. L. Rogers and B. S. Chissom, "Derivation of new
        readability formulas ...", Research Branch Report 8-75, Naval Technical Training, 1975.
    """
    parts = [sentence for text in texts for sentence in sentences(text)]
    spoken = [word for part in parts for word in words(part)]
    if not spoken:
        return None
    mean = sum(map(syllables, spoken)) / len(spoken)
    grade = 0.39 * len(spoken) / len(parts) + 11.8 * mean - 15.59
    return max(YOUNGEST, int(grade + 5.5))
