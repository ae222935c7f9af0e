from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from survey.domain.answering import MOST_TEXT
from survey.domain.conversation import MOST_STEPS, begin, step
from survey.domain.form import Form
from survey.domain.questionnaire import Choice
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
    FindUnit,
    Input,
    Moment,
    NoticeTurn,
    OverTurn,
    Phase,
    Problem,
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
    UnitCandidate,
    UnitTurn,
)
from survey.errors import AnswerRejected
from tests.survey.domain.making import (
    AGREE,
    MOMENT,
    a_choice,
    a_form,
    a_question,
    scale,
    select_multiple,
    text,
)

OAKFIELD = UnitCandidate("oakfield", "Oakfield Primary")
OAKS = tuple(UnitCandidate(f"oak{n}", f"Oak {n}") for n in range(10))

SURVEY = a_form(
    scale("rating", required=True, points=AGREE, required_message={"en": "Select how far"}),
    text("why", relevant="${rating} <= 2"),
    select_multiple("used", "hr", "it", a_choice("none", exclusive=True)),
    text("comment", max_length=20),
    languages=("en", "cy"),
    unit="ask",
)
PLAIN = a_form(
    scale("rating", required=True),
    text("why", relevant="${rating} <= 2"),
    text("comment"),
)


def played(form: Form, inputs: Sequence[Input], state: State | None = None) -> Sprint:
    """The last sprint; every input must have been taken."""
    sprint = Sprint(state or begin(form, language="en"), OverTurn(Phase.NOTICE))
    for input_ in inputs:
        sprint = step(form, sprint.state, input_, MOMENT)
    return sprint


ANSWERED = (Start(), Say("rating", "4"), Say("comment", "Fine"))


def shown(sprint: Sprint) -> str:
    match sprint.turn:
        case QuestionTurn(name=name):
            return name
        case ReviewTurn():
            return CHECK
        case UnitTurn():
            return UNIT
        case NoticeTurn():
            return "notice"
        case OverTurn(phase=phase):
            return phase.value


def problem(sprint: Sprint) -> Problem | None:
    return None if isinstance(sprint.turn, OverTurn) else sprint.turn.problem


# --- from the notice to the receipt ---


def test_the_notice_says_who_asks_why_and_how_much() -> None:
    form = a_form(
        scale("rating"),
        text("why", relevant="${rating} <= 2"),
        scale("age", part="equality"),
        title={"en": "Pulse of ${organisation}"},
        unit="ask",
        licence="OGL",
    )
    turn = step(form, begin(form, language="en"), Resume(), MOMENT).turn

    assert turn == NoticeTurn(
        title="Pulse of Anytown Council",
        asked_by="Anytown Council",
        purpose="To test.",
        minutes=2,
        questions=1,
        privacy="confidential",
        licence="OGL",
        languages=("en",),
        appended=1,
        branching=True,
    )


def test_a_whole_conversation_ends_in_what_becomes_the_response() -> None:
    unit = (Start(), ChooseUnit(OAKFIELD))
    answers = (Say("rating", "agree"), Put("used", ("it", "hr")), Skip("comment"))
    sprint = played(SURVEY, (*unit, *answers, Submit()))

    assert sprint.turn == OverTurn(Phase.SENT)
    assert sprint.events == (Submitted("oakfield", "en", {"rating": 4, "used": ("hr", "it")}),)


def test_nothing_of_the_answers_stays_in_the_state_once_it_is_over() -> None:
    for ending in (Submit(), Cancel()):
        state = played(PLAIN, (*ANSWERED, ending)).state

        assert (state.answers, state.ticked, state.looking_at) == ({}, (), None)


def test_declining_and_throwing_away_end_a_conversation_without_an_event() -> None:
    for inputs, phase in (((Decline(),), Phase.DECLINED), ((Start(), Cancel()), Phase.CANCELLED)):
        ended = played(PLAIN, inputs)

        assert (ended.state.phase, ended.events) == (phase, ())


def test_each_answer_and_each_skip_is_one_event() -> None:
    assert played(PLAIN, (Start(),)).events == ()
    assert played(PLAIN, (Start(), Say("rating", "4"))).events == (Answered("rating"),)
    assert played(PLAIN, (*ANSWERED[:2], Skip("comment"))).events == (Answered("comment"),)


def test_an_unknown_language_becomes_the_questionnaires_own() -> None:
    assert begin(SURVEY, language="fr").language == "en"


