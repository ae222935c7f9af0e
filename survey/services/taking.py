"""Makes a case of a conversation that was sent, in the unit of work that ends it."""

from dataclasses import replace
from uuid import UUID, uuid5

from survey.domain import reporter_acts
from survey.domain.audit import SERVICE
from survey.domain.cases import Case, CaseKind, Effect, EntryKind, Said, Side
from survey.domain.named import named_person, person_of
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from survey.domain.records import Conversation, Receipt, chat_of
from survey.domain.reporting import Reported, reported, sorted_first, wanting_contact
from survey.domain.turns import State, Submitted
from survey.errors import QuestionnaireClosed, StaleRevision
from survey.ports import Clock, Ids, UnitOfWork
from survey.services.catalogue import Published
from survey.services.reporters import Reporter
from survey.services.timelines import Timelines


def told_of(person: UUID | None, owner: str) -> str:
    """Who reports, as `State.reporter` has it; '' where nobody is known."""
    if person is not None:
        return named_person(person)
    return owner if chat_of(owner) is not None else ""


class Taking:
    def __init__(self, clock: Clock, ids: Ids, timelines: Timelines) -> None:
        self._clock, self._ids, self._timelines = clock, ids, timelines

    async def take(
        self,
        work: UnitOfWork,
        row: Conversation,
        published: Published,
        state: State,
        sent: Submitted,
    ) -> Receipt:
        """Keep the case with its first entry and its files, and end the conversation with its
        reference for a receipt.

        Raises: StaleRevision, where another step was taken since `row` was read;
            QuestionnaireClosed.
        """
        listed = await work.questionnaires.get(row.questionnaire)
        if listed is not None and listed.closed_at is not None:
            raise QuestionnaireClosed(row.questionnaire)
        said = reported(published.questionnaire, published.version.number, sent.answers)
        there = {each.id: each for each in await work.attachments.of_conversation(row.id)}
        files = tuple(each for each in said.files if each in there)
        whose = await self.whose(work, row, state, sent.unit)
        case = self.case(said, whose, unit=sent.unit or "", language=sent.language)
        case = await self._timelines.open(
            work, case, replace(said.first, files=files), by=whose.actor
        )
        if refused := [there[each] for each in files if there[each].refused]:
            unkept = [
                reporter_acts.unkept(each.name, each.refused or "", each.id) for each in refused
            ]
            await self._timelines.add(work, case.id, *unkept, by=SERVICE)
        return await self.end(work, row, case)

    async def contact(
        self, work: UnitOfWork, row: Conversation, published: Published, sent: Submitted
    ) -> bool:
        """Open a case for each service that they are not satisfied with and agree to be contacted
        about; one that is there already changes nothing. True where one was opened.

        It is not linked to the response: it has what they pass on, and of a confidential answer
        neither school nor department. Nothing is opened where nobody could be answered.
        """
        questionnaire = published.questionnaire
        attributed = questionnaire.privacy is Privacy.ATTRIBUTED
        unit = (sent.unit or "") if attributed else ""
        if questionnaire.privacy is Privacy.ANONYMOUS:  # a wave may promise more
            return False
        wanted = wanting_contact(questionnaire, sent.language, sent.answers)
        whose = await self._asked(work, row, unit) if wanted else Reporter()
        if whose == Reporter() and not unit:
            return False
        opened = False
        for service, text in wanted.items():
            priority, for_few = sorted_first(CaseKind.FEEDBACK, Effect.SLOWS, [text])
            case = Case(
                id=uuid5(row.id, service),
                reference="",
                service=service,
                unit=unit,
                kind=CaseKind.FEEDBACK,
                effect=Effect.SLOWS,
                opened_at=self._clock.now(),
                priority=priority,
                restricted=for_few,
                language=sent.language,
                person=whose.person,
                chat=whose.chat,
            )
            if await work.cases.get(case.id) is None:
                said = Said(kind=EntryKind.REPORTED, side=Side.REPORTER, text=text)
                await self._timelines.open(work, case, said, by=whose.actor)
                opened = True
        return opened

    async def _asked(self, work: UnitOfWork, row: Conversation, unit: str) -> Reporter:
        """Whom an answer is from: who was invited, else whoever writes in the chat."""
        invited = await work.invitations.get(row.invitation) if row.invitation else None
        known = told_of(invited.person if invited else None, row.owner)
        state = State(row.questionnaire, row.version, "", reporter=known)
        return await self.whose(work, row, state, unit)

    def case(self, said: Reported, whose: Reporter, *, unit: str, language: str) -> Case:
        """The case to be, without a reference."""
        return Case(
            id=self._ids.uuid(),
            reference="",
            service=said.service,
            unit=unit,
            kind=said.kind,
            effect=said.effect,
            opened_at=self._clock.now(),
            system=said.system,
            priority=said.priority,
            language=language,
            person=whose.person,
            chat=whose.chat,
            email=None if whose.person else said.email,
            restricted=said.restricted,
        )

    async def whose(
        self, work: UnitOfWork, row: Conversation, state: State, unit: str | None
    ) -> Reporter:
        """Whose report it is by now: whoever joins a chat while they report is known from then on.

        Somebody who does not stand for the school that they named reports as nobody known: they
        could not follow it otherwise.
        """
        known = state.reporter or told_of(None, row.owner)
        chat = chat_of(known)
        if chat is not None:
            found = await work.chats.get(*chat)
            person = await _person(work, found.person if found else None)
        else:
            person = await _person(work, person_of(known))
        if person is not None and (not unit or unit in person.units):
            return Reporter(person=person.id)
        return Reporter(chat=known if chat is not None else None)

    async def end(self, work: UnitOfWork, row: Conversation, case: Case) -> Receipt:
        """Raises: StaleRevision."""
        receipt = Receipt(self._ids.uuid(), case.reference)
        ended = await work.conversations.end(
            row.id, expected_revision=row.revision, receipt=receipt, at=self._clock.now()
        )
        if not ended:
            raise StaleRevision("conversation")
        return receipt


async def _person(work: UnitOfWork, person: UUID | None) -> Person | None:
    found = await work.people.get(person) if person else None
    return found if found is not None and found.ended_at is None else None
