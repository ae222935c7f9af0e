import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.answers import (
    Reason,
    accept,
    explain,
    from_cell,
    from_json,
    from_stored,
    is_blank,
    shown,
    to_json,
)
from survey.domain.expressions import Value
from survey.domain.questionnaire import Question
from survey.errors import AnswerRejected
from tests.survey.domain.making import (
    AGREE,
    a_choice,
    a_question,
    a_questionnaire,
    scale,
    select_multiple,
    select_one,
    text,
)

RATING = scale("rating")
COUNT = a_question("count", "integer")
HOURS = a_question("hours", "decimal", start=0, end=100)
DAY = a_question("day", "date")
NOTE = text("note", max_length=10)
YES_NO = select_one("yes_no", "yes", "no", "prefer_not_to_say")
SERVICES = select_multiple(
    "services", "hr", "payroll", "it", a_choice("none", exclusive=True), "prefer_not_to_say"
)


def rejection(call: Any, *arguments: Any) -> tuple[str, str | None]:
    with pytest.raises(AnswerRejected) as caught:
        call(*arguments)
    return caught.value.reason, caught.value.limit


@pytest.mark.parametrize(
    ("question", "raw", "value"),
    [
        (RATING, 4, 4),
        (COUNT, -12, -12),
        (HOURS, Decimal("7.50"), Decimal("7.50")),
        (HOURS, 0.1, Decimal("0.1")),
        (HOURS, 3, Decimal(3)),
        (DAY, "2026-03-07", date(2026, 3, 7)),
        (NOTE, "Diolch", "Diolch"),
        (YES_NO, "no", "no"),
        (SERVICES, ["it", "hr"], ("hr", "it")),
        (SERVICES, ["prefer_not_to_say"], ("prefer_not_to_say",)),
        *((question, None, None) for question in (RATING, COUNT, HOURS, DAY, YES_NO, SERVICES)),
        (SERVICES, [], None),
        (NOTE, " \u200b\n", None),
    ],
)
def test_json_gives_the_value_that_it_says(question: Question, raw: Any, value: Value) -> None:
    read = from_json(question, raw)

    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("question", "raw", "reason"),
    [
        (RATING, True, Reason.NOT_A_NUMBER),
        (RATING, "4", Reason.NOT_A_NUMBER),
        (RATING, [4], Reason.NOT_A_NUMBER),
        (RATING, {}, Reason.NOT_A_NUMBER),
        (RATING, 4.0, Reason.NOT_WHOLE),
        (RATING, Decimal("4.0"), Reason.NOT_WHOLE),
        (RATING, 0, Reason.TOO_LOW),
        (RATING, 6, Reason.TOO_HIGH),
        (COUNT, 10**400, Reason.TOO_HIGH),
        (COUNT, -(10**15), Reason.TOO_LOW),
        (HOURS, json.loads("1e309"), Reason.NOT_A_NUMBER),
        (HOURS, json.loads("1e309", parse_float=Decimal), Reason.TOO_HIGH),
        (HOURS, float("nan"), Reason.NOT_A_NUMBER),
        (HOURS, float("-inf"), Reason.NOT_A_NUMBER),
        (HOURS, Decimal("sNaN"), Reason.NOT_A_NUMBER),
        (HOURS, -0.0, Reason.NOT_A_NUMBER),
        (HOURS, Decimal("-0"), Reason.NOT_A_NUMBER),
        (HOURS, Decimal("1e-10"), Reason.TOO_PRECISE),
        (HOURS, "7.5", Reason.NOT_A_NUMBER),
        (HOURS, False, Reason.NOT_A_NUMBER),
        (DAY, "20260307", Reason.NOT_A_DATE),
        (DAY, "2026-W10-6", Reason.NOT_A_DATE),
        (DAY, "2026-02-30", Reason.NOT_A_DATE),
        (DAY, "٢٠٢٦-٠٣-٠٧", Reason.NOT_A_DATE),
        (DAY, 20260307, Reason.NOT_A_DATE),
        (NOTE, 5, Reason.NOT_TEXT),
        (NOTE, ["a"], Reason.NOT_TEXT),
        (YES_NO, "Yes", Reason.NOT_A_CHOICE),
        (YES_NO, True, Reason.NOT_A_CHOICE),
        (YES_NO, ["yes"], Reason.NOT_A_CHOICE),
        (SERVICES, "hr", Reason.NOT_A_LIST),
        (SERVICES, {"hr": True}, Reason.NOT_A_LIST),
        (SERVICES, ["hr", 1], Reason.NOT_A_CHOICE),
        (SERVICES, ["hr", "pay"], Reason.NOT_A_CHOICE),
        (SERVICES, ["hr", "hr"], Reason.TOO_MANY),
        (SERVICES, ["hr", "none"], Reason.EXCLUSIVE),
        (SERVICES, ["hr", "prefer_not_to_say"], Reason.EXCLUSIVE),
    ],
)
def test_json_of_another_kind_or_beyond_the_bounds_is_refused_and_never_bent(
    question: Question, raw: Any, reason: Reason
) -> None:
    assert rejection(from_json, question, raw)[0] == reason


@pytest.mark.parametrize(
    ("question", "cell", "value"),
    [
        (RATING, "4", 4),
        (HOURS, "7.50", Decimal("7.50")),
        (DAY, "2026-03-07", date(2026, 3, 7)),
        (NOTE, '"a|b"', '"a|b"'),
        (YES_NO, "yes", "yes"),
        (SERVICES, "payroll|hr", ("hr", "payroll")),
        *((question, "", None) for question in (RATING, HOURS, DAY, NOTE, YES_NO, SERVICES)),
    ],
)
def test_a_cell_gives_the_value_that_it_says(question: Question, cell: str, value: Value) -> None:
    assert from_cell(question, cell) == value


