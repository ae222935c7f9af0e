"""What changed for people on a day: noted and removed on pages, told under charts."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import Response

from api.staff.services import PATH as SERVICES
from api.staff.services import may_change
from api.staff.shell import Crumb, Desk, Fault, staffed
from api.staff.structure_words import KINDS, faults_of, text_of
from api.staff.tree import options
from survey.domain.access import Action, services_for, units_for
from survey.domain.calendar import Span
from survey.domain.language import N_, date_in_words
from survey.domain.records import Event, EventKind
from survey.errors import Fault as Wrong
from survey.errors import FieldsRejected, NotFound
from survey.wiring import Application

PATH: Final = "/staff/events"

router = APIRouter(include_in_schema=False)

Editor = Annotated[Desk, Depends(staffed(Action.EDIT_SERVICES))]

_DATE: Final = ("day-day", "day-month", "day-year")
_FIELDS: Final = ("name", "kind", "service", "unit", *_DATE)


@router.get(PATH + "/add")
async def add_form(desk: Editor) -> Response:
    """Empty; `service` in the address says which it is about."""
    typed = {"service": desk.request.query_params.get("service", ""), "kind": EventKind.GO_LIVE}
    return await _add_page(desk, typed)


@router.post(PATH + "/add")
async def add(desk: Editor) -> Response:
    form = await desk.form()
    typed = {name: text_of(form, name) for name in _FIELDS}
    kind = EventKind(typed["kind"]) if typed["kind"] in set(EventKind) else EventKind.OTHER
    try:
        wanted = Event(
            id=UUID(int=0),
            day=_day(form),
            kind=kind,
            name=typed["name"],
            service=typed["service"],
            unit=typed["unit"],
        )
        if not may_change(wanted, desk):
            raise NotFound("place")
        await desk.app.events.add(
            day=wanted.day,
            kind=kind,
            name=wanted.name,
            service=wanted.service,
            unit=wanted.unit,
            by=desk.actor,
        )
    except FieldsRejected as rejected:
        return await _add_page(desk, typed, faults_of(rejected, desk))
    return desk.go(_back(wanted), "event_added")


@router.post(PATH + "/{event}/remove")
async def remove(event: UUID, desk: Editor) -> Response:
    await desk.form()
    found = await desk.app.events.get(event)
    if not may_change(found, desk):
        raise NotFound("event")
    await desk.app.events.remove(event, by=desk.actor)
    return desk.go(_back(found), "event_removed")


async def what_changed(
    app: Application, language: str, *, service: str, unit: str, spans: Sequence[Span]
) -> list[tuple[str, str, str]]:
    """(ISO day, the day in words, what changed) in the span of a chart, oldest first.

    Args:
        spans: its periods; without any there is nothing to tell.
    """
    if not spans:
        return []
    found = await app.events.events_for(
        service=service,
        unit=unit,
        first=min(each.start for each in spans),
        last=max(each.end for each in spans),
    )
    return [(each.day.isoformat(), date_in_words(each.day, language), each.name) for each in found]


def _back(event: Event) -> str:
    return f"{SERVICES}/{event.service}" if event.service else SERVICES


def _day(form: FormData) -> date:
    """Raises: FieldsRejected, where the three fields are no day."""
    day, month, year = (text_of(form, name) for name in _DATE)
    if all(part.isascii() and part.isdigit() and len(part) <= 4 for part in (day, month, year)):
        with suppress(ValueError):
            return date(int(year), int(month), int(day))
    faults = [Wrong(("day",), "day", "no such day")]
    if not text_of(form, "name"):
        faults.insert(0, Wrong(("name",), "required", "it is empty"))
    raise FieldsRejected(faults)


async def _add_page(desk: Desk, typed: Mapping[str, str], faults: Sequence[Fault] = ()) -> Response:
    grants, trees = desk.caller.grants, desk.caller.trees
    services = services_for(grants, Action.EDIT_SERVICES, trees)
    units = units_for(grants, Action.EDIT_SERVICES, trees)
    everything = desk.caller.may(Action.EDIT_UNITS)
    offered = [
        (key, name)
        for key, name in options(await desk.app.organisation.services())
        if key in services
    ]
    places = [
        (key, name)
        for key, name in options(await desk.app.organisation.units())
        if key in units or services
    ]
    return desk.page(
        "staff/event_form.html",
        desk.say(N_("Note a change")),
        crumbs=[Crumb(desk.say(N_("Services")), SERVICES)],
        faults=[
            Fault("day-day", fault.text) if fault.field == "day" else fault for fault in faults
        ],
        wrong={fault.field: fault.text for fault in faults},
        typed=typed,
        kinds=[(kind.value, desk.say(words)) for kind, words in KINDS.items()],
        services=[*([("", desk.say(N_("All services")))] if everything else []), *offered],
        units=[("", desk.say(N_("All schools and departments"))), *places],
        cancel=f"{SERVICES}/{typed['service']}" if typed.get("service") else SERVICES,
    )
