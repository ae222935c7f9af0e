"""The sound part of a malformed questionnaire, so that one reading finds every fault.

Without it a misspelt type would hide a missing translation three questions further on.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from survey.domain.document import Path

_INDISPENSABLE: Final = frozenset({"languages", "questions"})
"""Where these are wrong, every other fault would be a guess."""


def sound_part(
    data: Mapping[str, Any], broken: Iterable[Path]
) -> tuple[dict[str, Any], tuple[int, ...], frozenset[str]] | None:
    """The data without its broken questions, lists and scales, and without what rests on them.

    Args:
        data: a questionnaire as read from YAML.
        broken: the path of each thing that is wrong in it.

    Returns:
        the sound data, the positions of its questions in the file, and the names of the questions
        that are left out; None where too little is sound.
    """
    wrong = set(broken)
    questions = data.get("questions")
    if () in wrong or {path[0] for path in wrong if len(path) == 1} & _INDISPENSABLE:
        return None
    if not isinstance(questions, tuple) or any(path[0] == "languages" for path in wrong):
        return None
    shared = {path[:2] for path in wrong if path[0] in ("lists", "scales")}
    gone = {path[1] for path in wrong if path[0] == "questions"}
    gone |= {index for index, question in enumerate(questions) if _uses(question, shared)}
    unjudged = {_name(questions[index]) for index in gone if isinstance(index, int)}
    while more := {
        index
        for index, question in enumerate(questions)
        if index not in gone and question.get("for_each") in unjudged
    }:
        gone |= more
        unjudged |= {_name(questions[index]) for index in more}
    kept = tuple(index for index in range(len(questions)) if index not in gone)
    if not kept:
        return None
    sound = _with_stand_ins(data, {path[0] for path in wrong})
    sound["questions"] = tuple(questions[index] for index in kept)
    for family in ("lists", "scales"):
        if family in sound:
            sound[family] = {
                name: value for name, value in sound[family].items() if (family, name) not in shared
            }
    return sound, kept, frozenset(unjudged - {""})


def _uses(question: Any, shared: set[Path]) -> bool:
    """Whether it rests on a list or scale that is wrong, or could not be read far enough to say."""
    if not isinstance(question, dict):
        return True
    named = (("lists", question.get("choices")), ("scales", question.get("scale")))
    return any(
        isinstance(name, str) and not {(family,), (family, name)}.isdisjoint(shared)
        for family, name in named
    )


def _name(question: Any) -> str:
    name = question.get("name") if isinstance(question, dict) else None
    return name if isinstance(name, str) else ""


def _with_stand_ins(data: Mapping[str, Any], wrong: set[str | int]) -> dict[str, Any]:
    """Wrong fields left out, or filled where the format demands them."""
    languages = data.get("languages", ("en",))
    text = dict.fromkeys(languages, "-")
    required = {"key": "unknown", "title": text, "purpose": text, "privacy": "confidential"}
    within = {"questions", "lists", "scales"}
    sound = {key: value for key, value in data.items() if key in within or key not in wrong}
    sound |= {key: value for key, value in required.items() if key in wrong}
    return {
        key: value
        for key, value in sound.items()
        if key not in ("lists", "scales") or isinstance(value, dict)
    }
