"""What is tried of the questions that a condition names, and what an expression then knows."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import chain, product
from typing import Final

from survey.domain.answers import is_exclusive
from survey.domain.checking.reach import domain
from survey.domain.expressions import Expression, Value
from survey.domain.expressions.tree import (
    Call,
    Comparator,
    Comparison,
    Literal,
    Node,
    Reference,
    children,
    walk,
)
from survey.domain.form import Form
from survey.domain.items import Item
from survey.domain.questionnaire import Question, QuestionType

ANY_DAY: Final = date(2026, 1, 1)
"""Never seen: what asks for the day is not tried."""

State = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Aspect:
    """What is tried of one question.

    All its answers, None among them where it may go unanswered; or, of a `choice`, whether it is
    ticked. Of numbers without end, `below` and `above` say that those outside `values` are like
    the outermost of them.
    """

    question: Question
    values: tuple[Value, ...]
    choice: str = ""
    below: bool = False
    above: bool = False


def concerned_by(form: Form, relevant: Expression) -> list[Item]:
    """The questions and calculations that an expression names, and those behind calculations."""
    found: set[str] = set()
    waiting = set(relevant.names)
    while waiting:
        name = waiting.pop()
        item = form.items.get(name)
        if item is None or name in found:
            continue
        found.add(name)
        if item.calculation is not None:
            waiting |= item.calculation.names
    return [item for name, item in form.items.items() if name in found]


def aspects_of(concerned: Sequence[Item], relevant: Expression) -> list[Aspect] | None:
    """None where something has no end, or it is the day that decides."""
    names = {item.question.name for item in concerned}
    within = [item.relevant for item in concerned if _is_told_by(item.relevant, names)]
    expressions = [relevant, *within, *(item.calculation for item in concerned)]
    trees = [each.tree for each in expressions if each is not None]
    if any(
        isinstance(node, Call) and node.name == "today" for tree in trees for node in walk(tree)
    ):
        return None
    found: list[Aspect] = []
    for item in concerned:
        if item.question.asks:
            uses = list(chain.from_iterable(_uses(tree, item.question.name) for tree in trees))
            aspects = _of(item, uses)
            if aspects is None:
                return None
            found += aspects
    return found


def _is_told_by(relevant: Expression | None, names: Collection[str]) -> bool:
    return relevant is not None and relevant.names <= set(names)


_Use = str | Decimal | None
"""A text or number that a question is compared with, a choice it is asked about; None: another."""


def _uses(node: Node, name: str) -> Iterator[tuple[str, _Use]]:
    """How a question stands in an expression: ("=", what it is compared with), ("ticked", choice),
    or ("", None).
    """
    match node:
        case Comparison(
            comparator=comparator, left=Reference(name=found), right=Literal() as other
        ):
            if found == name:
                yield _compared(comparator, other)
        case Comparison(
            comparator=comparator, left=Literal() as other, right=Reference(name=found)
        ):
            if found == name:
                yield _compared(comparator, other)
        case Call(
            name="selected", arguments=(Reference(name=found), Literal(value=str() as choice))
        ):
            if found == name:
                yield "ticked", choice
        case Reference(name=found):
            if found == name:
                yield "", None
        case _:
            for child in children(node):
                yield from _uses(child, name)


def _compared(comparator: Comparator, other: Literal) -> tuple[str, _Use]:
    equality = comparator in {Comparator.EQUAL, Comparator.NOT_EQUAL}
    if isinstance(other.value, str) and (other.value != "" or not equality):
        return "", None
    return "=", other.value


def _of(item: Item, uses: Sequence[tuple[str, _Use]]) -> list[Aspect] | None:
    question = item.question
    empty: tuple[Value, ...] = () if question.required and item.relevant is None else (None,)
    if all(use == ("=", "") for use in uses):
        return [Aspect(question, (*empty, _some_answer(question)))]
    match question.type:
        case QuestionType.SELECT_MULTIPLE:
            if any(how != "ticked" for how, _ in uses):
                return None
            asked = {what for _, what in uses}
            return [
                Aspect(question, (False, True), choice=choice.name)
                for choice in question.closed_choices
                if choice.name in asked
            ]
        case QuestionType.SELECT_ONE | QuestionType.SCALE:
            values = domain(question)
            return None if values is None else [Aspect(question, (*empty, *values))]
        case QuestionType.INTEGER if all(how == "=" for how, _ in uses):
            return _whole_numbers(question, empty, [what for _, what in uses])
    return None


def _some_answer(question: Question) -> Value:
    """Any: it only matters that there is one."""
    match question.type:
        case QuestionType.SCALE | QuestionType.INTEGER:
            return 1
        case QuestionType.DECIMAL:
            return Decimal(1)
        case QuestionType.DATE:
            return ANY_DAY
        case QuestionType.SELECT_MULTIPLE:
            return tuple(choice.name for choice in question.closed_choices[:1])
        case QuestionType.FILE:
            return ("x",)
    return "x"


def _whole_numbers(
    question: Question, empty: tuple[Value, ...], compared: Iterable[_Use]
) -> list[Aspect] | None:
    """Those next to the numbers compared with, for between two of them nothing changes."""
    near: set[int] = set()
    for number in compared:
        if isinstance(number, Decimal):
            floor = int(number.to_integral_value(ROUND_FLOOR))
            ceiling = int(number.to_integral_value(ROUND_CEILING))
            near |= {floor - 1, floor, ceiling, ceiling + 1}
    start, end = question.start, question.end
    fitting = sorted(
        each for each in near if (start is None or each >= start) and (end is None or each <= end)
    )
    if not fitting:
        return None
    below, above = start is None or fitting[0] > start, end is None or fitting[-1] < end
    return [Aspect(question, (*empty, *fitting), below=below, above=above)]


class States:
    """Every combination of what is tried, and what an expression would know of it."""

    def __init__(self, concerned: Sequence[Item], aspects: Sequence[Aspect]) -> None:
        self._concerned = concerned
        self._aspects = aspects
        self._names = {item.question.name for item in concerned}

    def __iter__(self) -> Iterator[State]:
        return product(*(each.values for each in self._aspects))

    def known(self, state: State) -> Mapping[str, Value] | None:
        """None where nobody can have answered so."""
        given = self._given(state)
        known: dict[str, Value] = {}
        for item in self._concerned:
            question = item.question
            value = given.get(question.name)
            told = _is_told_by(item.relevant, self._names)
            if told and item.relevant and not item.relevant.holds(known, today=ANY_DAY):
                if value is not None:
                    return None
                continue
            if item.calculation is not None:
                value = item.calculation.evaluate(known, today=ANY_DAY)
            elif value is None and question.required and told:
                return None
            if isinstance(value, tuple) and _contradicts_itself(question, value):
                return None
            if value is not None:
                known[question.name] = value
        return known

    def _given(self, state: State) -> Mapping[str, Value]:
        given: dict[str, Value] = {}
        ticked: dict[str, tuple[str, ...]] = {}
        for aspect, value in zip(self._aspects, state, strict=True):
            name = aspect.question.name
            if not aspect.choice:
                given[name] = value
            elif value:
                ticked[name] = (*ticked.get(name, ()), aspect.choice)
        return given | ticked


def _contradicts_itself(question: Question, ticked: Sequence[str]) -> bool:
    alone = {choice.name for choice in question.closed_choices if is_exclusive(choice)}
    return len(ticked) > 1 and not alone.isdisjoint(ticked)
