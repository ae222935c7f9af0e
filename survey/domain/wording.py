"""What pydantic finds wrong with a file, said for the person who wrote it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from survey.domain.document import Path
from survey.domain.findings import quoted
from survey.domain.questionnaire import (
    Choice,
    Privacy,
    Question,
    Questionnaire,
    QuestionType,
    Scale,
    UnitRule,
)
from survey.domain.suggest import did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_CLOSED_WORDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "type": ("a type", tuple(QuestionType)),
    "privacy": ("a privacy mode", tuple(Privacy)),
    "unit": ("a unit rule", tuple(UnitRule)),
    "appearance": ("an appearance", ("short", "long")),
}
_NAMING: Final = "start with a small letter and use small letters, digits and _, at most 64"
_RULES: Final[Mapping[str, tuple[str, str]]] = {
    r"^[a-z][a-z0-9_]{0,63}$": ("a name", _NAMING),
    r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$": ("a key", "use small letters and digits, joined by -"),
    r"^[a-z]{2,3}$": ("a language", "use its code of two or three letters, such as en or cy"),
    r"^[a-z0-9][a-z0-9_-]{0,39}$": (
        "a choice's name",
        "start with a small letter or a digit and use those, _ and -, at most 40",
    ),
}
_LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "string_too_long": ("too_long", "{field} has more than {max_length} characters: shorten it"),
    "greater_than_equal": ("out_of_range", "{field} must be {ge} or more"),
    "less_than_equal": ("out_of_range", "{field} must be {le} or less"),
    "too_short": ("too_few", "{field} is empty: add at least one"),
    "too_long": ("too_many", "{field} has more than {max_length} entries: remove some"),
}
_TEXTS: Final = frozenset(
    {"label", "hint", "short_label", "required_message", "constraint_message", "title"}
    | {"asked_by", "purpose"}
)
_SHAPES: Final[Mapping[str, str]] = {
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "time_parsing": "is not a time that there is",
    "datetime_parsing": "is not a day and a time that there is",
    "datetime_from_date_parsing": "is not a day and a time that there is",
    "tuple_type": "must be a list: one '- ' line for each",
    "model_type": "must be 'key: value' lines",
    "dict_type": "must be 'key: value' lines",
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one format.

    Args:
        closed: for each field that takes certain words only: what one is called, and all of them.
        beside: the words that the format has where this one stands.
        texts: fields that hold a text or one for each language.
    """

    closed: Mapping[str, tuple[str, tuple[str, ...]]]
    beside: Callable[[Path], Iterable[str]]
    texts: Collection[str] = ()


def in_plain_words(
    detail: "ErrorDetails", path: Path, last: str, vocabulary: "Vocabulary | None" = None
) -> tuple[str, str] | None:
    """A stable code and a sentence, or None where another fault says it already.

    Args:
        detail: one of `ValidationError.errors()`.
        path: where it is in the file, as far as the file goes.
        last: the last step of pydantic's location: a field that is missing, or "[key]".
        vocabulary: that of the format; a questionnaire's where none is given.
    """
    words = vocabulary or QUESTIONNAIRE
    kind, value, limits = detail["type"], detail["input"], detail.get("ctx", {})
    field = _field(path)
    match kind:
        case "missing":
            return "missing", f"{last} is missing: add it"
        case "extra_forbidden":
            near = did_you_mean(str(path[-1]), words.beside(path))
            return "unknown_word", f"{quoted(str(path[-1]))} is not a word of the format{near}"
        case "enum" | "literal_error":
            return "unknown_value", _not_one_of(words.closed[_closed_field(path)], value)
        case "string_pattern_mismatch":
            what, rule = _RULES[str(limits["pattern"])]
            return "bad_name", f"{quoted(str(value))} cannot be {what}: {rule}"
        case "value_error":
            return "contradiction", str(limits["error"])
        case "too_short" if value:
            return None  # pydantic counts only the sound ones; the others are faults themselves
    if kind in _LIMITS:
        code, sentence = _LIMITS[kind]
        return code, sentence.format(field=field, **limits)
    return "wrong_shape", f"{field} {_shape(kind, value, path, last, words.texts)}"


def _closed_field(path: Path) -> str:
    """The field whose value it is, also where it is one of a list."""
    return str(next(step for step in reversed(path) if not isinstance(step, int)))


def _shape(kind: str, value: Any, path: Path, last: str, texts: Collection[str]) -> str:
    if last == "[key]":
        return "must be a whole number" if kind == "int_type" else "must be a word"
    if value is None:
        return "is empty: write it, or remove the line"
    if path and (path[-1] in texts or (len(path) > 1 and path[-2] == "points")):
        number = isinstance(value, int)
        return "must be text: put it in quotes" if number else "must be text, or one per language"
    if kind in ("string_type", "enum"):
        number = isinstance(value, int)
        return "must be text: put it in quotes" if number else "must be text"
    return _SHAPES.get(kind, "cannot be read: compare it with the schema")


def _field(path: Path) -> str:
    """ "label cy": the words since the last list item."""
    words: list[str] = []
    for index in reversed(range(len(path))):
        if isinstance(path[index], int) and index and path[index - 1] != "points":
            break
        words.insert(0, str(path[index]))
    return " ".join(words) or "this"


def _not_one_of(closed: tuple[str, tuple[str, ...]], value: Any) -> str:
    what, words = closed
    near = did_you_mean(str(value), words)
    return f"{quoted(str(value))} is not {what}{near or ': use ' + _either(words)}"


def _either(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}"


def _words_beside(path: Path) -> Iterable[str]:
    """The words that the format has where this one stands."""
    parents = [step for step in path[:-1] if not isinstance(step, int)]
    if "choices" in parents or "lists" in parents:
        return Choice.model_fields
    if "scales" in parents:
        return Scale.model_fields
    return Question.model_fields if parents else Questionnaire.model_fields


QUESTIONNAIRE: Final = Vocabulary(_CLOSED_WORDS, _words_beside, _TEXTS)
