"""Problem reports of the demonstration, from the first word to what the next meeting was told.

Everything goes the way of the program itself, with a clock that stands where the story is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle
from random import Random
from typing import Any, Final
from uuid import UUID

from api.demonstration import borough
from api.demonstration.reported import (
    CAUSES,
    DOWNTIME,
    FIRST_MEETING_DAYS,
    KINDS,
    KNOWN,
    MATTERS,
    NEXT_MEETING_DAYS,
    OTHERS,
    Matter,
)
from api.demonstration.working import Reporters, put_workers, reporters
from survey.domain import case_acts as acts
from survey.domain.accounts import Account
from survey.domain.audit import REPORTER, Actor
from survey.domain.case_records import Action, ActionState, LinkKind, Problem, ProblemState
from survey.domain.cases import (
    Case,
    CaseKind,
    Effect,
    Entry,
    EntryKind,
    Priority,
    Said,
    Side,
    Verdict,
)
from survey.domain.cases import Weight as Substance
from survey.domain.clocks import Work
from survey.ports import Ids, UnitOfWork
from survey.services.case_notices import CaseNotices
from survey.services.few_letters import FewLetters
from survey.services.looking_round import Looker, account_of
from survey.services.timelines import Timelines
from survey.wiring import Application

_PARENTS: Final = {each.key: each.parent for each in borough.units()}
_OFFICE_SERVICES: Final = frozenset({"it", "finance", "procurement"})
"""What departments report about too, every other time."""

_SCHOOLS: Final = tuple(each.key for each in borough.units() if each.kind == "school")
_REPORTED_OVER_DAYS: Final = 330
_ENDINGS: Final = ("confirmed", "confirmed", "at once", "working", "late", "asked", "fixed")
_RARER: Final = ("partly", "declined", "silent", "new")
_WEIGHED: Final[Mapping[str, Sequence[tuple[int, int]]]] = {
    "late": ((4, 4), (3, 4), (5, 3)),
    "working": ((2, 3), (3, 4), (3, 3)),
    "asked": ((2, 2), (1, 4)),
}
"""Impact and likelihood of what is open, by how far it has come; of 12 and more it is a risk."""

_DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class _StoryClock:
    """The time at which the story is."""

    time: datetime

    def now(self) -> datetime:
        return self.time


class _StoryTimelines(Timelines):
    """Asks once when a service works: nothing changes that while the story is written. And of a
    story no reporter is written to."""

    _known: dict[str, Work]

    async def works(self, work: UnitOfWork, service: str) -> Work:
        self._known = getattr(self, "_known", {})
        if service not in self._known:
            self._known[service] = await super().works(work, service)
        return self._known[service]

    async def _tell(self, work: UnitOfWork, case: Case, new: Sequence[Entry]) -> None:
        pass


class _Teller:
    """Writes the story: `at` so many days ago, by staff or by whoever reported."""

    def __init__(
        self,
        core: Application,
        work: UnitOfWork,
        *,
        manager: Account,
        workers: Mapping[str, Account],
        reporters: Reporters,
    ) -> None:
        self._core, self._work, self._manager = core, work, manager
        self._workers, self._reporters = workers, reporters
        self.today = core.clock.now().astimezone(core.settings.zone).date()
        self._clock = _StoryClock(core.clock.now())
        self._last: dict[UUID, datetime] = {}
        self._timelines = _StoryTimelines(
            self._clock,  # type: ignore[arg-type]
            core.ids,
            core.calendar,
            # Of a story nobody is written to.
            CaseNotices(
                core.ids,
                organisation=core.settings.organisation,
                base_url=core.settings.base_url,
                zone=core.settings.zone,
                sends=False,
            ),
            FewLetters(
                self._clock,  # type: ignore[arg-type]
                core.ids,
                data_protection="",
                duty="",
                organisation=core.settings.organisation,
                base_url=core.settings.base_url,
            ),
            core.settings.zone,
        )

    @property
    def soon(self) -> datetime:
        """When more is said of what is being worked on."""
        return self.moment(0) + 2 * _DAY

    @property
    def ids(self) -> Ids:
        return self._core.ids

    def moment(self, days_ago: float, hour: int = 10) -> datetime:
        """A moment in the story, and never one that is still to come."""
        day = self.today - timedelta(days=int(days_ago))
        wanted = datetime.combine(day, time(hour, 20), self._core.settings.zone).astimezone(UTC)
        return min(wanted, self._core.clock.now() - timedelta(minutes=5))

    async def report(self, days_ago: float, text: str, **said: Any) -> Case:
        """Somebody of a school or department, or a member, reports it."""
        self._clock.time = self.moment(days_ago, 8)
        person = self._reporters.of(said["unit"])
        case = Case(
            **{
                "id": self.ids.uuid(),
                "reference": "",
                "kind": CaseKind.BROKEN,
                "effect": Effect.SLOWS,
                "opened_at": self._clock.time,
                "person": person,
                **said,
            }
        )
        self._last[case.id] = self._clock.time
        first = Said(kind=EntryKind.REPORTED, side=Side.REPORTER, text=text)
        return await self._timelines.open(self._work, case, first, by=_reporter_of(case))

    async def add(self, case: Case, days_ago: float, *said: Said, hour: int = 10) -> Case:
        self._clock.time = max(self.moment(days_ago, hour), self._last[case.id])
        self._last[case.id] = self._clock.time
        by = _reporter_of(case)
        if said[0].side is not Side.REPORTER:
            by = Actor.account(self.owner_of(case).id)
        return await self._timelines.add(self._work, case.id, *said, by=by)

    def owner_of(self, case: Case) -> Account:
        """Who works its service; the manager what her own department reports."""
        theirs = {grant.unit for grant in self._manager.grants}
        if case.unit in theirs or _PARENTS.get(case.unit) in theirs:
            return self._manager
        return self._workers.get(case.service, self._manager)

    def given(self, case: Case) -> Said:
        """To whoever works its service, in the team that answers for that."""
        return acts.assigned(self.owner_of(case).id, borough.OWNERS.get(case.service, ""))

    def offices(self) -> Sequence[str]:
        """The manager's department and what is below it."""
        theirs = {grant.unit for grant in self._manager.grants}
        return [key for key, parent in _PARENTS.items() if key in theirs or parent in theirs]


