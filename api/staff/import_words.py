"""What a list would change, as its preview says it: sections of a table, in words.

Pure: a plan in, rows out. Only the first few of each kind are named.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.staff.trend_words import Translate
from survey.domain.language import N_
from survey.domain.people import Person
from survey.domain.plan import Change, Plan
from survey.domain.records import Unit
from survey.services.people import changed_fields

NAMED: Final = 20
"""So many of each kind are named; the others are counted."""

FAULTS_SHOWN: Final = 100

_ATTRIBUTE: Final = "attributes."

_FIELDS: Final[Mapping[str, str]] = {
    "name": N_("name"),
    "email": N_("e-mail address"),
    "language": N_("language"),
    "roles": N_("roles"),
    "kind": N_("kind"),
}

_WHY: Final[Mapping[str, str]] = {
    "case": N_("the reference differs in capital letters alone"),
    "email": N_("the e-mail address is the same"),
    "name": N_("the name and the school or department are the same"),
    "left": N_("the name is the same, and the list leaves the other out"),
}

Described = Person | Unit
Detail = Callable[[Change[Any]], str]


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of change: how many, and the first of them as (name, reference, detail)."""

    title: str
    number: int
    detail: str
    rows: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Somebody new who may be there already: name and reference of both."""

    row: int
    new: str
    other: str
    why: str


def people_sections(
    plan: Plan[Person], names: Mapping[str, str], translate: Translate
) -> list[Section]:
    """`names` are those of all units, by key."""
    _ = translate

    def places(person: Person) -> str:
        return ", ".join(names.get(unit, unit) for unit in person.units) or _("none")

    def way(change: Change[Person]) -> str:
        assert change.before is not None
        return _("from %(before)s to %(after)s") % {
            "before": places(change.before),
            "after": places(change.after),
        }

    def fields(change: Change[Person]) -> str:
        assert change.before is not None
        return _listed(changed_fields(change.before, change.after), _)

    def standing(change: Change[Person]) -> str:
        return places(change.after)

    return list(_sections(plan, _("School or department"), standing, fields, way, _))


def unit_sections(
    plan: Plan[Unit], names: Mapping[str, str], translate: Translate
) -> list[Section]:
    """`names` are those of the units there are, by key."""
    _ = translate
    known = {**names, **{change.after.key: change.after.name for change in plan.added}}

    def above(unit: Unit | None) -> str:
        parent = unit.parent if unit is not None else None
        return known.get(parent, parent) if parent else _("the whole organisation")

    def way(change: Change[Unit]) -> str:
        return _("from %(before)s to %(after)s") % {
            "before": above(change.before),
            "after": above(change.after),
        }

    def fields(change: Change[Unit]) -> str:
        before, after = change.before, change.after
        differ = [
            each for each in ("name", "kind") if getattr(before, each) != getattr(after, each)
        ]
        return _listed(differ, _)

    def place(change: Change[Unit]) -> str:
        return above(change.after)

    return list(_sections(plan, _("Lies under"), place, fields, way, _))


def doubts(plan: Plan[Person], others: Mapping[str, str], translate: Translate) -> list[Doubt]:
    """The first of those who may be there already; `others` are names of people, by key."""
    names = {**others, **{change.after.key: change.after.name for change in plan.added}}

    def called(key: str) -> str:
        return f"{names[key]} ({key})" if key in names else key

    return [
        Doubt(each.row, called(each.key), called(each.other), translate(_WHY[each.why]))
        for each in plan.decisions[:FAULTS_SHOWN]
    ]


def _sections(
    plan: Plan[Any],
    where: str,
    place: Detail,
    fields: Detail,
    way: Detail,
    translate: Translate,
) -> Iterator[Section]:
    """`where` heads what `place` says of each."""
    _ = translate
    what = _("What changes")
    leaving = tuple(Change(0, each, each) for each in plan.removed)
    kinds: list[tuple[str, Sequence[Change[Any]], str, Detail]] = [
        (_("Added"), plan.added, where, place),
        (_("Changed"), plan.changed, what, fields),
        (_("Moved"), plan.moved, what, way),
        (_("Coming back"), plan.returned, where, place),
        (_("Leaving"), leaving, where, place),
    ]
    for title, changes, heading, detail in kinds:
        first = changes[:NAMED]
        rows = [(each.after.name, each.after.key, detail(each)) for each in first]
        yield Section(title, len(changes), heading, rows)


def _listed(fields: Sequence[str], translate: Translate) -> str:
    """The names of fields; an attribute by what its column is called."""
    told = (
        field.removeprefix(_ATTRIBUTE)
        if field.startswith(_ATTRIBUTE)
        else translate(_FIELDS[field])
        for field in fields
    )
    return ", ".join(told)
