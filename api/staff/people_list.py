"""What the list of people shows, and whom of them somebody may see and change."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from api.access import Caller
from api.staff.listing import Column, Link, Listing, listing
from api.staff.shell import Desk
from api.staff.tree import options
from api.staff.trend_words import Translate
from survey.domain.access import Action, units_for
from survey.domain.language import N_
from survey.domain.people import PeopleSort, Person
from survey.domain.records import Unit
from survey.errors import NotFound

PATH: Final = "/staff/people"

_UNITS_SHOWN: Final = 3


class Show(StrEnum):
    """Who is looked for, as the address says it."""

    HERE = ""
    OPTED_OUT = "opted-out"
    LEFT = "left"
    ALL = "all"


SHOWN: Final[Mapping[Show, str]] = {
    Show.HERE: N_("People who have not left"),
    Show.OPTED_OUT: N_("People who want no surveys"),
    Show.LEFT: N_("People who have left"),
    Show.ALL: N_("Everybody"),
}

_ENDED: Final[Mapping[Show, bool | None]] = {
    Show.HERE: False,
    Show.OPTED_OUT: False,
    Show.LEFT: True,
    Show.ALL: None,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. `after` is the last of the page before; `units` those whose
    people are looked through, None for everybody."""

    listing: Listing
    text: str
    show: Show
    units: Collection[str] | None
    after: UUID | None

    @property
    def sort(self) -> PeopleSort:
        return PeopleSort(self.listing.sort)

    @property
    def ended(self) -> bool | None:
        return _ENDED[self.show]

    @property
    def opted_out(self) -> bool | None:
        return True if self.show is Show.OPTED_OUT else None


def asked_by(query: Mapping[str, str], caller: Caller, translate: Translate) -> Asked:
    """Read the address, within what the caller may see. Raises: BadQuery."""
    found = listing(query, PATH, _columns(translate), filters=("find", "unit", "show"))
    show = found.filters["show"]
    return Asked(
        listing=found,
        text=found.filters["find"],
        show=Show(show) if show in set(Show) else Show.HERE,
        units=_within(caller, found.filters["unit"]),
        after=_uuid(query.get("after", "")),
    )


def reach(caller: Caller, action: Action) -> Collection[str] | None:
    """The units whose people the caller may do this to; None is everybody, in no unit too."""
    units = units_for(caller.grants, action, caller.trees)
    return None if "" in units else units


def may(caller: Caller, action: Action, person: Person) -> bool:
    """Whether the caller may do this to a person: to somebody of one of their units."""
    return any(caller.may(action, unit=unit) for unit in person.units or ("",))


def may_with_all(caller: Caller, action: Action, person: Person) -> bool:
    """Whether the caller may do this in each of the person's units."""
    return all(caller.may(action, unit=unit) for unit in person.units or ("",))


async def the_person(desk: Desk, person: UUID, action: Action) -> Person:
    """Whom the address names. Raises: NotFound, also where the caller may not do this to them."""
    found = await desk.app.people.get(person)
    if not may(desk.caller, action, found):
        raise NotFound("person")
    return found


def unit_options(
    units: Iterable[Unit], reached: Collection[str] | None
) -> Sequence[tuple[str, str]]:
    """The units in use within reach, as a tree: (key, name)."""
    return options([unit for unit in units if reached is None or unit.key in reached])


def row(person: Person, names: Mapping[str, str], translate: Translate) -> Sequence[str | Link]:
    """A person as a line of the table; `names` are those of all units, by key."""
    return (
        Link(person.name, f"{PATH}/{person.id}"),
        person.key,
        _units_of(person, names, translate),
        standing(person, translate),
    )


def standing(person: Person, translate: Translate) -> str:
    """Whether they can be asked, in words."""
    _ = translate
    if person.ended_at is not None:
        return _("Has left")
    if person.opted_out_at is not None:
        return _("Opted out")
    return _("Yes")


def _columns(translate: Translate) -> tuple[Column, ...]:
    _ = translate
    return (
        Column(_("Name"), PeopleSort.NAME),
        Column(_("Reference"), PeopleSort.KEY),
        Column(_("School or department")),
        Column(_("Surveys")),
    )


def _within(caller: Caller, unit: str) -> Collection[str] | None:
    """The units to look through: the chosen one with what lies below it, as far as they reach."""
    reached = reach(caller, Action.READ_PEOPLE)
    if not unit:
        return reached
    below = {key for key, line in caller.trees.units.items() if unit in line}
    return below if reached is None else below & set(reached)


def _units_of(person: Person, names: Mapping[str, str], translate: Translate) -> str:
    _ = translate
    shown = [names.get(unit, unit) for unit in person.units]
    if len(shown) > _UNITS_SHOWN + 1:
        more = len(shown) - _UNITS_SHOWN
        shown = [*shown[:_UNITS_SHOWN], _("and %(number)d more") % {"number": more}]
    return ", ".join(shown)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