def test_a_state_of_another_version_is_the_callers_mistake() -> None:
    state = replace(begin(PLAIN, language="en"), version=2)

    with pytest.raises(ValueError, match="another form"):
        step(PLAIN, state, Resume(), MOMENT)


# --- the unit ---


def test_somebody_whose_unit_is_known_is_not_asked_for_it() -> None:
    state = begin(SURVEY, language="en", unit=OAKFIELD)

    assert shown(played(SURVEY, (Start(),), state)) == "rating"
    assert shown(played(SURVEY, (Start(),))) == UNIT


def test_a_questionnaire_without_units_keeps_none() -> None:
    assert begin(PLAIN, language="en", unit=OAKFIELD).unit is None


def test_a_questionnaire_for_a_fixed_unit_does_not_begin_without_one() -> None:
    form = a_form(text("a"), unit="fixed")

    with pytest.raises(AnswerRejected):
        begin(form, language="en")
    assert begin(form, language="en", unit=OAKFIELD).unit_fixed


def test_at_most_eight_units_are_offered_and_a_single_one_still_has_to_be_chosen() -> None:
    asked = played(SURVEY, (Start(),))

    many = step(SURVEY, asked.state, FindUnit("oak", OAKS), MOMENT)
    assert many.turn == UnitTurn(OAKS[:8], "oak")
    one = step(SURVEY, asked.state, FindUnit("oakfield primary", (OAKFIELD,)), MOMENT)
    assert one.turn == UnitTurn((OAKFIELD,), "oakfield primary")
    assert one.state == asked.state


def test_a_name_that_no_unit_has_is_said_and_kept() -> None:
    found = step(SURVEY, played(SURVEY, (Start(),)).state, FindUnit("oek", ()), MOMENT)

    assert found.turn == UnitTurn((), "oek", Problem("no_unit", typed="oek"))


def test_the_unit_can_be_changed_on_the_check_page_unless_it_is_fixed() -> None:
    answers = (Start(), Say("rating", "4"), Skip("used"), Skip("comment"))
    free = played(SURVEY, answers, begin(SURVEY, language="en", unit=OAKFIELD))
    assert isinstance(free.turn, ReviewTurn)
    assert (free.turn.unit, free.turn.unit_can_change) == ("Oakfield Primary", True)
    changed = played(SURVEY, (Change(UNIT), ChooseUnit(OAKS[0])), free.state)
    assert isinstance(changed.turn, ReviewTurn)
    assert changed.turn.unit == "Oak 0"
    kept = played(SURVEY, (Change(UNIT), Back(UNIT)), free.state)
    assert (shown(kept), kept.state.unit) == (CHECK, OAKFIELD)

    fixed = begin(SURVEY, language="en", unit=OAKFIELD, unit_fixed=True)
    refused = played(SURVEY, (*answers, Change(UNIT)), fixed)
    assert (shown(refused), refused.events) == (CHECK, (Stale("elsewhere"),))


# --- back, skip, change ---


def test_back_leads_from_the_first_question_to_the_unit_and_the_notice_and_stops_there() -> None:
    sprint = played(SURVEY, (Start(), ChooseUnit(OAKFIELD), Back("rating")))
    assert sprint.turn == UnitTurn((OAKFIELD,))

    sprint = played(SURVEY, (Back(UNIT),), sprint.state)
    assert shown(sprint) == "notice"
    again = step(SURVEY, sprint.state, Back(), MOMENT)
    assert (again.state, again.events) == (sprint.state, ())
    assert shown(played(SURVEY, (Start(),), sprint.state)) == "rating"


def test_back_from_the_first_question_leads_to_the_notice_where_the_unit_is_fixed() -> None:
    state = begin(SURVEY, language="en", unit=OAKFIELD, unit_fixed=True)

    assert shown(played(SURVEY, (Start(), Back()), state)) == "notice"


def test_back_shows_what_was_answered_and_answering_it_goes_on_to_what_is_open() -> None:
    back = played(SURVEY, (Start(), ChooseUnit(OAKFIELD), Say("rating", "4"), Back("used")))
    assert isinstance(back.turn, QuestionTurn)
    assert (back.turn.name, back.turn.given) == ("rating", 4)

    on = played(SURVEY, (Say("rating", "5"),), back.state)
    assert (shown(on), on.state.answers) == ("used", {"rating": 5})


