"""Where a person is in a conversation, and what a step can amount to: to stay, move or end."""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from survey.domain.form import Form
from survey.domain.path import Walk, first_unanswered, walk
from survey.domain.questionnaire import Question
from survey.domain.showing import notice_turn, problem_with, question_turn, review_turn, unit_turn
from survey.domain.turns import (
    CHECK,
    UNIT,
    Event,
    Moment,
    OverTurn,
    Phase,
    Problem,
    Sprint,
    Stale,
    State,
    Turn,
)
from survey.errors import AnswerRejected


@dataclass(frozen=True, slots=True)
class Here:
    """Where the person is: `open` is the question (or note) shown, None at any other turn."""

    form: Form
    state: State
    moment: Moment
    walked: Walk
    open: Question | None

    @property
    def place(self) -> str | None:
        """As `Back` names it; None at the notice and after the end."""
        if self.state.phase in AMONG_QUESTIONS:
            return CHECK if self.open is None else self.open.name
        return UNIT if self.state.phase is Phase.UNIT else None


AMONG_QUESTIONS: Final = (Phase.ANSWERING, Phase.REVIEW)


def at(form: Form, state: State, moment: Moment) -> Here:
    """Find the open question; the day may have moved the path since the state was kept."""
    walked = walk(form, state.answers, moment.today)
    if state.phase not in AMONG_QUESTIONS:
        return Here(form, state, moment, walked, None)
    looked_at = next((q for q in walked.questions if q.name == state.looking_at), None)
    question = looked_at or first_unanswered(walked, state.answers)
    return Here(form, state, moment, walked, question)


def stay(here: Here, problem: Problem | None = None, event: Event | None = None) -> Sprint:
    """The same turn, with what is wrong or what happened."""
    return Sprint(here.state, turn(here, problem), () if event is None else (event,))


def stale(here: Here, reason: Literal["answered", "elsewhere", "over", "revision"]) -> Sprint:
    """An input whose time has passed: the same turn."""
    return stay(here, event=Stale(reason))


def passed(here: Here, name: str) -> Sprint:
    """An input named a question that is not the one shown."""
    done = name in here.state.answers and here.walked.holds(name)
    return stale(here, "answered" if done else "elsewhere")


def move(here: Here, *events: Event, problem: Problem | None = None, **changes: Any) -> Sprint:
    """Change the state, find where that leads, and lay out the ticks of what is newly open."""
    state = replace(here.state, revision=here.state.revision + 1, **changes)
    there = at(here.form, state, here.moment)
    if state.phase in AMONG_QUESTIONS:
        state = replace(state, phase=Phase.REVIEW if there.open is None else Phase.ANSWERING)
    if there.open != here.open:
        given = state.answers.get(there.open.name) if there.open else None
        ticked = given if isinstance(given, tuple) else ()
        state = replace(state, ticked=ticked, missed=None)
    there = replace(there, state=state)
    return Sprint(state, turn(there, problem), events)


def end(here: Here, phase: Phase, *events: Event) -> Sprint:
    """Nothing of the answers stays in the state."""
    ended = replace(
        State(here.state.questionnaire, here.state.version, here.state.language),
        unit=here.state.unit,
        unit_fixed=here.state.unit_fixed,
        revision=here.state.revision + 1,
        phase=phase,
    )
    return Sprint(ended, OverTurn(phase), events)


def turn(here: Here, problem: Problem | None) -> Turn:
    """What the person is shown here."""
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


def problem_of(here: Here, rejected: AnswerRejected, typed: str | None) -> Problem:
    """Why a rejected answer was not taken."""
    return problem_with(here.form, here.state, here.moment, here.walked, rejected, typed)
