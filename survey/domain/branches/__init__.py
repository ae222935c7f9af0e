"""After which answers a question is asked, told by those answers.

Nothing is read out of the way a condition is written: it is tried with all answers of the questions
that it names, and what leads to the question is put together again, as few alternatives as cover
it. The source only says of what something may be left out: of several choices only those that it
asks about are tried, and of numbers without end only those next to the numbers it compares with.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import prod
from typing import Final

from survey.domain.answers import every_point_labelled
from survey.domain.branches.boxes import MOST_BOXES, Box, boxes_of
from survey.domain.branches.tried import ANY_DAY, Aspect, State, States, aspects_of, concerned_by
from survey.domain.expressions import Value
from survey.domain.form import Form
from survey.domain.questionnaire import PREFER_NOT_TO_SAY, Question, QuestionType

__all__ = ["Branch", "Kind", "Part", "branch", "deciding", "repeated_for"]

MOST_ALTERNATIVES: Final = 3
MOST_NAMED: Final = 6
"""Answers of one question that a sentence can list."""

_MOST_STATES: Final = 1_000  # some 15 ms; what takes more is hardly said in a sentence


class Kind(StrEnum):
    """What a part of a condition says of the answer to its question."""

    ONE_OF = "one_of"
    AT_MOST = "at_most"
    AT_LEAST = "at_least"
    BETWEEN = "between"
    TICKED = "ticked"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Part:
    """One question's part of a condition.

    `answers` are the choices or points of which the answer is one (or of which one is ticked), in
    the order of the question; the bound or both bounds of numbers; none of ANSWERED. A `negated`
    part holds whenever that is not so, and where the question is not answered.
    """

    question: str
    kind: Kind
    answers: tuple[str | int, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """When a question is asked: after any of the alternatives, each of which holds as a whole.

    No alternative: there is no short way to say it, and it depends on the answers to `decided_by`
    (which is empty where it is the day that decides).
    """

    decided_by: tuple[str, ...]
    alternatives: tuple[tuple[Part, ...], ...] = ()


def branch(form: Form, name: str) -> Branch | None:
    """When this question of an expanded questionnaire is asked; None where always."""
    relevant = form.items[name].relevant
    if relevant is None:
        return None
    concerned = concerned_by(form, relevant)
    untold = Branch(tuple(each.question.name for each in concerned if each.question.asks))
    aspects = aspects_of(concerned, relevant)
    if aspects is None or prod(len(each.values) for each in aspects) > _MOST_STATES:
        return untold
    states = States(concerned, aspects)
    leading: set[State] = set()
    free: set[State] = set()
    for state in states:
        known = states.known(state)
        if known is None:
            free.add(state)
        elif relevant.holds(known, today=ANY_DAY):
            leading.add(state)
    if not leading:
        return untold
    domains = [each.values for each in aspects]
    boxes = list(boxes_of(domains, leading, free))
    told = [_parts(aspects, box) for box in boxes]
    alternatives = _merged([parts for parts in told if parts is not None])
    if len(told) > MOST_BOXES or None in told or len(alternatives) > MOST_ALTERNATIVES:
        return untold
    return None if () in alternatives else replace(untold, alternatives=alternatives)


def repeated_for(form: Form, name: str) -> tuple[str, str] | None:
    """(question, choice) where expansion made this question of `for_each`, else None.

    Expanded, only its name and the beginning of its condition tell.
    """
    source = form.items[name].question.relevant or ""
    for other, item in form.items.items():
        for choice in item.question.closed_choices:
            about = f"selected(${{{other}}}, '{choice.name}')"
            ending = f"_{choice.name.replace('-', '_')}"
            if (
                (source == about or source.startswith(f"{about} and ("))
                and name.endswith(ending)
                and _stands_for_all(form, name.removesuffix(ending), item.question)
            ):
                return other, choice.name
    return None


def deciding(form: Form) -> tuple[Question, ...]:
    """The questions whose answers decide whether others are shown, in order."""
    shown = (item for item in form.items.values() if item.calculation is None)
    names = frozenset[str]().union(*(item.depends_on for item in shown))
    return tuple(
        item.question for name, item in form.items.items() if name in names and item.question.asks
    )


def _stands_for_all(form: Form, stem: str, source: Question) -> bool:
    return all(
        f"{stem}_{choice.name.replace('-', '_')}" in form.items
        for choice in source.closed_choices
        if not choice.exclusive and choice.name != PREFER_NOT_TO_SAY
    )


# --- what is told ---


def _parts(aspects: Sequence[Aspect], box: Box) -> tuple[Part, ...] | None:
    """What a box says, of what it does not leave open; None where it cannot be said."""
    parts: list[Part] = []
    for aspect, values in zip(aspects, box, strict=True):
        if len(values) == len(aspect.values):
            continue
        part = _part(aspect, values)
        if part is None:
            return None
        parts.append(part)
    return tuple(parts)


def _part(aspect: Aspect, values: Collection[Value]) -> Part | None:
    question = aspect.question
    if aspect.choice:
        return Part(question.name, Kind.TICKED, (aspect.choice,), negated=False in values)
    answers = [each for each in aspect.values if each is not None]
    wanted = [each for each in answers if each in values]
    if len(wanted) == len(answers) or not wanted:
        return Part(question.name, Kind.ANSWERED, negated=not wanted)
    others = [each for each in answers if each not in values]
    if None in values:
        return _negated(_said(aspect, answers, others))
    said = _said(aspect, answers, wanted)
    if None in aspect.values:
        return said
    if said is None or (said.kind is Kind.ONE_OF and len(others) < len(wanted)):
        return _negated(_said(aspect, answers, others)) or said
    return said


def _negated(part: Part | None) -> Part | None:
    return None if part is None else replace(part, negated=True)


def _said(aspect: Aspect, answers: Sequence[Value], wanted: Sequence[Value]) -> Part | None:
    """That the answer is one of these, by their bounds where they are numbers in a row."""
    question = aspect.question
    numbers = [each for each in wanted if isinstance(each, int)]
    if numbers and not every_point_labelled(question):
        first, last = answers.index(wanted[0]), answers.index(wanted[-1])
        lowest, highest = first == 0, last == len(answers) - 1
        in_a_row = last - first == len(wanted) - 1
        outermost = (lowest and aspect.below) or (highest and aspect.above)
        if in_a_row and (len(wanted) > 1 or outermost):
            if lowest:
                return Part(question.name, Kind.AT_MOST, (numbers[-1],))
            if highest:
                return Part(question.name, Kind.AT_LEAST, (numbers[0],))
            return Part(question.name, Kind.BETWEEN, (numbers[0], numbers[-1]))
        if not in_a_row and question.type is QuestionType.INTEGER:
            return None
    named = tuple(each for each in wanted if isinstance(each, str | int))
    return Part(question.name, Kind.ONE_OF, named) if len(named) <= MOST_NAMED else None


def _merged(alternatives: Sequence[tuple[Part, ...]]) -> tuple[tuple[Part, ...], ...]:
    """Alternatives that are a tick each in the same question are one: any of these is ticked."""
    merged: list[tuple[Part, ...]] = []
    for parts in alternatives:
        for index, earlier in enumerate(merged):
            if _are_ticks_of_one(earlier, parts):
                together = replace(earlier[0], answers=(*earlier[0].answers, *parts[0].answers))
                merged[index] = (together,)
                break
        else:
            merged.append(parts)
    return tuple(merged)


def _are_ticks_of_one(one: Sequence[Part], other: Sequence[Part]) -> bool:
    if len(one) != 1 or len(other) != 1:
        return False
    parts = (one[0], other[0])
    return (
        all(part.kind is Kind.TICKED and not part.negated for part in parts)
        and parts[0].question == parts[1].question
    )