async def put_cases(core: Application, chance: Random) -> None:
    """The matters of the paper with problems and actions, and reports about every service.

    In one transaction, which leaves nothing where it is cut; nothing where they are there.
    """
    async with core.begin() as work:
        if await work.problems.all(open_only=False):
            return
        teller = _Teller(
            core,
            work,
            manager=await account_of(work, Looker.MANAGER, now=core.clock.now()),
            workers=await put_workers(work, now=core.clock.now()),
            reporters=await reporters(work, borough.units()),
        )
        schools = chance.sample(_SCHOOLS, len(_SCHOOLS))
        for number, matter in enumerate(MATTERS):
            await _put_matter(work, teller, matter, schools[4 * number :])
        overtime = await _put_others(teller, chance, cycle(schools))
        await _put_known(work, teller, overtime)
        await work.commit()


async def _put_matter(
    work: UnitOfWork, teller: _Teller, matter: Matter, schools: Sequence[str]
) -> None:
    """From the first report over a fix that was none to what was done, and told."""
    problem = Problem(
        teller.ids.uuid(),
        matter.title,
        matter.service,
        teller.moment(140),
        system=matter.system,
        owner=matter.owner,
        cause=matter.cause,
        plan=matter.plan,
        told=matter.told,
        told_at=teller.moment(60),
    )
    await work.problems.add(problem)
    for number, text in enumerate(matter.reports):
        await _put_report(teller, matter, problem, text, number, schools[number])
    fixed = replace(problem, state=ProblemState.FIXED, fixed_at=teller.moment(57))
    await work.problems.save(fixed, expected_revision=problem.revision)
    asked_on = teller.today - timedelta(days=FIRST_MEETING_DAYS)
    told_at = teller.moment(NEXT_MEETING_DAYS - 1)
    await work.actions.add(
        Action(
            teller.ids.uuid(),
            matter.action,
            matter.service,
            matter.owner,
            teller.today - timedelta(days=NEXT_MEETING_DAYS + 10),
            teller.moment(FIRST_MEETING_DAYS),
            state=ActionState.DONE,
            baseline=matter.baseline,
            expected=matter.expected,
            realised=matter.realised,
            meeting=matter.meeting,
            meeting_on=asked_on,
            said=matter.said,
            did=matter.did,
            told_at=told_at,
            done_at=teller.moment(NEXT_MEETING_DAYS + 12),
            links=(
                (LinkKind.PROBLEM, str(problem.id)),
                (LinkKind.MEASURE, matter.measure),
            ),
        )
    )


