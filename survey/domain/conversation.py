"""The engine: one input leads from a state to the next state, the turn to show, and events.

    state = begin(form, language="en")
    sprint = step(form, state, Start(), moment)

Nothing is sent, stored or looked up here, and no input raises: an answer that cannot be taken
comes back as the same turn with a `Problem`, an input for a turn that has passed as a `Stale`
event. Both leave the state as it is, as `Resume` does (but the first text that is none of a
question's choices is noted, so that its hint is given once); every change adds one to its revision.
"""

from dataclasses import replace
from typing import Final

from survey.domain.answering import attach, correct, done, keep, put, read, say, skip, tick
from survey.domain.answers import Reason
from survey.domain.form import Form
from survey.domain.path import settle
from survey.domain.place import (
    AMONG_QUESTIONS,
    Here,
    at,
    end,
    move,
    passed,
    problem_of,
    stale,
    stay,
)
from survey.domain.questionnaire import Question, UnitRule
from survey.domain.showing import unit_can_change
from survey.domain.turns import (
    CHECK,
    UNIT,
    Attach,
    Back,
    Cancel,
    Change,
    ChooseUnit,
    Correct,
    Decline,
    Done,
    FindUnit,
    Input,
    Keep,
    Moment,
    Phase,
    Problem,
    Put,
    Read,
    Resume,
    Say,
    Skip,
    Speak,
    Sprint,
    Start,
    State,
    Submit,
    Submitted,
    Tick,
    UnitCandidate,
    UnitTurn,
)
from survey.errors import AnswerRejected

MOST_STEPS: Final = 2_000
"""Changes in one conversation; afterwards it can only be sent or thrown away."""

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


def moved(state: State) -> State:
    """The same answers for another channel, without what only the first one can show."""
    return replace(state, revision=state.revision + 1, missed=None, offered=None, written={})


def step(form: Form, state: State, input_: Input, moment: Moment) -> Sprint:
    """Take one input.

    Raises:
        ValueError: the state is of another questionnaire or version (the caller's mistake).
    """
    if (state.questionnaire, state.version) != (form.questionnaire.key, form.version):
        raise ValueError(f"a state of {state.questionnaire} {state.version} met another form")
    here = at(form, state, moment)
    if isinstance(input_, Resume):
        return stay(here)
    if state.phase.over:
        return stale(here, "over")
    if state.revision >= MOST_STEPS and not isinstance(input_, Submit | Cancel | Decline):
        return stay(here, Problem("too_many_steps", limit=str(MOST_STEPS)))
    return _take(here, input_)


def _take(here: Here, input_: Input) -> Sprint:  # noqa: C901 - one line for each kind of input
    match input_:
        case Start():
            return _start(here)
        case Decline():
            return _decline(here)
        case FindUnit():
            return _find_unit(here, input_)
        case ChooseUnit():
            return _choose_unit(here, input_.unit)
        case Say():
            return say(here, input_)
        case Keep():
            return keep(here, input_)
        case Correct():
            return correct(here, input_)
        case Put(value=value):
            return put(here, input_.question, value)
        case Attach(file=file):
            return attach(here, file)
        case Tick():
            return tick(here, input_)
        case Done():
            return done(here, input_.question)
        case Skip():
            return skip(here, input_.question)
        case Read():
            return read(here, input_.question)
        case Back(question=place):
            return _back(here, place)
        case Change(question=place):
            return _change(here, place)
        case Submit(revision=revision):
            return _submit(here, revision)
        case Cancel():
            return end(here, Phase.CANCELLED)
        case Speak(language=language):
            return _speak(here, language)
        case Resume():
            return stay(here)


# --- the notice and the unit ---


def _start(here: Here) -> Sprint:
    if here.state.phase is not Phase.NOTICE:
        return stale(here, "answered")
    known = here.state.unit is not None or here.state.unit_fixed
    asks = here.form.questionnaire.unit is UnitRule.ASK and not known
    return move(here, phase=Phase.UNIT if asks else Phase.ANSWERING)


def _decline(here: Here) -> Sprint:
    if here.state.phase is not Phase.NOTICE:
        return stale(here, "answered")
    return end(here, Phase.DECLINED)


def _find_unit(here: Here, find: FindUnit) -> Sprint:
    if here.state.phase is not Phase.UNIT:
        return stale(here, "answered" if here.state.unit else "elsewhere")
    offers = here.state.offers
    fit = [each for each in find.candidates if not offers or each.key in {o.key for o in offers}]
    candidates = tuple(fit[:MOST_CANDIDATES])
    problem = None if candidates else Problem("no_unit", typed=find.text)
    return Sprint(here.state, UnitTurn(candidates, find.text, problem))


def _choose_unit(here: Here, unit: UnitCandidate) -> Sprint:
    if here.state.phase is not Phase.UNIT:
        return stale(here, "answered" if here.state.unit else "elsewhere")
    if here.state.offers and unit.key not in {each.key for each in here.state.offers}:
        return stale(here, "elsewhere")
    return move(here, phase=Phase.ANSWERING, unit=unit, changing=False)


# --- moving about ---


def _back(here: Here, place: str | None) -> Sprint:
    state = here.state
    if place is not None and place != here.place:
        return passed(here, place)
    if state.changing:
        return move(here, phase=Phase.ANSWERING, looking_at=None, changing=False)
    match state.phase:
        case Phase.NOTICE:
            return stay(here)
        case Phase.UNIT:
            return move(here, phase=Phase.NOTICE)
        case _:
            previous = _previous(here)
            if previous is not None:
                return move(here, looking_at=previous.name)
            phase = Phase.UNIT if unit_can_change(here.form, state) else Phase.NOTICE
            return move(here, phase=phase, looking_at=None)


def _previous(here: Here) -> Question | None:
    """What stands before the open question; the last question before the check page."""
    questions = here.walked.questions
    if here.open is None:
        return next((q for q in reversed(questions) if q.asks), None)
    at = questions.index(here.open)
    return questions[at - 1] if at else None


def _change(here: Here, name: str) -> Sprint:
    state = here.state
    if name == here.place:
        return stay(here)
    if state.phase not in AMONG_QUESTIONS:
        return passed(here, name)
    if name == UNIT:
        if not unit_can_change(here.form, state):
            return stale(here, "elsewhere")
        return move(here, phase=Phase.UNIT, looking_at=None, changing=True)
    given = name in state.answers and here.walked.holds(name)
    if not given or not here.form.items[name].question.asks:
        return stale(here, "elsewhere")
    return move(here, looking_at=name, changing=True)


def _speak(here: Here, language: str) -> Sprint:
    state = here.state
    if language == state.language or language not in here.form.questionnaire.languages:
        return stay(here)
    return move(here, language=language)


# --- the end ---


def _submit(here: Here, revision: int | None) -> Sprint:
    state = here.state
    if state.phase not in AMONG_QUESTIONS:
        return stale(here, "elsewhere")
    if revision is not None and revision != state.revision:
        return stale(here, "revision")
    if here.place != CHECK:
        return stale(here, "elsewhere")
    answers, rejected = settle(here.form, state.answers, here.moment.today)
    if rejected:
        first = rejected[0]
        given = state.answers.get(first.question)
        typed = given if isinstance(given, str) else None
        problem = problem_of(here, first, typed)
        return move(here, problem=problem, looking_at=first.question, changing=True)
    unit = state.unit.key if state.unit else None
    return end(here, Phase.SENT, Submitted(unit, state.language, answers))