def test_back_on_the_check_page_leads_to_the_last_question() -> None:
    sprint = played(PLAIN, (*ANSWERED, Back(CHECK)))
    assert shown(sprint) == "comment"
    assert shown(played(PLAIN, (Say("comment", "Better"),), sprint.state)) == CHECK


def test_a_doubled_back_goes_back_once() -> None:
    once = played(PLAIN, (*ANSWERED, Back(CHECK)))
    twice = step(PLAIN, once.state, Back(CHECK), MOMENT)

    assert (twice.state, shown(twice)) == (once.state, "comment")


def test_a_required_question_cannot_be_skipped_and_says_so() -> None:
    asked = played(SURVEY, (Start(), ChooseUnit(OAKFIELD)))
    for empty in (Skip("rating"), Say("rating", " "), Put("rating", None)):
        refused = step(SURVEY, asked.state, empty, MOMENT)

        assert refused.state == asked.state
        told = problem(refused)
        assert told is not None
        assert (told.code, told.message) == ("required", "Select how far")


def test_skipping_takes_an_earlier_answer_away() -> None:
    sprint = played(PLAIN, (*ANSWERED, Change("comment"), Skip("comment"), Submit()))

    assert sprint.events == (Submitted(None, "en", {"rating": 4}),)


def test_a_change_leads_back_to_the_check_page() -> None:
    change = played(PLAIN, (*ANSWERED, Change("rating")))
    assert isinstance(change.turn, QuestionTurn)
    assert change.turn.given == 4

    assert shown(played(PLAIN, (Say("rating", "5"),), change.state)) == CHECK
    assert shown(played(PLAIN, (Back("rating"),), change.state)) == CHECK


def test_a_change_that_opens_a_question_asks_it_first() -> None:
    sprint = played(PLAIN, (*ANSWERED, Change("rating"), Say("rating", "1")))
    assert shown(sprint) == "why"
    assert shown(played(PLAIN, (Back("why"),), sprint.state)) == "rating"
    assert shown(played(PLAIN, (Say("why", "Slow"),), sprint.state)) == CHECK


def test_an_answer_that_falls_off_the_path_is_kept_while_editing_and_dropped_when_sent() -> None:
    low = (Start(), Say("rating", "1"), Say("why", "Slow"), Skip("comment"))
    high = played(PLAIN, (*low, Change("rating"), Say("rating", "5")))
    assert high.state.answers["why"] == "Slow"

    sent = played(PLAIN, (Submit(),), high.state)
    assert sent.events == (Submitted(None, "en", {"rating": 5}),)
    again = played(PLAIN, (Change("rating"), Say("rating", "2"), Submit()), high.state)
    assert again.events == (Submitted(None, "en", {"rating": 2, "why": "Slow"}),)


def test_an_earlier_answer_can_be_changed_before_the_check_page() -> None:
    sprint = played(PLAIN, (*ANSWERED[:2], Change("rating")))
    assert shown(sprint) == "rating"
    assert shown(played(PLAIN, (Back(),), sprint.state)) == "comment"
    assert shown(played(PLAIN, (Say("rating", "2"),), sprint.state)) == "why"


def test_what_has_no_answer_yet_cannot_be_changed() -> None:
    before = played(PLAIN, (*ANSWERED[:1],))
    for name in ("comment", "why", UNIT, "nonsense"):
        after = step(PLAIN, before.state, Change(name), MOMENT)

        assert (after.state, after.events) == (before.state, (Stale("elsewhere"),))


def test_a_note_is_read_once_and_is_no_line_of_the_check_page() -> None:
    form = a_form(a_question("hello", "note"), text("a"))
    note = played(form, (Start(),))
    assert isinstance(note.turn, QuestionTurn)
    assert (note.turn.name, note.turn.number, note.turn.total) == ("hello", 0, None)
    assert step(form, note.state, Say("hello", "hi"), MOMENT).state == note.state

    for go_on in (Read("hello"), Skip("hello")):
        review = played(form, (go_on, Say("a", "b")), note.state).turn
        assert isinstance(review, ReviewTurn)
        assert [line.question for line in review.lines] == ["a"]


# --- several of ---


AT_USED = (Start(), ChooseUnit(OAKFIELD), Say("rating", "4"))


def ticks(*inputs: Input) -> tuple[str, ...]:
    return played(SURVEY, (*AT_USED, *inputs)).state.ticked


