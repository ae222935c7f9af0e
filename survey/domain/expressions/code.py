"""A tree to a line of Python, for the conditions that most questionnaires consist of.

Whole numbers, choices and texts are compared as what they are; whatever else the language can do
(dates, decimals, patterns, conversions) is left to the closures of `evaluation.py`, with which each
line agrees for all values of the kinds named here. Nothing of a source becomes Python: a line is
made of the names of variables, of whole numbers, and of constants that are kept beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from survey.domain.expressions.tree import (
    Arithmetic,
    Call,
    Comparator,
    Comparison,
    Literal,
    Logical,
    Negation,
    Node,
    OwnValue,
    Reference,
    Sign,
)
from survey.domain.expressions.values import to_number

_LARGEST: Final = 10**27
"""Whole numbers up to here are exact in the language's own arithmetic, too."""

_LONGEST: Final = 10**12
"""No text and no tuple has more parts."""

_SIGNS: Final = {Sign.PLUS: "+", Sign.MINUS: "-", Sign.TIMES: "*"}
_COMPARATORS: Final = {
    Comparator.EQUAL: "==",
    Comparator.NOT_EQUAL: "!=",
    Comparator.LESS: "<",
    Comparator.AT_MOST: "<=",
    Comparator.GREATER: ">",
    Comparator.AT_LEAST: ">=",
}


class Kind(StrEnum):
    """What a variable may hold, if it is not None."""

    WHOLE = "an int"
    CHOICE = "a text without white space, not empty"
    CHOICES = "a tuple of such texts, not empty"
    TEXT = "a text"


@dataclass(frozen=True, slots=True)
class Variable:
    """A local variable of the function that is written.

    `name` is ours, never a question's; `most` bounds a whole number in both directions.
    """

    name: str
    kind: Kind
    answered: bool
    most: int = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """The variables by question, the one that `.` means, and constants, which are added to."""

    variables: Mapping[str, Variable]
    own: Variable | None
    constants: list[str]

    def constant(self, text: str) -> str:
        """The name of a text: `c` and its place among the constants."""
        if text not in self.constants:
            self.constants.append(text)
        return f"c{self.constants.index(text)}"


def condition(tree: Node, scope: Scope) -> str | None:
    """A Python expression that is true where the tree holds; None where it takes a closure."""
    try:
        return _truth(tree, scope)
    except _Beyond:
        return None


class _Beyond(Exception):
    """The tree is of a kind that is left to closures."""


@dataclass(frozen=True, slots=True)
class _Number:
    """A whole number no larger than `most`, unless one of `needs` is None: then NaN."""

    line: str
    needs: frozenset[str]
    most: int


def _truth(node: Node, scope: Scope) -> str:
    match node:
        case Logical(joint=joint, operands=operands):
            return f"({f' {joint} '.join(_truth(each, scope) for each in operands)})"
        case Comparison():
            return _comparison(node, scope)
        case Call(name="not", arguments=(inner,)):
            return f"(not {_truth(inner, scope)})"
        case Call(name="true"):
            return "True"
        case Call(name="false"):
            return "False"
        case Call(name="selected", arguments=(choices, choice)):
            return _selected(choices, choice, scope)
        case Literal(value=str() as text):
            return str(bool(text))
        case _ if (variable := _variable(node, scope)) and variable.kind is not Kind.WHOLE:
            return f"bool({variable.name})"
        case _:
            number = _number(node, scope)
            return _all([*_there(number), f"{number.line} != 0"])


def _comparison(node: Comparison, scope: Scope) -> str:
    """As `evaluation` compares: texts as texts for `= !=`, all else as numbers."""
    sign = _COMPARATORS[node.comparator]
    if node.comparator in {Comparator.EQUAL, Comparator.NOT_EQUAL}:
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if _text(other) == "":
                return _with_nothing(one, sign, scope)
        if _is_truth(node.left) or _is_truth(node.right):
            if not (_is_truth(node.left) and _is_truth(node.right)):
                raise _Beyond
            return f"({_truth(node.left, scope)} {sign} {_truth(node.right, scope)})"
        texts = [_as_text(side, scope) for side in (node.left, node.right)]
        if None not in texts:
            return f"({texts[0]} {sign} {texts[1]})"
        whole = [_variable(side, scope) for side in (node.left, node.right)]
        if whole[0] and whole[1] and whole[0].kind is whole[1].kind is Kind.WHOLE:
            return f"({whole[0].name} {sign} {whole[1].name})"  # unanswered equals unanswered
    left, right = _number(node.left, scope), _number(node.right, scope)
    numbers = f"{left.line} {sign} {right.line}"
    if node.comparator is Comparator.NOT_EQUAL:
        missing = [f"{name} is None" for name in sorted(left.needs | right.needs)]
        return f"({' or '.join([*missing, numbers])})"
    return _all([*_there(left, right), numbers])


