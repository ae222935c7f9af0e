"""A YAML file as plain data that knows where each part of it stands.

Of YAML only what a person writes by hand is taken: mappings, lists and scalars. `true`, `false`,
`null` and whole numbers mean what they say and everything else is text: YAML 1.1 would read the
choice `no` as false, a date as a date and 010 as eight. Anchors are refused, because ten lines of
them can unfold to more than memory holds.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import yaml

from survey.domain.findings import quoted
from survey.errors import Fault, QuestionnaireFaulty

LARGEST: Final = 250_000
"""Bytes of one file."""

DEEPEST: Final = 20
"""Lists and mappings inside one another."""

Path = tuple[str | int, ...]
"""From the top of a file to a part of it: ("questions", 3, "label", "cy")."""

Data = Mapping[Any, Any] | tuple[Any, ...] | str | int | bool | None

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_WORDS: Final[Mapping[str, bool | None]] = MappingProxyType(
    {"true": True, "false": False, "null": None, "~": None, "": None}
)
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ADVICE: Final = (
    ("cannot start any token", "quote text that starts with @ or `, and indent with spaces"),
    ("mapping values are not allowed", "put text that holds a colon into quotes"),
    ("could not find expected ':'", "a colon is missing here or on the line above"),
    ("found unknown escape", 'write \\\\ for a backslash inside "..."'),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """A key that a mapping (at `path`) has twice; the first is the one that was read."""

    path: Path
    key: str
    place: Place
    first: Place


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a file and the place of each part of it."""

    name: str
    data: Data
    places: Mapping[Path, Place]
    repeated: tuple[Repeated, ...]

    def place(self, path: Path) -> Place:
        """Where this part stands, or what of it there is."""
        return nearest(self.places, path)


def nearest(places: Mapping[Path, Place], path: Path) -> Place:
    """The place of a part, or of the smallest part around it that has one."""
    while path and path not in places:
        path = path[:-1]
    return places.get(path, Place(1, 1))


def parse(text: str | bytes, *, name: str) -> Document:
    """Read one YAML document.

    Args:
        text: the file as it is; bytes are UTF-8, with or without a byte-order mark.
        name: what to call the file in faults.

    Raises:
        QuestionnaireFaulty: with the one fault that keeps the file from being read.
    """
    source = _decoded(text, name=name)
    reader = _Reader(name, yaml.parse(source, Loader=_LOADER))
    try:
        data = reader.document()
    except yaml.YAMLError as error:
        raise _not_yaml(name, source, error) from None
    return Document(name, data, reader.places, tuple(reader.repeated))


def _refused(name: str, place: Place, code: str, message: str) -> QuestionnaireFaulty:
    return QuestionnaireFaulty([Fault((name, str(place.line)), code, message)])


def _decoded(text: str | bytes, *, name: str) -> str:
    if len(text) > LARGEST:
        message = f"the file is larger than {LARGEST // 1_000} kB: split the questionnaire"
        raise _refused(name, Place(1, 1), "too_large", message)
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            message = "the file is not UTF-8 text from here on: save it as UTF-8"
            raise _refused(name, Place(line, 1), "not_utf8", message) from None
    text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    if wrong := _NOT_TEXT.search(text):
        before = text[: wrong.start()]
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        message = f"the character U+{ord(wrong[0]):04X} cannot stand in a text file: remove it"
        raise _refused(name, place, "not_text", message)
    return text


def _not_yaml(name: str, source: str, error: yaml.YAMLError) -> QuestionnaireFaulty:
    mark, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    context, problem = (str(getattr(error, part, "")) for part in ("context", "problem"))
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    lines = source.split("\n")
    written = lines[place.line - 1] if place.line <= len(lines) else ""
    at_the_end = not "".join([written[place.column - 1 :], *lines[place.line :]]).strip()
    if at_the_end and opened and ("flow" in context or "quoted" in context):
        place = Place(opened.line + 1, opened.column + 1)
        advice = "a bracket or quote that opens here is not closed"
    elif "\t" in written[: len(written) - len(written.lstrip())]:
        advice = "indent with spaces, not with a tab"
    else:
        fitting = (advice for sign, advice in _ADVICE if sign in problem)
        advice = next(fitting, "check indentation, colons and quotes here and on the line above")
    message = f"this cannot be read as YAML from column {place.column}: {advice}"
    return _refused(name, place, "not_yaml", message)


class _Reader:
    """Builds data from YAML events, without recursion deeper than `DEEPEST`."""

    def __init__(self, name: str, events: Iterator[yaml.Event]) -> None:
        self._name = name
        self._events = events
        self.places: dict[Path, Place] = {}
        self.repeated: list[Repeated] = []

    def document(self) -> Data:
        self._next()  # the start of the stream
        if isinstance(self._next(), yaml.StreamEndEvent):
            raise _refused(self._name, Place(1, 1), "empty", "the file is empty")
        data = self._value(self._next(), ())
        self._next()  # the end of the document
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            message = "a second document starts here: keep one questionnaire in a file"
            raise _refused(self._name, _place(event), "two_documents", message)
        return data

    def _next(self) -> yaml.Event:
        return next(self._events)

    def _value(self, event: yaml.Event, path: Path) -> Data:
        self.places.setdefault(path, _place(event))
        self._refuse_marks(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if len(path) >= DEEPEST:
            message = f"more than {DEEPEST} levels inside one another"
            raise _refused(self._name, _place(event), "too_deep", message)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: Path) -> tuple[Data, ...]:
        items: list[Data] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return tuple(items)

    def _mapping(self, path: Path) -> dict[str | int, Data]:
        items: dict[str | int, Data] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            self._refuse_marks(event)
            if not isinstance(event, yaml.ScalarEvent):
                message = "a key must be one word: put text that starts with [, { or ? into quotes"
                raise _refused(self._name, _place(event), "key", message)
            written = self._scalar(event)
            key = written if type(written) is int else event.value
            if key in items:
                first = self.places[(*path, key)]
                self.repeated.append(Repeated(path, str(key), _place(event), first))
                self._value(self._next(), (*path, f"{key} on line {_place(event).line}"))
            else:
                self.places[(*path, key)] = _place(event)
                items[key] = self._value(self._next(), (*path, key))
        return items

    def _scalar(self, event: yaml.ScalarEvent) -> str | int | bool | None:
        text: str = event.value
        if event.style in ("'", '"', "|", ">"):
            return text
        if text in _WORDS:
            return _WORDS[text]
        return int(text) if _WHOLE_NUMBER.fullmatch(text) else text

    def _refuse_marks(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            message = "anchors (&) and aliases (*) are not read: write the text out, or quote it"
            raise _refused(self._name, _place(event), "alias", message)
        if tag := getattr(event, "tag", None):
            message = (
                f"the tag {quoted(str(tag))} is not read: put text that starts with ! in quotes"
            )
            raise _refused(self._name, _place(event), "tag", message)


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
