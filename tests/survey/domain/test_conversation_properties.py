"""Whatever is sent to the engine, in whatever order: it answers, and keeps its promises."""

from dataclasses import replace
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from survey.domain.conversation import begin, step
from survey.domain.drafts import from_bytes, to_bytes
from survey.domain.form import Form
from survey.domain.path import path, validate
from survey.domain.turns import (
    CHECK,
    UNIT,
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
    NoticeTurn,
    OverTurn,
    Phase,
    Put,
    QuestionTurn,
    Read,
    Resume,
    ReviewTurn,
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
from tests.survey.domain.making import (
    AGREE,
    MOMENT,
    TODAY,
    a_choice,
    a_form,
    a_question,
    scale,
    select_multiple,
    select_one,
    text,
)

FORM: Final[Form] = a_form(
    a_question("hello", "note"),
    scale("rating", required=True, points=AGREE),
    text("why", relevant="${rating} <= 2", max_length=5),
    select_multiple("used", "hr", "it", a_choice("none", exclusive=True)),
    scale("hr", relevant="selected(${used}, 'hr')"),
    a_question("least", "integer", start=0),
    a_question("most", "integer", constraint=". >= ${least}"),
    a_question("gap", "calculate", calculation="${most} - ${least}"),
    select_one("wide", "yes", "no", relevant="${gap} > 2", required=True),
    a_question("day", "date"),
    a_question("hours", "decimal"),
    text("comment"),
    languages=("en", "cy"),
    unit="ask",
)

NAMES = st.sampled_from([*FORM.items, UNIT, CHECK, "nonsense"])
UNITS = st.sampled_from([UnitCandidate("oak", "Oak"), UnitCandidate("elm", "Elm", "Schools")])
TYPED = st.sampled_from(
    ["1", "4", "agree", "cytuno", "hr", "hr, it", "none", "yes", "0", "-1", "2026-03-07", "1.5"]
) | st.text(max_size=8)
REMARKS = st.sampled_from(
    ["The rota changes too late each week", "Please mend the lift on Mondays"]
)
MESSAGES = st.integers(1, 4)
VALUES = (
    st.none()
    | st.integers()
    | st.booleans()
    | st.decimals()
    | st.dates()
    | st.sampled_from(["yes", "no", "", ("hr",), ("hr", "it"), ("hr", "none"), ("x",), ()])
    | st.integers(0, 5)
)
INPUTS: st.SearchStrategy[Input] = st.one_of(
    st.builds(Say, NAMES, TYPED | REMARKS, st.none() | MESSAGES),
    st.builds(Keep, MESSAGES, st.booleans()),
    st.builds(Correct, MESSAGES, TYPED | REMARKS),
    st.builds(Put, NAMES, VALUES),
    st.builds(Tick, NAMES, st.sampled_from(["hr", "it", "none", "x"]), st.booleans()),
    st.builds(Done, NAMES),
    st.builds(Skip, NAMES),
    st.builds(Read, NAMES),
    st.builds(Back, st.none() | NAMES),
    st.builds(Change, NAMES),
    st.builds(Speak, st.sampled_from(["en", "cy", "fr"])),
    st.builds(Submit, st.none() | st.integers(0, 40)),
    st.just(Start()),
    st.just(Resume()),
    st.builds(ChooseUnit, UNITS),
    st.builds(FindUnit, TYPED, st.tuples(UNITS) | st.just(())),
)
ENDINGS: st.SearchStrategy[Input] = st.sampled_from([Cancel(), Decline()])


USUAL: Final = {
    "why": ["Slow"],
    "least": ["0", "1", "4"],
    "most": ["1", "4", "9"],
    "day": ["2026-03-07"],
    "hours": ["1.5"],
}


def sensible(turn: Turn) -> st.SearchStrategy[Input]:
    """What a person would do here, so that conversations come to their end."""
    match turn:
        case QuestionTurn(name=name, options=options):
            usual = USUAL.get(name) or [option.name for option in options] or ["x"]
            answer = st.builds(Say, st.just(name), st.sampled_from(usual))
            return st.one_of(answer, answer, answer, st.just(Skip(name)), st.just(Back(name)))
        case ReviewTurn(lines=lines):
            changes = st.sampled_from([line.question for line in lines]).map(Change)
            return st.one_of(st.just(Submit()), st.just(Back(CHECK)), changes)
        case NoticeTurn():
            return st.just(Start())
        case UnitTurn():
            return st.builds(ChooseUnit, UNITS)
        case OverTurn():
            return INPUTS


@st.composite
def conversations(draw: st.DrawFn) -> list[tuple[State, Input, Sprint]]:
    """States, inputs and what they led to; most inputs make sense where they come."""
    state = begin(FORM, language=draw(st.sampled_from(["en", "cy"])))
    turn = step(FORM, state, Resume(), MOMENT).turn
    history: list[tuple[State, Input, Sprint]] = []
    for _ in range(draw(st.integers(20, 40))):
        kind = draw(
            st.sampled_from(["sensible"] * 12 + ["any"] * 4 + ["ending"] * (len(history) // 15))
        )
        if kind == "sensible":
            input_ = draw(sensible(turn))
        else:
            input_ = draw(INPUTS if kind == "any" else ENDINGS)
        sprint = step(FORM, state, input_, MOMENT)
        history.append((state, input_, sprint))
        state, turn = sprint.state, sprint.turn
    return history


@settings(max_examples=150, deadline=None)
@given(conversations())
def test_any_sequence_of_inputs_keeps_the_engines_promises(
    history: list[tuple[State, Input, Sprint]],
) -> None:
    for before, input_, sprint in history:
        after = sprint.state
        changed = after != before
        stale = any(isinstance(event, Stale) for event in sprint.events)

        assert after.revision == before.revision + changed
        assert not (changed and (stale or isinstance(input_, Resume | FindUnit)))
        assert from_bytes(to_bytes(after)) == after
        if not isinstance(input_, FindUnit) and not getattr(sprint.turn, "problem", None):
            assert step(FORM, after, Resume(), MOMENT).turn == sprint.turn
        assert after.phase.over == isinstance(sprint.turn, OverTurn)
        if isinstance(sprint.turn, QuestionTurn):
            asked = [question.name for question in path(FORM, after.answers, TODAY)]
            assert sprint.turn.name in asked
        for event in sprint.events:
            if isinstance(event, Submitted):
                assert validate(FORM, event.answers, TODAY) == event.answers
                assert event.unit is not None
                assert after.answers == {}


@settings(max_examples=100, deadline=None)
@given(conversations())
def test_the_same_input_again_does_no_more_than_once(
    history: list[tuple[State, Input, Sprint]],
) -> None:
    for _, input_, sprint in history:
        doubled = step(FORM, sprint.state, input_, MOMENT).state
        # A step back that names no place, and a repeated answer to a question that stays open
        # after a problem, are the person's own doing.
        if not (isinstance(input_, Back) and input_.question is None):
            assert doubled == sprint.state


@settings(max_examples=100, deadline=None)
@given(conversations(), st.integers(1, 6))
def test_going_back_and_answering_the_same_again_keeps_every_answer(
    history: list[tuple[State, Input, Sprint]], steps: int
) -> None:
    state = history[-1][2].state
    if state.phase not in (Phase.ANSWERING, Phase.REVIEW):
        return
    back = replace(state, changing=False)
    for _ in range(steps):
        back = step(FORM, back, Back(), MOMENT).state
        assert back.answers == state.answers
    turn = step(FORM, back, Resume(), MOMENT).turn
    if isinstance(turn, QuestionTurn) and turn.name in state.answers:
        again: Input = Put(turn.name, turn.given)
        if FORM.items[turn.name].question.asks is False:
            again = Read(turn.name)
        assert step(FORM, back, again, MOMENT).state.answers == state.answers
