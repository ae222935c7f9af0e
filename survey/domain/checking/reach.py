"""Questions that nobody can be asked, and constraints that no answer satisfies.

Decided by trying every combination of answers, where the questions concerned have finitely many
answers (choices, scales, numbers from start to end) and the combinations are at most 5,000. Where
they are more, or an expression asks for the day, nothing is claimed.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations, product
from math import prod
from typing import Final

from survey.domain.checking.logic import Compiled
from survey.domain.expressions import Expression, Value
from survey.domain.findings import Finding
from survey.domain.questionnaire import Question, QuestionType

MOST_COMBINATIONS: Final = 5_000

_MOST_TICKS: Final = 12  # 2 to the power of 12 is the last below the limit
_ANY_DAY: Final = date(2026, 1, 1)  # never seen: expressions that ask for the day are not judged
_TODAY: Final = re.compile(r"\btoday\s*\(")

Domain = tuple[Value, ...]


def reach_findings(logic: Compiled, *, faulty: Collection[tuple[str, str]]) -> Iterator[Finding]:
    """Every question that can never be relevant, and every constraint that can never hold.

    `faulty` holds the (question, field) of expressions that are wrong in another way, which is
    most likely why.
    """
    judged: dict[str, bool] = {}
    for question in logic.form.questions:
        name = question.name
        relevant, constraint = logic.of(name, "relevant"), logic.of(name, "constraint")
        if relevant is not None and (name, "relevant") not in faulty:
            if relevant.source not in judged:
                judged[relevant.source] = _never_holds(logic, relevant)
            if judged[relevant.source]:
                message = (
                    "nobody can be asked this: relevant holds for no answers. "
                    "Correct relevant, or remove the question"
                )
                yield Finding(name, ("relevant",), "unreachable", message)
        if constraint is None or (name, "constraint") in faulty:
            continue
        if _never_satisfied(logic, question, constraint):
            message = "no answer satisfies the constraint: correct it"
            yield Finding(name, ("constraint",), "unsatisfiable", message)


def _never_holds(logic: Compiled, relevant: Expression) -> bool:
    for along_the_path in (True, False):
        states = _states(logic, relevant, along_the_path=along_the_path)
        if states is not None:
            return not any(relevant.holds(known, today=_ANY_DAY) for known in states)
    return False


def _never_satisfied(logic: Compiled, question: Question, constraint: Expression) -> bool:
    own = domain(question)
    if own is None or not own:
        return False
    states = _states(logic, constraint, along_the_path=False, without=question.name, times=len(own))
    if states is None:
        return False
    return not any(
        constraint.holds({**known, question.name: value}, own=value, today=_ANY_DAY)
        for known in states
        for value in own
    )


def domain(question: Question) -> Domain | None:
    """Every answer that a question may have, or None where they are not finite or too many."""
    match question.type:
        case QuestionType.SELECT_ONE:
            return tuple(choice.name for choice in question.closed_choices)
        case QuestionType.SELECT_MULTIPLE:
            return _subsets(question)
        case QuestionType.SCALE | QuestionType.INTEGER:
            start, end = question.start, question.end
            if start is None or end is None or end - start >= MOST_COMBINATIONS:
                return None
            return tuple(range(start, end + 1))
    return None


def _subsets(question: Question) -> Domain | None:
    names = [choice.name for choice in question.closed_choices if not choice.exclusive]
    if len(names) > _MOST_TICKS:
        return None
    alone = [(choice.name,) for choice in question.closed_choices if choice.exclusive]
    sizes = range(1, len(names) + 1)
    return (*alone, *(some for size in sizes for some in combinations(names, size)))


def _states(
    logic: Compiled,
    expression: Expression,
    *,
    along_the_path: bool,
    without: str = "",
    times: int = 1,
) -> Iterator[Mapping[str, Value]] | None:
    """Every state of answers that an expression can meet.

    Args:
        along_the_path: only states that the questions' own relevance, constraints and `required`
            allow; otherwise every combination of answers and unanswered.
        without: a question that is left out, whose values the caller tries.
        times: how often the caller looks at each state.

    Returns:
        None where they cannot be counted, or are too many.
    """
    concerned = _concerned(logic, expression, along_the_path=along_the_path, without=without)
    if concerned is None:
        return None
    domains: list[Domain] = []
    for question in concerned:
        if question.type is QuestionType.CALCULATE:
            domains.append((None,))
            continue
        values = domain(question)
        if values is None:
            return None
        domains.append((None, *values))
    if times * prod(map(len, domains)) > MOST_COMBINATIONS:
        return None
    return _walks(logic, concerned, domains, along_the_path=along_the_path)


def _concerned(
    logic: Compiled, expression: Expression, *, along_the_path: bool, without: str
) -> list[Question] | None:
    """The questions that decide an expression, in their order."""
    fields = ("calculation", "relevant", "constraint") if along_the_path else ("calculation",)
    found: set[str] = set()
    sources = [expression]
    while sources:
        source = sources.pop()
        if _TODAY.search(source.source):
            return None
        for name in source.names - found - {without}:
            if name not in logic.positions:
                return None
            found.add(name)
            if not along_the_path and logic.of(name, "calculation") is None:
                continue
            sources += [part for field in fields if (part := logic.of(name, field))]
    positions = sorted(logic.positions[name] for name in found)
    return [logic.form.questions[position] for position in positions]


def _walks(
    logic: Compiled,
    concerned: Sequence[Question],
    domains: Sequence[Domain],
    *,
    along_the_path: bool,
) -> Iterator[Mapping[str, Value]]:
    for values in product(*domains):
        known: dict[str, Value] = {}
        fitting = all(
            _step(logic, question, value, known, along_the_path=along_the_path)
            for question, value in zip(concerned, values, strict=True)
        )
        if fitting:
            yield known


def _step(
    logic: Compiled,
    question: Question,
    value: Value,
    known: dict[str, Value],
    *,
    along_the_path: bool,
) -> bool:
    """Add one answer to what is known; False where nobody can have given it."""
    name = question.name
    relevant = logic.of(name, "relevant")
    if along_the_path and relevant and not relevant.holds(known, today=_ANY_DAY):
        return value is None
    if calculation := logic.of(name, "calculation"):
        value = calculation.evaluate(known, today=_ANY_DAY)
    elif along_the_path and value is None:
        return not question.required
    if value is None:
        return True
    constraint = logic.of(name, "constraint")
    if along_the_path and constraint and not constraint.holds(known, own=value, today=_ANY_DAY):
        return False
    known[name] = value
    return True
