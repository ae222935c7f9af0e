"""What one response adds to the counts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from survey.domain.counting import Counting, count_rows
from survey.domain.expressions import Value
from survey.domain.questionnaire import Questionnaire
from tests.survey.db.builders import questionnaire, response

ENGAGED = {"pride": 5, "advocacy": 4, "attachment": 3, "inspiration": 2, "motivation": 1}


def counted(answers: Mapping[str, Value], **of: Any) -> set[tuple[str, str]]:
    """(question, value) of each row for everybody, or of another margin."""
    wanted = {"dimension": "*", "category": "*", **of}
    rows = count_rows(questionnaire(), response(answers))
    assert set(rows.values()) == {1}
    return {
        (key.question, key.value)
        for key in rows
        if all(getattr(key, name) == value for name, value in wanted.items())
    }


PERSON = ("*", "*")


def test_who_answered_nothing_counts_as_a_person() -> None:
    assert counted({}) == {PERSON}


@pytest.mark.parametrize(
    ("question", "answer", "values"),
    [
        ("pride", 4, ["*", "4"]),
        ("service", "it", ["*", "it"]),
        ("sites", ("north", "south"), ["*", "north", "south"]),
        ("hours", 37, ["*", "37"]),
        ("letters", 37, ["*"]),
        ("weight", Decimal("2.5"), ["*"]),
        ("why", "prefer_not_to_say", ["*"]),
        ("since", date(2026, 1, 2), ["*"]),
        ("age", "old", ["*", "old"]),
        ("age", "prefer_not_to_say", []),
        ("sites", (), []),
        ("why", None, []),
    ],
)
def test_an_answer_counts_in_its_base_and_by_value_where_values_are_few(
    question: str, answer: Value, values: list[str]
) -> None:
    assert counted({question: answer}) == {PERSON, *((question, value) for value in values)}


def test_prefer_not_to_say_among_several_leaves_the_base() -> None:
    asked = Questionnaire.model_validate_json(
        """{"key": "q", "title": "Q", "purpose": "P", "privacy": "confidential", "questions": [
            {"name": "origin", "type": "select_multiple", "choices": [
                {"name": "a", "label": "A"}, {"name": "prefer_not_to_say", "label": "No"}]}]}"""
    )

    rows = count_rows(asked, response({"origin": ("a", "prefer_not_to_say")}))

    assert {key.question for key in rows} == {"*"}


@pytest.mark.parametrize(("end", "values"), [(100, {"*", "7"}), (101, {"*"})])
def test_whole_numbers_count_by_value_up_to_101_of_them(end: int, values: set[str]) -> None:
    asked = Questionnaire.model_validate_json(
        """{"key": "q", "title": "Q", "purpose": "P", "privacy": "confidential", "questions": [
            {"name": "n", "type": "integer", "start": 0, "end": END}]}""".replace("END", str(end))
    )

    rows = count_rows(asked, response({"n": 7}))

    assert {key.value for key in rows if key.question == "n"} == values


def test_the_engagement_index_counts_the_sum_of_five_from_0_to_4() -> None:
    assert {pair for pair in counted(ENGAGED) if pair[0] == "engagement_index"} == {
        ("engagement_index", "*"),
        ("engagement_index", "10"),
    }


@pytest.mark.parametrize("missing", ENGAGED)
def test_the_engagement_index_leaves_out_who_answered_four(missing: str) -> None:
    answers = {name: answer for name, answer in ENGAGED.items() if name != missing}

    assert not any(question == "engagement_index" for question, _ in counted(answers))


def test_a_row_belongs_to_the_service_its_question_rates_else_to_the_one_named() -> None:
    answers: dict[str, Value] = {"service": "it", "pride": 5, "pay_ease": 3}

    assert counted(answers, service="payroll") == {("pay_ease", "*"), ("pay_ease", "3")}
    assert counted(answers, service="it") == {
        PERSON,
        ("service", "*"),
        ("service", "it"),
        ("pride", "*"),
        ("pride", "5"),
    }
    assert counted({"pride": 5}, service="") == {PERSON, ("pride", "*"), ("pride", "5")}


def test_a_characteristic_counts_every_row_again_under_its_answer() -> None:
    answers: dict[str, Value] = {"age": "young", "pride": 5}

    assert counted(answers, dimension="age", category="young") == counted(answers)


def test_a_characteristic_that_was_not_said_makes_no_margin() -> None:
    pride: dict[str, Value] = {"pride": 5}
    for answers in ({**pride, "age": "prefer_not_to_say"}, pride):
        rows = count_rows(questionnaire(), response(answers))
        assert {key.dimension for key in rows} == {"*"}


def test_rows_stand_under_the_month_wave_unit_and_series_of_the_response() -> None:
    said = response({}, month=date(2026, 3, 1), wave="spring", unit="oak", series=4)

    (key,) = count_rows(questionnaire(), said)

    assert (key.month, key.wave, key.unit, key.series) == (date(2026, 3, 1), "spring", "oak", 4)


def test_the_counts_of_many_are_the_sum_of_those_of_each() -> None:
    given: list[dict[str, Value]] = [
        {"pride": 4, "age": "old"},
        {"pride": 4, "age": "old", "service": "it"},
        {"sites": ("north", "south"), "age": "prefer_not_to_say"},
        dict(ENGAGED),
    ]
    responses = [
        replace(response(answers), unit=unit) for answers in given for unit in ("one", "other")
    ]
    counting = Counting()
    for each in responses:
        counting.add(questionnaire(), each)

    assert counting.total() == sum(
        (Counter(count_rows(questionnaire(), each)) for each in responses), Counter()
    )
    assert max(counting.total().values()) == 3
