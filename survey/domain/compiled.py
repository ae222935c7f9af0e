"""A questionnaire as two Python functions, written once per version.

`sound` checks a whole set of answers and `along` computes the path, each in one pass without a loop
and without asking again what the questionnaire says. They know what is regular: where an answer is
not of its question's own kind, or anything stands against the set, they give None, and
`survey.domain.path` goes through the questionnaire item by item to say what it is. Both ways agree
wherever both give something; a test plays random questionnaires and answers against each other.

The functions consist of our own words, of whole numbers and of the places of items: names, texts
and patterns of a questionnaire stay data beside them, under names such as `n3`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from survey.domain.answers import LARGEST, is_exclusive
from survey.domain.expressions import Expression, Value
from survey.domain.expressions.code import Kind, Scope, Variable, condition
from survey.domain.items import Item
from survey.domain.questionnaire import Question, QuestionType

Read = Callable[[Question, Any], Value]
"""An answer that is not of its question's own kind, read; raises AnswerRejected."""

_KINDS: Final = {
    QuestionType.SCALE: Kind.WHOLE,
    QuestionType.INTEGER: Kind.WHOLE,
    QuestionType.SELECT_ONE: Kind.CHOICE,
    QuestionType.SELECT_MULTIPLE: Kind.CHOICES,
    QuestionType.TEXT: Kind.TEXT,
}

_BUILTINS: Final = {each.__name__: each for each in (bool, int, len, str, tuple, type)}
"""All that a function may call besides what stands under its names."""

_Values = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Compiled:
    """The two functions of a version.

    `sound(answers, today, read)` gives the answers on the path, in its order and without the
    unanswered, and the calculations that belong to the response; None where anything on the path is
    rejected. Whether all that was given is on the path is for the caller to see. It raises what
    `read` raises.

    `along(answers, today)` gives the questions and notes on the path, and what is known at its end;
    None where an answer that decides about the path is none that its question takes.
    """

    sound: Callable[[Mapping[str, Any], date, Read], tuple[_Values, _Values] | None]
    along: Callable[[Mapping[str, Value], date], tuple[tuple[Question, ...], _Values] | None]


def compile_items(items: Sequence[Item]) -> Compiled:
    """Write both functions; the items are those of one questionnaire, in its order."""
    return Compiled(sound=_sound(items), along=_along(items))


@dataclass(frozen=True, slots=True)
class _Line:
    """An item at its place, with the lines that are true where it is asked and its answer taken."""

    at: int
    item: Item
    relevant: str | None
    constraint: str | None
    regular: str


class _Names:
    """What the names in one function stand for, by name in `values`.

    Of the item at place 3, `n3` is the name, `q3` the question and `v3` the variable that holds its
    answer, or None where it is unanswered or not on the path. `looked_up` are the questions that
    closures ask `known` for.
    """

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.looked_up: set[str] = set()
        self._constants: list[str] = []
        self._variables: dict[str, Variable] = {}

    def lines(self, items: Sequence[Item], *, checking: bool) -> list[_Line]:
        """With `checking`, a required answer is there wherever the function goes on."""
        found = []
        for at, item in enumerate(items):
            question, kind = item.question, _KINDS.get(item.question.type)
            own = Variable(f"v{at}", kind, answered=True, most=LARGEST) if kind else None
            self.values |= {f"n{at}": question.name, f"q{at}": question}
            found.append(
                _Line(
                    at,
                    item,
                    relevant=self._condition(f"relevant{at}", item.relevant, None, "None"),
                    constraint=self._condition(f"constraint{at}", item.constraint, own, f"v{at}")
                    if checking
                    else None,
                    regular=self._regular(at, question, checking=checking),
                )
            )
            if own is not None and item.calculation is None:
                answered = checking and question.required and item.relevant is None
                self._variables[question.name] = replace(own, answered=answered)
            if item.calculation is not None:
                self.values[f"calculated{at}"] = item.calculation.evaluate
                self.looked_up |= item.calculation.names
        return found

    def function(self, parameters: str, lines: Iterable[str]) -> Any:
        source = "\n    ".join([f"def function({parameters}):", *lines])
        constants = {f"c{at}": text for at, text in enumerate(self._constants)}
        space = {"__builtins__": _BUILTINS, **self.values, **constants}
        # Our own words and numbers alone: see the head of this module.
        exec(compile(source, "<questionnaire>", "exec"), space)  # noqa: S102
        return space["function"]

    def _condition(
        self, name: str, expression: Expression | None, own: Variable | None, own_value: str
    ) -> str | None:
        """A line of its own, or the call of a closure that is kept under the name."""
        if expression is None:
            return None
        line = condition(expression.tree, Scope(self._variables, own, self._constants))
        if line is None:
            self.values[name] = expression.holds
            self.looked_up |= expression.names
            line = f"{name}(known, own={own_value}, today=today)"
        return line

    def _regular(self, at: int, question: Question, *, checking: bool) -> str:
        """A line that is true where `v` is an answer of the question's kind.

        With `checking` it is as it is kept; no condition asks for the order of choices.
        """
        match _KINDS.get(question.type):
            case Kind.WHOLE:
                low = -LARGEST if question.start is None else question.start
                high = LARGEST if question.end is None else question.end
                return f"type(v{at}) is int and {int(low)} <= v{at} <= {int(high)}"
            case Kind.CHOICE:
                self.values[f"t{at}"] = frozenset(each.name for each in question.closed_choices)
                return f"type(v{at}) is str and v{at} in t{at}"
            case Kind.CHOICES:
                names = frozenset(each.name for each in question.closed_choices)
                self.values[f"t{at}"] = _in_order(question) if checking else names.issuperset
                return f"type(v{at}) is tuple and t{at}(v{at})"
            case Kind.TEXT:
                return f"type(v{at}) is str"
            case None:
                return "True"


