"""Problem reports as staff see and work them: each through what their roles let them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from survey.domain import case_acts
from survey.domain.access import Action, may
from survey.domain.audit import Actor
from survey.domain.case_access import Looker, may_restrict, may_see, narrowed
from survey.domain.case_records import Attachment, CaseQuery
from survey.domain.cases import Case, CaseKind, Entry, EntryKind, Said
from survey.domain.references import reference_of
from survey.domain.structure import in_use
from survey.domain.telling import receiver_of
from survey.errors import (
    Busy,
    CaseRefused,
    Fault,
    FieldsRejected,
    NotFound,
    ReporterLeftOut,
)
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.ports.cases import CasePage
from survey.services.announcing import told_when_linked
from survey.services.timelines import Timelines

MOST_AT_ONCE: Final = 1_000
"""Cases of one bulk action."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with its whole timeline, oldest entry first, and all its files."""

    case: Case
    timeline: tuple[Entry, ...]
    files: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Bulk:
    """What became of an action on many: references of those it was done to, and not.

    `refused` says why by the error's code ("case_refused", "not_found").
    """

    done: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


class Cases:
    def __init__(self, begin: Begin, clock: Clock, ids: Ids, timelines: Timelines) -> None:
        self._begin, self._clock, self._ids, self._timelines = begin, clock, ids, timelines

    async def listed(
        self, query: CaseQuery, looker: Looker, *, limit: int = 50, after: str | None = None
    ) -> CasePage:
        """Those that fit and are theirs to see; `after` is that of the page before."""
        async with self._begin.read() as work:
            return await work.cases.listed(
                narrowed(query, looker), now=self._clock.now(), limit=limit, after=after
            )

    async def count(self, query: CaseQuery, looker: Looker) -> int:
        """How many fit; one more than `survey.ports.cases.MOST_COUNTED` where there are more."""
        async with self._begin.read() as work:
            return await work.cases.count(narrowed(query, looker), now=self._clock.now())

    async def get(self, reference: str, looker: Looker) -> CaseFile:
        """One as it stands, by its reference in any spelling.

        Raises: NotFound, also where it is not theirs to see.
        """
        async with self._begin.read(one_state=True) as work:
            case = await _seen(work, reference, looker, Action.READ_CASES)
            timeline = await work.cases.timeline(case.id)
            files = await work.attachments.of_case(case.id)
        return CaseFile(case, tuple(timeline), tuple(files))

    async def act(
        self,
        reference: str,
        *said: Said,
        looker: Looker,
        by: Actor,
        seen: int | None = None,
    ) -> Case:
        """Add entries (`survey.domain.case_acts`), all of them or none.

        Args:
            seen: the revision that whoever acts was shown, where they decide by it: a case that
                went on since then is not changed.

        Raises: NotFound; CaseRefused, where one does not follow; ChangedMeanwhile; Busy.
        """
        async with self._begin() as work:
            case = await _seen(work, reference, looker, Action.WORK_CASES)
            told = list[Said]()
            for each in said:
                _require_few(case, each, looker)
                told += each, *await _told_when_linked(work, case, each, looker)
            after = await self._timelines.add(work, case.id, *told, by=by, seen=seen)
            await work.commit()
        return after

    async def waiting(
        self, reference: str, files: Collection[UUID], looker: Looker
    ) -> tuple[Attachment, ...]:
        """Those of these files that are kept for this case, and that no entry has yet.

        Raises: NotFound, also where it is not theirs to work.
        """
        async with self._begin.read() as work:
            case = await _seen(work, reference, looker, Action.WORK_CASES)
            there = await work.attachments.of_case(case.id)
        return tuple(each for each in there if each.id in files and each.entry is None)

    async def split(
        self,
        reference: str,
        text: str,
        *,
        service: str,
        kind: CaseKind,
        looker: Looker,
        by: Actor,
        seen: int | None = None,
    ) -> Case:
        """Open a case of its own for a part of this one, for the same reporter; the new one.

        Raises: NotFound; FieldsRejected, also for a service that is not theirs to work;
            ChangedMeanwhile; Busy.
        """
        first = case_acts.split_from(text)
        async with self._begin() as work:
            case = await _seen(work, reference, looker, Action.WORK_CASES)
            part = replace(
                Case(
                    id=self._ids.uuid(),
                    reference="",
                    service=service,
                    unit=case.unit,
                    kind=kind,
                    effect=case.effect,
                    opened_at=self._clock.now(),
                ),
                priority=case.priority,
                language=case.language,
                person=case.person,
                chat=case.chat,
                email=case.email,
                restricted=case.restricted,
            )
            services = {each.key for each in in_use(await work.organisation.services())}
            unseen = not part.restricted and not may_see(looker, part, Action.WORK_CASES)
            if service not in services or unseen:
                raise FieldsRejected([Fault(("service",), "not_a_choice", "no such service")])
            made = await self._timelines.open(work, part, first, by=by)
            said = case_acts.split_off(made)
            await self._timelines.add(work, case.id, said, by=by, seen=seen)
            await work.commit()
        return made

    async def reports(self, cases: Collection[Case]) -> Mapping[UUID, Entry]:
        """What each of these began with, by its id: for those that somebody was shown."""
        async with self._begin.read() as work:
            return await work.cases.reports([each.id for each in cases])

    async def merge(self, reference: str, into: str, *, looker: Looker, by: Actor) -> Case:
        """Let one go on as another; both say so. The other as it is afterwards.

        Raises: NotFound; CaseRefused, where one is over or both are one; ReporterLeftOut, where
            somebody else is told of the other and asked whether it is fixed.
        """
        async with self._begin() as work:
            one = await _seen(work, reference, looker, Action.WORK_CASES)
            other = await _seen(work, into, looker, Action.WORK_CASES)
            if one.id == other.id or not other.state.open or one.restricted != other.restricted:
                raise CaseRefused("merged", other.state)
            if receiver_of(one) not in (None, receiver_of(other)):
                raise ReporterLeftOut("merged", other.state)
            said = {one.id: case_acts.merged(other), other.id: case_acts.took_in(one)}
            # In one order everywhere: of two that merge the same ones none waits for the other.
            after = {
                id_: await self._timelines.add(work, id_, said[id_], by=by) for id_ in sorted(said)
            }
            if not after[other.id].state.open:
                raise CaseRefused("merged", after[other.id].state)  # it was merged meanwhile
            await work.commit()
        return after[other.id]

    async def on_many(
        self,
        references: Collection[str],
        said: Callable[[Case], Said | None],
        *,
        looker: Looker,
        by: Actor,
        progress: Callable[[float], None] = lambda _: None,
    ) -> Bulk:
        """The same for many, each by itself: what one is refused, others are not.

        Args:
            said: the entry for each, None where there is nothing to do to it.
            progress: is told the share that is over, from 0 to 1.

        Raises: FieldsRejected, where `said` does: then nothing was done to any of the rest.
        """
        wanted = list(dict.fromkeys(references))[:MOST_AT_ONCE]
        done, refused = list[str](), list[tuple[str, str]]()
        for number, reference in enumerate(wanted, start=1):
            try:
                await self._on_one(reference, said, looker, by)
            except (CaseRefused, NotFound, Busy) as error:
                refused.append((reference, error.code))
            else:
                done.append(reference)
            progress(number / len(wanted))
        return Bulk(tuple(done), tuple(refused))

    async def _on_one(
        self, reference: str, said: Callable[[Case], Said | None], looker: Looker, by: Actor
    ) -> None:
        """Raises: CaseRefused, NotFound; FieldsRejected, where `said` does."""
        async with self._begin() as work:
            case = await _seen(work, reference, looker, Action.WORK_CASES)
            if (entry := said(case)) is not None:
                told = await _told_when_linked(work, case, entry, looker)
                await self._timelines.add(work, case.id, entry, *told, by=by)
                await work.commit()


