"""The fields of the forms of problems and actions: shown, read, and what is wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from api.staff.shell import Desk, Fault
from survey.domain.language import N_
from survey.domain.local_time import typed_moment
from survey.errors import FieldsRejected

Typed = Mapping[str, str]


class Look(StrEnum):
    """How a field is asked for."""

    LINE = "line"
    AREA = "area"
    CHOICE = "choice"
    DAY = "day"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `label` and `hint` are to be translated, `options` are (value, text)."""

    name: str
    label: str
    look: Look = Look.LINE
    hint: str = ""
    options: Sequence[tuple[str, str]] = ()
    language: str = ""


_WRONG: Final[Mapping[tuple[str, str], str]] = {
    ("title", "required"): N_("Enter a title."),
    ("owner", "required"): N_("Enter who answers for it."),
    ("service", "no_service"): N_("Choose a service."),
    ("told", "required"): N_("Say what was done: whoever reported it reads this."),
    ("update_by", "required"): N_("Say when you will say more."),
    ("begins_at", "required"): N_("Enter when it begins."),
    ("ends_at", "required"): N_("Enter when it ends."),
    ("ends_at", "order"): N_("It has to end after it begins."),
    ("begins_at", "not_planned"): N_("Choose planned downtime above, or leave this empty."),
    ("ends_at", "not_planned"): N_("Choose planned downtime above, or leave this empty."),
    ("due_on", "required"): N_("Enter the day on which it is due."),
    ("said_en", "required"): N_("This is published: it cannot be empty."),
    ("did_en", "required"): N_("This is published: it cannot be empty."),
    ("cases", "no_link"): N_("One of these is no report that can be linked."),
    ("problems", "no_link"): N_("Choose a problem that is there."),
    ("measures", "no_link"): N_("One of these is no figure: write survey/figure on each line."),
    ("questions", "no_link"): N_("One of these is no question: write survey/question."),
    ("groups", "no_link"): N_("The name of a group is too long."),
    ("unit", "no_unit"): N_("Choose a school, department or team."),
}
_PLAIN: Final[Mapping[str, str]] = {
    "too_long": N_("This is too long."),
    "bad_sign": N_("Take out the sign that cannot be printed."),
    "moment": N_("Enter a real day and time."),
    "day": N_("Enter a real day."),
}


class Wrong(Exception):
    """What was typed cannot be read; `faults` are (field, code)."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__("fields")
        self.faults = tuple(faults)


def typed_of(form: FormData, fields: Sequence[Field]) -> Typed:
    """What was typed in each field; a moment has a part `-time`."""
    names = [each.name for each in fields]
    names += [f"{each.name}-time" for each in fields if each.look is Look.MOMENT]
    found = {name: form.get(name) for name in names}
    return {name: value.strip() if isinstance(value, str) else "" for name, value in found.items()}


def times_of(
    typed: Typed, fields: Sequence[Field], zone: ZoneInfo
) -> tuple[dict[str, date | None], dict[str, datetime | None]]:
    """The days and the moments among the fields; an empty one is None.

    A moment without a time is the end of the working day. Raises: Wrong.
    """
    days: dict[str, date | None] = {}
    moments: dict[str, datetime | None] = {}
    faults = list[tuple[str, str]]()
    for each in fields:
        text = typed[each.name]
        if each.look is Look.DAY:
            days[each.name] = _day(text)
            if text and days[each.name] is None:
                faults.append((each.name, "day"))
        elif each.look is Look.MOMENT:
            clock = typed[f"{each.name}-time"] or "17:00"
            moments[each.name] = typed_moment(f"{text} {clock.zfill(5)}", zone) if text else None
            if text and moments[each.name] is None:
                faults.append((each.name, "moment"))
    if faults:
        raise Wrong(faults)
    return days, moments


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def faults_in_words(refused: FieldsRejected | Wrong, desk: Desk) -> list[Fault]:
    """One for each field at most."""
    named = (
        refused.faults
        if isinstance(refused, Wrong)
        else [(each.path[0], each.code) for each in refused.faults]
    )
    found: dict[str, Fault] = {}
    for field, code in named:
        words = _WRONG.get((field, code)) or _PLAIN.get(code) or N_("This cannot be taken.")
        found.setdefault(field, Fault(field, desk.say(words)))
    return list(found.values())


def as_typed(moment: datetime | date | None, name: str, zone: ZoneInfo) -> dict[str, str]:
    """What stands in the fields of a day or a moment that is known."""
    if moment is None:
        return {}
    if not isinstance(moment, datetime):
        return {name: moment.isoformat()}
    local = moment.astimezone(zone)
    return {name: local.date().isoformat(), f"{name}-time": f"{local:%H:%M}"}
