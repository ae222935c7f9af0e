"""/staff/units: the organisation tree, and a page for each school, department and team."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff.listing import Column, Link, listing
from api.staff.shell import Crumb, Desk, staffed
from api.staff.structure_words import event_rows, local_day, names_of, people_in_words, spoken
from api.staff.tree import MOST_SHOWN, Notes, Show, found_in, grown
from survey.domain.access import Action, units_for
from survey.domain.language import N_
from survey.domain.organisation import ancestors
from survey.domain.records import Service, Unit
from survey.domain.structure import in_use, only
from survey.services.units import Headcount

PATH: Final = "/staff/units"

router = APIRouter(include_in_schema=False)

Reader = Annotated[Desk, Depends(staffed(Action.READ_UNITS))]

_TITLE: Final = N_("Schools, departments and teams")
_SHOWN: Final[Mapping[str, str]] = {
    Show.USED: N_("In use"),
    Show.ARCHIVED: N_("Archived"),
    Show.BOTH: N_("Both"),
}


@router.get(PATH)
async def units(desk: Reader) -> Response:
    """The tree of what the caller may see; what was found stands where it lies."""
    asked = listing(
        desk.request.query_params,
        PATH,
        [Column(desk.say(_TITLE), "name")],
        filters=("find", "kind", "show"),
    )
    known = await desk.app.organisation.units()
    seen = readable(known, desk)
    found = found_in(
        seen,
        text=asked.filters["find"],
        show=asked.filters["show"],
        kind=asked.filters["kind"],
    )
    counted = await _headcounts(desk)
    may_edit = desk.caller.may(Action.EDIT_UNITS)
    return desk.page(
        "staff/units.html",
        desk.say(_TITLE),
        listing=asked,
        tree_shown=grown(
            seen,
            {each.key for each in found},
            lambda unit: Notes(f"{PATH}/{unit.key}", _notes(unit, counted, desk)),
        ),
        number=len(found),
        most=MOST_SHOWN,
        kinds=[("", desk.say(N_("All"))), *((kind, kind) for kind in kinds_of(seen))],
        shows=[(value, desk.say(text)) for value, text in _SHOWN.items()],
        any_known=bool(known),
        any_seen=bool(seen),
        may_edit=may_edit,
    )


@router.get(PATH + "/{unit}")
async def unit_page(unit: str, desk: Reader) -> Response:
    """One of them, what lies below it, and the services that it uses."""
    desk.caller.require(Action.READ_UNITS, unit=unit)
    known = await desk.app.organisation.units()
    one = only(known, unit)
    services = spoken(await desk.app.organisation.services(), desk)
    seen = readable(known, desk)
    counted = await _headcounts(desk)
    lines = ancestors(known)
    under = [each for each in seen if unit in lines[each.key][1:] and each.ended_at is None]
    events = [each for each in await desk.app.events.events_for(unit=unit) if each.unit]
    names = names_of(known, services)
    return desk.page(
        "staff/unit.html",
        one.name,
        crumbs=crumbs_to(one, known, desk),
        unit=one,
        path=f"{PATH}/{unit}",
        rows=_facts(one, known, counted, desk),
        ended_on=local_day(one, desk),
        below=grown(
            [one, *under],
            {each.key for each in under},
            lambda each: Notes(f"{PATH}/{each.key}", _notes(each, counted, desk)),
        ),
        services=[
            (each.name, _service_address(each, desk))
            for each in in_use(services)
            if not each.units or set(each.units) & set(lines[unit])
        ],
        events=event_rows(events, names, desk),
        may_edit=desk.caller.may(Action.EDIT_UNITS, unit=unit),
    )


def readable(known: Sequence[Unit], desk: Desk) -> list[Unit]:
    """Those that the caller may see, in order of name."""
    keys = units_for(desk.caller.grants, Action.READ_UNITS, desk.caller.trees)
    return [each for each in known if each.key in keys]


def crumbs_to(one: Unit, known: Sequence[Unit], desk: Desk, *, itself: bool = False) -> list[Crumb]:
    """The way along the tree; what the caller may not see is left out."""
    by_key = {each.key: each for each in known}
    way = [key for key in reversed(ancestors(known)[one.key]) if key and (itself or key != one.key)]
    return [
        Crumb(desk.say(_TITLE), PATH),
        *(
            Crumb(by_key[key].name, f"{PATH}/{key}")
            for key in way
            if key in by_key and desk.caller.may(Action.READ_UNITS, unit=key)
        ),
    ]


def kinds_of(units: Collection[Unit]) -> list[str]:
    return sorted({each.kind for each in units})


async def _headcounts(desk: Desk) -> Mapping[str, Headcount]:
    """Where the caller may see people; nothing elsewhere."""
    keys = units_for(desk.caller.grants, Action.READ_PEOPLE, desk.caller.trees)
    if not keys:
        return {}
    counted = await desk.app.units.headcounts()
    return {key: counted.get(key, Headcount(0, 0)) for key in keys}


def _notes(unit: Unit, counted: Mapping[str, Headcount], desk: Desk) -> tuple[str, ...]:
    people = counted.get(unit.key)
    if people is None:
        return (unit.kind,)
    return (unit.kind, _people(people, desk))


def _people(people: Headcount, desk: Desk) -> str:
    whole = people_in_words(people.whole, desk)
    if people.own in (0, people.whole):
        return whole
    own = people_in_words(people.own, desk)
    return desk.say(N_("{whole} with those below, {own} directly")).format(whole=whole, own=own)


def _facts(
    one: Unit, known: Sequence[Unit], counted: Mapping[str, Headcount], desk: Desk
) -> list[tuple[object, ...]]:
    """The rows of the summary, with where each can be changed."""
    may_edit = desk.caller.may(Action.EDIT_UNITS, unit=one.key)
    names = {each.key: each.name for each in known}
    above: object = names.get(one.parent or "") or desk.say(N_("Nothing: it is at the top"))
    if one.parent in names and desk.caller.may(Action.READ_UNITS, unit=one.parent or ""):
        above = Link(names[one.parent or ""], f"{PATH}/{one.parent}")
    address = f"{PATH}/{one.key}"
    rows: list[tuple[object, ...]] = [
        (desk.say(N_("Name")), one.name, *([f"{address}/edit"] if may_edit else [])),
        (desk.say(N_("Kind")), one.kind, *([f"{address}/edit#kind"] if may_edit else [])),
        (desk.say(N_("Lies under")), above, *([f"{address}/move"] if may_edit else [])),
        (desk.say(N_("Key in files")), one.key),
    ]
    if one.key in counted:
        people = Link(_people(counted[one.key], desk), f"/staff/people?unit={one.key}")
        rows.append((desk.say(N_("People")), people))
    if desk.caller.may_read_figure(unit=one.key, service=""):
        figures = Link(desk.say(N_("Satisfaction and engagement")), f"/staff/trends?unit={one.key}")
        rows.append((desk.say(N_("Figures")), figures))
    if one.ended_at is None and desk.caller.may(Action.EDIT_PEOPLE, unit=one.key):
        slips = Link(desk.say(N_("Slips and links for its people")), f"{address}/slips")
        rows.append((desk.say(N_("Joining the chat")), slips))
    return rows


def _service_address(service: Service, desk: Desk) -> str:
    may_see = desk.caller.may(Action.READ_SERVICES, service=service.key)
    return f"/staff/services/{service.key}" if may_see else ""