async def _put_report(
    teller: _Teller, matter: Matter, problem: Problem, text: str, number: int, school: str
) -> None:
    first = number == 0
    began = 150 - 6 * number
    case = await teller.report(
        began,
        text,
        service=matter.service,
        system=matter.system,
        kind=matter.kind,
        effect=matter.effect,
        unit=borough.MEMBERS if matter.by_members else school,
    )
    sorting = acts.sorted_(
        case,
        weight=Substance.SUBSTANTIVE,
        priority=Priority.HIGH,
        cause=matter.cause,
        impact=4 if first else None,
        likelihood=3 if first else None,
    )
    mine = [teller.given(case), *([sorting] if sorting else [])]
    await teller.add(case, began - 1, acts.acknowledged(), *mine)
    await teller.add(case, began - 2, acts.started(), acts.linked(problem.id))
    await teller.add(case, began - 4, acts.reply(matter.reply))
    if first:
        await teller.add(case, 100, acts.fixed(matter.first_fix))
        await teller.add(case, 99, _judged(Verdict.NOT_FIXED), _wrote(matter.no))
        await teller.add(case, 95, acts.started())
    await teller.add(case, 61 - number, acts.fixed(matter.second_fix if first else matter.told))
    await teller.add(case, 60 - number, _judged(Verdict.FIXED), _rated())
    following = Said(kind=EntryKind.FOLLOWED_UP, side=Side.SERVICE)
    still = Said(kind=EntryKind.CHECKED, side=Side.REPORTER, data={"verdict": Verdict.FIXED.value})
    await teller.add(case, 32 - number, following)
    await teller.add(case, 31 - number, still)


async def _put_others(teller: _Teller, chance: Random, schools: Iterator[str]) -> list[Case]:
    """A spread of reports about every service; returns those about overtime that are open."""
    overtime = list[Case]()
    endings, offices = cycle([*_ENDINGS, *_RARER]), cycle(teller.offices())
    for service, texts in OTHERS.items():
        for number in range(max(len(texts), 5)):
            text, ending = texts[number % len(texts)], next(endings)
            about_overtime = "Overtime" in text
            in_office = service in _OFFICE_SERVICES and number % 2
            case = await _put_one(
                teller,
                chance,
                service,
                text,
                "working" if about_overtime else ending,
                next(offices) if in_office else next(schools),
            )
            if about_overtime:
                overtime.append(case)
    return overtime


