"""Units changed by hand: added, renamed, moved, archived and brought back.

A unit is never deleted: what is archived is offered to nobody, and its name still stands beside its
figures. Whoever edits what somebody else changed meanwhile is told, and nothing is overwritten.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from survey.domain.access import Trees
from survey.domain.audit import Actor, Note
from survey.domain.records import Unit
from survey.domain.structure import (
    Below,
    Consequence,
    Sight,
    archived,
    below,
    headcounts,
    holders,
    in_use,
    key_for,
    only,
    refuse_bad_key,
    refuse_faulty,
    restored,
    sight_of_unit,
)
from survey.errors import ChangedMeanwhile
from survey.ports import Begin, Clock, UnitOfWork


@dataclass(frozen=True, slots=True)
class Headcount:
    """How many people stand for a unit itself, and for it or one below it, each counted once."""

    own: int
    whole: int


class Units:
    """The tree to which respondents belong."""

    def __init__(self, begin: Begin, clock: Clock) -> None:
        self._begin, self._clock = begin, clock

    async def add(
        self, *, name: str, kind: str, parent: str = "", key: str = "", by: Actor
    ) -> Unit:
        """A new unit; without a key, one is made of its name.

        Raises: FieldsRejected (as `structure.refuse_faulty` and `refuse_bad_key`).
        """
        async with self._begin() as work:
            await work.structure.lock()
            known = await work.organisation.units()
            unit = Unit(
                key=key or key_for(name, {each.key for each in known}),
                name=name,
                kind=kind,
                parent=parent or None,
            )
            refuse_bad_key(unit.key, known)
            _refuse_faulty(unit, known)
            await self._keep(work, [unit], "unit.added", by, unit, {"parent": parent})
            await work.commit()
        return unit

    async def change(
        self, key: str, *, name: str, kind: str, expected_revision: int, by: Actor
    ) -> Unit:
        """Another name or kind. Raises: NotFound, ChangedMeanwhile, FieldsRejected."""
        async with self._begin() as work:
            known, before = await self._to_change(work, key, expected_revision)
            after = replace(before, name=name, kind=kind)
            if after == before:
                return before
            _refuse_faulty(after, known)
            fields = [each for each in ("name", "kind") if _differ(before, after, each)]
            after = replace(after, revision=before.revision + 1)
            await self._keep(work, [after], "unit.changed", by, after, {"fields": fields})
            await work.commit()
        return after

    async def move(self, key: str, *, parent: str, expected_revision: int, by: Actor) -> Unit:
        """Under another unit ('' is the top), with everything below it.

        Roles on what lies above reach it from then on, and those on what lay above no more.

        Raises: NotFound, ChangedMeanwhile, FieldsRejected ("no_parent", "loop", "name_taken").
        """
        async with self._begin() as work:
            known, before = await self._to_change(work, key, expected_revision)
            if (before.parent or "") == parent:
                return before
            after = replace(before, parent=parent or None, revision=before.revision + 1)
            _refuse_faulty(after, known)
            places = {"from": before.parent or "", "to": parent}
            await self._keep(work, [after], "unit.moved", by, after, places)
            await work.commit()
        return after

    async def archive(
        self, key: str, *, what_lies_below: Below | None, expected_revision: int, by: Actor
    ) -> Unit:
        """Offer it to nobody any more; its people, figures and name stay.

        Raises: NotFound, ChangedMeanwhile, FieldsRejected (as `structure.archived`).
        """
        async with self._begin() as work:
            known, before = await self._to_change(work, key, expected_revision)
            if before.ended_at is not None:
                return before
            ended, moved = archived(known, before, what_lies_below, at=self._clock.now())
            told = {"archived": len(ended), "moved": len(moved)}
            await self._keep(work, [*ended, *moved], "unit.archived", by, before, told)
            await work.commit()
        return ended[0]

    async def restore(self, key: str, *, expected_revision: int, by: Actor) -> Unit:
        """Bring it back; what lies below stays as it is.

        Raises: NotFound, ChangedMeanwhile, FieldsRejected (as `structure.restored`).
        """
        async with self._begin() as work:
            known, before = await self._to_change(work, key, expected_revision)
            if before.ended_at is None:
                return before
            after = restored(known, before)
            await self._keep(work, [after], "unit.restored", by, after, {})
            await work.commit()
        return after

    async def consequence(self, key: str) -> Consequence:
        """What hangs on it and on what lies below. Raises: NotFound."""
        async with self._begin.read() as work:
            known = await work.organisation.units()
            only(known, key)
            inside = below(known, key)
            all_of_it = {key, *inside}
            return Consequence(
                people=await work.people.count(all_of_it),
                below=sum(each.key in inside for each in in_use(known)),
                responses=await work.structure.responses_of_units(all_of_it),
                accounts=holders(await work.accounts.all(), units=all_of_it),
            )

    async def sight_after_move(self, key: str, parent: str) -> Sight:
        """Whose roles would reach it only after a move, and whose only before. Raises: NotFound."""
        async with self._begin.read() as work:
            known = await work.organisation.units()
            services = await work.organisation.services()
            accounts = await work.accounts.all()
        moved = replace(only(known, key), parent=parent or None)
        after = [moved if each.key == key else each for each in known]
        trees = (Trees.of(units, services) for units in (known, after))
        return sight_of_unit(accounts, key, *trees)

    async def headcounts(self) -> Mapping[str, Headcount]:
        """How many people stand for each unit; '' is the whole body."""
        async with self._begin.read() as work:
            known = await work.organisation.units()
            own = await work.people.count_by_unit()
            shared = await work.structure.shared_people()
        whole = headcounts(known, own, shared)
        return {key: Headcount(own.get(key, 0), number) for key, number in whole.items()}

    async def floor(self) -> int:
        """Under how many answers nothing is told, by the strictest questionnaire."""
        async with self._begin.read() as work:
            return await work.structure.highest_floor()

    async def choosable(self) -> Sequence[Unit]:
        """What a figure may be asked for: all in use, and the archived ones that have figures."""
        async with self._begin.read() as work:
            known = await work.organisation.units()
            ended = [each.key for each in known if each.ended_at is not None]
            shown = await work.structure.units_with_figures(ended)
        return [each for each in known if each.ended_at is None or each.key in shown]

    @staticmethod
    async def _to_change(
        work: UnitOfWork, key: str, expected_revision: int
    ) -> tuple[Sequence[Unit], Unit]:
        """All units and this one, which nobody else changes until the unit of work ends."""
        await work.structure.lock()
        known = await work.organisation.units()
        unit = only(known, key)
        if unit.revision != expected_revision:
            raise ChangedMeanwhile(unit)
        return known, unit

    async def _keep(
        self,
        work: UnitOfWork,
        units: Iterable[Unit],
        action: str,
        by: Actor,
        subject: Unit,
        details: Mapping[str, Any],
    ) -> None:
        await work.organisation.put_units(units)
        await work.audit.add(
            Note(self._clock.now(), by, action, f"unit:{subject.key}", dict(details))
        )


def _refuse_faulty(unit: Unit, known: Sequence[Unit]) -> None:
    refuse_faulty(unit, known, texts=[("kind", unit.kind)], required=("kind",))


def _differ(before: Unit, after: Unit, field: str) -> bool:
    return bool(getattr(before, field) != getattr(after, field))
