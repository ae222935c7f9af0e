"""Something wrong with a questionnaire, before and after it has a place in a file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one question, or with the questionnaire itself (`question` empty).

    `part` leads from the question to the exact spot, ("choices", 0, "label"), or from the top of
    the questionnaire, ("questions", 3, "label"), where two questions may have one name. `message`
    says what and what to do; where is said around it.
    """

    question: str
    part: tuple[str | int, ...]
    code: str
    message: str


def quoted(text: str) -> str:
    """Somebody's text inside a message: short, on one line, printable."""
    short = text if len(text) <= 40 else text[:39] + "…"
    return "'" + "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in short) + "'"
