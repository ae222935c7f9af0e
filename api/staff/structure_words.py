"""What the pages of units, services and events say: faults, numbers, kinds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from starlette.datastructures import FormData

from api.staff.shell import Desk, Fault
from survey.domain.language import N_, date_in_words, number_in_words
from survey.domain.records import Event, EventKind, Service, Unit
from survey.domain.structure import Below, Consequence
from survey.errors import FieldsRejected
from survey.locales import translations

CONFLICT: Final = "now"
"""The id of what stands now, where somebody else was faster."""

KINDS: Final[Mapping[EventKind, str]] = {
    EventKind.GO_LIVE: N_("Something new went live"),
    EventKind.RELOCATION: N_("Something moved to another place"),
    EventKind.ELECTION: N_("An election"),
    EventKind.OTHER: N_("Something else"),
}

_CHANGED_MEANWHILE: Final = N_(
    "Somebody else changed this after you opened it. Nothing was overwritten."
)
_TOO_LONG: Final = N_("Make this 120 characters or fewer.")
_BAD_SIGN: Final = N_("Take out the sign that cannot be printed.")

_WRONG: Final[Mapping[tuple[str, str], str]] = {
    ("name", "required"): N_("Enter a name."),
    ("name", "name_taken"): N_("Another one in the same place has this name."),
    ("name", "too_many"): N_("There are too many events. Remove some first."),
    ("kind", "required"): N_("Enter what it is, such as a school."),
    ("key", "bad_key"): N_("Use at most 40 small letters, digits, hyphens and underscores."),
    ("key", "key_taken"): N_("This key is taken."),
    ("parent", "no_parent"): N_("What it lies under is archived. Choose one that is in use."),
    ("parent", "loop"): N_("It cannot lie under itself. Choose another place."),
    ("below", "required"): N_("Choose what becomes of what lies below."),
    ("below", "name_taken"): N_(
        "Two in the same place would have the same name. Rename one first."
    ),
    ("day", "day"): N_("Enter a real date, such as 27 3 2026."),
    ("units", "no_unit"): N_("One of these is no school, department or team in use."),
    ("service", "no_service"): N_("Choose a service."),
    ("unit", "no_unit"): N_("Choose a school, department or team."),
}


def faults_of(rejected: FieldsRejected, desk: Desk) -> list[Fault]:
    """What was wrong, one for each field at most, in words."""
    found: dict[str, Fault] = {}
    for fault in rejected.faults:
        field = fault.path[0]
        plain = {"too_long": _TOO_LONG, "bad_sign": _BAD_SIGN}.get(fault.code, "")
        words = desk.say(_WRONG.get((field, fault.code), plain))
        found.setdefault(field, Fault(field, words))
    return list(found.values())


def conflict(desk: Desk) -> list[Fault]:
    """What a form says that was overtaken."""
    return [Fault(CONFLICT, desk.say(_CHANGED_MEANWHILE))]


def text_of(form: FormData, name: str) -> str:
    """What was typed, without spaces around it."""
    value = form.get(name)
    return " ".join(value.split()) if isinstance(value, str) else ""


def lines_of(form: FormData, name: str) -> tuple[str, ...]:
    """What was typed, one for each line, empty ones and repeats left out."""
    value = form.get(name)
    lines = value.splitlines() if isinstance(value, str) else []
    return tuple(dict.fromkeys(filter(None, (" ".join(line.split()) for line in lines))))


def revision_of(form: FormData) -> int:
    """The revision that the form was filled in on; 0, which nothing has, where it names none."""
    text = text_of(form, "revision")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def below_of(form: FormData) -> Below | None:
    """What was chosen for what lies below."""
    chosen = text_of(form, "below")
    return Below(chosen) if chosen in set(Below) else None


def number(count: int, desk: Desk) -> str:
    return number_in_words(str(count), desk.language)


def people_in_words(count: int, desk: Desk) -> str:
    said = translations(desk.language).ngettext("{number} person", "{number} people", count)
    return said.format(number=number(count, desk))


def responses_in_words(count: int, *, floor: int, desk: Desk) -> str:
    """Never exact, so that nobody can tell from two looks what one person did."""
    if count < floor:
        return desk.say(N_("fewer than {number}")).format(number=number(floor, desk))
    rounded = count // floor * floor
    return desk.say(N_("at least {number}")).format(number=number(rounded, desk))


def consequence_rows(
    found: Consequence, *, floor: int, desk: Desk, of_unit: bool
) -> list[tuple[str, str]]:
    """(what, how many) of what hangs on a unit or service and on what lies below it."""
    rows = [(N_("In use below it"), number(found.below, desk))]
    if of_unit:
        rows = [(N_("People"), number(found.people, desk)), *rows]
    else:
        used_by = number(found.units, desk) if found.units else desk.say(N_("all of them"))
        rows += [
            (N_("Schools, departments and teams that use it"), used_by),
            (N_("Open surveys that offer it"), number(found.surveys, desk)),
        ]
    rows += [
        (N_("Responses counted"), responses_in_words(found.responses, floor=floor, desk=desk)),
        (N_("Accounts with a role there"), number(found.accounts, desk)),
    ]
    return [(desk.say(what), many) for what, many in rows]


def event_rows(
    events: Sequence[Event], names: Mapping[tuple[str, str], str], desk: Desk
) -> list[tuple[Event, str, str]]:
    """(event, its kind and what it touches in words, the day in words), the newest first.

    Args:
        names: by ("service", key) and ("unit", key).
    """
    rows = []
    for each in reversed(events):
        touched = [
            names.get(("service", each.service), ""),
            names.get(("unit", each.unit), ""),
        ]
        about = ", ".join(filter(None, touched)) or desk.say(N_("Everybody and all services"))
        said = f"{desk.say(KINDS[each.kind])} · {about}"
        rows.append((each, said, date_in_words(each.day, desk.language)))
    return rows


def spoken(services: Sequence[Service], desk: Desk) -> list[Service]:
    """As the page's language calls them."""
    return [replace(each, name=each.called(desk.language)) for each in services]


def names_of(units: Sequence[Unit], services: Sequence[Service]) -> dict[tuple[str, str], str]:
    """By ("unit", key) and ("service", key)."""
    return {
        **{("unit", each.key): each.name for each in units},
        **{("service", each.key): each.name for each in services},
    }


def local_day(one: Unit | Service, desk: Desk) -> date | None:
    """The day of the body's zone on which it was archived; None where it is in use."""
    return one.ended_at.astimezone(desk.app.settings.zone).date() if one.ended_at else None