def test_ticks_gather_until_done_in_the_order_of_the_choices() -> None:
    assert ticks(Tick("used", "it"), Tick("used", "hr")) == ("hr", "it")
    assert ticks(Tick("used", "it"), Tick("used", "hr"), Tick("used", "it", on=False)) == ("hr",)
    done = played(SURVEY, (*AT_USED, Tick("used", "it"), Done("used")))
    assert (shown(done), done.state.answers["used"], done.state.ticked) == ("comment", ("it",), ())


def test_none_of_these_unticks_the_others_and_the_others_untick_it() -> None:
    assert ticks(Tick("used", "hr"), Tick("used", "it"), Tick("used", "none")) == ("none",)
    assert ticks(Tick("used", "none"), Tick("used", "hr")) == ("hr",)


def test_a_doubled_tick_changes_nothing() -> None:
    once = played(SURVEY, (*AT_USED, Tick("used", "hr")))

    assert step(SURVEY, once.state, Tick("used", "hr"), MOMENT).state == once.state


def test_none_of_these_beside_another_is_refused_on_a_page() -> None:
    refused = played(SURVEY, (*AT_USED, Put("used", ("hr", "none"))))

    assert problem(refused) == Problem("exclusive", limit="none")
    assert shown(refused) == "used"


def test_done_with_nothing_ticked_is_a_skip_where_that_is_allowed() -> None:
    assert played(SURVEY, (*AT_USED, Done("used"))).events == (Answered("used"),)
    required = a_form(select_multiple("a", "x", "y", required=True))
    refused = played(required, (Start(), Done("a")))
    assert problem(refused) == Problem("required")


def test_coming_back_to_several_of_finds_the_ticks_that_were_given() -> None:
    given = (*AT_USED, Put("used", ("it",)), Back("comment"))

    assert ticks(*given[3:]) == ("it",)
    assert ticks(*given[3:], Tick("used", "hr"), Done("used")) == ()
    on = played(SURVEY, (*given, Tick("used", "hr"), Done("used")))
    assert on.state.answers["used"] == ("hr", "it")


def test_a_tick_of_no_choice_or_no_several_of_changes_nothing() -> None:
    at = played(SURVEY, AT_USED)
    assert problem(step(SURVEY, at.state, Tick("used", "lunch"), MOMENT)) == Problem("not_a_choice")
    first = played(SURVEY, AT_USED[:2])
    for input_ in (Tick("rating", "4"), Done("rating"), Read("rating")):
        assert step(SURVEY, first.state, input_, MOMENT).state == first.state


# --- answers that cannot be taken ---


def test_a_rejected_answer_keeps_what_was_typed_and_changes_nothing() -> None:
    at = played(SURVEY, (*AT_USED, Skip("used")))
    refused = step(SURVEY, at.state, Say("comment", "x" * 21), MOMENT)

    assert refused.state == at.state
    assert problem(refused) == Problem("too_long", limit="20", typed="x" * 21)


def test_a_constraint_speaks_in_the_questionnaires_words() -> None:
    form = a_form(
        a_question("least", "integer"),
        a_question(
            "most",
            "integer",
            constraint=". >= ${least}",
            constraint_message={"en": "At least ${least}"},
        ),
    )
    refused = played(form, (Start(), Say("least", "5"), Say("most", "4")))

    assert problem(refused) == Problem("constraint", "At least 5", typed="4")


def test_sending_goes_to_the_answer_that_no_longer_holds() -> None:
    form = a_form(
        a_question("least", "integer"),
        a_question("most", "integer", constraint=". >= ${least}"),
    )
    sprint = played(
        form,
        (
            Start(),
            Say("least", "1"),
            Say("most", "4"),
            Change("least"),
            Say("least", "9"),
            Submit(),
        ),
    )

    assert shown(sprint) == "most"
    assert problem(sprint) == Problem("constraint")
    assert shown(played(form, (Say("most", "9"), Submit()), sprint.state)) == "sent"


# --- what has passed ---


def test_an_answer_to_a_passed_question_changes_nothing_and_is_told_apart() -> None:
    at = played(PLAIN, ANSWERED[:2])
    passed: tuple[Input, ...] = (Say("rating", "1"), Put("rating", 1), Skip("rating"))
    for late in passed:
        stale = step(PLAIN, at.state, late, MOMENT)
        assert (stale.state, stale.events) == (at.state, (Stale("answered"),))
        assert shown(stale) == "comment"
    others: tuple[Input, ...] = (Say("why", "x"), Done("nonsense"), Back("rating"))
    for early in others:
        stale = step(PLAIN, at.state, early, MOMENT)
        assert stale.state == at.state
        assert isinstance(stale.events[0], Stale)


