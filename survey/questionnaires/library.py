"""The questionnaires, blocks and services that come with the program."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, cast

from survey.domain.document import parse
from survey.domain.loading import read
from survey.domain.questionnaire import Questionnaire
from survey.domain.records import Service

HANDLING: Final = "problem-handling"
"""What whoever reported a problem is asked once it is over: `service`, `handling` from 1 to 5."""

_BLOCKS: Final = ("equality",)
_QUESTIONNAIRES: Final = (
    "people-pulse",
    "service-satisfaction",
    "school-service-check",
    "department-relationship",
    "member-it",
    "before-a-change",
    "problem-report",
    HANDLING,
)


def shipped() -> Mapping[str, str]:
    """The text of each shipped questionnaire by its key, blocks left out."""
    return MappingProxyType({key: _text(f"{key}.yaml") for key in _QUESTIONNAIRES})


@cache
def blocks() -> Mapping[str, Questionnaire]:
    """What a questionnaire may name in `append`, by key."""
    return MappingProxyType(
        {key: read(_text(f"{key}.yaml"), name=f"{key}.yaml").questionnaire for key in _BLOCKS}
    )


@cache
def standard() -> frozenset[str]:
    """The labels, in every language, of published instruments: of what comes under a licence."""
    files_ = [*shipped().values(), *map(_text, (f"{key}.yaml" for key in _BLOCKS))]
    read_in = [read(text, name="shipped").questionnaire for text in files_]
    return frozenset(
        label
        for questionnaire in read_in
        if questionnaire.licence
        for question in questionnaire.questions
        for label in question.label.values()
    )


def services() -> Sequence[Service]:
    """The services that an installation starts with, in the order shown."""
    document = parse(_text("services.yaml"), name="services.yaml")
    rows = cast("Mapping[str, Any]", document.data)["services"]
    return tuple(Service(key=row["key"], name=row["name"]["en"], label=row["name"]) for row in rows)


def campaign_example() -> str:
    """A campaign file with a comment on each of its lines."""
    return _text("campaign.example.yaml")


def _text(file: str) -> str:
    return files("survey.questionnaires").joinpath(file).read_text(encoding="utf-8")
