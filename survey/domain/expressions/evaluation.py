"""A tree to a closure, once; the closure is then called for each set of answers."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Final

from survey.domain.expressions.functions import FUNCTIONS
from survey.domain.expressions.patterns import compile_pattern
from survey.domain.expressions.tree import (
    Arithmetic,
    Call,
    Comparator,
    Comparison,
    Joint,
    Literal,
    Logical,
    Negation,
    Node,
    OwnValue,
    Reference,
    Sign,
)
from survey.domain.expressions.values import (
    WORKING,
    Answers,
    Operand,
    Value,
    compare,
    operand,
    settle,
    to_number,
    to_text,
    to_truth,
)
from survey.errors import ExpressionFault

Computed = Callable[[Answers, Value, date], Operand]
"""From the answers, the question's own value and the day."""

_ORDERS: Final[dict[Comparator, Callable[[int, int], bool]]] = {
    Comparator.EQUAL: eq,
    Comparator.NOT_EQUAL: ne,
    Comparator.LESS: lt,
    Comparator.AT_MOST: le,
    Comparator.GREATER: gt,
    Comparator.AT_LEAST: ge,
}

_ARITHMETIC: Final[dict[Sign, Callable[[Decimal, Decimal], Decimal]]] = {
    Sign.PLUS: WORKING.add,
    Sign.MINUS: WORKING.subtract,
    Sign.TIMES: WORKING.multiply,
    Sign.DIVIDED_BY: WORKING.divide,
    Sign.REMAINDER: lambda left, right: WORKING.remainder(settle(left), settle(right)),
}


def computed(node: Node) -> Computed:
    """The closure that evaluates a tree. It never raises, whatever the answers.

    Raises:
        ExpressionFault: the pattern of a `regex()` is not a literal or cannot be used.
    """
    match node:
        case Literal(value=value):
            return lambda _answers, _own, _today: value
        case Reference(name=name):
            return lambda answers, _own, _today: operand(answers.get(name))
        case OwnValue():
            return lambda _answers, own, _today: operand(own)
        case Negation(operand=inner):
            return _negation(computed(inner))
        case Arithmetic(first=first, rest=rest):
            return _arithmetic(first, rest)
        case Comparison(comparator=comparator, left=left, right=right):
            return _comparison(comparator, left, right)
        case Logical(joint=joint, operands=operands):
            return _logical(joint, tuple(map(computed, operands)))
        case Call():
            return _call(node)


def _negation(inner: Computed) -> Computed:
    return lambda answers, own, today: WORKING.minus(to_number(inner(answers, own, today)))


def _arithmetic(first: Node, rest: tuple[tuple[Sign, Node], ...]) -> Computed:
    start = computed(first)
    steps = tuple((_ARITHMETIC[sign], computed(part)) for sign, part in rest)

    def run(answers: Answers, own: Value, today: date) -> Operand:
        total = to_number(start(answers, own, today))
        for apply, part in steps:
            total = apply(total, to_number(part(answers, own, today)))
        return total

    return run


def _comparison(comparator: Comparator, left: Node, right: Node) -> Computed:
    """XPath 1.0, section 3.4; a date counts as a number.

    `= !=` compare as truths if either side is one, else as numbers if either is one, else as
    texts; the others always as numbers. NaN differs from everything and is in no order.
    """
    one, other = computed(left), computed(right)
    order = _ORDERS[comparator]
    equality = comparator in {Comparator.EQUAL, Comparator.NOT_EQUAL}
    unordered = comparator is Comparator.NOT_EQUAL

    def run(answers: Answers, own: Value, today: date) -> Operand:
        a, b = one(answers, own, today), other(answers, own, today)
        if equality:
            if isinstance(a, bool) or isinstance(b, bool):
                return order(to_truth(a), to_truth(b))
            if isinstance(a, str) and isinstance(b, str):
                return (a != b) is unordered
        outcome = compare(to_number(a), to_number(b))
        return unordered if outcome is None else order(outcome, 0)

    return run


def _logical(joint: Joint, parts: tuple[Computed, ...]) -> Computed:
    """`or` is settled by the first true part, `and` by the first false one."""
    settling = joint is Joint.OR

    def run(answers: Answers, own: Value, today: date) -> Operand:
        for part in parts:
            if to_truth(part(answers, own, today)) is settling:
                return settling
        return not settling

    return run


def _call(call: Call) -> Computed:
    apply = FUNCTIONS[call.name].apply
    if call.name == "regex":
        return _regex(call)
    parts = tuple(map(computed, call.arguments))
    if call.name == "if":
        return _if(*parts)
    if apply is None:
        return lambda _answers, _own, today: today

    def run(answers: Answers, own: Value, today: date) -> Operand:
        return apply(*[part(answers, own, today) for part in parts])

    return run


def _if(condition: Computed, then: Computed, otherwise: Computed) -> Computed:
    def run(answers: Answers, own: Value, today: date) -> Operand:
        chosen = then if to_truth(condition(answers, own, today)) else otherwise
        return chosen(answers, own, today)

    return run


def _regex(call: Call) -> Computed:
    text, pattern = call.arguments
    if not isinstance(pattern, Literal) or not isinstance(pattern.value, str):
        raise ExpressionFault(
            f"the pattern of 'regex' at column {call.position} is not a text: "
            "write it in quotation marks",
            call.position,
        )
    matcher = compile_pattern(pattern.value, column=pattern.position + 1)
    subject = computed(text)
    return lambda answers, own, today: matcher.matches(to_text(subject(answers, own, today)))
