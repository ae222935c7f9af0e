"""Texts that no question took, misses, and messages that were corrected afterwards."""

from collections.abc import Sequence

import pytest

from survey.domain.conversation import begin, moved, step
from survey.domain.form import Form
from survey.domain.turns import (
    CHECK,
    Back,
    Correct,
    Corrected,
    Input,
    Keep,
    Offered,
    Put,
    QuestionTurn,
    ReviewTurn,
    Say,
    Skip,
    Sprint,
    Stale,
    Start,
    State,
    Submit,
    Submitted,
)
from survey.domain.typed import is_remark
from tests.survey.domain.making import AGREE, MOMENT, a_form, scale, text

FORM = a_form(
    scale("rating", points=AGREE),
    scale("ease", points=AGREE),
    text("comment", max_length=60),
)
WITHOUT = a_form(scale("rating", points=AGREE), text("worry"))
REMARK = "The rota changes too late each week"


def played(inputs: Sequence[Input], form: Form = FORM, state: State | None = None) -> Sprint:
    sprint = Sprint(state or begin(form, language="en"), None)  # type: ignore[arg-type]
    for each in inputs:
        sprint = step(form, sprint.state, each, MOMENT)
    return sprint


def place(sprint: Sprint) -> str:
    return sprint.turn.name if isinstance(sprint.turn, QuestionTurn) else type(sprint.turn).__name__


# --- hints ---


def test_the_hint_is_new_once_for_each_question() -> None:
    first = played([Start(), Say("rating", "dunno", 7)])
    second = played([Say("rating", "no idea", 8)], state=first.state)
    next_one = played([Put("rating", 4), Say("ease", "dunno", 9)], state=second.state)

    problems = [each.turn.problem for each in (first, second, next_one)]  # type: ignore[union-attr]
    assert [problem.again for problem in problems if problem] == [False, True, False]
    assert second.state == first.state


def test_a_number_that_is_out_of_range_is_explained_each_time() -> None:
    first = played([Start(), Say("rating", "9", 7)])
    second = played([Say("rating", "9", 8)], state=first.state)

    assert first.turn == second.turn
    assert second.state.revision == 1


# --- what may become the comment ---


@pytest.mark.parametrize(
    "short", ["dunno", "I do not know", "not sure", "🤷 🤷 🤷 🤷 🤷", "a b c d"]
)
def test_a_few_words_are_no_remark(short: str) -> None:
    assert not is_remark(short)


def test_a_longer_text_at_a_question_with_buttons_is_offered_and_nothing_is_answered() -> None:
    offered = played([Start(), Say("rating", REMARK, 7)])

    assert offered.state.offered == Offered(REMARK, 7)
    assert offered.state.answers == {}
    assert place(offered) == "rating"
    assert played([Say("rating", REMARK, 7)], state=offered.state).state == offered.state


def test_a_form_that_names_its_question_is_never_offered_anything() -> None:
    assert played([Start(), Say("rating", REMARK)]).state.offered is None


def test_an_offer_that_is_kept_is_the_comment_and_the_question_stays_open() -> None:
    kept = played([Start(), Say("rating", REMARK, 7), Keep(7)])

    assert kept.state.answers == {"comment": REMARK}
    assert kept.state.offered is None
    assert place(kept) == "rating"
    assert place(played([Put("rating", 4), Put("ease", 4)], state=kept.state)) == "ReviewTurn"


def test_an_offer_that_is_not_kept_goes() -> None:
    dropped = played([Start(), Say("rating", REMARK, 7), Keep(7, on=False)])

    assert dropped.state.answers == {}
    assert dropped.state.offered is None


def test_more_is_added_below_the_comment_as_long_as_it_fits() -> None:
    answered: list[Input] = [
        Start(),
        Put("rating", 4),
        Put("ease", 4),
        Say("comment", "More light", 5),
    ]
    added = played([*answered, Say(CHECK, REMARK, 6), Keep(6)])
    too_much = played([Say(CHECK, "x y z " * 4, 7)], state=added.state)

    assert added.state.answers["comment"] == f"More light\n{REMARK}"
    assert isinstance(added.turn, ReviewTurn)
    assert too_much.events == (Stale("elsewhere"),)
    assert too_much.state == added.state


