"""Answers put into labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.expressions import ExpressionFault, Template, compile_template


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("You said ${satisfaction}: why?", "You said very poor: why?"),
        ("${satisfaction}", "very poor"),
        ("${satisfaction}${satisfaction}", "very poorvery poor"),
        ("${unanswered}!", "!"),
        ("It costs $5 or $ {6}", "It costs $5 or $ {6}"),
        ("$${satisfaction}", "$very poor"),
        ("no names {at} all", "no names {at} all"),
        ("", ""),
    ],
)
def test_answers_stand_where_their_names_stood(source: str, expected: str) -> None:
    template = compile_template(source)

    assert template.render({"satisfaction": "very poor"}) == expected


def test_a_template_knows_its_names() -> None:
    assert compile_template("${a}, ${b-1} and ${a}").names == {"a", "b-1"}


def test_an_answer_is_never_read_as_a_template() -> None:
    rendered = compile_template("${a}").render({"a": "${b} {b} %s", "b": "secret"})

    assert rendered == "${b} {b} %s"


@pytest.mark.parametrize(
    ("source", "position", "words"),
    [
        ("Why ${satisfaction?", 5, "not closed: add }"),
        ("${ok} then ${not ok}", 12, "cannot be a question's name"),
        ("${}", 1, "cannot be a question's name"),
    ],
)
def test_a_reference_that_cannot_be_read_is_refused(source: str, position: int, words: str) -> None:
    with pytest.raises(ExpressionFault) as caught:
        compile_template(source)

    assert words in caught.value.message
    assert caught.value.position == position


@given(st.text() | st.text(alphabet="${}ab 1"))
def test_any_text_is_a_template_or_is_refused(source: str) -> None:
    compiled = compiled_or_fault(source)

    if isinstance(compiled, ExpressionFault):
        assert source.startswith("${", compiled.position - 1)
    else:
        assert compiled.render({name: f"${{{name}}}" for name in compiled.names}) == source


def compiled_or_fault(source: str) -> Template | ExpressionFault:
    try:
        return compile_template(source)
    except ExpressionFault as fault:
        return fault
