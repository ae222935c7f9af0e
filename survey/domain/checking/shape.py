"""Whether each question has what its type needs, and every name stands for one thing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from survey.domain.document import Path
from survey.domain.findings import Finding, quoted
from survey.domain.questionnaire import (
    PREFER_NOT_TO_SAY,
    RESERVED_NAMES,
    SERVICES,
    SYSTEMS,
    Choice,
    Question,
    Questionnaire,
    QuestionType,
    Text,
)

WIDEST_SCALE: Final = 11
"""Points: 0 to 10 is the widest that people use well, and two rows of buttons."""

_SELECTS: Final = frozenset({QuestionType.SELECT_ONE, QuestionType.SELECT_MULTIPLE})
_NUMBERS: Final = frozenset({QuestionType.SCALE, QuestionType.INTEGER, QuestionType.DECIMAL})
_SCALE: Final = frozenset({QuestionType.SCALE})
_TEXT: Final = frozenset({QuestionType.TEXT})
_ASKED: Final = frozenset(QuestionType) - {QuestionType.NOTE, QuestionType.CALCULATE}
_COUNTED: Final = _ASKED - {QuestionType.TEXT, QuestionType.FILE}
_FOR_TYPES: Final[Mapping[str, frozenset[QuestionType]]] = {
    "choices": _SELECTS,
    "or_other": _SELECTS,
    "scale": _SCALE,
    "points": _SCALE,
    "start": _NUMBERS,
    "end": _NUMBERS,
    "appearance": _TEXT,
    "max_length": _TEXT,
    "required": _ASKED,
    "required_message": _ASKED,
    "constraint": _ASKED,
    "constraint_message": _ASKED,
    "calculation": frozenset({QuestionType.CALCULATE}),
    "measures": _COUNTED,
    "characteristic": frozenset({QuestionType.SELECT_ONE, QuestionType.CALCULATE}),
}


def shape_findings(form: Questionnaire) -> Iterator[Finding]:
    """What is wrong with the shape of a questionnaire as written (not expanded)."""
    yield from _language_findings(form)
    for name, choices in form.lists.items():
        if name in (SERVICES, SYSTEMS):
            message = f"{name} is a list of the installation itself: give this list another name"
            yield Finding("", ("lists", name), "reserved_name", message)
        yield from _repeated_choices("", ("lists", name), choices)
    for name, scale in form.scales.items():
        path: Path = ("scales", name)
        yield from _scale_findings("", path, scale.start, scale.end, scale.points)
    for index, question in enumerate(form.questions):
        for found in _question_findings(question, form):
            yield replace(found, part=("questions", index, *found.part))


def _language_findings(form: Questionnaire) -> Iterator[Finding]:
    for index, language in enumerate(form.languages):
        if language in form.languages[:index]:
            message = f"{quoted(language)} stands in languages twice: keep one"
            yield Finding("", ("languages", index), "repeated_language", message)
    for index, language in enumerate(form.unreviewed):
        if language not in form.languages:
            message = f"{quoted(language)} in unreviewed is not among languages: remove it"
            yield Finding("", ("unreviewed", index), "undeclared_language", message)


def _question_findings(question: Question, form: Questionnaire) -> Iterator[Finding]:
    if question.name in RESERVED_NAMES:
        message = f"{quoted(question.name)} is a word of the program: choose another name"
        yield Finding(question.name, ("name",), "reserved_name", message)
    yield from _misplaced_fields(question)
    match question.type:
        case QuestionType.SELECT_ONE | QuestionType.SELECT_MULTIPLE:
            yield from _select_findings(question, form)
        case QuestionType.SCALE if question.scale is None:
            yield from _scale_findings(
                question.name, (), question.start, question.end, question.points
            )
        case QuestionType.INTEGER | QuestionType.DECIMAL:
            if None not in (question.start, question.end):
                yield from _order_findings(question.name, (), question.start, question.end)
        case QuestionType.CALCULATE if question.calculation is None:
            message = "a calculate question needs a calculation: add it"
            yield Finding(question.name, ("type",), "no_calculation", message)
    if question.constraint_message is not None and question.constraint is None:
        message = "constraint_message has no constraint: add one, or remove the message"
        yield Finding(question.name, ("constraint_message",), "no_constraint", message)


def _misplaced_fields(question: Question) -> Iterator[Finding]:
    defaults = type(question).model_fields
    for field, types in _FOR_TYPES.items():
        value = getattr(question, field)
        unset = value == defaults[field].get_default(call_default_factory=True)
        if unset or question.type in types:
            continue
        if question.type is QuestionType.NOTE and field == "required":
            message = "a note is only read and cannot be required: remove required"
        else:
            fitting = ", ".join(sorted(types)) if types != _ASKED else "questions with an answer"
            message = f"{field} means nothing for {question.type}, only for {fitting}: remove it"
        yield Finding(question.name, (field,), "misplaced", message)
    own = [field for field in ("start", "end") if getattr(question, field) is not None]
    own += ["points"] if question.points else []
    if question.scale is not None and own:
        message = f"scale gives start, end and points: remove {' and '.join(own)}"
        yield Finding(question.name, (own[0],), "misplaced", message)


def _select_findings(question: Question, form: Questionnaire) -> Iterator[Finding]:
    choices = question.choices
    if choices is None or choices == ():
        message = "it has no choices: add them, or the name of a list"
        yield Finding(question.name, ("choices",), "no_choices", message)
        return
    if isinstance(choices, str):
        choices = form.lists.get(choices, ())
    else:
        yield from _repeated_choices(question.name, ("choices",), choices)
    several = question.type is QuestionType.SELECT_MULTIPLE
    for index, choice in enumerate(choices):
        part: Path = ("choices", index)
        if choice.exclusive and not several:
            message = (
                f"choice {choice.name}: exclusive means something for select_multiple only: "
                "remove it"
            )
            yield Finding(question.name, part, "exclusive", message)
        if choice.name == PREFER_NOT_TO_SAY and several and not choice.exclusive:
            message = f"choice {choice.name} must not go with others: add exclusive: true"
            yield Finding(question.name, part, "exclusive", message)


def _repeated_choices(question: str, part: Path, choices: Iterable[Choice]) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, choice in enumerate(choices):
        if choice.name in seen:
            message = f"the choice {quoted(choice.name)} stands here twice: rename or remove one"
            yield Finding(question, (*part, index), "repeated_choice", message)
        seen.add(choice.name)


def _order_findings(
    question: str, part: Path, start: int | None, end: int | None
) -> Iterator[Finding]:
    if start is not None and end is not None and start >= end:
        message = f"start ({start}) must be less than end ({end})"
        yield Finding(question, (*part, "start"), "start_after_end", message)


def _scale_findings(
    question: str, part: Path, start: int | None, end: int | None, points: Mapping[int, Text]
) -> Iterator[Finding]:
    if start is None or end is None:
        message = "a scale needs start and end: add them, or scale with the name of one"
        yield Finding(question, (*part, "type"), "no_scale", message)
        return
    yield from _order_findings(question, part, start, end)
    if start >= end:
        return
    if end - start + 1 > WIDEST_SCALE:
        message = f"a scale has at most {WIDEST_SCALE} points, and this {end - start + 1}"
        yield Finding(question, (*part, "end"), "wide_scale", message)
        return
    for point in points:
        if not start <= point <= end:
            message = f"point {point} is not on the scale from {start} to {end}: remove it"
            yield Finding(question, (*part, "points", point), "point_off_scale", message)
    if bare := [point for point in (start, end) if point not in points]:
        message = f"the points need labels at both ends: add {' and '.join(map(str, bare))}"
        yield Finding(question, (*part, "points"), "bare_ends", message)
        return
    labelled = [point for point in range(start + 1, end) if point in points]
    if labelled and len(labelled) < end - start - 1:
        message = "label both ends only, or every point"
        yield Finding(question, (*part, "points"), "some_points", message)
