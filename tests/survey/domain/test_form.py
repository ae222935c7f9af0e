import pytest

from survey.domain.form import Form
from survey.errors import ExpressionFault
from tests.survey.domain.making import a_form, a_question, a_questionnaire, scale, text


def test_a_question_depends_on_what_decides_what_decides_it() -> None:
    form = a_form(
        scale("first"),
        scale("second", relevant="${first} > 1"),
        a_question("total", "calculate", calculation="${second} + ${third}"),
        scale("third"),
        text("why", relevant="${total} < 5"),
        text("free"),
    )

    assert form.items["why"].depends_on == {"total", "second", "third", "first"}
    assert form.items["second"].depends_on == {"first"}
    assert form.items["free"].depends_on == set()


def test_questions_that_decide_each_other_still_compile() -> None:
    form = a_form(text("a", relevant="${b} = 'x'"), text("b", relevant="${a} = 'x'"))

    assert form.items["a"].depends_on == {"a", "b"}


def test_each_language_has_its_text_and_falls_back_to_the_default() -> None:
    form = a_form(
        text("a", label={"en": "One", "cy": "Un"}, hint={"en": "Only English"}),
        languages=("en", "cy"),
    )

    assert form.items["a"].label["cy"].render({}) == "Un"
    assert form.items["a"].hint["cy"].render({}) == "Only English"
    assert form.title["cy"].render({}) == "Small"


def test_a_faulty_expression_is_said_when_the_form_is_made() -> None:
    with pytest.raises(ExpressionFault):
        Form.compile(a_questionnaire(text("a", relevant="${b")))
