"""When a question is asked, told by the answers that lead to it."""

from collections.abc import Sequence
from itertools import product

import pytest

from survey.domain.branches import Branch, Kind, Part, branch, deciding, repeated_for
from survey.domain.expressions import Value
from survey.domain.form import Form
from survey.domain.path import walk
from survey.domain.questionnaire import Question
from survey.questionnaires import library
from tests.survey.domain.hints.test_review import shipped
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

K = Kind
YES_NO = ("yes", "no")


def told(*questions: Question, relevant: str) -> Branch | None:
    return branch(a_form(*questions, text("end", relevant=relevant)), "end")


def part(question: str, kind: Kind, *answers: str | int, negated: bool = False) -> Part:
    return Part(question, kind, answers, negated)


def only(*parts: Part) -> tuple[tuple[Part, ...], ...]:
    return (parts,)


def one(question: str, *answers: str | int, negated: bool = False) -> Part:
    return part(question, K.ONE_OF, *answers, negated=negated)


# --- one deciding question ---

AGE = a_question("n", "integer", start=0)
LIKELY = scale("n", start=0, end=10)
WORDS = {point: {"en": f"word {point}"} for point in range(1, 6)}
RATING = scale("n", points=WORDS)
CHOICES = ("a", "b", "c", "d", "e")
SEVEN_OF_14 = " or ".join(f"${{n}} = '{name}'" for name in "abcdefg")


@pytest.mark.parametrize(
    ("question", "relevant", "expected"),
    [
        (RATING, "${n} <= 2", one("n", 1, 2)),
        (RATING, "${n} = 2 or ${n} = 5", one("n", 2, 5)),
        (RATING.model_copy(update={"required": True}), "${n} < 4", one("n", 4, 5, negated=True)),
        (RATING, "not(${n} = 5)", one("n", 5, negated=True)),
        (RATING, "${n} != ''", part("n", K.ANSWERED)),
        (RATING, "${n} = ''", part("n", K.ANSWERED, negated=True)),
        (RATING, "${n}", part("n", K.ANSWERED)),
        (LIKELY, "${n} <= 6", part("n", K.AT_MOST, 6)),
        (LIKELY, "7 <= ${n}", part("n", K.AT_LEAST, 7)),
        (LIKELY, "${n} >= 7 and ${n} < 9", part("n", K.BETWEEN, 7, 8)),
        (LIKELY, "${n} = 10", one("n", 10)),
        (LIKELY, "${n} = 0 or ${n} = 10", one("n", 0, 10)),
        (LIKELY, "${n} * 2 > 11", part("n", K.AT_LEAST, 6)),
        (LIKELY, "not(${n} < 7)", part("n", K.AT_MOST, 6, negated=True)),
        (AGE, "${n} > 30", part("n", K.AT_LEAST, 31)),
        (AGE, "${n} > 30.5", part("n", K.AT_LEAST, 31)),
        (AGE, "${n} < 1", one("n", 0)),
        (AGE, "${n} >= 18 and ${n} < 65", part("n", K.BETWEEN, 18, 64)),
        (AGE, "${n} != 5", one("n", 5, negated=True)),
        (a_question("n", "integer"), "${n} < 1", part("n", K.AT_MOST, 0)),
        (text("n"), "${n} != ''", part("n", K.ANSWERED)),
        (a_question("n", "date"), "${n} = ''", part("n", K.ANSWERED, negated=True)),
        (select_one("n", *CHOICES), "${n} = 'b' or ${n} = 'a'", one("n", "a", "b")),
        (select_one("n", *CHOICES), "selected(${n}, 'b')", one("n", "b")),
        (select_one("n", *CHOICES), "${n} != 'b'", one("n", "b", negated=True)),
        (select_one("n", *CHOICES, required=True), "${n} != 'b'", one("n", "b", negated=True)),
        (select_one("n", *YES_NO, required=True), "${n} != 'no'", one("n", "yes")),
        (select_multiple("n", *CHOICES), "selected(${n}, 'b')", part("n", K.TICKED, "b")),
        (
            select_multiple("n", *CHOICES),
            "not(selected(${n}, 'b'))",
            part("n", K.TICKED, "b", negated=True),
        ),
        (
            select_multiple("n", *CHOICES),
            "selected(${n}, 'b') or selected(${n}, 'a') or selected(${n}, 'c')"
            " or selected(${n}, 'e')",
            part("n", K.TICKED, "a", "b", "c", "e"),
        ),
        (select_multiple("n", *CHOICES), "${n} != ''", part("n", K.ANSWERED)),
    ],
)
def test_one_question_decides_by_its_choices_points_or_ticks(
    question: Question, relevant: str, expected: Part
) -> None:
    assert told(question, relevant=relevant) == Branch(("n",), only(expected))


