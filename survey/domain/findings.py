"""Something wrong with a questionnaire, before and after it has a place in a file."""

from dataclasses import dataclass

from survey.errors import Fault


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one question, or with the questionnaire itself (`question` empty).

    `part` leads from there to the exact spot: ("choices", "yes", "label"). `message` says what and
    what to do; where is said around it.
    """

    question: str
    part: tuple[str | int, ...]
    code: str
    message: str


def told(fault: Fault) -> str:
    """A fault as one line: "people-pulse.yaml line 14, question pride: ..."."""
    file, line, *where = fault.path
    place = ", ".join([f"{file} line {line}" if line else file, *filter(None, where)])
    return f"{place}: {fault.message}"


def quoted(text: str) -> str:
    """Somebody's text inside a message: short, on one line, printable."""
    short = text if len(text) <= 40 else text[:39] + "…"
    return "'" + "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in short) + "'"