def test_an_answer_while_another_turn_is_open_changes_nothing() -> None:
    for state in (begin(SURVEY, language="en"), played(SURVEY, (Start(),)).state):
        stale = step(SURVEY, state, Say("rating", "4"), MOMENT)
        assert (stale.state, stale.events) == (state, (Stale("elsewhere"),))


def test_a_doubled_start_or_unit_changes_nothing() -> None:
    at = played(SURVEY, (Start(), ChooseUnit(OAKFIELD)))
    for late in (Start(), Decline(), ChooseUnit(OAKS[1]), FindUnit("oak", OAKS)):
        stale = step(SURVEY, at.state, late, MOMENT)
        assert (stale.state, stale.events) == (at.state, (Stale("answered"),))


def test_sending_an_older_check_page_changes_nothing() -> None:
    seen = played(PLAIN, ANSWERED)
    assert isinstance(seen.turn, ReviewTurn)
    now = played(PLAIN, (Change("rating"), Say("rating", "5")), seen.state)

    stale = step(PLAIN, now.state, Submit(seen.turn.revision), MOMENT)
    assert (stale.state, stale.events, shown(stale)) == (now.state, (Stale("revision"),), CHECK)
    assert shown(played(PLAIN, (Submit(now.state.revision),), now.state)) == "sent"


def test_sending_before_the_end_leads_to_what_is_open() -> None:
    for before in ((), (Start(),), ANSWERED[:2]):
        at = played(PLAIN, (*before, Resume()))
        stale = step(PLAIN, at.state, Submit(), MOMENT)
        assert (stale.state, stale.turn) == (at.state, at.turn)
        assert stale.events == (Stale("elsewhere"),)


def test_after_the_end_everything_is_over() -> None:
    sent = played(PLAIN, (*ANSWERED, Submit()))
    late_ones: tuple[Input, ...] = (
        Submit(), Start(), Say("rating", "1"), Back(), Cancel(), Speak("cy"), Change("rating")
    )  # fmt: skip
    for late in late_ones:
        stale = step(PLAIN, sent.state, late, MOMENT)
        assert (stale.state, stale.events) == (sent.state, (Stale("over"),))
        assert shown(stale) == "sent"
    assert step(PLAIN, sent.state, Resume(), MOMENT).events == ()


def test_resuming_shows_where_the_person_is_and_changes_nothing() -> None:
    for inputs in ((), AT_USED[:1], AT_USED, (*AT_USED, Skip("used"), Skip("comment"))):
        at = played(SURVEY, (*inputs, Resume()))
        again = step(SURVEY, at.state, Resume(), MOMENT)
        assert (again.state, again.turn, again.events) == (at.state, at.turn, ())


# --- language, day, limits ---


def test_another_language_asks_the_same_question_and_keeps_answers_and_ticks() -> None:
    ticked = played(SURVEY, (*AT_USED, Tick("used", "hr")))
    spoken = step(SURVEY, ticked.state, Speak("cy"), MOMENT)
    assert (shown(spoken), spoken.state.ticked) == ("used", ("hr",))
    assert spoken.state.answers == ticked.state.answers

    first = played(SURVEY, (*AT_USED[:2], Speak("cy")))
    assert isinstance(first.turn, QuestionTurn)
    assert first.turn.options[0].label == "Cytuno'n gryf"
    assert played(SURVEY, (Say("rating", "cytuno"),), first.state).state.answers == {"rating": 4}
    assert step(SURVEY, first.state, Speak("cy"), MOMENT).state == first.state
    assert step(SURVEY, first.state, Speak("fr"), MOMENT).state == first.state


def test_a_new_day_that_opens_a_question_asks_it_before_sending() -> None:
    form = a_form(text("a"), text("late", relevant="today() > '2026-11-20'"))
    review = played(form, (Start(), Say("a", "x")))
    assert shown(review) == CHECK

    tomorrow = Moment(date(2026, 11, 21), "Anytown Council")
    later = step(form, review.state, Submit(), tomorrow)
    assert (shown(later), later.state) == ("late", review.state)
    answered = step(form, later.state, Say("late", "y"), tomorrow)
    assert shown(answered) == CHECK