def test_of_many_services_only_those_asked_about_are_tried() -> None:
    many = select_multiple("n", *(f"s{number}" for number in range(40)))

    found = told(many, relevant="selected(${n}, 's7') and selected(${n}, 's39')")

    assert found == Branch(("n",), only(part("n", K.TICKED, "s7"), part("n", K.TICKED, "s39")))


def test_a_choice_that_stands_alone_rules_the_others_out() -> None:
    used = select_multiple("n", "a", a_choice("none", exclusive=True))

    found = told(used, relevant="selected(${n}, 'a') and not(selected(${n}, 'none'))")

    assert found == Branch(("n",), only(part("n", K.TICKED, "a")))


# --- several ---

A, B = select_one("a", *YES_NO), select_one("b", *YES_NO)


def test_several_questions_decide_together_or_each_by_itself() -> None:
    both = told(A, B, relevant="${a} = 'yes' and ${b} = 'no'")
    either = told(A, B, relevant="${a} = 'yes' or ${b} = 'no'")
    mixed = told(A, B, LIKELY, relevant="${n} <= 6 and (${a} = 'yes' or ${b} = 'no')")

    yes, no = one("a", "yes"), one("b", "no")
    low = part("n", K.AT_MOST, 6)
    assert both == Branch(("a", "b"), only(yes, no))
    assert either == Branch(("a", "b"), ((yes,), (no,)))
    assert mixed == Branch(("a", "b", "n"), ((yes, low), (no, low)))


def test_what_led_to_a_deciding_question_is_not_told_again() -> None:
    second = select_one("b", *YES_NO, relevant="${a} = 'yes'")

    found = told(A, second, relevant="${a} = 'yes' and ${b} = 'no'")

    assert found == Branch(("a", "b"), only(one("b", "no")))


def test_what_has_to_be_answered_once_it_is_asked_is_never_told_as_unanswered() -> None:
    second = select_one("b", *YES_NO, relevant="${a} = 'yes'", required=True)

    found = told(A, second, relevant="${a} = 'yes' and ${b} != 'no'")

    assert found == Branch(("a", "b"), only(one("b", "yes")))


def test_a_calculation_is_told_by_the_answers_behind_it() -> None:
    unhappy = a_question("unhappy", "calculate", calculation="if(${n} <= 2, 'yes', 'no')")

    found = told(RATING, unhappy, relevant="${unhappy} = 'yes'")

    assert found == Branch(("n",), only(one("n", 1, 2)))


# --- what is not told, or not shortly ---


@pytest.mark.parametrize("relevant", ["true()", "${n} = 1 or ${n} != 1", "${a} != 'maybe'"])
def test_what_is_asked_of_everybody_has_no_branch(relevant: str) -> None:
    assert told(RATING, A, relevant=relevant) is None
    assert branch(a_form(RATING), "n") is None


@pytest.mark.parametrize(
    ("questions", "relevant", "decided_by"),
    [
        ([text("n")], "${n} = 'help'", ("n",)),
        ([text("n")], "regex(${n}, '[a-z]+')", ("n",)),
        ([a_question("n", "decimal")], "${n} > 2.5", ("n",)),
        ([AGE], "${n} mod 2 = 0", ("n",)),
        ([AGE], "${n} = 3 or ${n} = 9", ("n",)),
        ([select_multiple("n", *CHOICES)], "count-selected(${n}) > 2", ("n",)),
        ([select_one("n", *"abcdefghijklmn", required=True)], SEVEN_OF_14, ("n",)),
        ([LIKELY, scale("m", start=0, end=10)], "${n} > ${m}", ("n", "m")),
        ([LIKELY, a_question("d", "date")], "${n} > 3 and ${d} < today()", ("n", "d")),
        ([], "today() > '2026-06-01'", ()),
        ([A], "${a} = 'maybe'", ("a",)),
    ],
)
def test_what_cannot_be_told_shortly_names_the_questions_that_decide(
    questions: Sequence[Question], relevant: str, decided_by: tuple[str, ...]
) -> None:
    assert told(*questions, relevant=relevant) == Branch(decided_by)


