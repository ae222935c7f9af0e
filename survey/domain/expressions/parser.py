"""Tokens to a tree, within limits."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Final

from survey.domain.expressions.functions import FUNCTIONS
from survey.domain.expressions.lexer import Kind, Token, shown, tokens_of
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
from survey.domain.expressions.values import WORKING
from survey.errors import ExpressionFault

DEEPEST: Final = 25
"""Brackets, calls and minus signs inside one another."""

MOST_PARTS: Final = 300
"""Numbers, texts, references and operations in one expression."""

_SUMS: Final = frozenset({Sign.PLUS, Sign.MINUS})
_PRODUCTS: Final = frozenset({Sign.TIMES, Sign.DIVIDED_BY, Sign.REMAINDER})
_COMPARATORS: Final = frozenset(Comparator)


def parse(source: str) -> Node:
    """The tree of an expression.

    Binding, loosest first: `or`; `and`; comparisons, which do not chain; `+ -`;
    `* div mod`; unary minus. All but comparisons group from the left.

    Raises:
        ExpressionFault: the source is not of the language, or beyond a limit.
    """
    return _Parser(tokens_of(source)).whole()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0
        self._parts = 0

    def whole(self) -> Node:
        if self._peek().kind is Kind.END:
            raise ExpressionFault("the expression is empty: write it, or remove its line", 1)
        node = self._either()
        if self._peek().kind is not Kind.END:
            raise self._unexpected_after_operand()
        return node

    def _either(self) -> Node:
        return self._joined(Joint.OR, self._both)

    def _both(self) -> Node:
        return self._joined(Joint.AND, self._comparison)

    def _joined(self, joint: Joint, part: Callable[[], Node]) -> Node:
        operands = [part()]
        while self._take(joint):
            operands.append(part())
        return operands[0] if len(operands) == 1 else Logical(joint, tuple(operands))

    def _comparison(self) -> Node:
        left = self._sum()
        taken = self._take_one_of(_COMPARATORS)
        if taken is None:
            return left
        node = Comparison(Comparator(taken.text), left, self._sum())
        again = self._take_one_of(_COMPARATORS)
        if again is not None:
            raise ExpressionFault(
                f"a second comparison {shown(again.text)} at column {again.position}: "
                "comparisons do not chain, so join two with 'and' or use brackets",
                again.position,
            )
        return node

    def _sum(self) -> Node:
        return self._chain(_SUMS, self._product)

    def _product(self) -> Node:
        return self._chain(_PRODUCTS, self._signed)

    def _chain(self, signs: frozenset[Sign], part: Callable[[], Node]) -> Node:
        first = part()
        rest = []
        while taken := self._take_one_of(signs):
            rest.append((Sign(taken.text), part()))
        return Arithmetic(first, tuple(rest)) if rest else first

    def _signed(self) -> Node:
        minus = self._peek()
        if not self._take("-"):
            return self._operand()
        return Negation(self._nested(minus, self._signed))

    def _operand(self) -> Node:
        token = self._advance()
        self._count(token)
        match token.kind:
            case Kind.NUMBER:
                return Literal(WORKING.create_decimal(token.text), token.position)
            case Kind.TEXT:
                return Literal(token.text, token.position)
            case Kind.REFERENCE:
                return Reference(token.text)
            case Kind.WORD if self._peek().text == "(" and self._peek().kind is Kind.SYMBOL:
                return self._call(token)
            case Kind.WORD:
                raise _stray_word(token)
            case Kind.SYMBOL if token.text == ".":
                return OwnValue()
            case Kind.SYMBOL if token.text == "(":
                node = self._nested(token, self._either)
                self._close(token)
                return node
            case _:
                raise ExpressionFault(
                    f"a value is missing at column {token.position}, where {token} stands: "
                    "write a ${name}, a number, a 'text' or a function",
                    token.position,
                )

    def _call(self, name: Token) -> Node:
        function = FUNCTIONS.get(name.text)
        if function is None:
            raise _unknown_function(name)
        bracket = self._advance()
        arguments = self._arguments(bracket)
        if not function.least <= len(arguments) <= function.most:
            raise ExpressionFault(
                f"{name} at column {name.position} takes {function.takes} "
                f"and was given {len(arguments)}",
                name.position,
            )
        return Call(name.text, arguments, name.position)

    def _arguments(self, bracket: Token) -> tuple[Node, ...]:
        if self._take(")"):
            return ()
        arguments = [self._nested(bracket, self._either)]
        while self._take(","):
            arguments.append(self._nested(bracket, self._either))
        self._close(bracket)
        return tuple(arguments)

    def _close(self, opened: Token) -> None:
        if self._take(")"):
            return
        if self._peek().kind is Kind.END:
            raise ExpressionFault(
                f"the bracket at column {opened.position} is not closed: add )", opened.position
            )
        raise self._unexpected_after_operand()

    def _nested(self, token: Token, part: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ExpressionFault(
                f"more than {DEEPEST} levels of brackets at column {token.position}: "
                "move a part of the expression to a calculation",
                token.position,
            )
        node = part()
        self._depth -= 1
        return node

    def _count(self, token: Token) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise ExpressionFault(
                f"more than {MOST_PARTS} parts at column {token.position}: "
                "move a part of the expression to a calculation",
                token.position,
            )

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _advance(self) -> Token:
        token = self._peek()
        if token.kind is not Kind.END:
            self._next += 1
        return token

    def _take(self, text: str) -> bool:
        return self._take_one_of(frozenset({text})) is not None

    def _take_one_of(self, texts: frozenset[str]) -> Token | None:
        token = self._peek()
        if token.kind not in {Kind.SYMBOL, Kind.WORD} or token.text not in texts:
            return None
        return self._advance()

    def _unexpected_after_operand(self) -> ExpressionFault:
        token = self._peek()
        advice = "write an operator such as 'and' or '=' before it, or remove it"
        if token.text == ")":
            advice = "remove it, or open a bracket before it"
        elif token.text == ",":
            advice = "commas stand only between the arguments of a function"
        elif token.text.lower() in {*Joint, "div", "mod"}:
            advice = f"operators are in small letters: write {token.text.lower()}"
        return ExpressionFault(
            f"{token} at column {token.position} is not expected there: {advice}", token.position
        )


def _stray_word(word: Token) -> ExpressionFault:
    if word.text in FUNCTIONS:
        advice = f"a function needs brackets: write {word.text}(...)"
        if FUNCTIONS[word.text].most == 0:
            advice = f"a function needs brackets: write {word.text}()"
    elif word.text in {*Joint, *Sign}:
        advice = "a value is missing before it"
    else:
        advice = "put text in quotation marks, and write the answer to a question as ${name}"
    return ExpressionFault(
        f"{word} at column {word.position} is not expected there: {advice}", word.position
    )


def _unknown_function(name: Token) -> ExpressionFault:
    if name.text in {*Joint, *Sign}:
        return _stray_word(name)
    near = get_close_matches(name.text, FUNCTIONS, n=1)
    advice = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(sorted(FUNCTIONS))}"
    return ExpressionFault(
        f"unknown function {name} at column {name.position}: {advice}", name.position
    )