@pytest.mark.parametrize(
    ("question", "cell", "reason"),
    [
        (RATING, " 4", Reason.NOT_A_NUMBER),
        (RATING, "4.0", Reason.NOT_WHOLE),
        (RATING, "9" * 17, Reason.NOT_A_NUMBER),
        (RATING, "٤", Reason.NOT_A_NUMBER),
        (HOURS, "1e2", Reason.NOT_A_NUMBER),
        (HOURS, "-0", Reason.NOT_A_NUMBER),
        (HOURS, "7,5", Reason.NOT_A_NUMBER),
        (DAY, "07/03/2026", Reason.NOT_A_DATE),
        (YES_NO, "Yes", Reason.NOT_A_CHOICE),
        (SERVICES, "hr|", Reason.NOT_A_CHOICE),
    ],
)
def test_a_cell_that_is_not_exactly_so_is_refused(
    question: Question, cell: str, reason: Reason
) -> None:
    assert rejection(from_cell, question, cell)[0] == reason


@pytest.mark.parametrize(
    "written",
    [
        "tŷ’r ŵyn",
        "e\u0301",
        "👩‍👩‍👧",
        "👍",
        "مرحبا",
        "a\u202eb\u2066c",
        "\u0301",
        "  two  ",
        "a\n\tb",
    ],
)
def test_text_of_any_script_is_kept_exactly(written: str) -> None:
    assert accept(NOTE, written) == written


def test_one_character_over_the_limit_is_refused_with_the_limit() -> None:
    assert accept(NOTE, "é" * 10) == "é" * 10
    assert rejection(accept, NOTE, "é" * 11) == (Reason.TOO_LONG, "10")


def test_a_line_break_of_a_form_counts_once() -> None:
    assert accept(NOTE, "123456789\r\n") == "123456789\n"


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("a\x00b", "U+0000"),
        ("\x1b[2J", "U+001B"),
        ("\x7f", "U+007F"),
        ("\x85", "U+0085"),
        ("\ud800", "U+D800"),
    ],
)
def test_a_control_character_is_refused_by_its_name(written: str, named: str) -> None:
    assert rejection(accept, NOTE, written) == (Reason.CONTROL_CHARACTER, named)


@pytest.mark.parametrize("blank", ["", " ", "\n\t", "\u200b\u200d", "\ufeff", "\u2800", "\u3164"])
def test_a_text_that_shows_nothing_is_no_answer(blank: str) -> None:
    assert is_blank(blank)
    assert accept(NOTE, blank) is None


@pytest.mark.parametrize("seen", [".", "\u0301", "👍", "ㅤa", "­-"])
def test_a_text_that_shows_something_is_an_answer(seen: str) -> None:
    assert not is_blank(seen)


def test_every_reason_is_explained_in_words() -> None:
    for reason in Reason:
        said = explain(AnswerRejected("rating", reason, limit="5"))
        assert said
        assert "{" not in said


A_VALUE = st.one_of(
    st.tuples(st.just(COUNT), st.integers(-(10**15) + 1, 10**15 - 1)),
    st.tuples(
        st.just(HOURS),
        st.decimals(0, 100, places=9, allow_nan=False).filter(lambda d: not d.is_signed()),
    ),
    st.tuples(st.just(DAY), st.dates()),
    st.tuples(st.just(NOTE), st.text(min_size=1, max_size=10)),
    st.tuples(st.just(YES_NO), st.sampled_from(["yes", "no"])),
    st.tuples(st.just(SERVICES), st.sampled_from([("hr",), ("hr", "it"), ("none",)])),
    st.tuples(st.just(RATING), st.none()),
)


@given(A_VALUE)
def test_what_is_kept_as_json_comes_back_as_it_was(pair: tuple[Question, Value]) -> None:
    question, value = pair
    back = from_stored(question, json.loads(json.dumps(to_json(value))))

    assert back == value
    assert type(back) is type(value)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
)


@given(st.sampled_from([RATING, COUNT, HOURS, DAY, NOTE, YES_NO, SERVICES]), ANYTHING)
def test_any_json_is_either_an_answer_that_is_taken_again_or_refused_with_a_known_reason(
    question: Question, raw: Any
) -> None:
    try:
        value = from_json(question, raw)
    except AnswerRejected as refused:
        reason = refused.reason
    else:
        assert accept(question, value) == value
        return
    assert reason in set(Reason)


def test_answers_are_shown_in_the_persons_words() -> None:
    agree = scale("agree", points=AGREE)
    ease = scale("ease", end=7, points={1: {"en": "Very hard"}, 7: {"en": "Very easy"}})
    form = a_questionnaire(agree, ease, SERVICES, languages=("en", "cy"))

    def said(question: Question, value: Value, language: str = "en") -> str | None:
        return shown(question, value, language, form)

    assert said(agree, 4) == "Agree"
    assert said(agree, 4, "cy") == "Cytuno"
    assert said(ease, 7) == "7 (Very easy)"
    assert said(ease, 5) == "5"
    assert said(SERVICES, ("hr", "it")) == "Hr, It"
    assert said(SERVICES, ("hr",), "cy") == "Hr"
    assert said(DAY, date(2026, 3, 7)) == "7 March 2026"
    assert said(DAY, date(2026, 3, 7), "cy") == "7 Mawrth 2026"
    assert said(DAY, date(2026, 3, 7), "xx") == "2026-03-07"
    assert said(HOURS, Decimal("1E+1")) == "10"
    assert said(NOTE, "hr") == "hr"
    assert said(NOTE, None) is None
