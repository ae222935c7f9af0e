"""An expression, compiled once and evaluated for each set of answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from survey.domain.expressions.evaluation import Computed, computed
from survey.domain.expressions.parser import parse
from survey.domain.expressions.tree import (
    Call,
    Comparator,
    Comparison,
    Literal,
    Node,
    OwnValue,
    Reference,
    walk,
)
from survey.domain.expressions.values import Answers, Value, to_truth, to_value

OWN_VALUE: Final = "."
"""How the question that carries an expression is named in it."""


@dataclass(frozen=True, slots=True)
class Expression:
    """`names` are the questions it refers to; `uses_own_value` says whether `.` stands in it.

    Two expressions are equal when their sources are.
    """

    source: str
    names: frozenset[str] = field(compare=False)
    uses_own_value: bool = field(compare=False)
    tree: Node = field(compare=False, repr=False)
    _run: Computed = field(compare=False, repr=False)

    def evaluate(self, answers: Answers, *, own: Value = None, today: date) -> Value:
        """The result as an answer; never raises.

        Numbers are `int` when whole and `Decimal` of at most 28 digits when not. `None` stands
        for what is no answer: empty text, NaN ("not a number") and the infinities.

        Args:
            answers: by question name; a name that is not there is unanswered.
            own: the value that `.` means.
            today: the local day.
        """
        return to_value(self._run(answers, own, today))

    def holds(self, answers: Answers, *, own: Value = None, today: date) -> bool:
        """Whether the result is true as XPath's `boolean()` has it; never raises."""
        return to_truth(self._run(answers, own, today))


def compile_expression(source: str) -> Expression:
    """Parse and compile an expression.

    Raises:
        ExpressionFault: it is not of the language, or beyond a limit; the message says what
            is wrong, at which column and what to do.
    """
    tree = parse(source)
    nodes = tuple(walk(tree))
    return Expression(
        source=source,
        names=frozenset(node.name for node in nodes if isinstance(node, Reference)),
        uses_own_value=any(isinstance(node, OwnValue) for node in nodes),
        tree=tree,
        _run=computed(tree),
    )


def literal_choices(expression: Expression) -> Iterator[tuple[str, str]]:
    """The texts that an expression compares a question with or asks to be `selected()`.

    Yields (question name, text) in the order of the source, `OWN_VALUE` as the name where the
    question is `.`; empty text, which means unanswered, is left out.
    """
    for node in walk(expression.tree):
        for question, choice in _paired(node):
            name, text = _question(question), _text(choice)
            if name and text:
                yield name, text


def _paired(node: Node) -> tuple[tuple[Node, Node], ...]:
    match node:
        case Comparison(comparator=Comparator.EQUAL | Comparator.NOT_EQUAL, left=a, right=b):
            return ((a, b), (b, a))
        case Call(name="selected", arguments=(choices, choice)):
            return ((choices, choice),)
        case _:
            return ()


def _question(node: Node) -> str | None:
    match node:
        case Reference(name=name):
            return name
        case OwnValue():
            return OWN_VALUE
        case _:
            return None


def _text(node: Node) -> str | None:
    return node.value if isinstance(node, Literal) and isinstance(node.value, str) else None
