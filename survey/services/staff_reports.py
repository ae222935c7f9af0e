"""Reports that staff write down for somebody who telephoned, came by, or wrote a letter."""

from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from survey.domain import reporter_acts
from survey.domain.access import Action
from survey.domain.audit import Actor
from survey.domain.case_access import Looker, may_see
from survey.domain.cases import Case, EntryKind
from survey.domain.people import Person
from survey.domain.received import Received
from survey.errors import Fault, FieldsRejected
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.services.attachments import Attachments
from survey.services.held_letters import HeldLetters
from survey.services.letter_entries import Kept, forget_files, kept_files, tell_refused
from survey.services.second_hand import SecondHand, case_of, refuse_faulty
from survey.services.timelines import Timelines


@dataclass(frozen=True, slots=True)
class _Letter:
    """A letter that becomes a report: its name among those held, and what is kept of it."""

    name: str
    files: Kept


class StaffReports:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        ids: Ids,
        timelines: Timelines,
        attachments: Attachments,
        letters: HeldLetters,
    ) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids
        self._timelines, self._attachments, self._letters = timelines, attachments, letters

    async def report(
        self, told: SecondHand, *, looker: Looker, by: Actor, form: UUID | None = None
    ) -> Case:
        """Keep a report for whoever told it; by the address they are known, or answered alone.

        Args:
            form: the form that it was written in; the same words in it are the same report again.

        Raises: FieldsRejected, also "not_yours" where the case would not be theirs to work; Busy.
        """
        words = f"{looker.account}\n{told}"
        named = self._ids.uuid() if form is None else uuid5(form, words)
        async with self._begin.read() as work:
            before = await work.cases.get(named)
        return before or await self._keep(told, None, named, looker, by)

    async def from_letter(self, name: str, told: SecondHand, *, looker: Looker, by: Actor) -> Case:
        """Make a report of a letter that waits, with its files; it waits no more.

        Raises: NotFound, also where somebody else was quicker; FieldsRejected; Busy.
        """
        read = await self._letters.read(name, looker)
        case = self._ids.uuid()
        kept = await kept_files(self._attachments, read, case)
        done = False
        try:
            after = await self._keep(told, _Letter(name, kept), case, looker, by)
            done = True
        finally:
            if not done:
                await forget_files(self._begin, kept.files)
        return after

    async def letter(self, name: str, looker: Looker) -> Received:
        """What a letter says that may become a report. Raises: NotFound."""
        return await self._letters.read(name, looker)

    async def _keep(
        self, told: SecondHand, letter: _Letter | None, named: UUID, looker: Looker, by: Actor
    ) -> Case:
        files = letter.files.files if letter else ()
        said = replace(reporter_acts.message(told.text, files), kind=EntryKind.REPORTED)
        case = case_of(told, named, at=self._clock.now())
        async with self._begin() as work:
            await refuse_faulty(work, told)
            if not may_see(looker, replace(case, restricted=False), Action.WORK_CASES):
                message = "reports about this service and school are not yours to work"
                raise FieldsRejected([Fault(("service",), "not_yours", message)])
            case = await _known(work, case)
            if letter is not None:
                said = replace(said, data={**said.data, "by": "email"})
            kept = await self._timelines.open(work, case, said, by=by)
            if letter is not None:
                await tell_refused(work, self._timelines, kept.id, letter.files)
                await self._letters.taken(work, letter.name, kept, looker=looker, by=by)
            await work.commit()
        return kept


async def _known(work: UnitOfWork, case: Case) -> Case:
    """As that of the one person with this address, who stands for the school where they do."""
    found = await work.people.by_email(case.email) if case.email else ()
    here = [each for each in found if each.ended_at is None and _stands_for(each, case.unit)]
    if len(here) != 1:
        return case
    [person] = here
    unit = case.unit or (person.units[0] if len(person.units) == 1 else "")
    return replace(case, person=person.id, email=None, unit=unit)


def _stands_for(person: Person, unit: str) -> bool:
    return not unit or unit in person.units
