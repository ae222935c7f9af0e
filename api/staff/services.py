"""/staff/services: the service tree, and a page for each service."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff.listing import Column, Link, listing
from api.staff.shell import Crumb, Desk, staffed
from api.staff.structure_words import event_rows, local_day, names_of, number, spoken
from api.staff.tree import Notes, Show, found_in, grown
from survey.domain.access import Action, services_for
from survey.domain.language import N_
from survey.domain.organisation import ancestors
from survey.domain.records import Event, Service
from survey.domain.structure import only
from survey.locales import translations

PATH: Final = "/staff/services"

router = APIRouter(include_in_schema=False)

Reader = Annotated[Desk, Depends(staffed(Action.READ_SERVICES))]

_TITLE: Final = N_("Services")
_LATEST: Final = 10
_SHOWN: Final[Mapping[str, str]] = {
    Show.USED: N_("In use"),
    Show.ARCHIVED: N_("Archived"),
    Show.BOTH: N_("Both"),
}


@router.get(PATH)
async def services(desk: Reader) -> Response:
    """The tree of what the caller may see, with who runs and who owns each."""
    asked = listing(
        desk.request.query_params,
        PATH,
        [Column(desk.say(_TITLE), "name")],
        filters=("find", "show"),
    )
    known = spoken(await desk.app.organisation.services(), desk)
    units = await desk.app.organisation.units()
    seen = readable(known, desk)
    found = found_in(seen, text=asked.filters["find"], show=asked.filters["show"])
    events = [each for each in await desk.app.events.all() if may_see(each, desk)]
    return desk.page(
        "staff/services.html",
        desk.say(_TITLE),
        listing=asked,
        tree_shown=grown(
            seen,
            {each.key for each in found},
            lambda service: Notes(f"{PATH}/{service.key}", _notes(service, desk)),
        ),
        number=len(found),
        shows=[(value, desk.say(text)) for value, text in _SHOWN.items()],
        any_seen=bool(seen),
        may_edit=desk.caller.may(Action.EDIT_SERVICES),
        events=event_rows(events[-_LATEST:], names_of(units, known), desk),
        removable=removable(events, desk),
        may_note=bool(services_for(desk.caller.grants, Action.EDIT_SERVICES, desk.caller.trees)),
    )


@router.get(PATH + "/{service}")
async def service_page(service: str, desk: Reader) -> Response:
    """One of them: who runs it, on what, who uses it, and what changed."""
    desk.caller.require(Action.READ_SERVICES, service=service)
    known = spoken(await desk.app.organisation.services(), desk)
    units = await desk.app.organisation.units()
    one = only(known, service)
    lines = ancestors(known)
    under = [
        each
        for each in readable(known, desk)
        if service in lines[each.key][1:] and each.ended_at is None
    ]
    events = await desk.app.events.events_for(service=service)
    unit_names = {each.key: each.name for each in units}
    may_edit = desk.caller.may(Action.EDIT_SERVICES, service=service)
    return desk.page(
        "staff/service.html",
        one.name,
        crumbs=crumbs_to(one, known, desk),
        service=one,
        path=f"{PATH}/{service}",
        rows=_facts(one, known, desk),
        ended_on=local_day(one, desk),
        users=[
            (unit_names[key], _unit_address(key, desk)) for key in one.units if key in unit_names
        ],
        below=grown(
            [one, *under],
            {each.key for each in under},
            lambda each: Notes(f"{PATH}/{each.key}", _notes(each, desk)),
        ),
        events=event_rows(events, names_of(units, known), desk),
        removable=removable(events, desk),
        may_edit=may_edit,
        may_add=may_edit,
    )


def readable(known: Sequence[Service], desk: Desk) -> list[Service]:
    """Those that the caller may see, in the order in which they are offered."""
    keys = services_for(desk.caller.grants, Action.READ_SERVICES, desk.caller.trees)
    return [each for each in known if each.key in keys]


def may_see(event: Event, desk: Desk) -> bool:
    """Whether what it touches is theirs to see; everybody sees what touched everything."""
    if not event.service and not event.unit:
        return True
    return desk.caller.may(Action.READ_SERVICES, service=event.service, unit=event.unit)


def may_change(event: Event, desk: Desk) -> bool:
    """Whoever edits the service there; what touches everything is for administrators."""
    if not event.service and not event.unit:
        return desk.caller.may(Action.EDIT_UNITS)
    return desk.caller.may(Action.EDIT_SERVICES, service=event.service, unit=event.unit)


def removable(events: Sequence[Event], desk: Desk) -> frozenset[UUID]:
    return frozenset(each.id for each in events if may_change(each, desk))


def crumbs_to(
    one: Service, known: Sequence[Service], desk: Desk, *, itself: bool = False
) -> list[Crumb]:
    """The way along the tree; what the caller may not see is left out."""
    by_key = {each.key: each for each in known}
    way = [key for key in reversed(ancestors(known)[one.key]) if key and (itself or key != one.key)]
    return [
        Crumb(desk.say(_TITLE), PATH),
        *(
            Crumb(by_key[key].name, f"{PATH}/{key}")
            for key in way
            if key in by_key and desk.caller.may(Action.READ_SERVICES, service=key)
        ),
    ]


def _notes(service: Service, desk: Desk) -> tuple[str, ...]:
    said = (
        (N_("Provider: {name}"), service.provider),
        (N_("Owner: {name}"), service.owner),
        (N_("Used by {name}"), _users(service, desk)),
    )
    return tuple(desk.say(words).format(name=name) for words, name in said if name)


def _users(service: Service, desk: Desk) -> str:
    """How many use it, where not all of them do."""
    count = len(service.units)
    if not count:
        return ""
    said = translations(desk.language).ngettext(
        "one school or department", "{number} schools or departments", count
    )
    return said.format(number=number(count, desk))


def _facts(one: Service, known: Sequence[Service], desk: Desk) -> list[tuple[Any, ...]]:
    """The rows of the summary, with where they can be changed."""
    nobody = desk.say(N_("Not said yet"))
    names = {each.key: each.name for each in known}
    above: Any = names.get(one.parent or "") or desk.say(N_("Nothing: it is at the top"))
    if one.parent in names and desk.caller.may(Action.READ_SERVICES, service=one.parent or ""):
        above = Link(names[one.parent or ""], f"{PATH}/{one.parent}")
    rows = [
        (N_("Name"), one.name, "name"),
        (N_("Provider"), one.provider or nobody, "provider"),
        (N_("Owner"), one.owner or nobody, "owner"),
        (N_("Systems"), ", ".join(one.systems) or nobody, "systems"),
        (N_("Name in Welsh"), one.label.get("cy") or nobody, "label"),
    ]
    may_edit = desk.caller.may(Action.EDIT_SERVICES, service=one.key)
    figures = Link(desk.say(N_("Satisfaction over time")), f"/staff/trends?service={one.key}")
    may_read = desk.caller.may_read_figure(unit="", service=one.key)
    return [
        *(
            (desk.say(what), value, *([f"{PATH}/{one.key}/edit#{field}"] if may_edit else []))
            for what, value, field in rows
        ),
        (desk.say(N_("Lies under")), above),
        (desk.say(N_("Key in files")), one.key),
        *([(desk.say(N_("Figures")), figures)] if may_read else []),
    ]


def _unit_address(unit: str, desk: Desk) -> str:
    return f"/staff/units/{unit}" if desk.caller.may(Action.READ_UNITS, unit=unit) else ""
