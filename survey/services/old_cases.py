"""Bringing the cases of an older system: checked whole first, then kept some at a time.

A case is known again by its old reference: what is there already stays as it is by now, so that a
file may be brought twice, or once more where the first time was cut off. Nobody is told anything.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.domain.audit import Actor, Note
from survey.domain.case_clocks import started
from survey.domain.case_copy import retold
from survey.domain.cases import Case, CaseKind, CaseState
from survey.domain.old_cases import COLUMNS, REQUIRED, OldCase, Reading
from survey.domain.retention import CASE_DAYS
from survey.domain.tables import Content, open_table
from survey.errors import Fault, ImportRefused
from survey.ports import Begin, Clock, UnitOfWork
from survey.services.timelines import Timelines

Progress = Callable[[str, int], object]
"""Hears what is being done ("read", "kept") and how many cases of it are done."""

AT_ONCE: Final = 100

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OldCases:
    """What a file of old cases would do, or did.

    `added` are new, `known` there already, `too_old` ended so long ago that they are kept no more.
    With faults nothing is kept: `faults` are the first ones, `faulty` how many rows have any.
    """

    added: int = 0
    known: int = 0
    too_old: int = 0
    open: int = 0
    """Of those that are new."""
    faults: tuple[Fault, ...] = ()
    faulty: int = 0
    warnings: tuple[str, ...] = ()


class ImportingCases:
    def __init__(self, begin: Begin, clock: Clock, timelines: Timelines, zone: ZoneInfo) -> None:
        self._begin, self._clock, self._timelines, self._zone = begin, clock, timelines, zone

    async def plan(self, content: Content, name: str) -> OldCases:
        """What importing the file would do; nothing is kept.

        Args:
            content: opens the file anew.
            name: what to call it in messages.

        Raises: FieldsRejected, where it cannot be read as a table; other faults are in the plan.
        """
        plan, _, _ = await self._planned(content, name)
        return plan

    async def run(
        self,
        content: Content,
        name: str,
        *,
        by: Actor,
        progress: Progress = lambda _what, _done: None,
    ) -> OldCases:
        """Keep the new ones; what was done.

        Raises: FieldsRejected, as `plan`; ImportRefused, with the first faults: then nothing is
            kept; Busy.
        """
        plan, new, people = await self._planned(content, name)
        if plan.faults:
            raise ImportRefused(list(plan.faults), rows=plan.faulty)
        for start in range(0, len(new), AT_ONCE):
            some = new[start : start + AT_ONCE]
            async with self._begin() as work:
                kept = [await self._keep(work, each, people, by) for each in some]
                told = {"added": sum(kept)}
                await work.audit.add(Note(self._clock.now(), by, "cases.imported", "cases", told))
                await work.commit()
            progress("kept", start + len(some))
        return plan

    async def _planned(
        self, content: Content, name: str
    ) -> tuple[OldCases, Sequence[OldCase], dict[str, UUID]]:
        now = self._clock.now()
        async with self._begin.read(one_state=True) as work:
            services = {each.key for each in await work.organisation.services()}
            units = {each.key for each in await work.organisation.units()}
            people = {person.key: person.id async for person in work.people.all()}

        def read() -> tuple[Reading, Sequence[str]]:
            reading = Reading(
                name, services=services, units=units, people=people, now=now, zone=self._zone
            )
            with open_table(content, name=name, required=REQUIRED, allowed=COLUMNS) as table:
                for row in table:
                    reading.take(row)
                return reading, table.warnings

        reading, warnings = await asyncio.to_thread(read)
        told = tuple(warnings)
        if reading.faults:
            faults = tuple(reading.faults)
            return OldCases(faults=faults, faulty=reading.faulty, warnings=told), (), {}
        over = now - timedelta(days=CASE_DAYS)
        lasting = [each for each in reading.cases.values() if not each.ended or each.ended > over]
        async with self._begin.read() as work:
            there = await work.cases.known([each.id for each in lasting])
        new = [each for each in lasting if each.id not in there]
        plan = OldCases(
            added=len(new),
            known=len(lasting) - len(new),
            too_old=len(reading.cases) - len(lasting),
            open=sum(each.state.open for each in new),
            warnings=told,
        )
        return plan, new, people

    async def _keep(
        self, work: UnitOfWork, old: OldCase, people: dict[str, UUID], by: Actor
    ) -> bool:
        """False where somebody brought it meanwhile."""
        if await work.cases.get(old.id) is not None:
            return False
        reported, (first, *later) = old.told(people.get(old.reporter), by=str(by))
        named = await self._timelines.named(work, reported, first)
        left = await self._clocked(work, retold(named, later))
        await work.cases.append(left, later)
        if not left.state.open:
            await work.cases.look_again(left, at=None)  # what is over elsewhere is not asked about
        return True

    async def _clocked(self, work: UnitOfWork, case: Case) -> Case:
        """Where it is open, with clocks that run from now on: nobody here was late before."""
        if not case.state.open:
            return case
        works = await self._timelines.works(work, case.service)
        fresh = started(replace(case, opened_at=self._clock.now()), works)
        waits = case.state is CaseState.WAITING and case.kind is not CaseKind.DATA_ASTRAY
        now = self._clock.now()
        left = works.between(now, fresh.fix_by) if waits and fresh.fix_by else None
        return replace(
            case,
            acknowledge_by=None if case.acknowledged_at else fresh.acknowledge_by,
            update_by=fresh.update_by,
            fix_by=None if waits else fresh.fix_by,
            fix_left=left // _MINUTE if left is not None else None,
        )
