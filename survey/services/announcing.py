"""Telling many: what is said of a problem or an action, in each report that it concerns.

Saying it keeps one row; the reports have their turn some at a time, each batch in a transaction of
its own that also keeps how far it is. So each report is told once, whoever dies or works beside.
"""

from contextlib import suppress
from typing import Final
from uuid import UUID

from survey.domain import problems
from survey.domain.announcements import Announcement, Concerned, Reaching
from survey.domain.audit import Actor
from survey.domain.case_records import Action, Problem, Telling, TellingKind
from survey.domain.cases import Audience, Case, EntryKind, Said, Side
from survey.domain.problems import spoken
from survey.domain.telling import due, receiver_of
from survey.errors import Busy, CaseRefused
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.services.timelines import Timelines

AT_ONCE: Final = 50
"""Reports of one transaction: whoever else writes to a case, or on SQLite to anything, waits
meanwhile."""


class Announcing:
    def __init__(self, begin: Begin, clock: Clock, ids: Ids, timelines: Timelines) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids
        self._timelines = timelines

    async def of_problem(
        self, work: UnitOfWork, problem: Problem, said: Said, *, by: Actor
    ) -> UUID | None:
        """Let it be told to whoever reports the problem; None where nobody does."""
        now = self._clock.now()
        whose = Concerned.by_problem(problem.id)
        reached = await work.announcements.reaching(whose, until=now)
        if not reached.reports:
            return None
        new = Announcement(
            self._ids.uuid(),
            now,
            str(by),
            reached.reports,
            problem=problem.id,
            kind=said.kind,
            text=said.text,
            data=said.data,
        )
        await work.announcements.add(new)
        return new.id

    async def of_action(
        self, work: UnitOfWork, action: Action, reached: Reaching, *, by: Actor
    ) -> UUID | None:
        """Let it be told to whom `reached` says; None where that is nobody."""
        if not reached.reports:
            return None
        now = self._clock.now()
        new = Announcement(self._ids.uuid(), now, str(by), reached.reports, action=action.id)
        await work.announcements.add(new)
        return new.id

    async def last(
        self, *, problem: UUID | None = None, action: UUID | None = None
    ) -> Announcement | None:
        """What was said last of a problem or an action, and how far that is."""
        async with self._begin.read() as work:
            return await work.announcements.last(problem=problem, action=action)

    async def tell_now(self, announcement: UUID | None) -> None:
        """The first of them at once, so that whoever said it sees it; the worker does the rest."""
        if announcement is not None:
            with suppress(Busy):
                await self.tell_due(only=announcement)

    async def tell_due(self, *, only: UUID | None = None) -> bool:
        """Tell some of what waits longest (or `only` of that); whether there may be more.

        Any number of processes may. Of an installation that is held nothing is due. Raises: Busy.
        """
        async with self._begin.read() as work:
            if await work.installation.held() or not await work.announcements.any_due():
                return False
        async with self._begin() as work:
            found = await work.announcements.due(only=only)
            if found is None:
                return False
            await self._batch(work, found)
            await work.commit()
        return True

    async def _batch(self, work: UnitOfWork, found: Announcement) -> None:
        """Raises: Busy."""
        action = await work.actions.get(found.action) if found.action else None
        turns = await work.announcements.reports(
            _whose(found, action), until=found.at, after=found.after, limit=AT_ONCE
        )
        over = len(turns) < AT_ONCE
        moved = await work.announcements.advance(
            found,
            by=len(turns),
            after=turns[-1][0] if turns else found.after,
            ended_at=self._clock.now() if over else None,
        )
        if not moved:
            raise Busy("somebody else tells them")
        by = Actor.of(found.by)
        for report, newest in turns:
            with suppress(CaseRefused):  # it was said to be fixed already: its reporter is asked
                if action is None:
                    await self._timelines.add(work, report, found.said, by=by)
                else:
                    await self._done(work, report, action, tells=newest, by=by)

    async def _done(
        self, work: UnitOfWork, report: UUID, action: Action, *, tells: bool, by: Actor
    ) -> None:
        """Add what was done to a report, where it can be read; who reported several is told of it
        by the newest of them.

        Raises: CaseRefused, Busy.
        """
        case = await work.cases.get(report)
        if case is None:
            return
        _, did = spoken(action.did, case.language)
        said = Said(
            kind=EntryKind.NOTE,
            side=Side.STAFF,
            audience=Audience.REPORTER,
            text=did,
            data={"action": str(action.id)},
        )
        after = await self._timelines.add(work, report, said, by=by)
        if tells:
            await self._tell(work, after)

    async def _tell(self, work: UnitOfWork, case: Case) -> None:
        receiver = receiver_of(case)
        if receiver is None:
            return
        # It is nobody's turn: it waits for the day's bundle as updates do.
        kind, now = TellingKind.DIGEST, self._clock.now()
        when = due(kind, now=now, last_told=await work.tellings.last_told(receiver))
        new = Telling(self._ids.uuid(), case.id, case.revision, kind, receiver, due_at=when)
        await work.tellings.add([new])


async def told_when_linked(work: UnitOfWork, case: Case, problem: Problem) -> tuple[Said, ...]:
    """What is told in a report that is linked now: nothing that it is going to be told anyway."""
    last = await work.announcements.last(problem=problem.id)
    if last is not None and last.ended_at is None and _to_come(last, case):
        return ()
    return problems.told_when_linked(problem, case)


def _to_come(announcement: Announcement, case: Case) -> bool:
    after = announcement.after
    return case.opened_at <= announcement.at and (after is None or case.id > after)


def _whose(found: Announcement, action: Action | None) -> Concerned:
    if action is not None:
        return Concerned.by_action(action)
    assert found.problem is not None
    return Concerned.by_problem(found.problem)