async def _put_one(
    teller: _Teller, chance: Random, service: str, text: str, ending: str, school: str
) -> Case:
    """One report, worked as far as its ending says."""
    recent = ending in ("working", "late", "asked", "fixed", "new")
    began = chance.randint(30, _REPORTED_OVER_DAYS)
    if recent:
        began = {"late": 24, "asked": 4, "fixed": 5, "working": 3}.get(ending, 0)
    usual = CaseKind.WRONG_PAY if service in ("payroll", "pensions") else CaseKind.BROKEN
    kind = KINDS.get(text, usual)
    case = await teller.report(began, text, service=service, unit=school, kind=kind)
    if ending == "new":
        return case
    await teller.add(case, began - 0.5, acts.acknowledged(), teller.given(case), hour=11)
    if weighed := _WEIGHED.get(ending):
        impact, likelihood = chance.choice(weighed)
        sorting = acts.sorted_(case, impact=impact, likelihood=likelihood, cause=CAUSES.get(ending))
        await teller.add(case, began - 0.5, *([sorting] if sorting else []), hour=12)
    if ending == "late":
        return await teller.add(case, began - 1, acts.started())
    if ending == "asked":
        asked = acts.asked("Which day and which person is it about? A staff number is enough.")
        return await teller.add(case, began - 1, asked, acts.planned(teller.soon))
    if ending == "declined":
        told = "This is run by the school itself. We have sent you the guide."
        return await teller.add(case, began - 2, acts.declined("not_ours", told))
    case = await teller.add(case, began - 1, acts.started(), acts.planned(teller.soon))
    return case if ending == "working" else await _put_fix(teller, case, began, ending)


async def _put_fix(teller: _Teller, case: Case, began: int, ending: str) -> Case:
    """What becomes of a fix."""
    if ending != "at once":
        await teller.add(case, began - 2, acts.reply("We are looking into it."))
        await teller.add(case, began - 3, acts.reply("The cause is found."))
    case = await teller.add(case, began - 4, acts.fixed("It is put right."), hour=15)
    match ending:
        case "confirmed" | "at once":
            return await teller.add(case, began - 5, _judged(Verdict.FIXED), _rated())
        case "partly":
            await teller.add(case, began - 5, _judged(Verdict.PARTLY), _wrote("Only a part of it."))
            await teller.add(case, began - 8, acts.fixed("The rest is put right too."))
            return await teller.add(case, began - 9, _judged(Verdict.FIXED))
        case "silent":
            again = Said(kind=EntryKind.ASKED_AGAIN, side=Side.SERVICE)
            await teller.add(case, began - 7, again)
            lapsed = Said(kind=EntryKind.LAPSED, side=Side.SERVICE)
            return await teller.add(case, began - 11, lapsed)
    return case


async def _put_known(work: UnitOfWork, teller: _Teller, overtime: Sequence[Case]) -> None:
    """What stands on the page of known problems today."""
    title, told = KNOWN
    known = Problem(
        teller.ids.uuid(),
        title,
        "payroll",
        teller.moment(3),
        owner="People team",
        cause="A file came late.",
        told=told,
        told_at=teller.moment(2),
        update_by=teller.soon,
    )
    await work.problems.add(known)
    for case in overtime:
        await teller.add(case, 2, acts.linked(known.id))
    title, told = DOWNTIME
    begins = _next_saturday(teller.today)
    zone = teller.moment(0).tzinfo
    await work.problems.add(
        replace(
            known,
            id=teller.ids.uuid(),
            title=title,
            service="hr",
            planned=True,
            cause="",
            told=told,
            update_by=None,
            begins_at=datetime.combine(begins, time(8), zone),
            ends_at=datetime.combine(begins, time(13), zone),
        )
    )


def _reporter_of(case: Case) -> Actor:
    return Actor.person(case.person) if case.person else REPORTER


def _next_saturday(today: date) -> date:
    return today + timedelta(days=(5 - today.weekday()) % 7 or 7)


def _judged(verdict: Verdict) -> Said:
    return Said(kind=EntryKind.JUDGED, side=Side.REPORTER, data={"verdict": verdict.value})


def _wrote(text: str) -> Said:
    return Said(kind=EntryKind.MESSAGE, side=Side.REPORTER, text=text)


def _rated() -> Said:
    return Said(kind=EntryKind.RATED, side=Side.REPORTER)
