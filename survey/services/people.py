"""People who may be asked: added, changed, moved, taken out and brought back by hand.

Whoever edits what somebody else changed meanwhile is told, and nothing is overwritten. The record
says which person (by id), who and which fields: no names, and no key, since it outlives them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from survey.domain.audit import Actor, Note
from survey.domain.named import named_person
from survey.domain.people import Person
from survey.domain.person_fields import Fields, faults_of, key_faults
from survey.errors import ChangedMeanwhile, Fault, FieldsRejected, NotFound
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.ports.erasures import Erasures


class People:
    """The use cases of whoever keeps the list of people."""

    def __init__(self, begin: Begin, clock: Clock, ids: Ids, erasures: Erasures) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids
        self._erasures = erasures

    async def get(self, person: UUID) -> Person:
        """Raises: NotFound."""
        async with self._begin.read() as work:
            return await _the(work, person)

    async def add(
        self,
        *,
        key: str,
        name: str,
        units: Sequence[str] = (),
        email: str = "",
        language: str = "",
        roles: Sequence[str] = (),
        attributes: Mapping[str, str] | None = None,
        by: Actor,
    ) -> Person:
        """A new person.

        Raises:
            FieldsRejected: by field ("key", "name", "unit", "email", "language", "roles",
                "attributes"), with the codes of `person_fields`, "key_taken" and "erased".
        """
        key = key.strip()
        said = Fields.tidy(
            name=name,
            units=units,
            email=email,
            language=language,
            roles=roles,
            attributes=attributes,
        )
        async with self._begin() as work:
            faults = [*key_faults(key), *faults_of(said, await _open_units(work))]
            if not faults:
                faults = await self._key_in_the_way(work, key, said.email)
            if faults:
                raise FieldsRejected(faults)
            person = Person(
                id=self._ids.uuid(),
                key=key,
                name=said.name,
                units=said.units,
                created_at=self._clock.now(),
                email=said.email,
                language=said.language,
                roles=said.roles,
                attributes=said.attributes,
            )
            await work.people.put([person])
            await self._note(work, by, "person.added", person, {"units": list(person.units)})
            await work.commit()
        return person

    async def edit(
        self,
        person: UUID,
        *,
        name: str,
        email: str = "",
        language: str = "",
        roles: Sequence[str] = (),
        attributes: Mapping[str, str] | None = None,
        expected_revision: int,
        by: Actor,
    ) -> Person:
        """Other words about them; key and units stay, and saying the same changes nothing.

        Raises: NotFound; ChangedMeanwhile, with the person as they are now; FieldsRejected, as
            `add`.
        """
        async with self._begin() as work:
            before = await _unchanged(work, person, expected_revision)
            said = Fields.tidy(
                name=name,
                units=before.units,
                email=email,
                language=language,
                roles=roles,
                attributes=attributes,
            )
            if faults := list(faults_of(said, before.units)):
                raise FieldsRejected(faults)
            after = replace(
                before,
                name=said.name,
                email=said.email,
                language=said.language,
                roles=said.roles,
                attributes=said.attributes,
            )
            fields = changed_fields(before, after)
            return await self._save(work, by, "person.changed", before, after, {"fields": fields})

    async def move(
        self, person: UUID, *, units: Sequence[str], expected_revision: int, by: Actor
    ) -> Person:
        """To other units, in the order in which they are to be offered; none at all is possible.

        One that was archived meanwhile may stay, and none may be added.

        Raises: NotFound; ChangedMeanwhile; FieldsRejected ("unit": "no_unit", "too_many").
        """
        async with self._begin() as work:
            before = await _unchanged(work, person, expected_revision)
            said = replace(
                Fields.of(before), units=Fields.tidy(name=before.name, units=units).units
            )
            known = {*await _open_units(work), *before.units}
            if faults := [each for each in faults_of(said, known) if each.path == ("unit",)]:
                raise FieldsRejected(faults)
            after = replace(before, units=said.units)
            places = {"from": list(before.units), "to": list(after.units)}
            return await self._save(work, by, "person.moved", before, after, places)

    async def deactivate(self, person: UUID, *, expected_revision: int, by: Actor) -> Person:
        """They left: nobody asks them, and their links to join lead nowhere. Units stay.

        Raises: NotFound; ChangedMeanwhile.
        """
        async with self._begin() as work:
            before = await _unchanged(work, person, expected_revision)
            after = replace(before, ended_at=before.ended_at or self._clock.now())
            await work.joins.forget(person)
            return await self._save(work, by, "person.deactivated", before, after)

    async def bring_back(self, person: UUID, *, expected_revision: int, by: Actor) -> Person:
        """They are asked again, for the units of before. Raises: NotFound; ChangedMeanwhile."""
        async with self._begin() as work:
            before = await _unchanged(work, person, expected_revision)
            after = replace(before, ended_at=None)
            return await self._save(work, by, "person.returned", before, after)

    async def opt_out(self, person: UUID, *, by: Actor) -> Person:
        """They want no survey: kept with the person and in their chats at once.

        Raises: NotFound; StaleRevision, where somebody was faster.
        """
        return await self._wish(person, by, "person.opted_out", self._clock.now())

    async def opt_in(self, person: UUID, *, by: Actor) -> Person:
        """They may be asked again, and their chats are open. Raises: as `opt_out`."""
        return await self._wish(person, by, "person.opted_in", None)

    async def _wish(self, person: UUID, by: Actor, action: str, since: datetime | None) -> Person:
        async with self._begin() as work:
            before = await _the(work, person)
            for chat in await work.chats.of_person(person):
                await work.chats.put(replace(chat, stopped=since is not None))
            wished = since and (before.opted_out_at or since)
            after = replace(before, opted_out_at=wished)
            return await self._save(work, by, action, before, after)

    async def _key_in_the_way(self, work: UnitOfWork, key: str, email: str | None) -> list[Fault]:
        if await work.people.by_key(key) is not None:
            return [Fault(("key",), "key_taken", f"'{key}' is somebody else's key")]
        if await self._erasures.among({key: email or ""}):
            message = f"the data of '{key}' was erased and is not to be collected anew"
            return [Fault(("key",), "erased", message)]
        return []

    async def _save(
        self,
        work: UnitOfWork,
        by: Actor,
        action: str,
        before: Person,
        after: Person,
        details: Mapping[str, Any] | None = None,
    ) -> Person:
        """Keep the unit of work with this change and its note; nothing where nothing changed."""
        if after == before:
            await work.commit()
            return before
        if not await work.people.save(after, expected_revision=before.revision):
            raise ChangedMeanwhile(await _the(work, before.id))
        await self._note(work, by, action, after, details or {})
        await work.commit()
        return replace(after, revision=before.revision + 1)

    async def _note(
        self, work: UnitOfWork, by: Actor, action: str, person: Person, details: Mapping[str, Any]
    ) -> None:
        subject = named_person(person.id)
        await work.audit.add(Note(self._clock.now(), by, action, subject, dict(details)))


def changed_fields(before: Person, after: Person) -> list[str]:
    """The names of the fields that differ; an attribute as "attributes.site".

    >>> from datetime import datetime; from uuid import UUID
    >>> ann = Person(UUID(int=1), "1", "Ann", (), datetime.min, attributes={"site": "North"})
    >>> changed_fields(ann, replace(ann, name="Anne", attributes={}))
    ['name', 'attributes.site']
    """
    fields = ("name", "email", "language", "roles")
    told = [each for each in fields if getattr(before, each) != getattr(after, each)]
    columns = sorted({*before.attributes, *after.attributes})
    there = [each for each in columns if before.attributes.get(each) != after.attributes.get(each)]
    return told + [f"attributes.{column}" for column in there]


async def _the(work: UnitOfWork, person: UUID) -> Person:
    found = await work.people.get(person)
    if found is None:
        raise NotFound("person")
    return found


async def _unchanged(work: UnitOfWork, person: UUID, expected_revision: int) -> Person:
    found = await _the(work, person)
    if found.revision != expected_revision:
        raise ChangedMeanwhile(found)
    return found


async def _open_units(work: UnitOfWork) -> set[str]:
    return {unit.key for unit in await work.organisation.units() if unit.ended_at is None}
