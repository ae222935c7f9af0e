"""Whatever is written or answered, nothing but a fault or a value comes out."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from survey.domain.expressions import ExpressionFault, Value, compile_expression
from survey.domain.expressions.functions import FUNCTIONS
from survey.domain.expressions.tree import Comparator, Joint, Sign

VALUES: st.SearchStrategy[Value] = (
    st.none()
    | st.text()
    | st.sampled_from(["", "yes", "3", "-1.5", "2026-02-30", "2026-03-01", "9" * 400])
    | st.integers()
    | st.sampled_from([10**400, -(10**400)])
    | st.decimals(allow_nan=True, allow_infinity=True)
    | st.sampled_from([Decimal("sNaN"), Decimal("-0"), Decimal("1E+400"), Decimal("1E-400")])
    | st.booleans()
    | st.dates()
    | st.lists(st.text(max_size=5), max_size=4).map(tuple)
)
NAMES = ["a", "b", "c", "d"]
ANSWERS = st.dictionaries(st.sampled_from(NAMES), VALUES)
WORDS = st.sampled_from(
    [f"${{{name}}}" for name in NAMES]
    + [f"{name}(" for name in FUNCTIONS]
    + ["=", "!=", "<", "<=", ">", ">=", "+", "-", "*", " div ", " mod ", " and ", " or "]
    + ["(", ")", ",", ".", "1", "0", "2.5", "'yes'", "''", '"[a-z]+"', "${", "'", "é", "\n"]
)
LEAVES = st.sampled_from(
    [".", "0", "1", "2.5", "-3", "400", "''", "'x'", "'7'", "'2026-03-01'", "today()", "true()"]
    + [f"${{{name}}}" for name in NAMES]
)


def bigger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from([*Comparator, *Sign, *Joint])
    infix = st.builds(lambda left, sign, right: f"({left} {sign} {right})", smaller, signs, smaller)
    return (
        infix
        | smaller.map(lambda part: f"-{part}")
        | st.sampled_from(sorted(FUNCTIONS)).flatmap(lambda name: calls(name, smaller))
    )


def calls(name: str, smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    if name == "regex":
        return smaller.map(lambda text: f"regex({text}, '[a-z]*(1|2)?')")
    function = FUNCTIONS[name]
    arguments = st.lists(smaller, min_size=function.least, max_size=min(function.most, 4))
    return arguments.map(lambda parts: f"{name}({', '.join(parts)})")


EXPRESSIONS = st.recursive(LEAVES, bigger, max_leaves=12)


@given(st.text() | st.lists(WORDS, max_size=30).map("".join))
def test_any_text_compiles_or_is_refused_with_its_column(source: str) -> None:
    fault = fault_of(source)

    if fault is not None:
        assert 1 <= fault.position <= len(source) + 1
        assert f"column {fault.position}" in fault.message or "is empty" in fault.message
        assert fault.message.isprintable()


def fault_of(source: str) -> ExpressionFault | None:
    try:
        compile_expression(source)
    except ExpressionFault as fault:
        return fault
    return None


@given(EXPRESSIONS, ANSWERS, VALUES, st.dates())
def test_evaluation_gives_a_value_for_any_answers(
    source: str, answers: dict[str, Value], own: Value, today: date
) -> None:
    expression = compile_expression(source)

    value = expression.evaluate(answers, own=own, today=today)

    assert isinstance(value, str | int | Decimal | date | None)
    assert value != ""
    assert not isinstance(value, Decimal) or value.is_finite()
    assert expression.holds(answers, own=own, today=today) in {True, False}


@given(EXPRESSIONS, ANSWERS, VALUES, st.dates())
def test_an_expression_reads_only_the_answers_it_names(
    source: str, answers: dict[str, Value], own: Value, today: date
) -> None:
    expression = compile_expression(source)
    named = {name: value for name, value in answers.items() if name in expression.names}
    seen = own if expression.uses_own_value else None

    whole = expression.evaluate(answers, own=own, today=today)

    assert expression.evaluate(named, own=seen, today=today) == whole


@given(EXPRESSIONS, EXPRESSIONS, ANSWERS, st.dates())
def test_not_and_or_agree_as_in_logic(
    one: str, other: str, answers: dict[str, Value], today: date
) -> None:
    neither = compile_expression(f"not(({one}) or ({other}))").holds(answers, today=today)
    both_not = compile_expression(f"not({one}) and not({other})").holds(answers, today=today)

    assert neither is both_not
