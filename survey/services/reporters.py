"""Whose a problem report is: who may follow it, act in it, or take it over for their school.

Who somebody is, is asked each time: who left a school sees its reports no more from then on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from survey.domain.audit import REPORTER, Actor
from survey.domain.case_access import is_the_schools
from survey.domain.cases import Case
from survey.domain.people import Person
from survey.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Reporter:
    """A known person, a chat ("telegram:BOT:USER") that nobody has joined, or whoever holds the
    link of one case (`Case.link`): it opens as long as the case is theirs to see."""

    person: UUID | None = None
    chat: str | None = None
    link: UUID | None = None

    @property
    def actor(self) -> Actor:
        return Actor.person(self.person) if self.person else REPORTER


async def reported_by(work: UnitOfWork, who: Reporter) -> Sequence[Case]:
    """What they reported, the newest first; some of it may be theirs no more."""
    if who.person is not None or who.chat is not None:
        known = await work.cases.of_person(who.person) if who.person else ()
        before = await work.cases.of_chat(who.chat) if who.chat else ()
        return sorted((*known, *before), key=lambda case: case.opened_at, reverse=True)
    only = await work.cases.by_link(who.link) if who.link else None
    return [only] if only else []


async def may_act(work: UnitOfWork, case: Case, who: Reporter) -> bool:
    """Whether it is theirs."""
    holder = await work.people.get(case.person) if case.person else None
    return is_theirs(case, who, holder)


def is_theirs(case: Case, who: Reporter, holder: Person | None) -> bool:
    """The same, where the known person is read whose it is; None where there is none."""
    by_link = who.link == case.link
    if case.person is None:
        return by_link or (who.chat is not None and who.chat == case.chat)
    if who.person != case.person and not by_link:
        return False
    if holder is None or holder.ended_at is not None:
        return False
    return not case.unit or case.unit in holder.units


async def is_colleague(work: UnitOfWork, case: Case, who: Reporter) -> bool:
    """Whether they stand for the school that it is about, where everybody there may see it."""
    if not is_the_schools(case) or who.person is None:
        return False
    return await stands_for(work, who.person, case.unit)


async def stands_for(work: UnitOfWork, person: UUID, unit: str) -> bool:
    """Whether they belong to this school or department now."""
    found = await work.people.get(person)
    return found is not None and found.ended_at is None and unit in found.units
