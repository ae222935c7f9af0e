"""What somebody says of a fix in the first line of a letter: one word, and a score if they like."""

import re
from dataclasses import dataclass
from typing import Final

from survey.domain.cases import Verdict

_WORDS: Final = {
    Verdict.FIXED: (
        "fixed",
        "yes",
        "it is fixed",
        "yes it is",
        "yes fixed",
        "wedi'i drwsio",
        "ydy",
    ),
    Verdict.PARTLY: ("partly", "partly fixed", "yn rhannol"),
    Verdict.NOT_FIXED: (
        "no",
        "not fixed",
        "it is not fixed",
        "no it is not",
        "heb ei drwsio",
        "nac ydy",
        "na",
    ),
}
"""Whole lines in English and Welsh, without marks; whoever writes more than that writes a message,
which a person reads."""

_VERDICTS: Final = {words: verdict for verdict, lines in _WORDS.items() for words in lines}
_LONGEST: Final = 60
"""Characters of such a line; what somebody else writes may be as long as it likes."""

_SCORE: Final = re.compile(r"(?<!\w)[1-5](?=\W*$)")
_MARKS: Final = re.compile(r"[^\w' ]+")


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, how it was handled (1 to 5, None where they did not say), and what they added."""

    verdict: Verdict
    score: int | None
    rest: str


def verdict_in(text: str) -> Judged | None:
    """The verdict that a letter begins with; None where it does not begin with one alone."""
    first, _, rest = text.strip().partition("\n")
    if len(first) > _LONGEST:
        return None
    line = first.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    score = _SCORE.search(line)
    words = line[: score.start()] if score else line
    verdict = _VERDICTS.get(" ".join(_MARKS.sub(" ", words).lower().split()))
    if verdict is None:
        return None
    return Judged(verdict, int(score[0]) if score else None, rest.strip())
