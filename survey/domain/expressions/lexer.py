"""Source text to tokens."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from survey.errors import ExpressionFault

LONGEST_SOURCE: Final = 2_000
"""Characters."""

NAME: Final = r"[A-Za-z_][A-Za-z0-9_.\-]*"
"""A question's name, as a regular expression: XLSForm's names, in ASCII."""


class Kind(StrEnum):
    NUMBER = "number"
    TEXT = "text"
    REFERENCE = "reference"
    WORD = "word"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is what stands in the source; for a text or reference, what is inside the marks."""

    kind: Kind
    text: str
    position: int

    def __str__(self) -> str:
        return "the end" if self.kind is Kind.END else shown(self.text)


_TOKEN = re.compile(
    rf"""
      (?P<space>     \s+ )
    | (?P<number>    [0-9]+ (?:\.[0-9]*)? | \.[0-9]+ )
    | (?P<text>      '[^']*' | "[^"]*" )
    | (?P<reference> \$\{{ {NAME} \}} )
    | (?P<wrong>     == | && | \|\| | <> | => | =< | \.\. | ! (?!=) | [/%|\[\]{{}};‘’“”×÷≤≥≠] )
    | (?P<word>      [^\W\d] [\w:.\-]* )
    | (?P<symbol>    != | <= | >= | [=<>+\-*(),.] )
    """,
    re.VERBOSE,
)

_INSTEAD = {
    "==": "write =",
    "&&": "write and",
    "||": "write or",
    "|": "write or",
    "<>": "write !=",
    "≠": "write !=",
    "=>": "write >=",
    "≥": "write >=",
    "=<": "write <=",
    "≤": "write <=",
    "!": "write not(...)",
    "/": "write div to divide; a question is written ${name}",
    "÷": "write div",
    "×": "write *",
    "%": "write mod",
    "..": "the question's own value is a single .",
    ";": "arguments are separated by commas",
    "{": "a question is written ${name}",
    "}": "a question is written ${name}",
} | dict.fromkeys("‘’“”", "use straight quotation marks")


def shown(text: str) -> str:
    """Text from a source, fit to stand in a message: short and printable."""
    short = text if len(text) <= 40 else f"{text[:40]}…"
    return "'" + "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in short) + "'"


def tokens_of(source: str) -> list[Token]:
    """The tokens of a source, the last of them the end.

    Raises:
        ExpressionFault: the source is too long, or something in it belongs to no token.
    """
    if len(source) > LONGEST_SOURCE:
        raise ExpressionFault(
            f"the expression has {len(source)} characters and {LONGEST_SOURCE} is the most: "
            "move a part of it to a calculation",
            LONGEST_SOURCE + 1,
        )
    tokens: list[Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None or match.lastgroup == "wrong":
            raise _misread(source, at, match[0] if match else source[at])
        if match.lastgroup != "space":
            kind = Kind(str(match.lastgroup))
            tokens.append(Token(kind, _inside(kind, match[0]), at + 1))
        at = match.end()
    tokens.append(Token(Kind.END, "", len(source) + 1))
    return tokens


def _inside(kind: Kind, written: str) -> str:
    match kind:
        case Kind.TEXT:
            return written[1:-1]
        case Kind.REFERENCE:
            return written[2:-1]
        case _:
            return written


def _misread(source: str, at: int, text: str) -> ExpressionFault:
    column = at + 1
    if text in "'\"":
        message = f"the text that opens at column {column} is not closed: add {text} at its end"
    elif text == "$":
        message = reference_fault(source, at)
    else:
        advice = _INSTEAD.get(text, "remove it, or put text in quotation marks")
        message = f"{shown(text)} at column {column} is not part of the language: {advice}"
    return ExpressionFault(message, column)


def reference_fault(source: str, at: int) -> str:
    """Why what starts with `$` at index `at` is not a reference, and what to write."""
    opened = source.startswith("${", at)
    closed = source.find("}", at)
    if opened and closed < 0:
        return f"the reference at column {at + 1} is not closed: add }} after the question's name"
    if opened:
        name = source[at + 2 : closed]
        return (
            f"{shown(name)} at column {at + 1} cannot be a question's name: a name is letters, "
            "digits, _, - and ., starts with a letter or _, and has no spaces"
        )
    return f"'$' at column {at + 1} stands alone: a question is written ${{name}}"