def _require_few(case: Case, said: Said, looker: Looker) -> None:
    """Nobody makes a report one for few that they would not see any more, or lifts that.

    Raises: NotFound.
    """
    if "restricted" in said.data and not may_restrict(looker, case):
        raise NotFound("act")


async def _told_when_linked(
    work: UnitOfWork, case: Case, said: Said, looker: Looker
) -> tuple[Said, ...]:
    """What its reporter is told where it becomes part of a problem.

    A problem is counted and told in public: what is for few is no part of one.

    Raises: CaseRefused; NotFound, for a problem of a service that is not theirs to read.
    """
    if said.kind is not EntryKind.LINKED or not said.data["problem"]:
        return ()
    if case.restricted:
        raise CaseRefused(said.kind, case.state)
    problem = await work.problems.get(UUID(said.data["problem"]))
    grants, trees = looker.grants, looker.trees
    if problem is None or not may(grants, Action.READ_CASES, trees, service=problem.service):
        raise NotFound("problem")
    return await told_when_linked(work, case, problem)


async def _seen(work: UnitOfWork, reference: str, looker: Looker, action: Action) -> Case:
    """Raises: NotFound."""
    known = reference_of(reference)
    case = await work.cases.by_reference(known) if known else None
    if case is None or not may_see(looker, case, action):
        raise NotFound("case")
    return case
