"""The functions written for a questionnaire agree with going through it item by item."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain import compiled, path
from survey.domain.answers import accept, from_cell, from_json, to_json
from survey.domain.expressions import Value
from survey.domain.expressions.tree import Comparator, Joint
from survey.domain.form import Form
from survey.domain.path import read_cells, read_json, settle, validate, walk
from survey.domain.questionnaire import Question, QuestionType
from survey.errors import AnswerRejected, FieldsRejected
from tests.survey.domain.making import (
    TODAY,
    a_choice,
    a_form,
    a_question,
    scale,
    select_multiple,
    select_one,
    text,
)
from tests.survey.domain.test_expressions_properties import VALUES, bigger

NAMES = ("a", "b", "c", "d", "e", "f")
CHOICES = ("x", "y", "z")
COMPARED = [*CHOICES, "", "3", "-2.5", " x ", "x y", "2026-11-20"]

ODD: st.SearchStrategy[Value] = st.sampled_from([*CHOICES, ("y", "x"), ("x", "none")])

LEAVES = st.sampled_from(
    [".", "0", "1", "3", "2.5", "true()", "today()"]
    + [f"'{each}'" for each in COMPARED]
    + [f"${{{name}}}" for name in NAMES] * 2
)
COMPARISONS = st.builds(
    lambda name, sign, other: f"${{{name}}} {sign} {other}",
    st.sampled_from(NAMES),
    st.sampled_from([*Comparator]),
    LEAVES,
)
SELECTED = st.builds(
    lambda name, choice: f"selected(${{{name}}}, '{choice}')",
    st.sampled_from(NAMES),
    st.sampled_from(COMPARED),
)
CONDITIONS = st.recursive(
    COMPARISONS | SELECTED,
    lambda smaller: st.builds(
        lambda one, joint, other: f"({one} {joint} not({other}))",
        smaller,
        st.sampled_from([*Joint]),
        smaller,
    ),
    max_leaves=4,
)
EXPRESSIONS = CONDITIONS | st.recursive(LEAVES, bigger, max_leaves=8)


def a_choice_list() -> tuple[Any, ...]:
    return (*map(a_choice, CHOICES), a_choice("none", exclusive=True))


@st.composite
def questions(draw: st.DrawFn, name: str) -> Question:
    made: dict[str, Any] = {}
    kind = draw(st.sampled_from(QuestionType))
    made["relevant"] = draw(st.none() | EXPRESSIONS)
    if kind is QuestionType.CALCULATE:
        made["calculation"] = draw(EXPRESSIONS)
        made["characteristic"] = draw(st.booleans())
    elif kind is not QuestionType.NOTE:
        made["required"] = draw(st.booleans())
        made["constraint"] = draw(st.none() | EXPRESSIONS)
    if kind in {QuestionType.SCALE, QuestionType.INTEGER, QuestionType.DECIMAL}:
        made |= {"start": draw(st.none() | st.just(0)), "end": draw(st.none() | st.just(5))}
    if kind in {QuestionType.SELECT_ONE, QuestionType.SELECT_MULTIPLE}:
        made["choices"] = a_choice_list()
    return a_question(name, kind, **made)


FORMS = st.tuples(*(questions(name) for name in NAMES)).map(lambda made: a_form(*made))


def an_answer(question: Question) -> st.SearchStrategy[Value]:
    """One that the question takes, but for its constraint."""
    match question.type:
        case QuestionType.SCALE | QuestionType.INTEGER:
            return st.integers(0, 5)
        case QuestionType.DECIMAL:
            return st.decimals(0, 5, places=1)
        case QuestionType.SELECT_ONE:
            return st.sampled_from([*CHOICES, "none"])
        case QuestionType.SELECT_MULTIPLE:
            return st.sampled_from([("x",), ("x", "y"), ("y", "z"), CHOICES, ("none",)])
        case QuestionType.DATE:
            return st.dates()
        case _:
            return st.sampled_from(["x", "3", "some words", "two\r\nlines"])


@st.composite
def played(draw: st.DrawFn, *, odd: bool) -> tuple[Form, Mapping[str, Value]]:
    """A questionnaire, and answers along its path; with `odd`, more and less than that."""
    form = draw(FORMS)
    answers: dict[str, Value] = {}
    for name, item in form.items.items():
        on_path = any(each.name == name for each in path._walk(form, answers, TODAY).questions)
        if odd and draw(st.integers(0, 4)) == 0:
            answers[name] = draw(VALUES | ODD)
        elif on_path and item.question.asks:
            strategy = an_answer(item.question)
            if not item.question.required:
                strategy |= st.none()
            answers[name] = draw(strategy)
    if odd and draw(st.integers(0, 9)) == 0:
        answers["nobody_asked"] = draw(VALUES)
    return form, answers


def outcome(check: Callable[..., Mapping[str, Value]], *arguments: Any) -> Any:
    """What comes of it, in its order: the answers, or the faults."""
    try:
        return [(name, type(value), value) for name, value in check(*arguments).items()]
    except FieldsRejected as rejected:
        return rejected.faults


@given(played(odd=True))
def test_the_path_is_the_same(case: tuple[Form, Mapping[str, Value]]) -> None:
    form, answers = case

    found, wanted = walk(form, answers, TODAY), path._walk(form, answers, TODAY)

    assert found.questions == wanted.questions
    assert repr(found.values) == repr(wanted.values)


@given(played(odd=True))
def test_answers_are_taken_or_refused_for_the_same_reasons(
    case: tuple[Form, Mapping[str, Value]],
) -> None:
    form, answers = case
    given_as_json = {name: to_json(value) for name, value in answers.items()}
    cells = {name: str(value) for name, value in answers.items()}

    for found, wanted in (
        (outcome(validate, form, answers, TODAY), outcome(_validate, form, answers)),
        (
            outcome(read_json, form, given_as_json, TODAY),
            outcome(path._read_each, form, given_as_json, from_json, TODAY),
        ),
        (
            outcome(read_cells, form, cells, TODAY),
            outcome(path._read_each, form, cells, from_cell, TODAY),
        ),
    ):
        assert found == wanted


def _validate(form: Form, answers: Mapping[str, Value]) -> Mapping[str, Value]:
    return path._validated(form, answers, {}, TODAY)


@given(played(odd=True))
def test_a_conversation_sends_the_same_and_is_told_the_same(
    case: tuple[Form, Mapping[str, Value]],
) -> None:
    form, answers = case

    sound, rejected = settle(form, answers, TODAY)
    wanted, against, _ = path._checked_along(form, answers, {}, TODAY)

    assert list(sound.items()) == list(wanted.items())
    assert [_told(each) for each in rejected] == [_told(each) for each in against]


def _told(rejected: AnswerRejected) -> tuple[str, str, str | None]:
    return rejected.question, rejected.reason, rejected.limit


@given(played(odd=False))
def test_answers_along_the_path_never_take_the_longer_way(
    case: tuple[Form, Mapping[str, Value]],
) -> None:
    form, answers = case
    along = form.compiled.along(answers, TODAY)
    sound = path._all_sound(form, answers, accept, TODAY)

    _, rejected, _ = path._checked_along(form, answers, {}, TODAY)
    assert along is not None
    assert (sound is None) == bool(rejected)


@pytest.mark.parametrize(
    ("condition", "answers", "holds"),
    [
        ("${n} <= 2", {"n": 2}, True),
        ("${n} <= 2", {}, False),
        ("${n} != 2", {}, True),
        ("${n} = ''", {}, True),
        ("${n} = ''", {"n": 1}, False),
        ("${n} = ${m}", {}, True),
        ("${n} = ${m}", {"n": 1}, False),
        ("${n} - ${m} = 0", {}, False),
        ("${one} = 'x'", {"one": "x"}, True),
        ("${one} != 'x'", {}, True),
        ("selected(${one}, 'x')", {"one": "x"}, True),
        ("selected(${many}, ' y ')", {"many": ("x", "y")}, True),
        ("selected(${many}, 'y')", {}, False),
        ("count-selected(${many}) > 1", {"many": ("x", "y")}, True),
        ("count-selected(${many}) > 1", {}, False),
        ("string-length(${words}) > 3", {"words": "four"}, True),
        ("not(${n} = 1 or ${m} = 1) and ${one} != ''", {"n": 2, "m": 2, "one": "y"}, True),
        ("${n} * ${m} + -1 >= 3", {"n": 2, "m": 2}, True),
        ("(${n} = 1) = (${m} = 1)", {"n": 2, "m": 2}, True),
    ],
)
def test_usual_conditions_need_no_closure(
    condition: str, answers: dict[str, Value], holds: bool
) -> None:
    form = a_form(
        scale("n"),
        scale("m"),
        select_one("one", *CHOICES),
        select_multiple("many", *CHOICES),
        text("words"),
        scale("last", relevant=condition),
    )

    with patch.object(type(form.items["last"].relevant), "holds", side_effect=AssertionError):
        assert walk(form, answers, TODAY).holds("last") is holds
        assert ("last" in validate(form, {**answers, **({"last": 3} if holds else {})}, TODAY)) is (
            holds
        )


@given(FORMS)
def test_no_text_of_a_questionnaire_becomes_python(form: Form) -> None:
    sources: list[str] = []

    def spy(source: str, *arguments: Any) -> Any:
        sources.append(source)
        return compile(source, *arguments)

    with patch.object(compiled, "compile", spy, create=True):
        compiled.compile_items(list(form.items.values()))

    assert len(sources) == 2
    for source in sources:
        assert set(re.findall(r"[^\W\d]\w*", source)) <= OUR_WORDS | {
            word for word in re.findall(r"\w+", source) if OUR_NAMES.fullmatch(word)
        }
        assert not set(source.replace("''", "")) & {'"', "'", "#", ";", "@", "\\"}


OUR_NAMES = re.compile(r"(v|n|q|c|t|relevant|constraint|calculated)[0-9]+")
OUR_WORDS = set(
    """def function answers today read get sound derived known own asked ask append return if else
    not and or is in None True False type int str tuple len bool""".split()  # noqa: SIM905
)


def test_an_empty_text_is_as_good_as_none() -> None:
    form = a_form(
        text("words"), select_one("one", *CHOICES), scale("n", relevant="${words} = ${one}")
    )

    assert walk(form, {"words": ""}, TODAY).holds("n")


def test_a_pattern_or_a_quotation_mark_in_a_condition_stays_data() -> None:
    form = a_form(
        text("words"),
        scale("n", relevant="${words} = '\"); raise SystemExit  # '"),
        scale("m", relevant="regex(${words}, '[a-z]+')"),
    )

    assert walk(form, {"words": '"); raise SystemExit  # '}, TODAY).holds("n")
    assert walk(form, {"words": "abc"}, TODAY).holds("m")


def test_today_is_the_day_that_is_given() -> None:
    form = a_form(scale("n", relevant="today() > '2026-11-20'"))

    assert not walk(form, {}, TODAY).holds("n")
    assert walk(form, {}, date(2026, 11, 21)).holds("n")
