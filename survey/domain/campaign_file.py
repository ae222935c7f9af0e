"""A campaign as a YAML file: read into a plan, and written of one.

Everything wrong with a file is found in one reading, each fault with its line. Whether it can be
launched is judged by `survey.domain.launch`, since that depends on the installation.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ValidationError

from survey.domain.campaign import (
    AfterDate,
    Audience,
    CampaignPlan,
    Caps,
    ChannelName,
    Hours,
    LawfulBasis,
    Sample,
    SampleHow,
    Schedule,
    WhenClosed,
)
from survey.domain.document import Document, Path, parse
from survey.domain.findings import quoted
from survey.domain.loading import path_in
from survey.domain.questionnaire import Privacy
from survey.domain.recurrence import schedule_faults
from survey.domain.wording import Vocabulary, in_plain_words
from survey.errors import CampaignFaulty, Fault, QuestionnaireFaulty

_PARTS: Final[Mapping[str, type[BaseModel]]] = {
    "audience": Audience,
    "sample": Sample,
    "schedule": Schedule,
    "after": AfterDate,
    "hours": Hours,
    "caps": Caps,
}
_TIME: Final = re.compile(r"\d\d:\d\d(:00)?")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:00)?")
_CLOCK: Final[Mapping[tuple[str, str], tuple[re.Pattern[str], str, str]]] = {
    ("schedule", "start"): (_MOMENT, "a day and a time such as", "2026-11-02T09:00"),
    ("schedule", "at"): (_TIME, "a time such as", "09:00"),
    ("hours", "from"): (_TIME, "a time such as", "08:00"),
    ("hours", "until"): (_TIME, "a time such as", "18:00"),
}
"""How times are written: a bare number would be read as seconds, and a day as its midnight."""


def _text(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """In quotes where a sign in it would not come back, such as a line's end of other systems."""
    style = None if text.isprintable() else '"'
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


class _Writer(yaml.SafeDumper):
    yaml_representers: ClassVar[dict[Any, Any]] = {**yaml.SafeDumper.yaml_representers, str: _text}


def read_campaign(text: str | bytes, *, name: str) -> CampaignPlan:
    """Read a campaign file.

    Args:
        text: the file; bytes are UTF-8.
        name: what to call the file in faults, such as "staff-pulse.yaml".

    Raises:
        CampaignFaulty: every fault in the file's form, by line; a path is (name, line, where).
    """
    try:
        document = parse(text, name=name)
    except QuestionnaireFaulty as unreadable:
        raise CampaignFaulty(unreadable.faults) from None
    if not isinstance(document.data, dict):
        message = "a campaign is a list of 'key: value' lines, starting with key and questionnaire"
        raise CampaignFaulty([Fault((name, "1"), "shape", message)])
    faults = list(_said_twice(document))
    data: Any = document.data
    for path in _CLOCK:
        if fault := _clock_fault(document, path):
            faults.append(fault)
            data = {**data, path[0]: {**data[path[0]], path[1]: _CLOCK[path][2]}}
    try:
        plan = CampaignPlan.model_validate(data)
    except ValidationError as error:
        faults += _translated(document, error)
    else:
        faults += _schedule_faults(document, plan)
    if faults:
        raise CampaignFaulty(sorted(faults, key=lambda fault: int(fault.path[1])))
    return plan


def written(plan: CampaignPlan) -> str:
    """The plan as a file that reads as the same plan; what is as always is left out."""
    data = plan.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return yaml.dump(data, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=100)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a campaign file, for editors and other programs."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **CampaignPlan.model_json_schema(),
        "title": "Tellback campaign",
    }


def _said_twice(document: Document) -> Iterator[Fault]:
    for again in document.repeated:
        message = f"{quoted(again.key)} stands here twice, first on line {again.first.line}"
        place = (document.name, str(again.place.line), *_where((*again.path, again.key)))
        yield Fault(place, "repeated_key", f"{message}: keep one")


def _clock_fault(document: Document, path: tuple[str, str]) -> Fault | None:
    part = document.data.get(path[0]) if isinstance(document.data, dict) else None
    if not isinstance(part, dict) or path[1] not in part:
        return None
    form, said, example = _CLOCK[path]
    written_there = part[path[1]]
    if isinstance(written_there, str) and form.fullmatch(written_there):
        return None
    return _fault(document, path, "wrong_shape", f"{path[1]} must be {said} {example}")


def _schedule_faults(document: Document, plan: CampaignPlan) -> Iterator[Fault]:
    try:
        zone = ZoneInfo(plan.schedule.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        message = f"{quoted(plan.schedule.timezone or '')} is not a time zone: "
        path = ("schedule", "timezone")
        yield _fault(document, path, "unknown_timezone", f"{message}name one as Europe/London")
        return
    for fault in schedule_faults(plan.schedule, zone=zone):
        yield _fault(document, fault.path, fault.code, f"{fault.path[-1]}: {fault.message}")


def _translated(document: Document, error: ValidationError) -> Iterator[Fault]:
    for detail in error.errors(include_url=False):
        path = path_in(document.data, detail["loc"])
        last = str(detail["loc"][-1]) if detail["loc"] else ""
        if words := in_plain_words(detail, path, last, _CAMPAIGN):
            yield _fault(document, path, *words)


def _fault(document: Document, path: Path, code: str, message: str) -> Fault:
    line = str(document.place(path).line)
    return Fault((document.name, line, *_where(path)), code, message)


def _where(path: Path) -> tuple[str, ...]:
    """ "audience": the part of the file that it stands in, where it is one."""
    return tuple(str(step) for step in path[:1] if len(path) > 1)


def _words_beside(path: Path) -> Iterable[str]:
    parents = [step for step in path[:-1] if step in _PARTS]
    model = _PARTS[str(parents[-1])] if parents else CampaignPlan
    return [field.alias or name for name, field in model.model_fields.items()]


_CAMPAIGN: Final = Vocabulary(
    {
        "privacy": ("a privacy mode", tuple(Privacy)),
        "basis": ("a lawful basis", tuple(LawfulBasis)),
        "channels": ("a channel", tuple(ChannelName)),
        "how": ("a way to draw a sample", tuple(SampleHow)),
        "when_closed": ("a rule for closed days", tuple(WhenClosed)),
    },
    _words_beside,
)
