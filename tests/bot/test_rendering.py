"""Turns as messages, without any network."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from bot.callbacks import Action, Press, decode
from bot.markup import MOST_TEXT, utf16_length
from bot.rendering import changes, render, sure
from bot.sentences import Sentences
from survey.domain.conversation import begin, step
from survey.domain.form import Form
from survey.domain.questionnaire import Questionnaire
from survey.domain.records import Receipt, Version
from survey.domain.turns import (
    Back,
    Input,
    Moment,
    OverTurn,
    Phase,
    Put,
    Resume,
    ReviewTurn,
    Say,
    Skip,
    Start,
    State,
    Tick,
    UnitCandidate,
    UnitTurn,
)
from survey.services.catalogue import Published
from survey.services.shown import Shown

NOW = datetime(2026, 5, 14, 12, tzinfo=UTC)
MOMENT = Moment(NOW.date(), "Barnet Council")
SCALE = {"name": "ease", "type": "scale", "label": {"en": "How easy was it?"}}
TEXT = {"name": "comment", "type": "text", "label": {"en": "Anything else?"}}
USED = {
    "name": "used",
    "type": "select_multiple",
    "label": {"en": "Which do you use?"},
    "choices": (
        {"name": "hr", "label": {"en": "HR"}},
        {"name": "long", "label": {"en": "A" * 50}, "short_label": {"en": "Long"}},
        {"name": "none", "label": {"en": "None of these"}, "exclusive": True},
    ),
}


def shown(*questions: dict[str, Any], inputs: tuple[Input, ...] = (Start(),), **top: Any) -> Shown:
    """Where a person is after these inputs."""
    questionnaire = Questionnaire.model_validate(
        {
            "key": "try",
            "title": {"en": "Staff <pulse>"},
            "purpose": {"en": "to see & learn"},
            "privacy": "confidential",
            "unit": "none",
            "questions": questions,
            **top,
        }
    )
    form = Form.compile(questionnaire, version=1)
    state: State = begin(form, language="en")
    sprint = step(form, state, Resume(), MOMENT)
    for input_ in inputs:
        sprint = step(form, sprint.state, input_, MOMENT)
    version = Version("try", 1, 1, 10, "", NOW)
    return Shown(
        UUID(int=7), Published(version, form), sprint.state, sprint.turn, sprint.events,
        None, NOW, NOW, None, None,
    )  # fmt: skip


def labels(of: Shown) -> list[tuple[str, ...]]:
    return [tuple(button.text for button in row) for row in render(of).rows]


@pytest.mark.parametrize(
    ("privacy", "promise"),
    [
        ("attributed", "We see them together with its name."),
        ("confidential", "Nobody can tell from the figures which answers are yours, us included."),
        ("anonymous", "We do not ask who you are."),
    ],
)
def test_the_notice_says_who_asks_why_how_long_and_how_private(privacy: str, promise: str) -> None:
    view = render(shown(SCALE | {"start": 0, "end": 4}, inputs=(), privacy=privacy))

    assert view.text.startswith("<b>Staff &lt;pulse&gt;: 1 question, about 2 minutes</b>\n")
    assert "From: Barnet Council. Why: to see &amp; learn" in view.text
    assert promise in view.text
    assert "Answers that you do not send are deleted after 30 days." in view.text
    assert "Telegram itself can see this chat." in view.text


def test_the_notice_offers_the_other_languages() -> None:
    assert labels(shown(TEXT, inputs=(), languages=("en", "cy"))) == [
        ("Start", "Not now"),
        ("Cymraeg",),
    ]


def test_a_translation_that_nobody_reviewed_says_so() -> None:
    assert (
        "Our translation, not reviewed." in render(shown(TEXT, inputs=(), unreviewed=("en",))).text
    )


@pytest.mark.parametrize(
    ("end", "rows"), [(7, [8]), (10, [6, 5]), (6, [7])], ids=["0-7", "0-10", "0-6"]
)
def test_numbers_stand_side_by_side_with_their_ends_in_the_text(end: int, rows: list[int]) -> None:
    points = {0: {"en": "Not at all"}, end: {"en": "Very"}}
    view = render(shown(SCALE | {"start": 0, "end": end, "points": points}))

    assert [len(row) for row in view.rows[:-1]] == rows
    assert f"0 = Not at all\n{end} = Very" in view.text


def test_a_scale_in_words_begins_with_the_most_favourable() -> None:
    points = {1: {"en": "Hard"}, 2: {"en": "Easy"}}
    assert labels(shown(SCALE | {"start": 1, "end": 2, "points": points})) == [
        ("Easy",),
        ("Hard",),
        ("‹ Back", "Skip"),
    ]


def test_a_required_question_offers_no_skip() -> None:
    assert labels(shown(TEXT | {"required": True})) == [("‹ Back",)]
    assert "Type your answer." in render(shown(TEXT | {"required": True})).text


def test_an_optional_text_says_so_and_how_to_answer() -> None:
    text = render(shown(TEXT)).text
    assert text == "<b>1 of 1, optional</b>\nAnything else?\nType your answer, or Skip."


def test_ticks_are_seen_and_offer_to_be_taken_back() -> None:
    view = render(shown(USED, inputs=(Start(), Tick("used", "hr"))))

    assert [row[0].text for row in view.rows] == [
        "☑ HR",
        "☐ Long",
        "☐ None of these",
        "Done",
        "‹ Back",
    ]
    pressed = [decode(row[0].data) for row in view.rows[:2]]
    assert [press.action for press in pressed if isinstance(press, Press)] == [
        Action.UNTICK,
        Action.TICK,
    ]


def test_a_choice_whose_button_is_shorter_stands_in_full_in_the_text() -> None:
    assert f"Long: {'A' * 50}" in render(shown(USED)).text


def test_an_answer_given_before_is_marked() -> None:
    again = shown(
        SCALE | {"start": 0, "end": 4}, TEXT, inputs=(Start(), Put("ease", 3), Back("comment"))
    )
    assert labels(again)[0] == ("0", "1", "2", "✓ 3", "4")


def test_units_of_one_name_are_told_apart() -> None:
    candidates = (
        UnitCandidate("a", "St Mary's", "Schools › North"),
        UnitCandidate("b", "St Mary's", "Schools › South"),
        UnitCandidate("c", "St Mark's", "Schools › South"),
    )
    view = render(replace(shown(TEXT), turn=UnitTurn(candidates, "st m")))
    assert [row[0].text for row in view.rows] == [
        "St Mary's, Schools › North",
        "St Mary's, Schools › South",
        "St Mark's",
        "‹ Back",
    ]


def test_the_check_page_quotes_what_was_typed_and_says_what_was_not_given() -> None:
    checked = shown(
        TEXT,
        SCALE | {"start": 0, "end": 4},
        inputs=(Start(), Say("comment", "a <b>\nc"), Skip("ease")),
    )
    text = render(checked).text
    assert "Anything else?: “\u2068a &lt;b&gt; c\u2069”" in text
    assert "How easy was it?: <i>Not provided</i>" in text


def test_a_check_page_of_many_long_answers_fits_in_one_message() -> None:
    questions = [
        {"name": f"q{number}", "type": "text", "label": {"en": f"{number} {'w' * 400}"}}
        for number in range(40)
    ]
    inputs: tuple[Input, ...] = (
        Start(),
        *(Say(f"q{number}", "😀" * 1_000) for number in range(40)),
    )
    view = render(shown(*questions, inputs=inputs))
    plain = view.text.replace("<b>", "").replace("</b>", "")

    assert utf16_length(plain) <= MOST_TEXT
    assert "39 w" in plain


def test_answers_to_change_are_listed_eight_at_a_time() -> None:
    questions = [
        {"name": f"q{number}", "type": "text", "label": {"en": f"Question {number}"}}
        for number in range(10)
    ]
    inputs: tuple[Input, ...] = (Start(), *(Skip(f"q{number}") for number in range(10)))
    checked = shown(*questions, inputs=inputs)
    assert isinstance(checked.turn, ReviewTurn)

    first = [row[0].text for row in changes(checked, checked.turn, 0).rows]
    second = [row[0].text for row in changes(checked, checked.turn, 1).rows]
    assert first == [*(f"Question {n}" for n in range(8)), "More ›", "‹ Back to your answers"]
    assert second == ["Question 8", "Question 9", "‹ Earlier", "‹ Back to your answers"]


def test_throwing_away_is_asked_twice() -> None:
    assert [button.text for button in sure(shown(TEXT)).rows[0]] == ["Throw away", "Keep them"]


@pytest.mark.parametrize(
    ("phase", "says"),
    [
        (Phase.SENT, "<b>Thank you. Your answers are in the box.</b>\nReceipt K7M-4QX"),
        (Phase.DECLINED, "All right."),
        (Phase.CANCELLED, "Your answers are thrown away."),
    ],
)
def test_each_end_is_said_in_words_without_buttons(phase: Phase, says: str) -> None:
    over = replace(shown(TEXT), turn=OverTurn(phase), receipt=Receipt(UUID(int=1), "K7M-4QX"))
    view = render(over)
    assert view.text.startswith(says)
    assert view.rows == ()


def test_a_wrong_answer_is_asked_again_with_one_hint() -> None:
    wrong = shown(SCALE | {"start": 0, "end": 4}, inputs=(Start(), Say("ease", "dunno")))
    assert render(wrong).text.startswith("<i>Please choose one of the five buttons, or Skip.</i>\n")


# --- coming back ---

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("language", "total", "day", "told"),
    [
        ("en", 7, SUNDAY, "You answered 3 of 7 today."),
        ("en", None, SUNDAY, "You answered 3 questions today."),
        ("en", 7, date(2026, 11, 17), "You answered 3 of 7 on Tuesday."),
        ("en", 7, date(2026, 11, 15), "You answered 3 of 7 on Sunday 15 November."),
        ("cy", 7, date(2026, 11, 17), "Dydd Mawrth: ateboch chi 3 o 7."),
        ("cy", None, SUNDAY, "Rydych chi wedi ateb 3 chwestiwn heddiw."),
    ],
)
def test_how_far_somebody_came_is_said_with_the_day_as_people_name_it(
    language: str, total: int | None, day: date, told: str
) -> None:
    assert Sentences(language).so_far(3, total, day=day, today=SUNDAY) == told
