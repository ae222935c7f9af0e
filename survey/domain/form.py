"""A questionnaire version made ready to be answered: compiled once, then only read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from survey.domain.compiled import Compiled, compile_items
from survey.domain.expressions import Expression, compile_expression, compile_template
from survey.domain.items import Item, Words
from survey.domain.questionnaire import Questionnaire, Text


@dataclass(frozen=True, slots=True)
class Form:
    """An expanded questionnaire, compiled; `version` 0 is one that is not published.

    Make it once per version and share it: it holds no answers.
    """

    questionnaire: Questionnaire
    version: int
    items: Mapping[str, Item]
    title: Words
    asked_by: Words
    purpose: Words
    compiled: Compiled = field(compare=False, repr=False)

    @classmethod
    def compile(cls, questionnaire: Questionnaire, *, version: int = 0) -> Self:
        """Compile every expression and text.

        Raises:
            ExpressionFault: a source that `survey.domain.checking` would have refused.
        """

        def words(text: Text) -> Words:
            return {
                language: compile_template(questionnaire.speak(text, language))
                for language in questionnaire.languages
            }

        def own_words(text: Text | None) -> Words | None:
            return None if text is None else words(text)

        deciding = {
            question.name: _names(question.relevant) | _names(question.calculation)
            for question in questionnaire.questions
        }
        items = {
            question.name: Item(
                question=question,
                relevant=_compiled(question.relevant),
                constraint=_compiled(question.constraint),
                calculation=_compiled(question.calculation),
                label=words(question.label),
                hint=words(question.hint or {}),
                line=words(question.short_label or question.label),
                required_message=own_words(question.required_message),
                constraint_message=own_words(question.constraint_message),
                depends_on=_closure(_names(question.relevant), deciding),
            )
            for question in questionnaire.questions
        }
        return cls(
            questionnaire=questionnaire,
            version=version,
            items=items,
            title=words(questionnaire.title),
            asked_by=words(questionnaire.asked_by),
            purpose=words(questionnaire.purpose),
            compiled=compile_items(list(items.values())),
        )


def _compiled(source: str | None) -> Expression | None:
    return None if source is None else compile_expression(source)


def _names(source: str | None) -> frozenset[str]:
    return frozenset() if source is None else compile_expression(source).names


def _closure(names: frozenset[str], deciding: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The names, and whatever decides them in turn."""
    known: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in known:
            known.add(name)
            waiting.extend(deciding.get(name, frozenset()))
    return frozenset(known)
