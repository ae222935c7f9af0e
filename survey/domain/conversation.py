"""The engine: one input leads from a state to the next state, the turn to show, and events.

    state = begin(form, language="en")
    sprint = step(form, state, Start(), moment)

Nothing is sent, stored or looked up here, and no input raises: an answer that cannot be taken
comes back as the same turn with a `Problem`, an input for a turn that has passed as a `Stale`
event. Both leave the state as it is, as `Resume` does; every change adds one to its revision.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from survey.domain.answers import Reason, is_exclusive
from survey.domain.expressions import Value
from survey.domain.form import Form
from survey.domain.path import (
    Answers,
    Walk,
    checked,
    first_unanswered,
    known_before,
    settle,
    walk,
)
from survey.domain.questionnaire import Question, QuestionType, UnitRule
from survey.domain.showing import (
    notice_turn,
    problem_with,
    question_turn,
    review_turn,
    unit_can_change,
    unit_turn,
)
from survey.domain.turns import (
    CHECK,
    UNIT,
    Answered,
    Back,
    Cancel,
    Change,
    ChooseUnit,
    Decline,
    Done,
    Event,
    FindUnit,
    Input,
    Moment,
    OverTurn,
    Phase,
    Problem,
    Put,
    Read,
    Resume,
    Say,
    Skip,
    Speak,
    Sprint,
    Stale,
    Start,
    State,
    Submit,
    Submitted,
    Tick,
    Turn,
    UnitCandidate,
    UnitTurn,
)
from survey.domain.typed import from_text
from survey.errors import AnswerRejected

MOST_STEPS: Final = 2_000
"""Changes in one conversation; afterwards it can only be sent or thrown away."""

MOST_TEXT: Final = 50_000
"""Characters in all texts of one conversation together."""

MOST_CANDIDATES: Final = 8
"""Units shown at once."""


def begin(
    form: Form,
    *,
    language: str,
    unit: UnitCandidate | None = None,
    unit_fixed: bool = False,
) -> State:
    """A new conversation, at its notice.

    Args:
        language: the person's; one that the questionnaire lacks becomes its default.
        unit: where it is known already (a link, an earlier conversation).
        unit_fixed: the person may not choose another.

    Raises:
        AnswerRejected: the questionnaire needs a unit given and there is none.
    """
    questionnaire = form.questionnaire
    if questionnaire.unit is UnitRule.FIXED and unit is None:
        raise AnswerRejected(UNIT, Reason.REQUIRED)
    return State(
        questionnaire=questionnaire.key,
        version=form.version,
        language=language if language in questionnaire.languages else questionnaire.languages[0],
        unit=None if questionnaire.unit is UnitRule.NONE else unit,
        unit_fixed=unit_fixed or questionnaire.unit is UnitRule.FIXED,
    )


def step(form: Form, state: State, input_: Input, moment: Moment) -> Sprint:
    """Take one input.

    Raises:
        ValueError: the state is of another questionnaire or version (the caller's mistake).
    """
    if (state.questionnaire, state.version) != (form.questionnaire.key, form.version):
        raise ValueError(f"a state of {state.questionnaire} {state.version} met another form")
    here = _at(form, state, moment)
    if isinstance(input_, Resume):
        return _stay(here)
    if state.phase.over:
        return _stale(here, "over")
    if state.revision >= MOST_STEPS and not isinstance(input_, Submit | Cancel | Decline):
        return _stay(here, Problem("too_many_steps", limit=str(MOST_STEPS)))
    return _take(here, input_)


@dataclass(frozen=True, slots=True)
class _Here:
    """Where the person is: `open` is the question (or note) shown, None at any other turn."""

    form: Form
    state: State
    moment: Moment
    walked: Walk
    open: Question | None

    @property
    def place(self) -> str | None:
        """As `Back` names it; None at the notice and after the end."""
        if self.state.phase in _AMONG_QUESTIONS:
            return CHECK if self.open is None else self.open.name
        return UNIT if self.state.phase is Phase.UNIT else None


_AMONG_QUESTIONS: Final = (Phase.ANSWERING, Phase.REVIEW)


def _at(form: Form, state: State, moment: Moment) -> _Here:
    """Find the open question; the day may have moved the path since the state was kept."""
    walked = walk(form, state.answers, moment.today)
    if state.phase not in _AMONG_QUESTIONS:
        return _Here(form, state, moment, walked, None)
    looked_at = next((q for q in walked.questions if q.name == state.looking_at), None)
    question = looked_at or first_unanswered(walked, state.answers)
    return _Here(form, state, moment, walked, question)


def _take(here: _Here, input_: Input) -> Sprint:  # noqa: C901 - one line for each kind of input
    match input_:
        case Start():
            return _start(here)
        case Decline():
            return _decline(here)
        case FindUnit():
            return _find_unit(here, input_)
        case ChooseUnit():
            return _choose_unit(here, input_.unit)
        case Say(text=text):
            return _say(here, input_.question, text)
        case Put(value=value):
            return _put(here, input_.question, value)
        case Tick():
            return _tick(here, input_)
        case Done():
            return _done(here, input_.question)
        case Skip():
            return _skip(here, input_.question)
        case Read():
            return _read(here, input_.question)
        case Back(question=place):
            return _back(here, place)
        case Change(question=place):
            return _change(here, place)
        case Submit(revision=revision):
            return _submit(here, revision)
        case Cancel():
            return _end(here, Phase.CANCELLED)
        case Speak(language=language):
            return _speak(here, language)
        case Resume():
            return _stay(here)


# --- what a step amounts to ---


def _stay(here: _Here, problem: Problem | None = None, event: Event | None = None) -> Sprint:
    return Sprint(here.state, _turn(here, problem), () if event is None else (event,))


def _stale(here: _Here, reason: Literal["answered", "elsewhere", "over", "revision"]) -> Sprint:
    return _stay(here, event=Stale(reason))


def _passed(here: _Here, name: str) -> Sprint:
    """An input named a question that is not the one shown."""
    done = name in here.state.answers and here.walked.holds(name)
    return _stale(here, "answered" if done else "elsewhere")


def _move(here: _Here, *events: Event, problem: Problem | None = None, **changes: Any) -> Sprint:
    """Change the state, find where that leads, and lay out the ticks of what is newly open."""
    state = replace(here.state, revision=here.state.revision + 1, **changes)
    there = _at(here.form, state, here.moment)
    if state.phase in _AMONG_QUESTIONS:
        state = replace(state, phase=Phase.REVIEW if there.open is None else Phase.ANSWERING)
    if there.open != here.open:
        given = state.answers.get(there.open.name) if there.open else None
        state = replace(state, ticked=given if isinstance(given, tuple) else ())
    there = replace(there, state=state)
    return Sprint(state, _turn(there, problem), events)


def _end(here: _Here, phase: Phase, *events: Event) -> Sprint:
    """Nothing of the answers stays in the state."""
    return _move(here, *events, phase=phase, answers={}, looking_at=None, ticked=(), changing=False)


def _turn(here: _Here, problem: Problem | None) -> Turn:
    state = here.state
    match state.phase:
        case Phase.NOTICE:
            return notice_turn(here.form, state, here.moment, problem)
        case Phase.UNIT:
            return unit_turn(state, problem)
        case Phase.SENT | Phase.DECLINED | Phase.CANCELLED:
            return OverTurn(state.phase)
        case Phase.ANSWERING | Phase.REVIEW:
            if here.open is None:
                return review_turn(here.form, state, here.moment, here.walked, problem)
            return question_turn(here.form, state, here.moment, here.walked, here.open, problem)


# --- the notice and the unit ---


def _start(here: _Here) -> Sprint:
    if here.state.phase is not Phase.NOTICE:
        return _stale(here, "answered")
    asks = here.form.questionnaire.unit is UnitRule.ASK and here.state.unit is None
    return _move(here, phase=Phase.UNIT if asks else Phase.ANSWERING)


def _decline(here: _Here) -> Sprint:
    if here.state.phase is not Phase.NOTICE:
        return _stale(here, "answered")
    return _end(here, Phase.DECLINED)


def _find_unit(here: _Here, find: FindUnit) -> Sprint:
    if here.state.phase is not Phase.UNIT:
        return _stale(here, "answered" if here.state.unit else "elsewhere")
    candidates = find.candidates[:MOST_CANDIDATES]
    problem = None if candidates else Problem("no_unit", typed=find.text)
    return Sprint(here.state, UnitTurn(candidates, find.text, problem))


def _choose_unit(here: _Here, unit: UnitCandidate) -> Sprint:
    if here.state.phase is not Phase.UNIT:
        return _stale(here, "answered" if here.state.unit else "elsewhere")
    return _move(here, phase=Phase.ANSWERING, unit=unit, changing=False)


# --- answers ---


def _say(here: _Here, name: str, text: str) -> Sprint:
    question = here.open
    if question is None or question.name != name or not question.asks:
        return _passed(here, name)
    try:
        value = from_text(question, text, here.state.language, here.form.questionnaire)
    except AnswerRejected as rejected:
        return _stay(here, _problem(here, rejected, text))
    return _answer(here, question, value, typed=text)


def _put(here: _Here, name: str, value: Value) -> Sprint:
    question = here.open
    if question is None or question.name != name or not question.asks:
        return _passed(here, name)
    return _answer(here, question, value, typed=value if isinstance(value, str) else None)


def _answer(here: _Here, question: Question, value: Value, *, typed: str | None = None) -> Sprint:
    """Keep the answer (None: skipped) and go to the first question without one."""
    form, state, today = here.form, here.state, here.moment.today
    known = known_before(form, state.answers, today, question.name)
    try:
        accepted = checked(form.items[question.name], value, known, today)
    except AnswerRejected as rejected:
        return _stay(here, _problem(here, rejected, typed))
    answers = {**state.answers, question.name: accepted}
    if _text_length(answers) > MOST_TEXT:
        return _stay(here, Problem("too_much", limit=str(MOST_TEXT), typed=typed))
    return _move(here, Answered(question.name), answers=answers, looking_at=None, changing=False)


def _problem(here: _Here, rejected: AnswerRejected, typed: str | None) -> Problem:
    return problem_with(here.form, here.state, here.moment, here.walked, rejected, typed)


def _text_length(answers: Answers) -> int:
    return sum(len(value) for value in answers.values() if isinstance(value, str))


def _several(here: _Here, name: str) -> Question | None:
    """The open question, where it is this one and takes ticks."""
    question = here.open
    if question is None or question.name != name:
        return None
    return question if question.type is QuestionType.SELECT_MULTIPLE else None


def _tick(here: _Here, tick: Tick) -> Sprint:
    question = _several(here, tick.question)
    if question is None:
        return _passed(here, tick.question)
    alone = {choice.name: is_exclusive(choice) for choice in question.closed_choices}
    if tick.choice not in alone:
        return _stay(here, Problem(Reason.NOT_A_CHOICE))
    ticked = set(here.state.ticked) - {tick.choice}
    if tick.on:
        ticked = {n for n in ticked if not alone[n] and not alone[tick.choice]} | {tick.choice}
    in_order = tuple(name for name in alone if name in ticked)
    return _stay(here) if in_order == here.state.ticked else _move(here, ticked=in_order)


def _done(here: _Here, name: str) -> Sprint:
    question = _several(here, name)
    if question is None:
        return _passed(here, name)
    return _answer(here, question, here.state.ticked)


def _skip(here: _Here, name: str) -> Sprint:
    question = here.open
    if question is None or question.name != name:
        return _passed(here, name)
    return _answer(here, question, None) if question.asks else _read(here, name)


def _read(here: _Here, name: str) -> Sprint:
    note = here.open
    if note is None or note.name != name or note.asks:
        return _passed(here, name)
    return _move(here, answers={**here.state.answers, name: None}, looking_at=None)


# --- moving about ---


def _back(here: _Here, place: str | None) -> Sprint:
    state = here.state
    if place is not None and place != here.place:
        return _passed(here, place)
    if state.changing:
        return _move(here, phase=Phase.ANSWERING, looking_at=None, changing=False)
    match state.phase:
        case Phase.NOTICE:
            return _stay(here)
        case Phase.UNIT:
            return _move(here, phase=Phase.NOTICE)
        case _:
            previous = _previous(here)
            if previous is not None:
                return _move(here, looking_at=previous.name)
            phase = Phase.UNIT if unit_can_change(here.form, state) else Phase.NOTICE
            return _move(here, phase=phase, looking_at=None)


def _previous(here: _Here) -> Question | None:
    """What stands before the open question; the last question before the check page."""
    questions = here.walked.questions
    if here.open is None:
        return next((q for q in reversed(questions) if q.asks), None)
    at = questions.index(here.open)
    return questions[at - 1] if at else None


def _change(here: _Here, name: str) -> Sprint:
    state = here.state
    if name == here.place:
        return _stay(here)
    if state.phase not in _AMONG_QUESTIONS:
        return _passed(here, name)
    if name == UNIT:
        if not unit_can_change(here.form, state):
            return _stale(here, "elsewhere")
        return _move(here, phase=Phase.UNIT, looking_at=None, changing=True)
    given = name in state.answers and here.walked.holds(name)
    if not given or not here.form.items[name].question.asks:
        return _stale(here, "elsewhere")
    return _move(here, looking_at=name, changing=True)


def _speak(here: _Here, language: str) -> Sprint:
    state = here.state
    if language == state.language or language not in here.form.questionnaire.languages:
        return _stay(here)
    return _move(here, language=language)


# --- the end ---


def _submit(here: _Here, revision: int | None) -> Sprint:
    state = here.state
    if state.phase not in _AMONG_QUESTIONS:
        return _stale(here, "elsewhere")
    if revision is not None and revision != state.revision:
        return _stale(here, "revision")
    if here.place != CHECK:
        return _stale(here, "elsewhere")
    answers, rejected = settle(here.form, state.answers, here.moment.today)
    if rejected:
        first = rejected[0]
        given = state.answers.get(first.question)
        typed = given if isinstance(given, str) else None
        problem = _problem(here, first, typed)
        return _move(here, problem=problem, looking_at=first.question, changing=True)
    unit = state.unit.key if state.unit else None
    return _end(here, Phase.SENT, Submitted(unit, state.language, answers))