# --- true of what is answered ---

CONDITIONS = [
    "${n} <= 2",
    "${n} != 3",
    "not(${n} > 3) and ${a} != 'yes'",
    "${a} = 'yes' or ${n} = 5 and selected(${used}, 'x')",
    "selected(${used}, 'x') or selected(${used}, 'y')",
    "not(selected(${used}, 'x')) and ${a} != ''",
    "if(${a} = 'yes', ${n} > 3, ${n} < 3)",
    "${n} > 1 and ${n} < 5 and (${a} = 'no' or selected(${used}, 'y'))",
]


def fits(alternatives: Sequence[Sequence[Part]], answers: dict[str, Value]) -> bool:
    def holds(each: Part) -> bool:
        value = answers.get(each.question)
        match each.kind:
            case K.ANSWERED:
                so = value is not None
            case K.TICKED:
                so = isinstance(value, tuple) and not set(value).isdisjoint(each.answers)
            case K.ONE_OF:
                so = value in each.answers
            case _:
                assert isinstance(value, int | None)
                lowest, highest = {
                    K.AT_MOST: (-999, each.answers[-1]),
                    K.AT_LEAST: (each.answers[0], 999),
                    K.BETWEEN: (each.answers[0], each.answers[-1]),
                }[each.kind]
                assert isinstance(lowest, int)
                assert isinstance(highest, int)
                so = value is not None and lowest <= value <= highest
        return so is not each.negated

    return any(all(map(holds, parts)) for parts in alternatives)


@pytest.mark.parametrize("rating", [RATING, scale("n")], ids=["words", "numbers"])
@pytest.mark.parametrize("relevant", CONDITIONS)
def test_what_is_told_agrees_with_the_path_for_all_answers(relevant: str, rating: Question) -> None:
    form = a_form(
        rating,
        A,
        select_multiple("used", "x", "y", "z"),
        text("end", relevant=relevant),
    )
    found = branch(form, "end")
    assert found is not None
    assert found.alternatives

    for n, a, used in product(
        (None, 1, 2, 3, 4, 5), (None, *YES_NO), (None, ("x",), ("y",), ("x", "y"), ("z",))
    ):
        answers: dict[str, Value] = {"n": n, "a": a, "used": used}
        asked = walk(form, answers, TODAY).holds("end")
        assert fits(found.alternatives, answers) is asked, answers


# --- repeated, deciding, shipped ---


def test_a_repeated_question_knows_for_what() -> None:
    form = Form.compile(shipped("school-service-check"))

    assert repeated_for(form, "satisfaction_payroll") == ("services_used", "payroll")
    assert repeated_for(form, "biggest_problem") is None
    assert branch(form, "satisfaction_payroll") == Branch(
        ("services_used",), only(part("services_used", K.TICKED, "payroll"))
    )


def test_what_other_is_was_not_repeated() -> None:
    form = a_form(
        select_multiple("bus", "one", "other"),
        text("bus_other", relevant="selected(${bus}, 'other')"),
    )

    assert repeated_for(form, "bus_other") is None


def test_the_questions_that_decide_are_found_through_calculations() -> None:
    form = a_form(
        A,
        B,
        a_question("sum", "calculate", calculation="${a}"),
        a_question("unseen", "calculate", relevant="${b} = 'yes'", calculation="1"),
        text("end", relevant="${sum} = 'yes'"),
    )

    assert [question.name for question in deciding(form)] == ["a"]


def test_every_conditional_question_that_is_shipped_can_be_told() -> None:
    found = {
        (key, question.name): branch(form, question.name)
        for key in library.shipped()
        for append in ((), ("equality",))
        if not append or key in ("people-pulse", "service-satisfaction", "before-a-change")
        for form in [Form.compile(shipped(key, *append))]
        for question in form.questionnaire.questions
        if question.relevant and question.asks
    }

    assert len(found) > 30
    assert all(each and len(each.alternatives) == 1 for each in found.values())
    assert found["service-satisfaction", "why"] == Branch(
        ("satisfaction",), only(one("satisfaction", 1, 2))
    )
    assert found["member-it", "problem"] == Branch(("email_works",), only(one("email_works", "no")))
    assert found["people-pulse", "daily_activities"] == Branch(
        ("health_condition",), only(one("health_condition", "yes"))
    )
