"""The parsed expression: the only shapes that can be evaluated.

`position` is a column of the source, from 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Comparator(StrEnum):
    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="


class Sign(StrEnum):
    PLUS = "+"
    MINUS = "-"
    TIMES = "*"
    DIVIDED_BY = "div"
    REMAINDER = "mod"


class Joint(StrEnum):
    AND = "and"
    OR = "or"


@dataclass(frozen=True, slots=True)
class Literal:
    """A number or a quoted text."""

    value: str | Decimal
    position: int


@dataclass(frozen=True, slots=True)
class Reference:
    """`${name}`: the answer to another question."""

    name: str


@dataclass(frozen=True, slots=True)
class OwnValue:
    """`.`: the answer to the question that carries the expression."""


@dataclass(frozen=True, slots=True)
class Negation:
    """Unary minus."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`first`, then each sign and operand from left to right.

    A chain is one node, so that the depth of the tree is that of the brackets.
    """

    first: "Node"
    rest: tuple[tuple[Sign, "Node"], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    comparator: Comparator
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Logical:
    """Two or more operands joined by the same word."""

    joint: Joint
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function by its name; parsing has checked that it exists and takes so many arguments."""

    name: str
    arguments: tuple["Node", ...]
    position: int


Node = Literal | Reference | OwnValue | Negation | Arithmetic | Comparison | Logical | Call


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Literal() | Reference() | OwnValue():
            return ()
        case Negation(operand=operand):
            return (operand,)
        case Arithmetic(first=first, rest=rest):
            return (first, *(part for _, part in rest))
        case Comparison(left=left, right=right):
            return (left, right)
        case Logical(operands=operands):
            return operands
        case Call(arguments=arguments):
            return arguments


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order of the source."""
    yield node
    for child in children(node):
        yield from walk(child)
