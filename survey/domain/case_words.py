"""The words by which problem reports are found, and those that somebody looks for.

Both are cut alike: folded, at everything that is neither a letter nor a digit, and to one length.
So whatever is typed is words, and no sign of it means anything to a database.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from survey.domain.cases import Audience, Case, Entry
from survey.domain.folding import folded

LONGEST: Final = 40
"""Signs of a word; what follows is neither kept nor compared."""

MOST: Final = 5_000
"""Different words of one case, the first of them; no letter to a service has as many."""

MOST_LOOKED_FOR: Final = 12
"""Words that must all be there; of a text that somebody pasted these are enough."""

_WORD: Final = re.compile(r"[^\W_]+")


def words_of(text: str) -> Iterator[str]:
    """
    >>> list(words_of("Tŷ Ddewi's  pay_slip"))
    ['ty', 'ddewi', 's', 'pay', 'slip']
    """
    return (found[0][:LONGEST] for found in _WORD.finditer(folded(text)))


def looked_for(text: str) -> tuple[str, ...]:
    """Beginnings of words that must all be there, each once, the longest first.

    What another begins with is left out: "pay payroll" looks for "payroll" alone. Empty where there
    is no letter or digit in the text: then nothing fits.
    """
    kept = list[str]()
    for word in sorted(set(words_of(text)), key=lambda each: (-len(each), each)):
        if not any(longer.startswith(word) for longer in kept):
            kept.append(word)
        if len(kept) == MOST_LOOKED_FOR:
            break
    return tuple(kept)


def to_be_found(
    case: Case, timeline: Iterable[Entry], *, unit: str = "", files: Iterable[str] = ()
) -> str:
    """All words of a case that staff may read, each once, with a space between.

    Args:
        unit: the name of the school or department that it is about.
        files: the names of what came with it.

    Empty where the case is for few.
    """
    if case.restricted:
        return ""
    texts = [case.reference, case.reference.replace("-", ""), unit, case.system, case.team]
    texts += [case.cause, *files]
    for entry in timeline:
        if entry.for_(Audience.STAFF):
            texts += [entry.text, *_answers(entry.data)]
    each_once = dict.fromkeys(word for text in texts for word in words_of(text))
    return " ".join(islice(each_once, MOST))


def _answers(data: Mapping[str, Any]) -> Iterator[str]:
    """What a report says; choices of several and files are lists, and no words."""
    for answer in data.get("answers", {}).values():
        if isinstance(answer, str | int | float) and not isinstance(answer, bool):
            yield str(answer)
