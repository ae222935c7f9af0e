"""What changed between two versions of a questionnaire, question by question.

Publication asks of each changed question whether its figures may still be compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from survey.domain.questionnaire import Choice, Question, Questionnaire, Text


class Aspect(StrEnum):
    """What of a question changed, where that may change what its figures mean."""

    ADDED = "added"
    REMOVED = "removed"
    TYPE = "type"
    LABEL = "label"
    HINT = "hint"
    SCALE = "scale"
    CHOICES = "choices"
    RELEVANT = "relevant"
    REQUIRED = "required"
    CONSTRAINT = "constraint"
    CALCULATION = "calculation"
    MEASURES = "measures"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Change:
    """A question and what of it changed."""

    question: str
    aspects: tuple[Aspect, ...]

    @property
    def what(self) -> str:
        """What changed, in words: "label and scale changed"."""
        if self.aspects in ((Aspect.ADDED,), (Aspect.REMOVED,)):
            return f"the question was {self.aspects[0]}"
        *most, last = self.aspects
        return f"{', '.join(most)} and {last} changed" if most else f"{last} changed"


def compare(old: Questionnaire, new: Questionnaire) -> list[Change]:
    """The questions that differ between two expanded questionnaires.

    In the order of the new one, those removed last. A text counts as changed when its words
    differ in a language that both have: a translation that was added changes nothing. Order,
    short labels and messages are not compared.
    """
    before = {question.name: question for question in old.questions}
    changes = []
    for question in new.questions:
        was = before.pop(question.name, None)
        aspects = (Aspect.ADDED,) if was is None else tuple(_aspects(was, question))
        if aspects:
            changes.append(Change(question.name, aspects))
    return changes + [Change(name, (Aspect.REMOVED,)) for name in before]


def _aspects(old: Question, new: Question) -> Iterator[Aspect]:
    if old.type is not new.type:
        yield Aspect.TYPE
    if _reworded(old.label, new.label):
        yield Aspect.LABEL
    if _reworded(old.hint or {}, new.hint or {}):
        yield Aspect.HINT
    if (old.start, old.end) != (new.start, new.end) or _relabelled(old.points, new.points):
        yield Aspect.SCALE
    if _rechosen(old.closed_choices, new.closed_choices):
        yield Aspect.CHOICES
    for aspect in (Aspect.RELEVANT, Aspect.REQUIRED, Aspect.CONSTRAINT, Aspect.CALCULATION):
        if _squeezed(getattr(old, aspect)) != _squeezed(getattr(new, aspect)):
            yield aspect
    if set(old.measures) != set(new.measures):
        yield Aspect.MEASURES
    if old.service != new.service:
        yield Aspect.SERVICE


def _reworded(old: Text, new: Text) -> bool:
    if not old or not new:
        return bool(old) != bool(new)
    both = old.keys() & new.keys()
    return not both or any(_squeezed(old[each]) != _squeezed(new[each]) for each in both)


def _relabelled(old: dict[int, Text], new: dict[int, Text]) -> bool:
    return old.keys() != new.keys() or any(_reworded(old[point], new[point]) for point in old)


def _rechosen(old: tuple[Choice, ...], new: tuple[Choice, ...]) -> bool:
    before, after = ({choice.name: choice for choice in choices} for choices in (old, new))
    return before.keys() != after.keys() or any(
        _reworded(before[name].label, after[name].label)
        or before[name].exclusive != after[name].exclusive
        for name in before
    )


def _squeezed(source: object) -> object:
    """Text without the line breaks and double spaces of its layout."""
    return " ".join(source.split()) if isinstance(source, str) else source
