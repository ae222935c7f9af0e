"""Adds what happens to cases: the entry, the case after it, its clocks, what is told, the record.

Everything in the unit of work of the caller, so that an entry and what belongs to it are kept
together or not at all.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.domain.audit import SERVICE, Actor, Note
from survey.domain.case_clocks import clocked, started
from survey.domain.case_copy import after
from survey.domain.case_records import Telling, TellingKind
from survey.domain.cases import Case, Entry, Said
from survey.domain.clocks import Work
from survey.domain.named import account_of
from survey.domain.open_hours import ClosedDays
from survey.domain.problems import raised_again
from survey.domain.references import LONGEST, SHORTEST
from survey.domain.reporter_acts import routed
from survey.domain.telling import due, heard, parts, receiver_of, told
from survey.errors import Busy, ChangedMeanwhile, NotFound
from survey.ports import Clock, Ids, UnitOfWork
from survey.services.calendar import CalendarUse
from survey.services.case_notices import CaseNotices
from survey.services.few_letters import FewLetters
from survey.services.promises import promised

_RACES: Final = 5
_DRAWS: Final = 3
"""References of one length that are drawn before a longer one is."""


class Timelines:
    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        calendar: CalendarUse,
        notices: CaseNotices,
        few: FewLetters,
        zone: ZoneInfo,
    ) -> None:
        self._clock, self._ids, self._calendar, self._zone = clock, ids, calendar, zone
        self._notices, self._few = notices, few

    async def open(self, work: UnitOfWork, case: Case, first: Said, *, by: Actor) -> Case:
        """Keep a report under a reference of its own; what `case` has for one is replaced.

        Raises: Busy, where no reference is free.
        """
        clocks = await self.works(work, case.service)
        entry = Entry(
            case.id,
            1,
            case.opened_at,
            first.kind,
            first.audience,
            first.side,
            str(by),
            first.text,
            first.data,
            first.files,
        )
        kept = await self.named(work, started(case, clocks), entry)
        await self._note(work, kept, entry, by)
        await self._tell(work, kept, [entry])
        await self._notices.about(work, kept, [entry], now=self._clock.now())
        await self._few.write(work, kept)
        return kept

    async def named(self, work: UnitOfWork, case: Case, first: Entry) -> Case:
        """Keep a case with its first entry under a reference that is free, and tell nobody.

        Raises: Busy, where none is.
        """
        for length in range(SHORTEST, LONGEST + 1):
            for _ in range(_DRAWS):
                kept = replace(case, reference=self._ids.case_reference(length))
                if await work.cases.add(kept, first):
                    return kept
                if await work.cases.get(case.id) is not None:
                    raise Busy("the same case is being kept")
        raise Busy("every reference that was drawn is taken")

    async def add(
        self, work: UnitOfWork, case: UUID, *said: Said, by: Actor, seen: int | None = None
    ) -> Case:
        """Add entries in order, and give the case as it is after them.

        Args:
            seen: the revision that whoever adds them goes by, where they do: a case that went on
                since then is not changed.

        Raises: NotFound; CaseRefused, where one does not follow: then keep nothing; Busy;
            ChangedMeanwhile.
        """
        for _ in range(_RACES):
            before = await work.cases.get(case)
            if before is None:
                raise NotFound("case")
            if seen is not None and before.revision != seen:
                raise ChangedMeanwhile(before)
            after_them, new = await self._after(work, before, said, by)
            if await work.cases.append(after_them, new):
                for entry in new:
                    await self._note(work, after_them, entry, by)
                await self._tell(work, after_them, new)
                await self._notices.about(work, after_them, new, now=self._clock.now())
                await self._raise_problem(work, before, after_them)
                if not before.restricted:
                    await self._few.write(work, after_them)
                return after_them
        raise Busy("others write to the same case")

    async def works(self, work: UnitOfWork, service: str) -> Work:
        """When this service works: its own promise, or that of the nearest service above it."""
        promise = (await promised(work, service)).promise
        days = await self._calendar.days(work)
        # A pause of campaigns stops no clock.
        unpaused = ClosedDays(nation=days.nation, closures=days.closures, zone=self._zone)
        return Work(promise, unpaused, self._zone)

    async def _after(
        self, work: UnitOfWork, case: Case, said: Sequence[Said], by: Actor
    ) -> tuple[Case, list[Entry]]:
        now, new = self._clock.now(), list[Entry]()
        waiting = deque((each, by) for each in said)
        while waiting:
            each, actor = waiting.popleft()
            entry = Entry(
                case.id,
                case.revision + 1,
                now,
                each.kind,
                each.audience,
                each.side,
                str(actor),
                each.text,
                each.data,
                each.files,
            )
            if (route := routed(case, each)) is not None:
                waiting.appendleft((route, SERVICE))
            before, case = case, after(case, entry)
            case = clocked(before, case, entry, await self.works(work, case.service))
            new.append(entry)
        return case, new

    async def _tell(self, work: UnitOfWork, case: Case, new: Sequence[Entry]) -> None:
        """Write what its reporter is to be told of these entries.

        Whoever reported it in chat or on a page saw there that it was received; not so those for
        whom staff wrote it down.
        """
        receiver = receiver_of(case)
        kinds = [(entry, kind) for entry in new if (kind := told(entry)) is not None]
        if receiver is None or not kinds:
            return
        now, last = self._clock.now(), await work.tellings.last_told(receiver)
        wrote = heard(await work.cases.timeline(case.id)) if last else None
        await work.tellings.add(
            [
                Telling(
                    self._ids.uuid(),
                    case.id,
                    entry.number,
                    kind,
                    receiver,
                    due_at=due(kind, now=now, last_told=last, last_heard=wrote),
                    part=part,
                )
                for entry, kind in kinds
                if kind is not TellingKind.RECEIVED
                or receiver.startswith("email:")
                or account_of(entry.actor)
                for part in (0, *parts(case, entry, receiver))
            ]
        )

    async def _raise_problem(self, work: UnitOfWork, before: Case, case: Case) -> None:
        """A problem that was fixed is raised again by a report that is linked to it or comes back.

        Raises: Busy.
        """
        linked = case.problem != before.problem and case.state.open
        back = case.reopenings > before.reopenings
        problem = await work.problems.get(case.problem) if case.problem else None
        if problem is None or problem.fixed_at is None:
            return
        if not back and not (linked and case.opened_at > problem.fixed_at):
            return
        now = self._clock.now()
        raised = raised_again(problem, at=now)
        if raised is None:
            return
        if not await work.problems.save(raised, expected_revision=problem.revision):
            raise Busy("others write to the same problem")
        details = {"recurrences": raised.recurrences}
        note = Note(now, SERVICE, "problem.recurred", f"problem:{problem.id}", details)
        await work.audit.add(note)

    async def _note(self, work: UnitOfWork, case: Case, entry: Entry, by: Actor) -> None:
        details = {"entry": entry.number, "state": case.state.value, "service": case.service}
        if "restricted" in entry.data:
            details["for_few"] = "yes" if entry.data["restricted"] else "no"
        note = Note(entry.at, by, f"case.{entry.kind.value}", f"case:{case.id}", details)
        await work.audit.add(note)
