"""From a YAML file to a `Questionnaire` that remembers its lines.

Everything wrong with the file's form is found in one reading. What it means is judged by
`survey.domain.checking`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, cast

from pydantic import ValidationError

from survey.domain.document import Data, Document, Path, Place, nearest, parse
from survey.domain.findings import Finding, quoted
from survey.domain.questionnaire import Questionnaire
from survey.domain.salvage import sound_part
from survey.domain.wording import in_plain_words
from survey.errors import Fault, QuestionnaireFaulty

MOST_FAULTS: Final = 200
"""Said of one file; what follows them is counted."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A questionnaire and where it came from.

    `places` leads from ("questions", 3, "relevant") to a line, and `positions` from the place of a
    question in `questionnaire` to its place in the file. `unjudged` names questions of the file
    whose form is wrong: they are not in the questionnaire.
    """

    name: str
    questionnaire: Questionnaire
    places: Mapping[Path, Place]
    positions: tuple[int, ...]
    unjudged: frozenset[str] = frozenset()

    def fault(self, finding: Finding) -> Fault:
        """The finding with its file, its line and the words for where it is."""
        path: Path = finding.part
        match path:
            case ("questions", int(index), *rest):
                path = ("questions", self.positions[index], *rest)
            case _ if finding.question:
                names = [question.name for question in self.questionnaire.questions]
                if finding.question in names:
                    path = ("questions", self.positions[names.index(finding.question)], *path)
        line = (str(nearest(self.places, path).line),) if self.places else ()
        where = (f"question {finding.question}",) if finding.question else ()
        return Fault((self.name, *line, *where), finding.code, finding.message)


def read(text: str | bytes, *, name: str) -> Loaded:
    """Read a questionnaire file.

    Args:
        text: the file; bytes are UTF-8.
        name: what to call the file in faults, such as "people-pulse.yaml".

    Raises:
        QuestionnaireFaulty: every fault in the file's form.
    """
    loaded, faults = read_what_can_be(text, name=name)
    if faults or loaded is None:
        raise QuestionnaireFaulty(faults)
    return loaded


def read_what_can_be(text: str | bytes, *, name: str) -> tuple[Loaded | None, list[Fault]]:
    """As `read`, but the sound part of a file is given beside the faults of the rest.

    Returns:
        the questionnaire without its malformed questions, or None where too little is left.
    """
    try:
        document = parse(text, name=name)
    except QuestionnaireFaulty as unreadable:
        return None, list(unreadable.faults)
    if not isinstance(document.data, dict):
        message = "a questionnaire is a list of 'key: value' lines, starting with key and title"
        return None, [Fault((name, "1"), "shape", message)]
    faults = [
        _fault(
            document, again.path, again.place, "repeated_key", _said_twice(again.key, again.first)
        )
        for again in document.repeated
    ]
    try:
        questionnaire = _validated(document.data)
    except ValidationError as error:
        malformed, broken = _translated(document, error)
    else:
        positions = tuple(range(len(questionnaire.questions)))
        return Loaded(name, questionnaire, document.places, positions), faults
    faults = sorted(faults + malformed, key=lambda fault: int(fault.path[1]))
    return _rest(document, broken), _bounded(faults, name)


def _rest(document: Document, broken: list[Path]) -> Loaded | None:
    """The questionnaire without what is broken, where that is one."""
    rest = sound_part(cast("dict[str, Data]", document.data), broken)
    if rest is None:
        return None
    data, positions, unjudged = rest
    try:
        return Loaded(document.name, _validated(data), document.places, positions, unjudged)
    except ValidationError:
        return None


def _validated(data: Mapping[Any, Any]) -> Questionnaire:
    languages = data.get("languages")
    first = languages[0] if isinstance(languages, tuple) and languages else "en"
    return Questionnaire.model_validate(data, context={"default_language": first})


def _said_twice(key: str, first: Place) -> str:
    return f"{quoted(key)} stands here twice, first on line {first.line}: keep one"


def _translated(document: Document, error: ValidationError) -> tuple[list[Fault], list[Path]]:
    """The faults in plain words, and the paths of what is wrong."""
    faults: list[Fault] = []
    broken: list[Path] = []
    for detail in error.errors(include_url=False):
        path = path_in(document.data, detail["loc"])
        last = str(detail["loc"][-1]) if detail["loc"] else ""
        broken.append((*path, last) if detail["type"] == "missing" else path)
        words = in_plain_words(detail, path, last)
        if words is not None:
            faults.append(_fault(document, path, document.place(path), *words))
    return faults, broken


def path_in(data: Data, loc: tuple[int | str, ...]) -> Path:
    """A pydantic location as a path in the file.

    Pydantic puts the tags of unions and the mark "[key]" among the steps.
    """
    path: Path = ()
    for step in loc:
        if _holds(data, step):
            data = cast("Mapping[str | int, Data]", data)[step]  # a tuple goes by position alike
            path = (*path, step)
    return path


def _fault(document: Document, path: Path, place: Place, code: str, message: str) -> Fault:
    where = _where(document.data, path)
    line = str(place.line)
    return Fault((document.name, line, *([where] if where else [])), code, message)


def _where(data: Data, path: Path) -> str:
    """ "question pride, choice yes": the named things on the way."""
    said = []
    for parent, step in pairwise(("", *path)):
        data = cast("Mapping[str | int, Data]", data)[step] if _holds(data, step) else None
        if parent in ("lists", "scales"):
            said.append(f"{_KINDS[parent]} {step}")
        elif parent in ("questions", "choices") and isinstance(step, int):
            name = data.get("name") if isinstance(data, dict) else None
            named = name[:64] if isinstance(name, str) else f"number {step + 1}"
            said.append(f"{_KINDS[parent]} {named}")
    return ", ".join(said)


_KINDS: Final[Mapping[str | int, str]] = {
    "questions": "question",
    "choices": "choice",
    "lists": "list",
    "scales": "scale",
}


def _holds(data: Data, step: str | int) -> bool:
    if isinstance(data, dict):
        return step in data
    return isinstance(data, tuple) and isinstance(step, int) and step < len(data)


def _bounded(faults: list[Fault], name: str) -> list[Fault]:
    if len(faults) <= MOST_FAULTS:
        return faults
    rest = len(faults) - MOST_FAULTS
    message = f"and {rest} more like these: correct the first ones, then check again"
    return [*faults[:MOST_FAULTS], Fault((name, faults[-1].path[1]), "more", message)]


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a questionnaire file, for editors and other programs."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Questionnaire.model_json_schema(),
        "title": "Tellback questionnaire",
    }
