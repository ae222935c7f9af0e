"""Whether every expression and piped text speaks of something that is known by then."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from survey.domain.expressions import (
    OWN_VALUE,
    Expression,
    ExpressionFault,
    compile_expression,
    compile_template,
    literal_choices,
)
from survey.domain.findings import Finding, quoted
from survey.domain.questionnaire import (
    PIPED_WORDS,
    Question,
    Questionnaire,
    QuestionType,
    Text,
)
from survey.domain.suggest import did_you_mean

FIELDS: Final = ("relevant", "constraint", "calculation")
_SELECTS: Final = frozenset({QuestionType.SELECT_ONE, QuestionType.SELECT_MULTIPLE})


@dataclass(frozen=True, slots=True)
class Compiled:
    """The expressions of an expanded questionnaire, by question and field, those that compile."""

    form: Questionnaire
    expressions: Mapping[tuple[str, str], Expression]
    positions: Mapping[str, int]
    unjudged: frozenset[str]

    def of(self, question: str, field: str) -> Expression | None:
        return self.expressions.get((question, field))

    def knows(self, name: str) -> bool:
        """Whether a question has this name, or a malformed one may have made it."""
        return name in self.positions or any(
            name == lost or name.startswith(f"{lost}_") for lost in self.unjudged
        )


def compiled(
    expanded: Questionnaire, unjudged: frozenset[str]
) -> tuple[Compiled, tuple[Finding, ...]]:
    """Compile every expression once; those that do not compile are findings."""
    expressions: dict[tuple[str, str], Expression] = {}
    findings = []
    for question in expanded.questions:
        for field in FIELDS:
            source = getattr(question, field)
            if source is None:
                continue
            try:
                expressions.setdefault((question.name, field), compile_expression(source))
            except ExpressionFault as fault:
                message = f"{field}: {fault.message}"
                findings.append(Finding(question.name, (field,), "expression", message))
    positions: dict[str, int] = {}
    for index, question in enumerate(expanded.questions):
        positions.setdefault(question.name, index)
    return Compiled(expanded, expressions, positions, unjudged), tuple(findings)


def logic_findings(logic: Compiled) -> Iterator[Finding]:
    """Unknown, later and looping names, own values out of place, choices that do not exist."""
    loops = dict(_loops(logic))
    for question in logic.form.questions:
        if question.name in loops:
            chain = " → ".join(loops[question.name])
            message = f"calculation goes round in a loop: {chain}"
            yield Finding(question.name, ("calculation",), "loop", message)
        for field in FIELDS:
            expression = logic.of(question.name, field)
            if expression is None:
                continue
            if expression.uses_own_value and field != "constraint":
                message = f"{field}: '.' is the answer itself, which only a constraint has"
                yield Finding(question.name, (field,), "own_value", message)
            looping = loops.get(question.name, ()) if field == "calculation" else ()
            for name in sorted(expression.names - set(looping)):
                yield from _name_findings(logic, question, field, name)
            yield from _choice_findings(logic, question, field, expression)


def piping_findings(logic: Compiled) -> Iterator[Finding]:
    """Names in texts that nothing can fill."""
    form = logic.form
    for field in ("title", "asked_by", "purpose"):
        for name in sorted(_piped(getattr(form, field)) - PIPED_WORDS):
            message = f"{field}: ${{{name}}} is not known before the first question: remove it"
            yield Finding("", (field,), "unknown_name", message)
    for question in form.questions:
        for field in ("label", "hint", "short_label"):
            for name in sorted(_piped(getattr(question, field) or {}) - PIPED_WORDS):
                yield from _name_findings(logic, question, field, name)


def _piped(text: Text) -> frozenset[str]:
    names: frozenset[str] = frozenset()
    for words in text.values():
        try:
            names |= compile_template(words).names
        except ExpressionFault:
            continue  # said with the texts
    return names


def _name_findings(logic: Compiled, question: Question, field: str, name: str) -> Iterator[Finding]:
    here = logic.positions[question.name]
    there = logic.positions.get(name)
    if there is None:
        if not logic.knows(name):
            known = [*logic.positions, *(PIPED_WORDS if "label" in field else ())]
            message = f"{field}: {quoted(name)} is not a question{did_you_mean(name, known)}"
            yield Finding(question.name, (field,), "unknown_name", message)
    elif there == here and field != "constraint":
        message = f"{field}: {quoted(name)} is this question itself, not answered yet"
        yield Finding(question.name, (field,), "own_name", message)
    elif there > here:
        message = f"{field}: {quoted(name)} comes later and is not answered yet: ask it before"
        yield Finding(question.name, (field,), "later_name", message)
    elif logic.form.questions[there].type is QuestionType.NOTE:
        message = f"{field}: {quoted(name)} is a note, which has no answer"
        yield Finding(question.name, (field,), "note_has_no_answer", message)


def _choice_findings(
    logic: Compiled, question: Question, field: str, expression: Expression
) -> Iterator[Finding]:
    for name, literal in literal_choices(expression):
        position = logic.positions.get(question.name if name == OWN_VALUE else name)
        if position is None:
            continue
        asked = logic.form.questions[position]
        names = [choice.name for choice in asked.closed_choices]
        if asked.type in _SELECTS and names and literal not in names:
            near = did_you_mean(literal, names)
            message = f"{field}: {quoted(literal)} is not a choice of {asked.name}{near}"
            yield Finding(question.name, (field,), "unknown_choice", message)


def _loops(logic: Compiled) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each calculation that leads back to itself, with one way round."""
    steps: dict[str, tuple[str, ...]] = {
        question.name: tuple(sorted(expression.names))
        for question in logic.form.questions
        if (expression := logic.of(question.name, "calculation"))
    }
    for start in steps:
        way = _way_back(steps, start)
        if way:
            yield start, way


def _way_back(steps: Mapping[str, tuple[str, ...]], start: str) -> tuple[str, ...]:
    """The shortest way from a calculation through others back to it; empty where none leads."""
    came_from: dict[str, str] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop(0)
        for following in steps.get(name, ()):
            if following == start:
                way = [start]
                while name != start:
                    way.append(name)
                    name = came_from[name]
                return (start, *reversed(way[1:]), start)
            if following in steps and following not in came_from:
                came_from[following] = name
                waiting.append(following)
    return ()
