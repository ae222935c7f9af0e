"""Text with the answers to earlier questions in it: "You said ${satisfaction}: why?"."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from survey.domain.expressions.lexer import NAME, reference_fault
from survey.errors import ExpressionFault

_REFERENCE = re.compile(rf"\$\{{({NAME})\}}")


@dataclass(frozen=True, slots=True)
class Template:
    """`parts` are text and names in turn, the first and the last of them text."""

    parts: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """The questions whose answers stand in the text."""
        return frozenset(self.parts[1::2])

    def render(self, answers_as_text: Mapping[str, str]) -> str:
        """The text with the answers put in; what is unanswered leaves nothing.

        An answer is put in as it is: it is never read as a template again, and escaping for
        markup is for the channel.
        """
        if len(self.parts) == 1:
            return self.parts[0]
        return "".join(
            answers_as_text.get(part, "") if index % 2 else part
            for index, part in enumerate(self.parts)
        )


def compile_template(source: str) -> Template:
    """Find the `${name}` in a text; a `$` without `{` after it is a dollar sign.

    Raises:
        ExpressionFault: a `${` that is not closed or holds no name.
    """
    parts = tuple(_REFERENCE.split(source))
    column = 1
    for index, part in enumerate(parts):
        if index % 2:
            column += len("${}")
        elif (found := part.find("${")) >= 0:
            at = column - 1 + found
            raise ExpressionFault(reference_fault(source, at), at + 1)
        column += len(part)
    return Template(parts)
