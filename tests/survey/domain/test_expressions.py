"""What expressions mean, and how they are refused."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from survey.domain.expressions import (
    OWN_VALUE,
    ExpressionFault,
    Value,
    compile_expression,
    literal_choices,
)
from survey.domain.expressions.functions import FUNCTIONS

TODAY = date(2026, 11, 22)
ANSWERS: dict[str, Value] = {
    "satisfaction": 2,
    "spent": Decimal("12.50"),
    "comment": "too slow",
    "resolved": "yes",
    "agreed": True,
    "services": ("hr", "payroll", "it"),
    "began": date(2026, 10, 1),
    "unanswered": None,
}


def value_of(source: str, *, own: Value = None) -> Value:
    return compile_expression(source).evaluate(ANSWERS, own=own, today=TODAY)


def fault_of(source: str) -> ExpressionFault:
    with pytest.raises(ExpressionFault) as caught:
        compile_expression(source)
    return caught.value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # numbers
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 4 - 3", 3),
        ("8 div 4 div 2", 1),
        ("7 div 2", Decimal("3.5")),
        ("7 mod 3", 1),
        ("-7 mod 3", -1),
        ("7 mod -3", 1),
        ("1.5 mod 0.5", 0),
        ("--3", 3),
        ("2 - -3", 5),
        ("-2 * 3", -6),
        (".5 + 5.", Decimal("5.5")),
        ("0.1 + 0.2 = 0.3", True),
        ("0.1 + 0.2", Decimal("0.3")),
        ("1 div 3 * 3 = 1", True),
        ("int(1 div 3 * 3)", 1),
        ("1 div 0 > 1000000", True),
        ("1 div 0", None),
        ("0 div 0", None),
        ("'three' + 1", None),
        ("'3' + 1", 4),
        ("' 3.0 ' + 1", 4),
        ("'1e3' + 1", None),
        ("true() + true()", 2),
        ("${unanswered} + 1", None),
        ("${nobody_asked} + 1", None),
        # comparisons
        ("${satisfaction} <= 2", True),
        ("${satisfaction} < 2", False),
        ("${satisfaction} >= 2", True),
        ("${satisfaction} > 2", False),
        ("${satisfaction} = 2", True),
        ("${satisfaction} != 2", False),
        ("${satisfaction} = '2'", True),
        ("${satisfaction} = '2.0'", True),
        ("${spent} = 12.5", True),
        ("'10' > '9'", True),
        ("'b' > 'a'", False),
        ("'2' = '2.0'", False),
        ("${resolved} = 'yes'", True),
        ('"it\'s" = "it\'s"', True),
        ("${resolved} != ${comment}", True),
        ("true() = 'anything'", True),
        ("true() = 1", True),
        ("true() < 2", True),
        ("(1 < 2) = (2 < 3)", True),
        # unanswered is empty text, which is not a number
        ("${unanswered} = ''", True),
        ("${unanswered} != ''", False),
        ("${unanswered} < 3", False),
        ("${unanswered} >= 3", False),
        ("${unanswered} = 0", False),
        ("${unanswered} != 3", True),
        ("${unanswered} = ${nobody_asked}", True),
        ("${unanswered}", None),
        # truth
        ("1 = 1 or 1 = 2 and 1 = 2", True),
        ("(1 = 1 or 1 = 2) and 1 = 2", False),
        ("1 and 'x' and true()", True),
        ("0 or '' or false()", False),
        ("not(${agreed})", False),
        ("not(${unanswered})", True),
        ("not('false')", False),
        # choices
        ("selected(${services}, 'hr')", True),
        ("selected(${services}, 'h')", False),
        ("selected(${services}, ' hr ')", True),
        ("selected(${services}, '')", False),
        ("selected(${satisfaction}, 2)", True),
        ("selected(${unanswered}, 'hr')", False),
        ("count-selected(${services})", 3),
        ("count-selected(${unanswered})", 0),
        ("selected-at(${services}, 1)", "payroll"),
        ("selected-at(${services}, 3)", None),
        ("selected-at(${services}, -1)", None),
        ("selected-at(${services}, 'x')", None),
        ("${services} = 'hr payroll it'", True),
        # text
        ("string-length(${comment})", 8),
        ("string-length(${unanswered})", 0),
        ("concat('a', 1.50, true(), 2 div 1, ${began})", "a1.5true22026-10-01"),
        ("concat(1 div 0, -1 div 0, 0 div 0)", "Infinity-InfinityNaN"),
        ("concat(1000000 * 1000000, -0, 0.00001)", "100000000000000.00001"),
        ("contains(${comment}, 'slow')", True),
        ("contains(${comment}, 'fast')", False),
        ("starts-with(${comment}, 'too')", True),
        ("starts-with(${comment}, 'slow')", False),
        ("regex('SW1A 1AA', '[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}')", True),
        ("regex(${comment}, 'slow')", False),
        # choosing
        ("if(${satisfaction} < 3, 'low', 'high')", "low"),
        ("if(${satisfaction} > 3, 'low', 5)", 5),
        ("coalesce(${unanswered}, 'none')", "none"),
        ("coalesce(${satisfaction}, 9)", 2),
        ("coalesce(0, 9)", 0),
        # number functions
        ("number('12')", 12),
        ("number('twelve')", None),
        ("int(2.9)", 2),
        ("int(-2.9)", -2),
        ("int('x')", None),
        ("round(2.345, 2)", Decimal("2.35")),
        ("round(2.5)", 3),
        ("round(-2.5)", -2),
        ("round(1234, -2)", 1200),
        ("round(1.005, 2)", Decimal("1.01")),
        ("round(1.5, 99)", Decimal("1.5")),
        ("round(15, -99)", 0),
        ("round(1, 'x')", None),
        ("min(3, ${satisfaction}, 5)", 2),
        ("max(3, ${satisfaction}, '5')", 5),
        ("min(3, ${unanswered})", None),
        ("max(4)", 4),
        # dates
        ("${began} < today()", True),
        ("${began} = '2026-10-01'", True),
        ("${began} < '2026-10-02'", True),
        ("'2026-10-02' > ${began}", True),
        ("'2026-09-30' < '2026-10-01'", True),
        ("today() - ${began}", 52),
        ("today() = '2026-11-22'", True),
        ("${began} > '2026-02-30'", False),
        ("${unanswered} <= today()", False),
        ("today()", TODAY),
    ],
)
def test_an_expression_means_what_xpath_and_odk_say(source: str, expected: Value) -> None:
    value = value_of(source)

    assert value == expected
    assert isinstance(value, bool) is isinstance(expected, bool)


@pytest.mark.parametrize(
    ("source", "own", "expected"),
    [
        (". >= 0 and . <= 100", 100, True),
        (". >= 0 and . <= 100", 101, False),
        (".<=today()", date(2026, 11, 23), False),
        ("not(selected(., 'none') and count-selected(.) > 1)", ("none", "hr"), False),
        ("not(selected(., 'none') and count-selected(.) > 1)", ("none",), True),
        (". = ${satisfaction}", 2, True),
        (".", None, False),
    ],
)
def test_a_constraint_sees_its_own_value(source: str, own: Value, expected: bool) -> None:
    expression = compile_expression(source)

    assert expression.uses_own_value
    assert expression.holds(ANSWERS, own=own, today=TODAY) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1", True),
        ("0", False),
        ("0 div 0", False),
        ("1 div 0", True),
        ("'no'", True),
        ("''", False),
    ],
)
def test_any_result_holds_or_not_as_xpath_has_it(source: str, expected: bool) -> None:
    assert compile_expression(source).holds({}, today=TODAY) is expected


def test_an_expression_knows_the_questions_it_refers_to() -> None:
    expression = compile_expression("${a} = 1 or if(${b-1}, -${c.d}, concat(${a}, ${_e}))")

    assert expression.names == {"a", "b-1", "c.d", "_e"}
    assert not expression.uses_own_value


def test_whole_results_are_int_and_others_decimal() -> None:
    assert isinstance(value_of("1.5 * 2"), int)
    assert isinstance(value_of("1.5 * 3"), Decimal)


def test_space_and_line_breaks_mean_nothing_between_tokens() -> None:
    assert value_of("1\n +\t2\N{NO-BREAK SPACE}*3") == value_of("1+2*3")


def test_choices_compared_with_are_listed_for_the_checker() -> None:
    expression = compile_expression(
        "${a} = 'yes' and 'no' != ${b} or not(selected(${c}, 'hr')) and selected(., 'none')"
        " and ${a} = '' and ${d} = 3 and ${e} < '4' and contains(${f}, 'x') and ${a} = ${b}"
    )

    assert list(literal_choices(expression)) == [
        ("a", "yes"),
        ("b", "no"),
        ("c", "hr"),
        (OWN_VALUE, "none"),
    ]


def test_a_moment_given_for_a_date_counts_as_its_day() -> None:
    moment = datetime(2026, 10, 1, 23, 59)  # noqa: DTZ001

    assert compile_expression("${d} = '2026-10-01'").holds({"d": moment}, today=TODAY)


@pytest.mark.parametrize(
    ("source", "position", "words"),
    [
        ("sellected(${a}, 'x')", 1, "unknown function 'sellected' at column 1: did you mean 'sel"),
        ("1 + pulldata(1)", 5, "known are coalesce, concat"),
        ("", 1, "empty"),
        ("   ", 1, "empty"),
        ("${a b} = 1", 1, "'a b' at column 1 cannot be a question's name"),
        ("1 + ${", 5, "not closed: add }"),
        ("$a = 1", 1, "written ${name}"),
        ("${a} == 1", 6, "write ="),
        ("${a} <> 1", 6, "write !="),
        ("1 && 2", 3, "write and"),
        ("1 / 2", 3, "write div"),
        ("1 AND 2", 3, "write and"),
        ("!1", 1, "write not(...)"),
        ("‘x’ = 1", 1, "straight quotation marks"),
        ("a = 'x'", 1, "put text in quotation marks"),
        ("true = 1", 1, "write true()"),
        ("not 1", 1, "write not(...)"),
        ("and 1", 1, "missing before"),
        ("or (1)", 1, "missing before"),
        ("1 +", 4, "a value is missing at column 4"),
        ("1 = = 2", 5, "a value is missing at column 5"),
        ("(1 + 2", 1, "the bracket at column 1 is not closed"),
        ("not(1", 4, "the bracket at column 4 is not closed"),
        ("1)", 2, "open a bracket before it"),
        ("1, 2", 2, "only between the arguments"),
        ("1 2", 3, "write an operator"),
        ("'x", 1, "the text that opens at column 1 is not closed: add '"),
        ("1 < 2 < 3", 7, "comparisons do not chain"),
        ("1 = 1 = 1", 7, "comparisons do not chain"),
        ("selected(${a})", 1, "'selected' at column 1 takes 2 arguments and was given 1"),
        ("today(1)", 1, "takes no arguments and was given 1"),
        ("max()", 1, "takes 1 to 50 arguments and was given 0"),
        ("not()", 1, "takes 1 argument and was given 0"),
        (".. = 1", 1, "a single ."),
        ("1 + \x00", 5, "not part of the language"),
        ("regex(., ${a})", 1, "write it in quotation marks"),
        ("regex(., '(a')", 12, "a group is not closed: add )"),
    ],
)
def test_a_refusal_says_what_where_and_what_to_do(source: str, position: int, words: str) -> None:
    fault = fault_of(source)

    assert words in fault.message
    assert fault.position == position


@pytest.mark.parametrize(
    ("within", "beyond", "words"),
    [
        ("1" + " " * 1_999, "1" + " " * 2_000, "2001 characters"),
        ("(" * 25 + "1" + ")" * 25, "(" * 26 + "1" + ")" * 26, "25 levels"),
        ("-" * 25 + "1", "-" * 26 + "1", "25 levels"),
        ("not(" * 25 + "1" + ")" * 25, "not(" * 26 + "1" + ")" * 26, "25 levels"),
        ("1" + "+1" * 299, "1" + "+1" * 300, "300 parts"),
        (f"max({'1,' * 49}1)", f"max({'1,' * 50}1)", "50 arguments"),
    ],
)
def test_an_expression_at_a_limit_compiles_and_one_beyond_is_refused(
    within: str, beyond: str, words: str
) -> None:
    compile_expression(within).evaluate({}, today=TODAY)

    assert words in fault_of(beyond).message


def test_numbers_beyond_all_measure_are_infinite_not_slow() -> None:
    huge: Value = 10**5_000

    assert compile_expression("${n} > 1").holds({"n": huge}, today=TODAY)
    assert value_of("9" * 400) is None
    assert compile_expression("${n}").evaluate({"n": Decimal("1E+999999")}, today=TODAY) is None
    assert len(str(value_of("5" * 300 + " * 1"))) == 300


def test_every_function_named_in_the_language_can_be_called() -> None:
    for name, function in FUNCTIONS.items():
        arguments = ", ".join(["'1'"] * function.least)

        compile_expression(f"{name}({arguments})").evaluate({}, today=TODAY)