def _with_nothing(node: Node, sign: str, scope: Scope) -> str:
    """`${a} = ''` asks whether a question is unanswered, whatever its kind."""
    variable = _variable(node, scope)
    if variable is None:
        raise _Beyond
    if variable.kind is Kind.WHOLE:
        return f"({variable.name} is {'' if sign == '==' else 'not '}None)"
    return f"(not {variable.name})" if sign == "==" else f"bool({variable.name})"


def _selected(choices: Node, choice: Node, scope: Scope) -> str:
    variable, text = _variable(choices, scope), _text(choice)
    if variable is None or text is None:
        raise _Beyond
    constant = scope.constant(text.strip())
    match variable.kind:
        case Kind.CHOICES:
            there = [] if variable.answered else [f"{variable.name} is not None"]
            return _all([*there, f"{constant} in {variable.name}"])
        case Kind.CHOICE:
            return f"({variable.name} == {constant})"
        case _:
            raise _Beyond


def _number(node: Node, scope: Scope) -> _Number:
    match node:
        case Literal(value=value):
            return _whole(to_number(value))
        case Negation(operand=inner):
            number = _number(inner, scope)
            return _Number(f"(-{number.line})", number.needs, number.most)
        case Arithmetic(first=first, rest=rest):
            return _arithmetic(first, rest, scope)
        case Call(name="count-selected", arguments=(choices,)):
            return _length(_variable(choices, scope), Kind.CHOICES)
        case Call(name="string-length", arguments=(text,)):
            return _length(_variable(text, scope), Kind.TEXT)
        case _:
            variable = _variable(node, scope)
            if variable is None or variable.kind is not Kind.WHOLE:
                raise _Beyond
            needs = frozenset[str]() if variable.answered else frozenset({variable.name})
            return _Number(variable.name, needs, variable.most)


def _whole(value: Decimal) -> _Number:
    if not value.is_finite() or abs(value) > _LARGEST or value != value.to_integral_value():
        raise _Beyond
    return _Number(f"({int(value)})", frozenset(), abs(int(value)))


def _arithmetic(first: Node, rest: tuple[tuple[Sign, Node], ...], scope: Scope) -> _Number:
    total = _number(first, scope)
    for sign, node in rest:
        if sign not in _SIGNS:
            raise _Beyond
        number = _number(node, scope)
        most = total.most * number.most if sign is Sign.TIMES else total.most + number.most
        if most > _LARGEST:
            raise _Beyond
        line = f"({total.line} {_SIGNS[sign]} {number.line})"
        total = _Number(line, total.needs | number.needs, most)
    return total


def _length(variable: Variable | None, kind: Kind) -> _Number:
    if variable is None or variable.kind is not kind:
        raise _Beyond
    return _Number(f"(len({variable.name}) if {variable.name} else 0)", frozenset(), _LONGEST)


def _variable(node: Node, scope: Scope) -> Variable | None:
    match node:
        case Reference(name=name):
            return scope.variables.get(name)
        case OwnValue():
            return scope.own
        case _:
            return None


def _as_text(node: Node, scope: Scope) -> str | None:
    """A line that is a text; unanswered is empty text."""
    text = _text(node)
    if text is not None:
        return scope.constant(text)
    variable = _variable(node, scope)
    if variable is None or variable.kind not in {Kind.CHOICE, Kind.TEXT}:
        return None
    return variable.name if variable.answered else f"({variable.name} or '')"


def _text(node: Node) -> str | None:
    return node.value if isinstance(node, Literal) and isinstance(node.value, str) else None


def _is_truth(node: Node) -> bool:
    match node:
        case Logical() | Comparison() | Call(name="not" | "true" | "false" | "selected"):
            return True
        case _:
            return False


def _there(*numbers: _Number) -> list[str]:
    needs = frozenset[str]().union(*(number.needs for number in numbers))
    return [f"{name} is not None" for name in sorted(needs)]


def _all(conditions: Sequence[str]) -> str:
    return f"({' and '.join(conditions)})"
