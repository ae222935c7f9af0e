from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.expressions import Value
from survey.domain.form import Form
from survey.domain.path import (
    answered_so_far,
    path,
    progress,
    read_cells,
    read_json,
    validate,
    values,
    walk,
)
from survey.errors import FieldsRejected
from tests.survey.domain.making import (
    TODAY,
    a_form,
    a_question,
    scale,
    select_multiple,
    select_one,
    text,
)

SERVICE = a_form(
    select_one("service", "hr", "it", required=True),
    scale("satisfaction", required=True),
    text("why", relevant="${satisfaction} <= 2"),
    text("how", relevant="${why} = 'rude'"),
    text("comment"),
    a_question("note", "note"),
    scale("age", part="equality"),
)


def names(form: Form, answers: dict[str, Any], today: date = TODAY) -> list[str]:
    return [question.name for question in path(form, answers, today)]


def test_a_question_is_asked_when_it_is_relevant() -> None:
    everybody = ["service", "satisfaction", "comment", "note", "age"]

    assert names(SERVICE, {}) == everybody
    assert names(SERVICE, {"satisfaction": 3}) == everybody
    assert "why" in names(SERVICE, {"satisfaction": 2})


def test_an_answer_that_fell_off_the_path_decides_nothing() -> None:
    kept: dict[str, Value] = {"satisfaction": 5, "why": "rude"}

    assert "how" in names(SERVICE, kept | {"satisfaction": 1})
    assert "how" not in names(SERVICE, kept)
    assert values(SERVICE, kept, TODAY) == {"satisfaction": 5}


def test_calculations_are_worked_out_along_the_path_and_never_shown() -> None:
    form = a_form(
        scale("a"),
        scale("b", relevant="${a} > 1"),
        a_question("sum", "calculate", calculation="${a} + coalesce(${b}, 0)"),
        text("why", relevant="${sum} >= 6"),
    )

    assert names(form, {"a": 2, "b": 4}) == ["a", "b", "why"]
    assert values(form, {"a": 2, "b": 4}, TODAY)["sum"] == 6
    assert names(form, {"a": 1, "b": 5}) == ["a"]
    assert values(form, {"a": 1, "b": 5}, TODAY)["sum"] == 1


def test_an_answer_given_for_a_calculation_is_not_believed() -> None:
    form = a_form(a_question("sum", "calculate", calculation="1"), text("a", relevant="${sum} = 9"))

    assert names(form, {"sum": 9}) == []


def test_the_path_follows_the_day() -> None:
    form = a_form(text("late", relevant="today() > '2026-11-20'"), text("a"))

    assert names(form, {}) == ["a"]
    assert names(form, {}, date(2026, 11, 21)) == ["late", "a"]


def told(form: Form, answers: dict[str, Any], name: str) -> tuple[int, int | None]:
    return progress(form, walk(form, answers, TODAY), answers, form.items[name].question)


def test_the_total_is_not_told_while_an_open_question_decides_it() -> None:
    assert told(SERVICE, {}, "service") == (1, None)
    assert told(SERVICE, {"service": "hr"}, "satisfaction") == (2, None)


def test_the_total_is_told_once_it_is_decided() -> None:
    assert told(SERVICE, {"service": "hr", "satisfaction": 4}, "comment") == (3, 3)
    assert told(SERVICE, {"satisfaction": 1, "why": None}, "comment") == (4, 4)
    # Still open, "why" decides "how".
    assert told(SERVICE, {"satisfaction": 1}, "why") == (3, None)


def test_progress_counts_within_the_part_and_leaves_notes_out() -> None:
    assert told(SERVICE, {}, "age") == (1, 1)
    assert told(SERVICE, {"satisfaction": 4}, "note") == (0, None)


@given(st.dictionaries(st.sampled_from(["service", "satisfaction", "why", "how"]), st.none()))
def test_a_total_once_told_stays_true_when_nothing_is_changed(skipped: dict[str, Any]) -> None:
    question = next((q for q in path(SERVICE, skipped, TODAY) if q.name not in skipped), None)
    assert question is not None
    number, total = told(SERVICE, skipped, question.name)
    if total is not None and question.part is None:
        after = skipped | {question.name: None}
        assert told(SERVICE, after, question.name) == (number, total)


def faults(call: Any, form: Form, given: Any) -> set[tuple[str, str]]:
    with pytest.raises(FieldsRejected) as caught:
        call(form, given, TODAY)
    assert all(fault.path[0] == "answers" for fault in caught.value.faults)
    assert all(fault.message for fault in caught.value.faults)
    return {(fault.path[1], fault.code) for fault in caught.value.faults}


