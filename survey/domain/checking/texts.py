"""Every text in every language: there, short enough, with the same placeholders."""

from collections.abc import Iterator
from dataclasses import dataclass

from survey.domain.document import Path
from survey.domain.expressions import ExpressionFault, compile_template
from survey.domain.findings import Finding, quoted
from survey.domain.questionnaire import (
    BUTTON_LENGTH,
    Choice,
    Question,
    Questionnaire,
    QuestionType,
    Text,
)

_PIPED = ("label", "hint", "short_label")


@dataclass(frozen=True, slots=True)
class _Slot:
    """A text and its place. `said` names it in a sentence; `piped` texts may hold `${name}`."""

    question: str
    part: Path
    said: str
    text: Text | None
    piped: bool = False
    needed: bool = False


def text_findings(form: Questionnaire) -> Iterator[Finding]:
    """What is wrong with the texts of a questionnaire as written (not expanded)."""
    for slot in _slots(form):
        yield from _translation_findings(slot, form.languages)
        yield from _placeholder_findings(slot)
    for question, part, choice in _choices(form):
        yield from _button_findings(question, part, choice)
    for question, part, points in _points(form):
        for point, text in points.items():
            if long := _long_in(text):
                message = f"point {point} is over {BUTTON_LENGTH} characters ({long}): shorten it"
                yield Finding(question, (*part, point), "long_button", message)


def _slots(form: Questionnaire) -> Iterator[_Slot]:
    for field in ("title", "purpose"):
        yield _Slot("", (field,), field, getattr(form, field), piped=True, needed=True)
    yield _Slot("", ("asked_by",), "asked_by", form.asked_by, piped=True)
    for index, question in enumerate(form.questions):
        yield from _question_slots(question, ("questions", index))
    for name, part, choice in _choices(form):
        said = f"choice {choice.name}: "
        yield _Slot(name, (*part, "label"), f"{said}label", choice.label, needed=True)
        yield _Slot(name, (*part, "short_label"), f"{said}short_label", choice.short_label)
    for name, part, points in _points(form):
        for point, text in points.items():
            yield _Slot(name, (*part, point), f"point {point}", text, needed=True)
    for key, scale in form.scales.items():
        field = "required_message"
        yield _Slot("", ("scales", key, field), f"scale {key}: {field}", scale.required_message)


def _question_slots(question: Question, at: Path) -> Iterator[_Slot]:
    seen = question.type is not QuestionType.CALCULATE
    for field in ("label", "hint", "short_label", "required_message", "constraint_message"):
        yield _Slot(
            question.name,
            (*at, field),
            field,
            getattr(question, field),
            piped=field in _PIPED or question.for_each is not None,
            needed=field == "label" and seen,
        )


def _choices(form: Questionnaire) -> Iterator[tuple[str, Path, Choice]]:
    for name, choices in form.lists.items():
        for index, choice in enumerate(choices):
            yield "", ("lists", name, index), choice
    for at, question in enumerate(form.questions):
        for index, choice in enumerate(question.closed_choices):
            yield question.name, ("questions", at, "choices", index), choice


def _points(form: Questionnaire) -> Iterator[tuple[str, Path, dict[int, Text]]]:
    for name, scale in form.scales.items():
        yield "", ("scales", name, "points"), scale.points
    for at, question in enumerate(form.questions):
        yield question.name, ("questions", at, "points"), question.points


def _translation_findings(slot: _Slot, languages: tuple[str, ...]) -> Iterator[Finding]:
    text = slot.text or {}
    if not text and not slot.needed:
        return
    for language in languages:
        if not text.get(language, "").strip():
            message = f"{slot.said} has no text in {quoted(language)}: add it"
            yield Finding(slot.question, slot.part, "missing_translation", message)
    for language in text:
        if language not in languages:
            message = (
                f"{slot.said} has a text in {quoted(language)}, which is not among languages: "
                "add it there, or remove the text"
            )
            yield Finding(slot.question, (*slot.part, language), "undeclared_language", message)


def _placeholder_findings(slot: _Slot) -> Iterator[Finding]:
    names: dict[str, frozenset[str]] = {}
    for language, words in (slot.text or {}).items():
        part = (*slot.part, language)
        try:
            names[language] = compile_template(words).names
        except ExpressionFault as fault:
            yield Finding(slot.question, part, "template", f"{slot.said}: {fault.message}")
    if not slot.piped and any(names.values()):
        message = f"{slot.said} is fixed words: ${{...}} cannot stand in it"
        yield Finding(slot.question, slot.part, "placeholder_not_filled", message)
        return
    reference = next(iter(names.items()), None)
    for language, used in names.items():
        if reference and slot.text and slot.text[language].strip() and used != reference[1]:
            message = (
                f"{slot.said} in {quoted(language)} has {_said(used)} and in "
                f"{quoted(reference[0])} {_said(reference[1])}: use the same in both"
            )
            yield Finding(slot.question, (*slot.part, language), "placeholders_differ", message)


def _said(names: frozenset[str]) -> str:
    return " and ".join(f"${{{name}}}" for name in sorted(names)) or "no ${...}"


def _button_findings(question: str, part: Path, choice: Choice) -> Iterator[Finding]:
    if choice.short_label is not None:
        if long := _long_in(choice.short_label):
            message = (
                f"choice {choice.name}: short_label is over {BUTTON_LENGTH} characters "
                f"({long}): shorten it"
            )
            yield Finding(question, (*part, "short_label"), "long_button", message)
    elif long := _long_in(choice.label):
        message = (
            f"choice {choice.name}: label is over {BUTTON_LENGTH} characters ({long}): "
            "add a short_label for its button"
        )
        yield Finding(question, (*part, "label"), "long_button", message)


def _long_in(text: Text) -> str:
    """The languages in which a text is too long for a button."""
    return ", ".join(language for language, words in text.items() if len(words) > BUTTON_LENGTH)
