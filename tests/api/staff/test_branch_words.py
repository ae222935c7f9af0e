"""When a question is asked, read aloud."""

from collections.abc import Sequence

import pytest

from api.staff.branch_words import branch_in_words
from survey.domain.form import Form
from survey.domain.questionnaire import Question
from survey.questionnaires import library
from tests.survey.domain.hints.test_review import shipped
from tests.survey.domain.making import (
    a_form,
    a_question,
    scale,
    select_multiple,
    select_one,
    text,
)

ABOUT = "‘Questions about you’"


def aloud(form: Form, name: str, *, language: str = "en") -> str:
    return branch_in_words(form, name, language=language, organisation="Anytown Council")


def test_each_conditional_question_that_is_shipped_says_after_which_answers_it_is_asked() -> None:
    """The survey administrator's checklist: each branch."""
    said: dict[str, str] = {}
    for key in library.shipped():
        form = Form.compile(shipped(key, *(("equality",) if key == "people-pulse" else ())))
        for question in form.questionnaire.questions:
            if question.relevant and question.asks:
                said[f"{key} {question.name}"] = aloud(form, question.name)

    about_you = "age sex gender_same_as_birth ethnic_group health_condition sexual_orientation"
    services = {service.key: service.name for service in library.services()}
    assert said == {
        **{
            f"people-pulse {name}": f"Asked only if {ABOUT} is Yes"
            for name in [*about_you.split(), "religion", "marital_status"]
        },
        "people-pulse daily_activities": "Asked only if ‘Long-term health condition’ is Yes",
        "service-satisfaction why": (
            "Asked only if ‘Satisfaction’ is Dissatisfied or Very dissatisfied"
        ),
        **{
            f"school-service-check satisfaction_{key}": (
                f"Asked for each answer ticked in ‘Services used’: here {name}"
            )
            for key, name in services.items()
        },
        "member-it problem": "Asked only if ‘E-mail works’ is No",
        **{
            f"problem-report figure_{name}": (
                "Asked only if ‘Kind of problem’ is A report does not match the data"
            )
            for name in ("report", "date", "shown", "expected")
        },
    }


A = select_one("a", "yes", "no", label={"en": "Anything?"}, short_label={"en": "A"})
N = scale("n", start=0, end=10, short_label={"en": "N"})
AGE = a_question("age", "integer", short_label={"en": "Age"})
USED = select_multiple("used", "hr", "payroll", "it", short_label={"en": "Used"})


@pytest.mark.parametrize(
    ("relevant", "expected"),
    [
        ("${n} <= 6", "Asked only if ‘N’ is 6 or less"),
        ("${n} >= 9", "Asked only if ‘N’ is 9 or more"),
        ("${n} > 6 and ${n} < 9", "Asked only if ‘N’ is from 7 to 8"),
        ("not(${n} > 6 and ${n} < 9)", "Asked unless ‘N’ is from 7 to 8"),
        ("${n} = 0 or ${n} = 5 or ${n} = 10", "Asked only if ‘N’ is 0, 5 or 10"),
        ("${age} > 64", "Asked only if ‘Age’ is 65 or more"),
        ("${a} != 'yes'", "Asked unless ‘A’ is Yes"),
        ("${a} = ''", "Asked only if ‘A’ is not answered"),
        ("${a} != ''", "Asked only if ‘A’ is answered"),
        ("selected(${used}, 'payroll')", "Asked only if Payroll is ticked in ‘Used’"),
        ("not(selected(${used}, 'it'))", "Asked unless It is ticked in ‘Used’"),
        (
            "selected(${used}, 'hr') or selected(${used}, 'it')",
            "Asked only if Hr or It is ticked in ‘Used’",
        ),
        ("${a} = 'yes' and ${n} <= 6", "Asked only if ‘A’ is Yes and ‘N’ is 6 or less"),
        (
            "${a} = 'yes' and not(${n} <= 6)",
            "Asked only if ‘A’ is Yes and ‘N’ is not 6 or less",
        ),
        (
            "${a} = 'yes' and ${n} <= 6 or selected(${used}, 'it')",
            "Asked only if ‘A’ is Yes and ‘N’ is 6 or less, or if It is ticked in ‘Used’",
        ),
        ("${n} > ${age}", "Asked only after some answers to ‘N’ and ‘Age’"),
        ("count-selected(${used}) > 1", "Asked only after some answers to ‘Used’"),
        ("today() > '2026-06-01'", "Asked on some days only"),
        ("true()", ""),
    ],
)
def test_a_condition_is_a_sentence(relevant: str, expected: str) -> None:
    assert aloud(a_form(A, N, AGE, USED, text("end", relevant=relevant)), "end") == expected


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        (
            [
                text("why_hr", relevant="selected(${used}, 'hr') and (${n} <= 6)"),
                text("why_payroll", relevant="selected(${used}, 'payroll') and (${n} <= 6)"),
                text("why_it", relevant="selected(${used}, 'it') and (${n} <= 6)"),
            ],
            "Asked for each answer ticked in ‘Used’: here Hr. "
            "Asked only if ‘N’ is 6 or less and Hr is ticked in ‘Used’",
        ),
        (
            [text("why_hr", relevant="selected(${used}, 'hr')")],
            "Asked only if Hr is ticked in ‘Used’",
        ),
    ],
)
def test_what_is_repeated_for_each_tick_says_so(
    questions: Sequence[Question], expected: str
) -> None:
    assert aloud(a_form(N, USED, *questions), "why_hr") == expected


def test_questions_are_named_in_the_language_of_the_reader_where_they_have_it() -> None:
    questions = (
        select_one("a", "yes", "no", label={"en": "Anything?", "cy": "Rhywbeth?"}),
        text("end", label={"en": "End?", "cy": "Diwedd?"}, relevant="${a} = 'yes'"),
    )

    assert aloud(a_form(*questions), "end") == "Asked only if ‘Anything?’ is Yes"
    assert "‘Anything?’" in aloud(a_form(*questions), "end", language="cy")
    assert "‘Rhywbeth?’" in aloud(a_form(*questions, languages=("en", "cy")), "end", language="cy")