def test_a_sound_set_of_answers_comes_back_in_the_order_asked_without_the_unanswered() -> None:
    given: dict[str, Value] = {
        "comment": None,
        "satisfaction": 1,
        "why": "rude",
        "service": "it",
        "age": 3,
    }

    assert list(validate(SERVICE, given, TODAY).items()) == [
        ("service", "it"),
        ("satisfaction", 1),
        ("why", "rude"),
        ("age", 3),
    ]


def test_every_fault_of_a_set_of_answers_is_said_at_once() -> None:
    given = {"satisfaction": 9, "age": 0, "how": "loudly", "note": None, "nonsense": 1}

    assert faults(validate, SERVICE, given) == {
        ("service", "required"),
        ("satisfaction", "too_high"),
        ("age", "too_low"),
        ("how", "not_asked"),
        ("note", "unknown_question"),
        ("nonsense", "unknown_question"),
    }


def test_an_answer_off_the_path_is_refused_and_an_empty_one_is_not() -> None:
    sound: dict[str, Value] = {"service": "hr", "satisfaction": 4}

    assert faults(validate, SERVICE, sound | {"why": "rude"}) == {("why", "not_asked")}
    assert validate(SERVICE, sound | {"why": None}, TODAY) == sound


def test_an_unreadable_answer_is_one_fault_and_not_also_those_that_follow_from_it() -> None:
    given = {"service": "hr", "satisfaction": "2", "why": "rude"}

    assert faults(read_json, SERVICE, given) == {("satisfaction", "not_a_number")}


def test_json_and_cells_of_the_same_answers_read_alike() -> None:
    form = a_form(
        scale("ease"),
        select_multiple("used", "hr", "it"),
        a_question("day", "date"),
        a_question("hours", "decimal"),
        text("comment"),
    )
    body = {"ease": 4, "used": ["it", "hr"], "day": "2026-03-07", "hours": 7.5, "comment": "A|b"}
    row = {"ease": "4", "used": "it|hr", "day": "2026-03-07", "hours": "7.5", "comment": "A|b"}

    assert read_json(form, body, TODAY) == read_cells(form, row, TODAY)


def test_faults_of_json_are_gathered_over_reading_and_path() -> None:
    given = {"satisfaction": True, "age": 6, "x": 1, "note": "read"}

    assert faults(read_json, SERVICE, given) == {
        ("service", "required"),
        ("satisfaction", "not_a_number"),
        ("age", "too_high"),
        ("x", "unknown_question"),
        ("note", "unknown_question"),
    }


DATES = a_form(
    a_question("start", "date", constraint=". <= today()"),
    a_question("end", "date", constraint=". >= ${start}"),
)


def test_a_constraint_sees_the_earlier_answers_and_the_day() -> None:
    march, april = date(2026, 3, 1), date(2026, 4, 1)

    assert validate(DATES, {"start": march, "end": april}, TODAY)
    assert faults(validate, DATES, {"start": april, "end": march}) == {("end", "constraint")}
    assert faults(validate, DATES, {"start": date(2027, 1, 1)}) == {("start", "constraint")}


def test_a_constraint_does_not_speak_of_an_answer_that_is_not_there() -> None:
    assert validate(DATES, {}, TODAY) == {}


# --- coming back ---

FOUR = a_form(
    scale("pay"),
    a_question("note", "note"),
    text("why"),
    scale("rest"),
    scale("age", part="equality"),
)


@pytest.mark.parametrize(
    ("form", "answers", "told"),
    [
        (FOUR, {}, (0, 3)),
        (FOUR, {"pay": 3}, (1, 3)),
        (FOUR, {"pay": 3, "note": None, "why": None}, (1, 3)),
        (FOUR, {"pay": 3, "why": "so", "rest": 2, "note": None}, (3, None)),
        (FOUR, {"pay": 3, "why": "so", "rest": 2, "note": None, "age": 1}, (4, None)),
        (SERVICE, {"service": "hr"}, (1, None)),
        (SERVICE, {"service": "hr", "satisfaction": 4, "why": "rude"}, (2, 3)),
    ],
)
def test_who_comes_back_is_told_what_they_answered_and_a_total_that_holds(
    form: Form, answers: dict[str, Any], told: tuple[int, int | None]
) -> None:
    assert answered_so_far(form, answers, TODAY) == told
