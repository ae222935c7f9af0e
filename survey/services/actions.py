"""What is done about reports and results, and telling it to those who asked or were affected."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Final
from uuid import UUID

from survey.domain.access import Action as Doing
from survey.domain.announcements import Concerned, Reaching
from survey.domain.audit import Actor, Note
from survey.domain.case_access import Looker, may_see
from survey.domain.case_records import Action, LinkKind
from survey.domain.problems import ActionSaid, action_as_said
from survey.domain.references import reference_of
from survey.domain.structure import LONGEST
from survey.domain.suggest import did_you_mean
from survey.errors import ActionRefused, ChangedMeanwhile, Fault, FieldsRejected, NotFound
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.services.announcing import Announcing
from survey.services.result_letters import ResultLetters
from survey.services.service_rights import may_for, require_service

Link = tuple[LinkKind, str]

_TOLD: Final = frozenset({"said", "did", "links"})
"""What somebody agreed to who let it be told: its words, and to whom."""


@dataclass(frozen=True, slots=True)
class WillBeTold:
    """Whom a publication tells: `reporters` of linked reports, each once, and `people` who were
    asked in a linked survey or are of a linked group, by e-mail.

    `later` of these have heard from us lately and are told when it is time again; `unreached` have
    no way by which they could be told. `second_person` says that telling so many takes two.
    """

    reporters: int
    people: int
    later: int
    unreached: int
    second_person: bool = False

    @property
    def number(self) -> int:
        """How many are told, one way or the other."""
        return self.reporters + self.people


class Actions:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        ids: Ids,
        announcing: Announcing,
        letters: ResultLetters,
        *,
        approval_above: int,
    ) -> None:
        """`approval_above` is the number of people above which telling them takes two."""
        self._approval_above = approval_above
        self._begin, self._clock, self._ids = begin, clock, ids
        self._announcing, self._letters = announcing, letters

    async def listed(self, looker: Looker) -> Sequence[Action]:
        """Those of services that are theirs, the one that is due first first."""
        async with self._begin.read() as work:
            return [
                each
                for each in await work.actions.all()
                if may_for(looker, Doing.READ_CASES, each.service)
            ]

    async def published(self, *, service: str = "") -> Sequence[Action]:
        """What anybody may read, the last told first."""
        async with self._begin.read() as work:
            found = [
                each
                for each in await work.actions.all()
                if each.told_at is not None and service in ("", each.service)
            ]
        return sorted(found, key=lambda each: (each.told_at, each.due_on), reverse=True)

    async def get(self, action: UUID, looker: Looker) -> Action:
        """Without the reports for few that are not theirs to see.

        Raises: NotFound, also where it is of a service that is not theirs.
        """
        async with self._begin.read() as work:
            found = await _seen(work, action, looker, Doing.READ_CASES)
            return _without(found, await _hidden(work, found, looker))

    async def about(self, kind: LinkKind, key: str, looker: Looker) -> Sequence[Action]:
        """Those that are about one report, problem, question or measure."""
        async with self._begin.read() as work:
            found = await work.actions.about(kind, [key])
        return [each for each in found if may_for(looker, Doing.READ_CASES, each.service)]

    async def add(self, said: ActionSaid, *, looker: Looker, by: Actor) -> Action:
        """Raises: FieldsRejected ("no_service", "no_link" and those of `action_as_said`)."""
        now = self._clock.now()
        blank = Action(self._ids.uuid(), said.title, said.service, said.owner, said.due_on, now)
        async with self._begin() as work:
            await require_service(work, said.service, looker)
            action = action_as_said(blank, await _checked(work, said, looker), at=now)
            await work.actions.add(action)
            details = {"service": action.service, "links": len(action.links)}
            await self._note(work, "action.added", action, by, details)
            await work.commit()
        return action

    async def change(
        self,
        action: UUID,
        said: ActionSaid,
        *,
        expected_revision: int,
        looker: Looker,
        by: Actor,
    ) -> Action:
        """Links that it has are not asked about again, and those that they may not see stay.

        What was proposed to be told is that no more; a link that is added to one that was told
        tells nobody.

        Raises: NotFound; FieldsRejected; ChangedMeanwhile, with the action as it stands;
            ActionRefused ("being_told"): reports get its words as they stand, so that these and
            whom it is about wait until all have been told.
        """
        async with self._begin() as work:
            before = await _seen(work, action, looker, Doing.WORK_CASES)
            hidden = await _hidden(work, before, looker)
            if before.revision != expected_revision:
                raise ChangedMeanwhile(_without(before, hidden))
            if said.service != before.service:
                await require_service(work, said.service, looker)
            checked = await _checked(work, said, looker, there=_without(before, hidden).links)
            after = _with(action_as_said(before, checked, at=self._clock.now()), before, hidden)
            named = [
                each.name
                for each in fields(said)
                if getattr(after, each.name) != getattr(before, each.name)
            ]
            if not named:
                return _without(before, hidden)
            if _TOLD.intersection(named) and await _is_being_told(work, before):
                raise ActionRefused("being_told")
            if after.told_at is None:
                after = replace(after, proposed_by=None)
            await self._save(work, before, after)
            details = {"fields": named, "state": after.state.value}
            await self._note(work, "action.changed", after, by, details)
            await work.commit()
        return _without(replace(after, revision=before.revision + 1), hidden)

    async def will_be_told(self, action: UUID, looker: Looker) -> WillBeTold:
        """Whom publishing it now would tell. Raises: NotFound."""
        async with self._begin.read() as work:
            found = await _seen(work, action, looker, Doing.WORK_CASES)
            return (await self._reached(work, found))[1]

    async def publish(
        self, action: UUID, *, expected_revision: int, looker: Looker, by: Actor
    ) -> Action:
        """Let anybody read it, and tell those who asked or were affected, each once; above the set
        size, propose that to somebody else.

        Raises: NotFound; ChangedMeanwhile; ActionRefused ("published"; "nothing_to_tell", where it
            does not say yet what was said and done; "proposed").
        """
        async with self._begin() as work:
            before = await self._untold(work, action, expected_revision, looker)
            if before.proposed_by is not None:
                raise ActionRefused("proposed")
            reached, told = await self._reached(work, before)
            if told.second_person:
                after, announced = replace(before, proposed_by=str(by)), None
                await self._save(work, before, after)
                details = {"reporters": told.reporters, "people": told.people}
                await self._note(work, "action.proposed", after, by, details)
            else:
                after = replace(before, told_at=self._clock.now())
                announced = await self._tell(work, before, after, reached, "published", by)
            await work.commit()
        await self._announcing.tell_now(announced)
        return replace(after, revision=before.revision + 1)

    async def approve(
        self, action: UUID, *, expected_revision: int, number: int, looker: Looker, by: Actor
    ) -> Action:
        """Publish what somebody else has proposed.

        Args:
            number: how many are told, as whoever agrees has read it.

        Raises: NotFound; ChangedMeanwhile; ActionRefused ("published", "not_proposed",
            "same_person", "other_count").
        """
        async with self._begin() as work:
            before = await self._untold(work, action, expected_revision, looker)
            if before.proposed_by is None:
                raise ActionRefused("not_proposed")
            if before.proposed_by == str(by):
                raise ActionRefused("same_person")
            reached, told = await self._reached(work, before)
            if told.number != number:
                raise ActionRefused("other_count")
            after = replace(before, told_at=self._clock.now(), approved_by=str(by))
            announced = await self._tell(work, before, after, reached, "approved", by)
            await work.commit()
        await self._announcing.tell_now(announced)
        return replace(after, revision=before.revision + 1)

    async def _untold(
        self, work: UnitOfWork, action: UUID, expected_revision: int, looker: Looker
    ) -> Action:
        """One that can be told. Raises: NotFound, ChangedMeanwhile, ActionRefused."""
        found = await _seen(work, action, looker, Doing.WORK_CASES)
        if found.revision != expected_revision:
            raise ChangedMeanwhile(found)
        if found.told_at is not None:
            raise ActionRefused("published")
        if not any(found.said.values()) or not any(found.did.values()):
            raise ActionRefused("nothing_to_tell")
        return found

    async def _tell(
        self,
        work: UnitOfWork,
        before: Action,
        after: Action,
        reached: Reaching,
        how: str,
        by: Actor,
    ) -> UUID | None:
        """Raises: ChangedMeanwhile."""
        await self._save(work, before, after)
        announced = await self._announcing.of_action(work, after, reached, by=by)
        now = self._clock.now()
        letters = await self._letters.send(work, after, but=reached.people, now=now)
        details = {"reporters": reached.receivers, "people": letters}
        await self._note(work, f"action.{how}", after, by, details)
        return announced

    async def _reached(self, work: UnitOfWork, action: Action) -> tuple[Reaching, WillBeTold]:
        """Who is told now: in reports that it is about, and by letters."""
        now = self._clock.now()
        reports = await work.announcements.reaching(Concerned.by_action(action), until=now)
        letters = await self._letters.reached(work, action, but=reports.people, now=now)
        people = len(letters.now) + len(letters.later)
        told = WillBeTold(
            reporters=reports.receivers,
            people=people,
            later=len(letters.later),
            unreached=reports.without + letters.unreached,
            second_person=reports.receivers + people > self._approval_above,
        )
        return reports, told

    async def _save(self, work: UnitOfWork, before: Action, after: Action) -> None:
        """Raises: ChangedMeanwhile."""
        if not await work.actions.save(after, expected_revision=before.revision):
            raise ChangedMeanwhile(await work.actions.get(before.id) or before)

    async def _note(
        self, work: UnitOfWork, what: str, action: Action, by: Actor, details: Mapping[str, object]
    ) -> None:
        note = Note(self._clock.now(), by, what, f"action:{action.id}", dict(details))
        await work.audit.add(note)


def meetings(published: Sequence[Action]) -> Mapping[tuple[str, date | None], list[Action]]:
    """Actions by the meeting that asked for them, the latest first; ('', None) asked by none."""
    found = dict[tuple[str, date | None], list[Action]]()
    for each in published:
        found.setdefault((each.meeting, each.meeting_on), []).append(each)
    return dict(
        sorted(
            found.items(),
            key=lambda pair: (bool(pair[0][0]), pair[0][1] or date.min),
            reverse=True,
        )
    )


async def _checked(
    work: UnitOfWork, said: ActionSaid, looker: Looker, *, there: Collection[Link] = ()
) -> ActionSaid:
    """With links as they are kept; those that are not `there` yet to reports and problems that are
    theirs to work.

    Raises: FieldsRejected ("no_link", "no_unit").
    """
    faults, links = list[Fault](), list[Link]()
    for kind, key in said.links:
        known = (reference_of(key) or key) if kind is LinkKind.CASE else key
        found = known if (kind, known) in there else await _linked(work, kind, key, looker)
        if found is None:
            faults.append(Fault((f"{kind.value}s",), "no_link", f"there is no '{key[:40]}'"))
        else:
            links.append((kind, found))
    units = {each.key for each in await work.organisation.units()}
    if said.unit and said.unit not in units:
        hint = did_you_mean(said.unit, units)
        faults.append(Fault(("unit",), "no_unit", f"there is no '{said.unit[:40]}'{hint}"))
    if faults:
        raise FieldsRejected(faults)
    return replace(said, links=tuple(links))


async def _linked(work: UnitOfWork, kind: LinkKind, key: str, looker: Looker) -> str | None:
    """The key as it is kept; None where there is nothing of that name."""
    match kind:
        case LinkKind.CASE:
            known = reference_of(key)
            case = await work.cases.by_reference(known) if known else None
            # What is for few is told to few: an action is for all.
            if case is None or case.restricted or not may_see(looker, case, Doing.WORK_CASES):
                return None
            return known
        case LinkKind.PROBLEM:
            try:
                problem = await work.problems.get(UUID(key))
            except ValueError:
                return None
            if problem is None or not may_for(looker, Doing.WORK_CASES, problem.service):
                return None
            return str(problem.id)
        case LinkKind.GROUP:
            return key if 0 < len(key) <= LONGEST else None
        case LinkKind.QUESTION | LinkKind.MEASURE:
            survey, _, inside = key.partition("/")
            known_survey = await work.questionnaires.get(survey) if survey.isascii() else None
            return key if known_survey and inside and len(key) <= LONGEST else None


async def _seen(work: UnitOfWork, action: UUID, looker: Looker, doing: Doing) -> Action:
    """Raises: NotFound."""
    found = await work.actions.get(action)
    if found is None or not may_for(looker, doing, found.service):
        raise NotFound("action")
    return found


async def _is_being_told(work: UnitOfWork, action: Action) -> bool:
    last = await work.announcements.last(action=action.id)
    return last is not None and last.ended_at is None


async def _hidden(work: UnitOfWork, action: Action, looker: Looker) -> frozenset[Link]:
    """Its links to reports that came to be for few, and are not theirs to see."""
    found = set[Link]()
    for kind, key in action.links:
        case = await work.cases.by_reference(key) if kind is LinkKind.CASE else None
        if case is not None and case.restricted and not may_see(looker, case):
            found.add((kind, key))
    return frozenset(found)


def _without(action: Action, hidden: Collection[Link]) -> Action:
    return replace(action, links=tuple(each for each in action.links if each not in hidden))


def _with(after: Action, before: Action, hidden: Collection[Link]) -> Action:
    """With the links that whoever changed it did not see, and in their order where they are the
    same."""
    links = (*after.links, *(each for each in before.links if each in hidden))
    same = set(links) == set(before.links)
    return replace(after, links=before.links if same else links)
