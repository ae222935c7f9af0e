"""The services that are rated or reported about, changed by hand.

A service is never deleted: what is archived is left out of questionnaires published from then on,
and its name still stands beside its figures.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from survey.domain.audit import Actor, Note
from survey.domain.records import Service
from survey.domain.structure import (
    Below,
    Consequence,
    archived,
    below,
    holders,
    in_use,
    key_for,
    only,
    refuse_bad_key,
    refuse_faulty,
    restored,
)
from survey.domain.suggest import did_you_mean
from survey.errors import ChangedMeanwhile, Fault, FieldsRejected
from survey.ports import Begin, Clock, UnitOfWork
from survey.services.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of a service: see `records.Service`. `parent` '' is the top of the tree.

    `label` holds translations of the name; `units` are keys, none of them stands for all.
    """

    name: str
    label: Mapping[str, str]
    provider: str = ""
    owner: str = ""
    parent: str = ""
    systems: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    @classmethod
    def of(cls, service: Service) -> "Description":
        said = {each.name: getattr(service, each.name) for each in fields(cls)}
        return cls(**said | {"parent": service.parent or ""})

    def as_said_of(self, service: Service) -> Service:
        """The service with this description."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(service, **said | {"parent": self.parent or None})


class OfferedServices:
    """The tree of services."""

    def __init__(self, begin: Begin, clock: Clock, catalogue: Catalogue) -> None:
        self._begin, self._clock, self._catalogue = begin, clock, catalogue

    async def add(self, said: Description, *, key: str = "", by: Actor) -> Service:
        """A new service; without a key, one is made of its name.

        Raises: FieldsRejected (as `structure.refuse_faulty`, and "no_unit").
        """
        async with self._begin() as work:
            await work.structure.lock()
            known = await work.organisation.services()
            key = key or key_for(said.name, {each.key for each in known})
            refuse_bad_key(key, known)
            service = said.as_said_of(Service(key, said.name))
            await _refuse_faulty(work, service, known)
            await self._keep(work, [service], "service.added", by, key, {"parent": said.parent})
            await work.commit()
        return service

    async def change(
        self, key: str, said: Description, *, expected_revision: int, by: Actor
    ) -> Service:
        """Raises: NotFound, ChangedMeanwhile, FieldsRejected."""
        async with self._begin() as work:
            known, before = await self._to_change(work, key, expected_revision)
            after = said.as_said_of(before)
            named = [
                each.name
                for each in fields(said)
                if getattr(after, each.name) != getattr(before, each.name)
            ]
            if not named:
                return before
            await _refuse_faulty(work, after, known)
            after = replace(after, revision=before.revision + 1)
            details: dict[str, Any] = {"fields": named}
            if "parent" in named:
                details |= {"from": before.parent or "", "to": said.parent}
            await self._keep(work, [after], "service.changed", by, key, details)
            await work.commit()
        return after

    async def archive(
        self, key: str, *, what_lies_below: Below | None, expected_revision: int, by: Actor
    ) -> Service:
        """Leave it out of what is published from now on; its figures and name stay.

        Raises: as `Units.archive`.
        """
        async with self._begin() as work:
            known, before = await self._to_change(work, key, expected_revision)
            if before.ended_at is not None:
                return before
            ended, moved = archived(known, before, what_lies_below, at=self._clock.now())
            told = {"archived": len(ended), "moved": len(moved)}
            await self._keep(work, [*ended, *moved], "service.archived", by, key, told)
            await work.commit()
        return ended[0]

    async def restore(self, key: str, *, expected_revision: int, by: Actor) -> Service:
        """Bring it back; what lies below stays as it is. Raises: as `Units.restore`."""
        async with self._begin() as work:
            known, before = await self._to_change(work, key, expected_revision)
            if before.ended_at is None:
                return before
            after = restored(known, before)
            await self._keep(work, [after], "service.restored", by, key, {})
            await work.commit()
        return after

    async def consequence(self, key: str) -> Consequence:
        """What hangs on it and on what lies below. Raises: NotFound.

        `surveys` are those that take answers and offer it as a choice; `units` those that it is
        said to be used by (0: all).
        """
        async with self._begin.read() as work:
            known = await work.organisation.services()
            service = only(known, key)
            inside = below(known, key)
            all_of_it = {key, *inside}
            responses = await work.structure.responses_of_services(all_of_it)
            accounts = await work.accounts.all()
        return Consequence(
            below=sum(each.key in inside for each in in_use(known)),
            responses=responses,
            accounts=holders(accounts, services=all_of_it),
            units=len(service.units),
            surveys=await self._surveys(all_of_it),
        )

    async def choosable(self) -> Sequence[Service]:
        """What a figure may be asked for: all in use, and the archived ones that have figures."""
        async with self._begin.read() as work:
            known = await work.organisation.services()
            ended = [each.key for each in known if each.ended_at is not None]
            shown = await work.structure.services_with_figures(ended)
        return [each for each in known if each.ended_at is None or each.key in shown]

    async def _surveys(self, services: Iterable[str]) -> int:
        wanted = frozenset(services)
        listed = [each for each in await self._catalogue.all() if each.row.closed_at is None]
        return sum(
            any(
                choice.name in wanted
                for question in each.published.questionnaire.questions
                for choice in question.closed_choices
            )
            for each in listed
        )

    @staticmethod
    async def _to_change(
        work: UnitOfWork, key: str, expected_revision: int
    ) -> tuple[Sequence[Service], Service]:
        """All services and this one, which nobody else changes until the unit of work ends."""
        await work.structure.lock()
        known = await work.organisation.services()
        service = only(known, key)
        if service.revision != expected_revision:
            raise ChangedMeanwhile(service)
        return known, service

    async def _keep(
        self,
        work: UnitOfWork,
        services: Iterable[Service],
        action: str,
        by: Actor,
        key: str,
        details: Mapping[str, Any],
    ) -> None:
        await work.organisation.put_services(services)
        await work.audit.add(Note(self._clock.now(), by, action, f"service:{key}", dict(details)))


async def _refuse_faulty(work: UnitOfWork, service: Service, known: Sequence[Service]) -> None:
    units = {each.key for each in await work.organisation.units()}
    for unit in service.units:
        if unit not in units:
            message = f"there is no '{unit[:40]}'{did_you_mean(unit, units)}"
            raise FieldsRejected([Fault(("units",), "no_unit", message)])
    texts = [
        ("provider", service.provider),
        ("owner", service.owner),
        *(("label", text) for text in service.label.values()),
        *(("systems", text) for text in service.systems),
    ]
    refuse_faulty(service, known, texts=texts, required=())