def _in_order(question: Question) -> Callable[[tuple[str, ...]], bool]:
    """Whether choices stand in the question's order, each once, and may stand together."""
    places = {choice.name: at for at, choice in enumerate(question.closed_choices)}
    alone = frozenset(choice.name for choice in question.closed_choices if is_exclusive(choice))

    def regular(chosen: tuple[str, ...]) -> bool:
        last = -1
        for name in chosen:
            place = places.get(name, -1)
            if place <= last:
                return False
            last = place
        return len(chosen) == 1 or (bool(chosen) and alone.isdisjoint(chosen))

    return regular


# --- checking ---


def _sound(items: Sequence[Item]) -> Any:
    names = _Names()
    lines = names.lines(items, checking=True)
    body = [part for line in lines for part in _if_relevant(line, _sound_item(line, names))]
    before = ["get = answers.get", "sound, derived, known = {}, {}, {}"]
    return names.function("answers, today, read", [*before, *body, "return sound, derived"])


def _sound_item(line: _Line, names: _Names) -> Iterator[str]:
    at, question = line.at, line.item.question
    if line.item.calculation is not None:
        yield f"v{at} = calculated{at}(known, today=today)"
        yield f"if v{at} is not None:"
        yield f"    known[n{at}] = v{at}"
        if question.characteristic:
            yield f"    derived[n{at}] = v{at}"
        return
    yield f"v{at} = get(n{at})"
    if not question.asks:
        yield f"if v{at} is not None: return None"
    elif question.required:
        yield from _read(line)
        yield f"if v{at} is None: return None"
        yield from _keep(line, names)
    else:
        yield f"if v{at} is not None:"
        yield from _indented(_read(line))
        yield f"if v{at} is not None:"
        yield from _indented(_keep(line, names))


def _read(line: _Line) -> Iterator[str]:
    """A text is always read, since what cannot be kept may stand anywhere in it."""
    at = line.at
    kind = _KINDS.get(line.item.question.type)
    if kind is not None and kind is not Kind.TEXT:
        yield f"if not ({line.regular}): v{at} = read(q{at}, v{at})"
    else:
        yield f"v{at} = read(q{at}, v{at})"


def _keep(line: _Line, names: _Names) -> Iterator[str]:
    at = line.at
    if line.constraint is not None:
        yield f"if not {line.constraint}: return None"
    yield f"sound[n{at}] = v{at}"
    if line.item.question.name in names.looked_up:
        yield f"known[n{at}] = v{at}"


# --- the path ---


def _along(items: Sequence[Item]) -> Any:
    names = _Names()
    lines = names.lines(items, checking=False)
    deciding = frozenset[str]().union(*(each.relevant.names for each in items if each.relevant))
    body = [part for line in lines for part in _if_relevant(line, _along_item(line, deciding))]
    before = ["get = answers.get", "known, asked = {}, []", "ask = asked.append"]
    return names.function("answers, today", [*before, *body, "return tuple(asked), known"])


def _along_item(line: _Line, deciding: frozenset[str]) -> Iterator[str]:
    at, item = line.at, line.item
    if item.calculation is None:
        yield f"ask(q{at})"
        yield f"v{at} = get(n{at})"
    else:
        yield f"v{at} = calculated{at}(known, today=today)"
    yield f"if v{at} is not None:"
    if item.question.name in deciding:
        yield f"    if not ({line.regular}): return None"
    yield f"    known[n{at}] = v{at}"


def _if_relevant(line: _Line, lines: Iterable[str]) -> Iterator[str]:
    if line.relevant is None:
        yield from lines
        return
    yield f"v{line.at} = None"
    yield f"if {line.relevant}:"
    yield from _indented(lines)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)
