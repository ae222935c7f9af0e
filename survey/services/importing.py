"""People and units from files: planned, shown, and then kept whole or not at all.

What takes long (reading, comparing) happens before the transaction and on another thread, so that
nobody waits for it. The transaction then makes sure that all is as it was when the plan was made.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from survey.domain.audit import Actor, Note
from survey.domain.csvfile import Row
from survey.domain.people import Person
from survey.domain.people_file import Reading
from survey.domain.plan import Plan
from survey.domain.records import Unit
from survey.domain.staffing import Duplicates, Planning
from survey.domain.tables import Content, open_table
from survey.domain.twins import Decision
from survey.domain.units_file import COLUMNS, plan_units
from survey.errors import Busy, Fault, ImportRefused, NeedsConfirmation, StaleRevision
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.ports.erasures import Erasures

Progress = Callable[[str, int], object]
"""Hears what is being done ("read", "kept") and how many rows of it are done."""

_AT_ONCE: Final = 2_000
_RACES: Final = 3

_WHY: Final = {
    "case": "whose key differs in capitals alone",
    "email": "who has the same e-mail address",
    "name": "who has the same name and place",
    "left": "who has the same name and whom the file leaves out",
}


def _quietly(what: str, rows: int) -> None:
    """Tell nobody."""


class Importing:
    """The use cases of whoever brings a list of people or units as CSV or .xlsx."""

    def __init__(self, begin: Begin, clock: Clock, ids: Ids, erasures: Erasures) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids
        self._erasures = erasures

    async def plan_people(
        self,
        content: Content,
        name: str,
        *,
        whole: bool = True,
        duplicates: Duplicates | None = None,
        progress: Progress = _quietly,
    ) -> Plan[Person]:
        """What importing the file would change; nothing is kept.

        Args:
            content: opens the file anew.
            name: what to call it in messages.
            whole: whether whoever the file leaves out left.
            duplicates: what was decided about new people who may be there already.

        Raises: FieldsRejected, where it cannot be read as a table; other faults are in the plan.
        """
        plan, _ = await self._planned(content, name, whole, duplicates, progress)
        return plan

    async def import_people(
        self,
        content: Content,
        name: str,
        *,
        by: Actor,
        confirmed: int | None,
        duplicates: Duplicates | None = None,
        whole: bool = True,
        progress: Progress = _quietly,
    ) -> Plan[Person]:
        """Keep all of the file or nothing; what was changed. Whoever it leaves out is deactivated.

        Raises:
            FieldsRejected: with the first faults by row and column, also for new people who may
                be there already, as long as it is not decided what to do with them.
            NeedsConfirmation: it would deactivate 30% or more, and another number than that was
                confirmed (None confirms any).
            Busy: somebody else changed the same people, again and again.
        """
        for _ in range(_RACES):
            plan, units = await self._planned(content, name, whole, duplicates, progress)
            _refuse(plan, name)
            _refuse_unconfirmed(plan, "people", confirmed)
            if plan.changes_nothing:
                return plan
            try:
                await self._keep_people(plan, units, by, progress)
            except StaleRevision:
                continue
            return plan
        raise Busy("people were changed meanwhile")

    async def plan_units(self, content: Content, name: str, *, whole: bool = True) -> Plan[Unit]:
        """What importing the file would change; nothing is kept. Raises: as `plan_people`."""
        read = await asyncio.to_thread(_read_units, content, name)
        async with self._begin.read() as work:
            return await self._units_plan(work, read, name, whole)

    async def import_units(
        self, content: Content, name: str, *, by: Actor, confirmed: int | None, whole: bool = True
    ) -> Plan[Unit]:
        """Keep all of the file or nothing; what was changed. A unit that it leaves out ends.

        Raises:
            FieldsRejected: with the first faults, also where a unit would end that people stand
                for or that others lie under.
            NeedsConfirmation: 30% or more of the units would end, as for `import_people`.
        """
        read = await asyncio.to_thread(_read_units, content, name)
        async with self._begin() as work:
            await work.structure.lock()
            plan = await self._units_plan(work, read, name, whole)
            _refuse(plan, name)
            _refuse_unconfirmed(plan, "units", confirmed)
            if not plan.changes_nothing:
                await work.organisation.put_units(plan.kept)
                await self._note(work, by, "units", plan)
                await work.commit()
        return plan

    async def _planned(
        self,
        content: Content,
        name: str,
        whole: bool,
        duplicates: Duplicates | None,
        progress: Progress,
    ) -> tuple[Plan[Person], Sequence[Unit]]:
        async with self._begin.read(one_state=True) as work:
            units = await work.organisation.units()
            present = [person async for person in work.people.all()]
        open_units = {unit.key for unit in units if unit.ended_at is None}
        now = self._clock.now()

        def read() -> tuple[Planning, Sequence[str]]:
            with open_table(content, name=name, required=("key", "name")) as table:
                planning = Planning(Reading(name, table.columns, open_units), present, at=now)
                present.clear()  # who is in the plan is kept by it, and nobody else is needed
                for done, row in enumerate(table, start=1):
                    planning.take(row)
                    if done % _AT_ONCE == 0:
                        progress("read", done)
                return planning, table.warnings

        planning, warnings = await asyncio.to_thread(read)
        erased = await self._erasures.among(
            {each.key: each.fields.email or "" for each in planning.new}
        )
        plan = await asyncio.to_thread(
            planning.plan,
            new_id=iter(self._ids.uuid, None),
            erased=erased,
            whole=whole,
            duplicates=duplicates,
            warnings=warnings,
        )
        return plan, units

    async def _keep_people(
        self, plan: Plan[Person], units: Sequence[Unit], by: Actor, progress: Progress
    ) -> None:
        """Raises: StaleRevision, where something is not as it was when the plan was made."""
        kept = plan.kept
        there = {person.id: person.revision - 1 for person in kept[len(plan.added) :]}
        async with self._begin() as work:
            if await work.people.revisions(list(there)) != there:
                raise StaleRevision("people")
            if await work.organisation.units() != units:
                raise StaleRevision("units")
            for start in range(0, len(kept), _AT_ONCE):
                some = kept[start : start + _AT_ONCE]
                await work.people.put(some)
                progress("kept", start + len(some))
            await work.joins.forget_all([person.id for person in plan.removed])
            await self._note(work, by, "people", plan)
            await work.commit()

    async def _units_plan(
        self, work: UnitOfWork, read: "_UnitRows", name: str, whole: bool
    ) -> Plan[Unit]:
        return plan_units(
            read.rows,
            read.columns,
            await work.organisation.units(),
            await work.people.count_by_unit(),
            file=name,
            at=self._clock.now(),
            whole=whole,
            warnings=read.warnings,
        )

    async def _note(
        self, work: UnitOfWork, by: Actor, what: str, plan: Plan[Person] | Plan[Unit]
    ) -> None:
        note = Note(self._clock.now(), by, f"{what}.imported", what, dict(plan.counts))
        await work.audit.add(note)


@dataclass(frozen=True, slots=True)
class _UnitRows:
    rows: Sequence[Row]
    columns: Sequence[str]
    warnings: Sequence[str]


def _read_units(content: Content, name: str) -> _UnitRows:
    with open_table(content, name=name, required=COLUMNS[:3], allowed=COLUMNS) as table:
        return _UnitRows(list(table), table.columns, table.warnings)


def _refuse(plan: Plan[Person] | Plan[Unit], file: str) -> None:
    """Raises: ImportRefused."""
    if plan.faults:
        raise ImportRefused(list(plan.faults), rows=plan.faulty)
    if plan.decisions:
        faults = [_undecided(each, file) for each in plan.decisions]
        raise ImportRefused(faults, rows=len(faults))


def _refuse_unconfirmed(plan: Plan[Person] | Plan[Unit], what: str, confirmed: int | None) -> None:
    """Raises: NeedsConfirmation."""
    if plan.needs_confirmation and confirmed not in (None, len(plan.removed)):
        raise NeedsConfirmation(what, removed=len(plan.removed), present=plan.present)


def _undecided(decision: Decision, file: str) -> Fault:
    where = "" if decision.twin is None else f" in row {decision.twin}"
    message = (
        f"'{decision.key}' is new and may be '{decision.other}'{where}, {_WHY[decision.why]}: "
        "decide whether to add or to skip such people"
    )
    return Fault((file, str(decision.row), "key"), "possible_duplicate", message)