def test_every_change_adds_one_to_the_revision() -> None:
    state = begin(SURVEY, language="en")
    inputs: tuple[Input, ...] = (
        Start(), ChooseUnit(OAKFIELD), Say("rating", "4"), Tick("used", "hr"), Speak("cy"),
        Done("used"), Back("comment"), Put("used", ("it",)), Skip("comment"), Change("rating"),
        Back("rating"), Submit(),
    )  # fmt: skip
    for count, input_ in enumerate(inputs, start=1):
        state = step(SURVEY, state, input_, MOMENT).state
        assert state.revision == count


def test_a_conversation_of_too_many_steps_can_only_be_sent_or_thrown_away() -> None:
    worn = replace(played(PLAIN, ANSWERED).state, revision=MOST_STEPS)
    refused = step(PLAIN, worn, Change("rating"), MOMENT)
    assert (refused.state, problem(refused)) == (worn, Problem("too_many_steps", limit="2000"))

    assert shown(step(PLAIN, worn, Submit(), MOMENT)) == "sent"
    assert shown(step(PLAIN, worn, Cancel(), MOMENT)) == "cancelled"


def test_texts_that_are_too_long_together_are_refused_politely() -> None:
    names = [f"t{n}" for n in range(MOST_TEXT // 4000 + 1)]
    form = a_form(*(text(name, max_length=4000) for name in names))
    sprint = played(form, (Start(), *(Say(name, "x" * 4000) for name in names)))

    told = problem(sprint)
    assert told is not None
    assert (told.code, told.limit, shown(sprint)) == ("too_much", str(MOST_TEXT), names[-1])


# --- what is shown ---


def test_an_earlier_answer_stands_in_a_later_text_short_on_one_line_and_isolated() -> None:
    form = a_form(
        text("name", max_length=4000),
        scale("rating", points=AGREE, label={"en": "${name}, at ${organisation}:"}),
        text("why", label={"en": "You said ${rating}: why?"}),
    )

    def label(*inputs: Input) -> str:
        turn = played(form, (Start(), *inputs)).turn
        assert isinstance(turn, QuestionTurn)
        return turn.label

    assert label(Say("name", "A\n\nB")) == "A B, at Anytown Council:"
    assert label(Skip("name")) == ", at Anytown Council:"
    assert label(Say("name", "${rating}")) == "${rating}, at Anytown Council:"
    assert label(Say("name", "x" * 300)).startswith("x" * 199 + "…,")
    assert label(Say("name", "a\u202e\u2066b\u2069")).startswith("\u2068a\u202eb\u2069,")
    assert label(Skip("name"), Say("rating", "4")) == "You said Agree: why?"


def test_a_scale_in_words_is_shown_from_the_highest_and_one_in_numbers_from_the_lowest() -> None:
    ends = {0: {"en": "Never"}, 10: {"en": "Always"}}
    form = a_form(scale("words", points=AGREE), scale("numbers", start=0, end=10, points=ends))
    words = played(form, (Start(),)).turn
    numbers = played(form, (Start(), Skip("words"))).turn
    assert isinstance(words, QuestionTurn)
    assert isinstance(numbers, QuestionTurn)

    assert [option.name for option in words.options] == ["5", "4", "3", "2", "1"]
    assert words.labelled_ends is None
    assert [option.name for option in numbers.options] == [str(point) for point in range(11)]
    assert numbers.labelled_ends == ("Never", "Always")


def test_a_button_is_short_even_where_the_label_is_not() -> None:
    long, short = "A label that is far longer than a button may be", "Short"
    form = a_form(
        select_multiple(
            "a",
            Choice(name="x", label={"en": long}, short_label={"en": short}),
            Choice(name="y", label={"en": long}),
        )
    )
    turn = played(form, (Start(),)).turn
    assert isinstance(turn, QuestionTurn)

    assert [option.label for option in turn.options] == [long, long]
    assert [option.button for option in turn.options] == [short, long[:39].rstrip() + "…"]


def test_the_check_page_has_a_line_for_each_question_of_the_path() -> None:
    form = a_form(
        scale("rating", points=AGREE, short_label={"en": "Rating"}),
        text("why", relevant="${rating} <= 2"),
        text("comment"),
    )
    turn = played(form, (Start(), Say("rating", "4"), Skip("comment"))).turn
    assert isinstance(turn, ReviewTurn)

    assert [(line.label, line.shown) for line in turn.lines] == [
        ("Rating", "Agree"),
        ("comment?", None),
    ]
