"""Problems that several reports have in common, and planned downtime, as staff work them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from survey.domain import case_acts
from survey.domain.access import Action
from survey.domain.audit import Actor, Note
from survey.domain.case_access import Looker, may_see, narrowed
from survey.domain.case_records import CaseQuery, CaseSort, Problem, ProblemState
from survey.domain.cases import Case, Entry, Said
from survey.domain.organisation import ancestors, with_below
from survey.domain.problems import ProblemSaid, is_known, problem_as_said
from survey.domain.references import reference_of
from survey.domain.similar import MOST, groups, nearest
from survey.errors import ChangedMeanwhile, NotFound
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.services.announcing import Announcing, told_when_linked
from survey.services.service_rights import may_for, require_service
from survey.services.timelines import Timelines

SUGGESTED_FROM_DAYS: Final = 90
"""Reports of so many days are compared."""

_HAPPENED: Final = "happened"
"""The question of a report that says what is wrong."""

MOST_SUGGESTED: Final = 10
MOST_LISTED: Final = 200
"""Reports on the page of a problem."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A problem and how many report it: schools or departments, and reports that are open."""

    problem: Problem
    schools: int
    open_cases: int = 0


@dataclass(frozen=True, slots=True)
class ProblemFile:
    """A problem with its newest reports, as far as they are theirs to see; `more` says that there
    are older ones.

    `schools` are all units that report it, in the order of how often.
    """

    problem: Problem
    cases: tuple[Case, ...]
    schools: tuple[str, ...]
    alike: tuple[Case, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Reports that seem to say the same, by these words; `texts` is how each begins."""

    cases: tuple[Case, ...]
    words: tuple[str, ...]
    texts: Mapping[UUID, str]


class Problems:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        ids: Ids,
        timelines: Timelines,
        announcing: Announcing,
    ) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids
        self._timelines, self._announcing = timelines, announcing

    async def listed(self, looker: Looker, *, open_only: bool) -> Sequence[Standing]:
        """Those of services that are theirs, planned downtime too, the newest first."""
        async with self._begin.read() as work:
            found = [
                each
                for each in await work.problems.all(open_only=open_only)
                if may_for(looker, Action.READ_CASES, each.service)
            ]
            return await _standings(work, found)

    async def known(self, *, service: str = "") -> Sequence[Standing]:
        """What anybody may read: known problems and planned downtime, the latest word first.

        Of a service and those below it, or of all.
        """
        now = self._clock.now()
        async with self._begin.read() as work:
            services = with_below(service, ancestors(await work.organisation.services()))
            found = [
                each
                for each in await work.problems.all(open_only=False)
                if is_known(each, now=now) and (not service or each.service in services)
            ]
            standings = await _standings(work, found)
        return sorted(standings, key=lambda each: each.problem.told_at or now, reverse=True)

    async def one(self, problem: UUID, looker: Looker) -> Problem:
        """What is said of it alone. Raises: NotFound, as `get`."""
        async with self._begin.read() as work:
            return await _seen(work, problem, looker, Action.READ_CASES)

    async def get(self, problem: UUID, looker: Looker) -> ProblemFile:
        """Raises: NotFound, also where it is of a service that is not theirs."""
        now = self._clock.now()
        async with self._begin.read(one_state=True) as work:
            found = await _seen(work, problem, looker, Action.READ_CASES)
            query = CaseQuery(problem=problem, sort=CaseSort.NEWEST)
            page = await work.cases.listed(
                narrowed(query, looker), now=now, limit=MOST_LISTED, after=None
            )
            schools = await work.problems.units(problem)
            alike = await self._alike(work, found, page.cases, looker)
        return ProblemFile(found, page.cases, tuple(schools), alike, page.after is not None)

    async def suggested(self, service: str, looker: Looker) -> Sequence[Suggestion]:
        """Open reports about a service that seem to say the same and belong to no problem yet."""
        async with self._begin.read() as work:
            cases = await self._loose(work, service, looker)
            texts = await _texts(work, [each.id for each in cases])
        by_id = {each.id: each for each in cases}
        found = groups({each.id: texts.get(each.id, "") for each in cases})
        return [
            Suggestion(
                tuple(by_id[key] for key in group.keys),
                group.words,
                {key: texts.get(key, "") for key in group.keys},
            )
            for group in found[:MOST_SUGGESTED]
        ]

    async def add(
        self,
        said: ProblemSaid,
        references: Collection[str] = (),
        *,
        looker: Looker,
        by: Actor,
    ) -> Problem:
        """A new problem, of these reports; who made them is told what is said of it.

        Raises: NotFound, where the service or a report is not theirs to work; FieldsRejected.
        """
        now = self._clock.now()
        blank = Problem(self._ids.uuid(), said.title, said.service, now)
        async with self._begin() as work:
            await require_service(work, said.service, looker)
            problem = problem_as_said(blank, said, at=now)
            await work.problems.add(problem)
            details = {"service": problem.service, "planned": problem.planned}
            await self._note(work, "problem.added", problem, by, details)
            await self._link(work, problem, references, looker, by)
            await work.commit()
        return problem

    async def change(
        self,
        problem: UUID,
        said: ProblemSaid,
        *,
        expected_revision: int,
        looker: Looker,
        by: Actor,
    ) -> Problem:
        """Change it; whoever reports it is told once of what is told anew, or asked once it is
        fixed whether it is.

        Raises: NotFound; FieldsRejected; ChangedMeanwhile, with the problem as it stands.
        """
        now = self._clock.now()
        async with self._begin() as work:
            before = await _seen(work, problem, looker, Action.WORK_CASES)
            if before.revision != expected_revision:
                raise ChangedMeanwhile(before)
            if said.service != before.service:
                await require_service(work, said.service, looker)
            after = problem_as_said(before, said, at=now)
            named = [
                each.name
                for each in fields(said)
                if getattr(after, each.name) != getattr(before, each.name)
            ]
            if not named:
                return before
            await self._save(work, before, after)
            announced = await self._tell(work, before, after, by)
            details = {"fields": named, "state": after.state.value}
            await self._note(work, "problem.changed", after, by, details)
            await work.commit()
        await self._announcing.tell_now(announced)
        return replace(after, revision=before.revision + 1)

    async def link(
        self, problem: UUID, references: Collection[str], *, looker: Looker, by: Actor
    ) -> None:
        """Say that these reports are of this problem; those that are already stay as they are.
        Who made them is told what is said of it.

        Raises: NotFound, where one is not theirs to work, or only few may see it.
        """
        async with self._begin() as work:
            found = await _seen(work, problem, looker, Action.WORK_CASES)
            await self._link(work, found, references, looker, by)
            await work.commit()

    async def unlink(self, problem: UUID, reference: str, *, looker: Looker, by: Actor) -> None:
        """Raises: NotFound."""
        async with self._begin() as work:
            await _seen(work, problem, looker, Action.WORK_CASES)
            case = await _case(work, reference, looker)
            if case.problem == problem:
                await self._timelines.add(work, case.id, case_acts.linked(None), by=by)
                await work.commit()

    async def _link(
        self,
        work: UnitOfWork,
        problem: Problem,
        references: Collection[str],
        looker: Looker,
        by: Actor,
    ) -> None:
        for reference in dict.fromkeys(references):
            case = await _case(work, reference, looker)
            if case.problem != problem.id:
                said = case_acts.linked(problem.id), *await told_when_linked(work, case, problem)
                await self._timelines.add(work, case.id, *said, by=by)

    async def _save(self, work: UnitOfWork, before: Problem, after: Problem) -> None:
        """Raises: ChangedMeanwhile."""
        if not await work.problems.save(after, expected_revision=before.revision):
            raise ChangedMeanwhile(await work.problems.get(before.id) or before)

    async def _tell(
        self, work: UnitOfWork, before: Problem, after: Problem, by: Actor
    ) -> UUID | None:
        """Let what is said anew be told in each open report: its reporter is told once.

        Whoever was not told yet what is said no more is not told it.
        """
        if _spoken(before) == _spoken(after):
            return None  # also where what was done is only put better
        await work.announcements.replace(after.id, at=self._clock.now())
        said = _news(before, after)
        return await self._announcing.of_problem(work, after, said, by=by) if said else None

    async def _loose(self, work: UnitOfWork, service: str, looker: Looker) -> Sequence[Case]:
        now = self._clock.now()
        query = CaseQuery(
            service=service,
            open=True,
            since=now - timedelta(days=SUGGESTED_FROM_DAYS),
            sort=CaseSort.NEWEST,
        )
        page = await work.cases.listed(narrowed(query, looker), now=now, limit=MOST, after=None)
        return [each for each in page.cases if each.problem is None and not each.restricted]

    async def _alike(
        self, work: UnitOfWork, problem: Problem, linked: Sequence[Case], looker: Looker
    ) -> tuple[Case, ...]:
        """Open reports of its service that belong to no problem and sound like it."""
        loose = {each.id: each for each in await self._loose(work, problem.service, looker)}
        if not loose:
            return ()
        texts = await _texts(work, [*loose, *(each.id for each in linked[:MOST])])
        asked = " ".join(
            [problem.title, problem.cause, *(texts.get(each.id, "") for each in linked)]
        )
        near = nearest(asked, {key: texts.get(key, "") for key in loose}, most=MOST_SUGGESTED)
        return tuple(loose[key] for key in near)

    async def _note(
        self,
        work: UnitOfWork,
        action: str,
        problem: Problem,
        by: Actor,
        details: Mapping[str, object],
    ) -> None:
        await work.audit.add(
            Note(self._clock.now(), by, action, f"problem:{problem.id}", dict(details))
        )


def _spoken(problem: Problem) -> tuple[object, ...]:
    """What of it reporters are told: that it is fixed, or what is said until it is."""
    if problem.state is ProblemState.FIXED:
        return (ProblemState.FIXED,)
    return problem.told, problem.update_by


def _news(before: Problem, after: Problem) -> Said | None:
    """What those who report it are told of this change; None where nothing is new for them."""
    if after.state is ProblemState.FIXED:
        anew = before.state is not ProblemState.FIXED
        return case_acts.fixed(after.told) if anew and after.told else None
    if not after.told or after.update_by is None:
        return None
    if (after.told, after.update_by) == (before.told, before.update_by):
        return None
    return case_acts.planned(after.update_by, after.told)


async def _standings(work: UnitOfWork, found: Sequence[Problem]) -> list[Standing]:
    keys = [each.id for each in found]
    schools = await work.problems.schools(keys)
    cases = await work.problems.open_cases(keys)
    return [Standing(each, schools.get(each.id, 0), cases.get(each.id, 0)) for each in found]


async def _texts(work: UnitOfWork, of: Collection[UUID]) -> dict[UUID, str]:
    """What was written in these reports."""
    reports = await work.cases.reports(of)
    return {case: _written(entry) for case, entry in reports.items()}


def _written(report: Entry) -> str:
    answers = report.data.get("answers") or {}
    return report.text or str(answers.get(_HAPPENED) or "")


async def _seen(work: UnitOfWork, problem: UUID, looker: Looker, action: Action) -> Problem:
    """Raises: NotFound."""
    found = await work.problems.get(problem)
    if found is None or not may_for(looker, action, found.service):
        raise NotFound("problem")
    return found


async def _case(work: UnitOfWork, reference: str, looker: Looker) -> Case:
    """Raises: NotFound, also for one that is for few: a problem would tell of it."""
    known = reference_of(reference)
    case = await work.cases.by_reference(known) if known else None
    if case is None or case.restricted or not may_see(looker, case, Action.WORK_CASES):
        raise NotFound("case")
    return case
