"""One line of a questionnaire, compiled."""

from collections.abc import Mapping
from dataclasses import dataclass

from survey.domain.expressions import Expression, Template
from survey.domain.questionnaire import Question

Words = Mapping[str, Template]
"""One text, compiled, by language."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the questionnaire with its expressions and texts compiled.

    `depends_on` names the questions whose answers decide whether this one is asked, followed
    through calculations and through the relevance of the questions named. `line` is what stands
    for the question on the check page.
    """

    question: Question
    relevant: Expression | None
    constraint: Expression | None
    calculation: Expression | None
    label: Words
    hint: Words
    line: Words
    required_message: Words | None
    constraint_message: Words | None
    depends_on: frozenset[str]
