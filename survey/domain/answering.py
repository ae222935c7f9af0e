"""Inputs that answer: by words, values and ticks, and texts that no question took."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from survey.domain.answers import Reason, is_exclusive
from survey.domain.expressions import Value
from survey.domain.path import Answers, checked, known_before
from survey.domain.place import AMONG_QUESTIONS, Here, move, passed, problem_of, stale, stay
from survey.domain.questionnaire import Question, QuestionType
from survey.domain.turns import (
    Answered,
    Correct,
    Corrected,
    Keep,
    Offered,
    Problem,
    Say,
    Sprint,
    Tick,
)
from survey.domain.typed import from_text, is_remark
from survey.errors import AnswerRejected

MOST_TEXT: Final = 50_000
"""Characters in all texts of one conversation together."""

COMMENT: Final = "comment"
"""The question, where a questionnaire has it, that takes what people want to say besides."""


def say(here: Here, said: Say) -> Sprint:
    """An answer in words, or a text that came while this question was open."""
    question = here.open
    if said.question != (question.name if question else here.place):
        return passed(here, said.question)
    if question is None or not question.asks:
        return _stray(here, said) or passed(here, said.question)
    try:
        value = from_text(question, said.text, here.state.language, here.form.questionnaire)
    except AnswerRejected as rejected:
        return _missed(here, question, rejected, said)
    return _answer(here, question, value, typed=said.text, message=said.message)


def _missed(here: Here, question: Question, rejected: AnswerRejected, said: Say) -> Sprint:
    """A text that is no answer: offered as the comment, or said to be none."""
    problem = problem_of(here, rejected, said.text)
    if rejected.reason != Reason.NOT_A_CHOICE:
        return stay(here, problem)
    if offer := _stray(here, said):
        return offer
    if here.state.missed == question.name:
        return stay(here, replace(problem, again=True))
    return move(here, problem=problem, missed=question.name)


def _stray(here: Here, said: Say) -> Sprint | None:
    """The offer to keep a longer text as the comment; None where there can be none of it."""
    comment = _comment(here)
    if said.message is None or comment is None or comment is here.open or not is_remark(said.text):
        return None
    if isinstance(_accepted(here, comment, _added(here, said.text), said.text), Problem):
        return None
    offered = Offered(said.text, said.message)
    return stay(here) if offered == here.state.offered else move(here, offered=offered)


def _comment(here: Here) -> Question | None:
    """The question for comments, where this person is asked it."""
    if here.state.phase not in AMONG_QUESTIONS or not here.walked.holds(COMMENT):
        return None
    question = here.form.items[COMMENT].question
    return question if question.type is QuestionType.TEXT else None


def _added(here: Here, text: str) -> str:
    """The comment with this text at its end."""
    given = here.state.answers.get(COMMENT)
    return f"{given}\n{text}" if isinstance(given, str) else text


def keep(here: Here, kept: Keep) -> Sprint:
    """The offered text becomes the comment, or goes."""
    offered, comment = here.state.offered, _comment(here)
    if offered is None or offered.message != kept.message:
        return stale(here, "answered")
    if not kept.on or comment is None:
        return move(here, offered=None)
    accepted = _accepted(here, comment, _added(here, offered.text), offered.text)
    if isinstance(accepted, Problem):
        return move(here, problem=accepted, offered=None)
    written = _without(here.state.written, COMMENT)
    if here.state.answers.get(COMMENT) is None:
        written[COMMENT] = offered.message
    looking_at = here.state.looking_at if here.state.looking_at != COMMENT else None
    answers = {**here.state.answers, COMMENT: accepted}
    return move(
        here,
        Answered(COMMENT),
        answers=answers,
        written=written,
        looking_at=looking_at,
        changing=here.state.changing and looking_at is not None,
        offered=None,
    )


def correct(here: Here, correction: Correct) -> Sprint:
    """Change the answer where it stands; the person stays where they are."""
    state = here.state
    if state.offered and state.offered.message == correction.message:
        offered = Offered(correction.text, correction.message)
        return stay(here) if offered == state.offered else move(here, offered=offered)
    names = [name for name, message in state.written.items() if message == correction.message]
    if not names or not here.walked.holds(names[0]):
        return stale(here, "elsewhere")
    question = here.form.items[names[0]].question
    try:
        value = from_text(question, correction.text, state.language, here.form.questionnaire)
    except AnswerRejected as rejected:
        return stay(here, problem_of(here, rejected, correction.text))
    accepted = _accepted(here, question, value, correction.text)
    if isinstance(accepted, Problem):
        return stay(here, accepted)
    if accepted == state.answers.get(question.name):
        return stay(here, event=Corrected(question.name))
    answers = {**state.answers, question.name: accepted}
    return move(here, Corrected(question.name), answers=answers)


def put(here: Here, name: str, value: Value) -> Sprint:
    """An answer that is a value already."""
    question = here.open
    if question is None or question.name != name or not question.asks:
        return passed(here, name)
    return _answer(here, question, value, typed=value if isinstance(value, str) else None)


def _answer(
    here: Here,
    question: Question,
    value: Value,
    *,
    typed: str | None = None,
    message: int | None = None,
) -> Sprint:
    """Keep the answer (None: skipped) and go to the first question without one."""
    state = here.state
    accepted = _accepted(here, question, value, typed)
    if isinstance(accepted, Problem):
        return stay(here, accepted)
    written = _without(state.written, question.name)
    if message is not None:
        written[question.name] = message
    return move(
        here,
        Answered(question.name),
        answers={**state.answers, question.name: accepted},
        written=written,
        looking_at=None,
        changing=False,
        # Who answers in words instead has seen the offer; a tap may have been on its way before.
        offered=state.offered if message is None else None,
    )


def _accepted(here: Here, question: Question, value: Value, typed: str | None) -> Value | Problem:
    """The answer as it is kept, or why it cannot be."""
    form, answers, today = here.form, here.state.answers, here.moment.today
    known = known_before(form, answers, today, question.name)
    try:
        accepted = checked(form.items[question.name], value, known, today)
    except AnswerRejected as rejected:
        return problem_of(here, rejected, typed)
    if _text_length({**answers, question.name: accepted}) > MOST_TEXT:
        return Problem("too_much", limit=str(MOST_TEXT), typed=typed)
    return accepted


def _without(written: Mapping[str, int], name: str) -> dict[str, int]:
    return {each: message for each, message in written.items() if each != name}


def _text_length(answers: Answers) -> int:
    return sum(len(value) for value in answers.values() if isinstance(value, str))


def _several(here: Here, name: str) -> Question | None:
    """The open question, where it is this one and takes ticks."""
    question = here.open
    if question is None or question.name != name:
        return None
    return question if question.type is QuestionType.SELECT_MULTIPLE else None


def tick(here: Here, ticked: Tick) -> Sprint:
    """One choice more or less of the open question."""
    question = _several(here, ticked.question)
    if question is None:
        return passed(here, ticked.question)
    alone = {choice.name: is_exclusive(choice) for choice in question.closed_choices}
    if ticked.choice not in alone:
        return stay(here, Problem(Reason.NOT_A_CHOICE))
    on = set(here.state.ticked) - {ticked.choice}
    if ticked.on:
        on = {n for n in on if not alone[n] and not alone[ticked.choice]} | {ticked.choice}
    in_order = tuple(name for name in alone if name in on)
    return stay(here) if in_order == here.state.ticked else move(here, ticked=in_order)


def done(here: Here, name: str) -> Sprint:
    """The ticks are the answer."""
    question = _several(here, name)
    if question is None:
        return passed(here, name)
    return _answer(here, question, here.state.ticked)


def attach(here: Here, file: str) -> Sprint:
    """One more file; the person stays where they are, unless the question for files is open."""
    question = next((q for q in here.walked.questions if q.type is QuestionType.FILE), None)
    if question is None or here.state.phase.over:
        return stale(here, "elsewhere")
    given = here.state.answers.get(question.name)
    files = (*(given if isinstance(given, tuple) else ()), file)
    if question is here.open:
        return _answer(here, question, files)
    accepted = _accepted(here, question, files, None)
    if isinstance(accepted, Problem):
        return stay(here, accepted)
    answers = {**here.state.answers, question.name: accepted}
    return move(here, Answered(question.name), answers=answers)


def skip(here: Here, name: str) -> Sprint:
    """No answer; a note is read."""
    question = here.open
    if question is None or question.name != name:
        return passed(here, name)
    return _answer(here, question, None) if question.asks else read(here, name)


def read(here: Here, name: str) -> Sprint:
    """A note was read."""
    note = here.open
    if note is None or note.name != name or note.asks:
        return passed(here, name)
    return move(here, answers={**here.state.answers, name: None}, looking_at=None)
