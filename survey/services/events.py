"""What changed for people on a day, for charts to mark: a go-live, a relocation, an election."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from survey.domain import structure
from survey.domain.access import Trees
from survey.domain.audit import Actor, Note
from survey.domain.calendar import EARLIEST, LATEST
from survey.domain.records import Event, EventKind
from survey.errors import Fault, FieldsRejected, NotFound
from survey.ports import Begin, Clock, Ids
from survey.services.organisation import Organisation

_MOST: Final = 2_000
"""So many are kept: one a week for forty years."""


class Events:
    def __init__(self, begin: Begin, clock: Clock, ids: Ids, organisation: Organisation) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids
        self._organisation = organisation

    async def add(
        self, *, day: date, kind: EventKind, name: str, service: str, unit: str, by: Actor
    ) -> Event:
        """Note what changed; '' as service or unit is all of them.

        Raises: FieldsRejected ("required", "too_long", "bad_sign" for the name, "day" out of range,
            "no_service", "no_unit", "too_many").
        """
        trees = await self._organisation.trees()
        event = Event(self._ids.uuid(), day, kind, name, service, unit)
        faults = _faults(event, trees)
        async with self._begin() as work:
            if len(await work.events.all()) >= _MOST:
                faults.append(Fault(("name",), "too_many", "remove some first"))
            if faults:
                raise FieldsRejected(faults)
            await work.events.add(event)
            await work.audit.add(_note(self._clock, by, "event.added", event))
            await work.commit()
        return event

    async def get(self, event: UUID) -> Event:
        """Raises: NotFound."""
        async with self._begin.read() as work:
            found = await work.events.get(event)
        if found is None:
            raise NotFound("event")
        return found

    async def remove(self, event: UUID, *, by: Actor) -> None:
        """Raises: NotFound."""
        async with self._begin() as work:
            found = await work.events.get(event)
            if found is None:
                raise NotFound("event")
            await work.events.remove(event)
            await work.audit.add(_note(self._clock, by, "event.removed", found))
            await work.commit()

    async def all(self) -> Sequence[Event]:
        """By day, oldest first."""
        async with self._begin.read() as work:
            return await work.events.all()

    async def events_for(
        self, *, service: str = "", unit: str = "", first: date = date.min, last: date = date.max
    ) -> list[Event]:
        """What a chart of these days marks (`structure.events_for`), oldest first."""
        trees = await self._organisation.trees()
        return structure.events_for(
            await self.all(), trees, service=service, unit=unit, first=first, last=last
        )


def _faults(event: Event, trees: Trees) -> list[Fault]:
    faults = [*structure.text_faults([("name", event.name)], {"name"})]
    if not EARLIEST <= event.day <= LATEST:
        faults.append(Fault(("day",), "day", f"give a day from {EARLIEST} to {LATEST}"))
    if event.service and event.service not in trees.services:
        faults.append(Fault(("service",), "no_service", "there is no such service"))
    if event.unit and event.unit not in trees.units:
        faults.append(Fault(("unit",), "no_unit", "there is no such unit"))
    return faults


def _note(clock: Clock, by: Actor, action: str, event: Event) -> Note:
    details = {
        "day": event.day.isoformat(),
        "kind": event.kind.value,
        "service": event.service,
        "unit": event.unit,
    }
    return Note(clock.now(), by, action, f"event:{event.id}", details)
