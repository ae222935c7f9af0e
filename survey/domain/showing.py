"""From a form, a state and a moment to the turn that the person is shown."""

import unicodedata
from typing import Final

from survey.domain.answers import (
    Reason,
    every_point_labelled,
    is_exclusive,
    point_label,
    shown,
)
from survey.domain.expressions import Template
from survey.domain.form import Form
from survey.domain.path import Walk, progress, walk
from survey.domain.questionnaire import (
    BUTTON_LENGTH,
    Question,
    Questionnaire,
    QuestionType,
    UnitRule,
)
from survey.domain.turns import (
    Moment,
    NoticeTurn,
    Option,
    Problem,
    QuestionTurn,
    ReviewLine,
    ReviewTurn,
    State,
    UnitTurn,
)
from survey.errors import AnswerRejected

PIPED_LENGTH: Final = 200
"""Characters of an earlier answer that stand in a later question's text."""

_ISOLATE, _POP = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_ISOLATING = dict.fromkeys(range(0x2066, 0x206A))
_TURNING = frozenset({"R", "AL", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def unit_can_change(form: Form, state: State) -> bool:
    """Whether the person chooses their unit in this conversation."""
    return form.questionnaire.unit is UnitRule.ASK and not state.unit_fixed


def problem_with(
    form: Form,
    state: State,
    moment: Moment,
    walked: Walk,
    rejected: AnswerRejected,
    typed: str | None,
) -> Problem:
    """What is said of a rejected answer, in the questionnaire's own words where it has some."""
    item = form.items[rejected.question]
    own = {
        Reason.REQUIRED: item.required_message,
        Reason.CONSTRAINT: item.constraint_message,
    }.get(Reason(rejected.reason))
    message = _written(own[state.language], form, state, moment, walked) if own else None
    return Problem(str(rejected.reason), message, rejected.limit, typed)


def notice_turn(
    form: Form, state: State, moment: Moment, problem: Problem | None = None
) -> NoticeTurn:
    """The first turn."""
    questionnaire = form.questionnaire
    everybody = [q for q in walk(form, {}, moment.today).questions if q.asks]
    own = sum(q.part is None for q in everybody)
    words = {"organisation": moment.organisation}
    return NoticeTurn(
        title=form.title[state.language].render(words),
        asked_by=form.asked_by[state.language].render(words) or moment.organisation,
        purpose=form.purpose[state.language].render(words),
        minutes=questionnaire.minutes,
        questions=own,
        privacy=questionnaire.privacy.value,
        licence=questionnaire.licence,
        languages=questionnaire.languages,
        appended=len(everybody) - own,
        branching=any(q.asks and q.relevant is not None for q in questionnaire.questions),
        problem=problem,
    )


def unit_turn(state: State, problem: Problem | None = None) -> UnitTurn:
    """The choice of a unit: of those that the person stands for, and the one they chose before."""
    chosen = (state.unit,) if state.unit and state.unit not in state.offers else ()
    return UnitTurn(candidates=(*chosen, *state.offers), problem=problem)


def question_turn(
    form: Form,
    state: State,
    moment: Moment,
    walked: Walk,
    question: Question,
    problem: Problem | None = None,
) -> QuestionTurn:
    """One question (or note) of the path."""
    questionnaire, language = form.questionnaire, state.language
    item = form.items[question.name]
    number, total = progress(form, walked, state.answers, question)
    required = item.required_message
    return QuestionTurn(
        name=question.name,
        type=question.type,
        label=_written(item.label[language], form, state, moment, walked),
        hint=_written(item.hint[language], form, state, moment, walked),
        required=question.required,
        options=options(question, language, questionnaire),
        number=number,
        total=total,
        given=state.answers.get(question.name),
        ticked=state.ticked,
        labelled_ends=_labelled_ends(question, language, questionnaire),
        long=question.appearance == "long",
        max_length=question.max_length if question.type is QuestionType.TEXT else None,
        part=question.part,
        required_message=(
            _written(required[language], form, state, moment, walked) if required else None
        ),
        problem=problem,
    )


def review_turn(
    form: Form, state: State, moment: Moment, walked: Walk, problem: Problem | None = None
) -> ReviewTurn:
    """The check page: every question of the path with its answer."""
    lines = []
    for question in walked.questions:
        if question.asks:
            label = form.items[question.name].line[state.language]
            answer = state.answers.get(question.name)
            lines.append(
                ReviewLine(
                    question=question.name,
                    label=_written(label, form, state, moment, walked),
                    shown=shown(question, answer, state.language, form.questionnaire),
                    files=question.type is QuestionType.FILE,
                )
            )
    return ReviewTurn(
        lines=tuple(lines),
        unit=state.unit.name if state.unit else None,
        unit_can_change=unit_can_change(form, state),
        revision=state.revision,
        problem=problem,
    )


def options(question: Question, language: str, questionnaire: Questionnaire) -> tuple[Option, ...]:
    """The choices or points as shown; a scale in words starts with the most favourable."""
    if question.type is QuestionType.SCALE:
        assert question.start is not None
        assert question.end is not None
        points = range(question.start, question.end + 1)
        if not every_point_labelled(question):
            return tuple(Option(str(point), str(point), str(point)) for point in points)
        labels = ((p, point_label(question, p, language, questionnaire)) for p in reversed(points))
        return tuple(Option(str(point), label, _button(label)) for point, label in labels)
    return tuple(
        Option(
            name=choice.name,
            label=questionnaire.speak(choice.label, language),
            button=_button(questionnaire.speak(choice.short_label or choice.label, language)),
            exclusive=is_exclusive(choice),
        )
        for choice in question.closed_choices
    )


def _button(label: str) -> str:
    """`checking` refuses longer ones, but the name of a service comes from the installation."""
    return label if len(label) <= BUTTON_LENGTH else f"{label[: BUTTON_LENGTH - 1].rstrip()}…"


def _labelled_ends(
    question: Question, language: str, questionnaire: Questionnaire
) -> tuple[str, str] | None:
    if question.type is not QuestionType.SCALE or every_point_labelled(question):
        return None
    lowest, highest = (
        questionnaire.speak(question.points.get(point, {}), language)
        for point in (question.start or 0, question.end or 0)
    )
    return (lowest, highest) if lowest or highest else None


def _written(template: Template, form: Form, state: State, moment: Moment, walked: Walk) -> str:
    """The text with the person's earlier answers in it."""
    return template.render(
        {name: _piped(name, form, state, moment, walked) for name in template.names}
    )


def _piped(name: str, form: Form, state: State, moment: Moment, walked: Walk) -> str:
    if name == "organisation":
        return moment.organisation
    if name not in walked.values:
        return ""
    question = form.items[name].question
    answer = shown(question, walked.values[name], state.language, form.questionnaire) or ""
    return _contained(answer) if question.type is QuestionType.TEXT else answer


def _contained(text: str) -> str:
    """What somebody typed, on one line, short, and unable to turn the text around it."""
    line = " ".join(text.split())
    if len(line) > PIPED_LENGTH:
        line = f"{line[: PIPED_LENGTH - 1]}…"
    if all(unicodedata.bidirectional(character) not in _TURNING for character in line):
        return line
    # Marks of the person's own could end the isolate early or swallow its end.
    return f"{_ISOLATE}{line.translate(_ISOLATING)}{_POP}"