def test_a_tap_that_comes_after_the_text_it_preceded_loses_neither() -> None:
    """The text was typed for the comment; it overtook the tap that leads there."""
    early = played([Start(), Put("rating", 4), Say("ease", REMARK, 7)])
    tapped = played([Put("ease", 5)], state=early.state)
    kept = played([Keep(7)], state=tapped.state)

    assert tapped.state.offered == Offered(REMARK, 7)
    assert kept.state.answers == {"rating": 4, "ease": 5, "comment": REMARK}
    assert isinstance(kept.turn, ReviewTurn)


def test_answering_in_words_after_an_offer_lets_it_go() -> None:
    assert played([Start(), Say("rating", REMARK, 7), Say("rating", "4", 8)]).state.offered is None


def test_a_button_of_an_earlier_offer_keeps_nothing_of_a_later_one() -> None:
    later = played([Start(), Say("rating", REMARK, 7), Say("rating", f"{REMARK}!", 8), Keep(7)])

    assert later.events == (Stale("answered"),)
    assert later.state.offered == Offered(f"{REMARK}!", 8)


def test_without_a_question_for_comments_nothing_is_offered() -> None:
    missed = played([Start(), Say("rating", REMARK, 7)], WITHOUT)

    assert missed.state.offered is None
    assert isinstance(missed.turn, QuestionTurn)
    assert missed.turn.problem is not None


def test_an_offer_that_nobody_took_is_not_sent() -> None:
    sent = played([Start(), Put("rating", 4), Put("ease", 4), Skip("comment"),
                   Say(CHECK, REMARK, 7), Submit()])  # fmt: skip

    [event] = sent.events
    assert isinstance(event, Submitted)
    assert event.answers == {"rating": 4, "ease": 4}
    assert sent.state.offered is None


# --- corrections ---


def test_a_corrected_message_changes_the_answer_that_came_in_it_and_moves_nobody() -> None:
    answered: list[Input] = [Start(), Say("rating", "4", 7), Say("ease", "agree", 8)]
    corrected = played([*answered, Correct(7, "5")])

    assert corrected.state.answers == {"rating": 5, "ease": 4}
    assert corrected.events == (Corrected("rating"),)
    assert place(corrected) == "comment"
    assert played([Correct(7, "5")], state=corrected.state).state == corrected.state


def test_a_correction_that_is_no_answer_leaves_the_old_one() -> None:
    refused = played([Start(), Say("rating", "4", 7), Correct(7, "dunno")])

    assert refused.state.answers == {"rating": 4}
    assert isinstance(refused.turn, QuestionTurn)
    assert refused.turn.problem is not None


def test_a_message_whose_answer_was_given_otherwise_since_corrects_nothing() -> None:
    since: list[Input] = [Start(), Say("rating", "4", 7), Back(), Put("rating", 2)]

    assert played([*since, Correct(7, "5")]).events == (Stale("elsewhere"),)


def test_a_correction_reaches_a_text_that_is_still_offered_and_one_that_was_kept() -> None:
    offered = played([Start(), Say("rating", REMARK, 7), Correct(7, f"{REMARK}.")])
    kept = played([Keep(7), Correct(7, "More light")], state=offered.state)

    assert offered.state.offered == Offered(f"{REMARK}.", 7)
    assert kept.state.answers == {"comment": "More light"}


def test_what_moves_to_another_channel_leaves_the_chats_own_things_behind() -> None:
    here = played([Start(), Say("rating", "4", 7), Say("ease", REMARK, 8)]).state
    there = moved(here)

    assert (there.offered, there.written, there.missed) == (None, {}, None)
    assert there.answers == here.answers
    assert there.revision == here.revision + 1
