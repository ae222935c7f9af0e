"""Reporting a problem, as chat and web do it.

    shown = await reports.begin(owner, person=..., given={"happened": "payslip wrong again"})

From there on it is a conversation as any other (`core.conversations`): what is answered, changed
and sent goes through it, and sending makes the case (`survey.services.taking`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from survey.domain.audit import SERVICE
from survey.domain.case_records import Attachment, Problem
from survey.domain.cases import Case, EntryKind, Said, Side
from survey.domain.expressions import Value
from survey.domain.organisation import ancestors
from survey.domain.problems import may_join
from survey.domain.records import Conversation, Service, UpdateKey, chat_of
from survey.domain.reporter_acts import message
from survey.domain.reporting import EMAIL, REPORT, Begun, Reported, joining
from survey.domain.turns import Start, UnitCandidate
from survey.errors import NotFound, StaleRevision
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.services.catalogue import Catalogue, Published
from survey.services.conversations import Brought, Conversations
from survey.services.drafts import Drafts
from survey.services.effects import settle
from survey.services.promises import promised
from survey.services.reporters import Reporter, may_act
from survey.services.shipped import Shipped
from survey.services.shown import Shown
from survey.services.taking import Taking
from survey.services.timelines import Timelines


@dataclass(frozen=True, slots=True)
class Known:
    """A known problem, or planned downtime, that a reporter is shown before they send theirs.

    `schools` report it so far.
    """

    problem: Problem
    schools: int


class Reports:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        ids: Ids,
        catalogue: Catalogue,
        conversations: Conversations,
        timelines: Timelines,
        taking: Taking,
        shipped: Shipped,
        drafts: Drafts,
    ) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids
        self._catalogue, self._conversations = catalogue, conversations
        self._timelines, self._taking, self._shipped = timelines, taking, shipped
        self._drafts = drafts

    async def begin(
        self,
        owner: str,
        *,
        questionnaire: str = REPORT,
        language: str | None = None,
        person: UUID | None = None,
        given: Mapping[str, Value] | None = None,
        at_once: bool = False,
        update: UpdateKey | None = None,
        brought: Brought | None = None,
    ) -> Shown:
        """Start a report, or go on with the one that the owner has begun.

        Args:
            person: who the owner is known to be; whoever has joined in the owner's chat is known.
            given: answers that are there already: {"happened": the caption of a photo}. Nothing of
                it is used where they have begun one.
            at_once: the notice counts as read; whoever shows the first question says what it says.
            brought: files for it, at Telegram, also where they have begun one. Those of the web
                follow by `Attach`, once they are kept for the conversation.

        Raises: NotFound, where there is no such questionnaire whose answers become a case;
            QuestionnaireClosed; AlreadyApplied; AnswerRejected.
        """
        if questionnaire == REPORT:
            await self.prepare()
        if not (await self._catalogue.get(questionnaire)).published.questionnaire.becomes_case:
            raise NotFound("questionnaire")
        async with self._begin.read() as work:
            person = person or await _joined(work, owner)
            units = await self._stands_for(work, person)
        answered = dict(given or {})
        if person is not None or chat_of(owner) is not None:
            answered.setdefault(EMAIL, None)  # they are answered where they are
        return await self._conversations.begin(
            owner,
            questionnaire,
            language=language,
            person=person,
            update=update,
            unit=units[0] if len(units) == 1 else None,
            unit_fixed=person is not None and len(units) < 2,
            offers=units if len(units) > 1 else (),
            given=answered,
            first=Start() if at_once else None,
            brought=brought,
        )

    async def known(self, service: str, system: str = "") -> Sequence[Known]:
        """What is known about a service, those above and below it, and planned for the next week.

        With a system, what is about another one is left out. The newest comes first.
        """
        now = self._clock.now()
        async with self._begin.read() as work:
            near = _near(await work.organisation.services(), service)
            found = [
                each
                for each in await work.problems.all(open_only=True)
                if each.service in near
                and (not system or each.system in ("", system))
                and may_join(each, now=now)
            ]
            schools = await work.problems.schools([each.id for each in found])
        return [Known(each, schools.get(each.id, 0)) for each in found]

    async def join(
        self,
        problem: UUID,
        who: Reporter,
        *,
        unit: str = "",
        language: str = "en",
        conversation: UUID | None = None,
        owner: str = "",
        update: UpdateKey | None = None,
    ) -> Case:
        """Report the same: a case of one's own that is linked to the problem, in one tap.

        Who has joined it for this school is given the case that they have. A `conversation` of this
        `owner` in which they were reporting it ends with it; what they said in it, and its files,
        are in their case. Where that is for few it is a report by itself, and no part of the
        problem.

        Raises: NotFound, where nothing of the problem is told, or it is over; AlreadyApplied;
            StaleRevision; DraftUnreadable; Busy.
        """
        published = await self._published(conversation)
        async with self._begin() as work:
            await settle(work, [update])
            known = await work.problems.get(problem)
            if known is None or not may_join(known, now=self._clock.now()):
                raise NotFound("problem")
            if who.person is not None:
                person = await work.people.get(who.person)
                if person is None or person.ended_at is not None:
                    who = replace(who, person=None)  # somebody who left is nobody known
                stands_for = {each.key for each in await self._stands_for(work, who.person)}
                unit = unit if unit in stands_for else ""
            row, said = None, joining(known)
            if conversation is not None and published is not None:
                row, begun, files = await self._begun(work, conversation, published, owner)
                said = joining(known, begun, files)
            case = None if said.restricted else await self._joined_before(work, known, who, unit)
            if case is None:
                case = await self._join(work, known, said, who, unit=unit, language=language)
            elif said.first.text.strip() or said.first.files:
                more = message(said.first.text, said.first.files)
                case = await self._timelines.add(work, case.id, more, by=who.actor)
            if row is not None:
                await self._taking.end(work, row, case)
            await work.commit()
        return case

    async def _published(self, conversation: UUID | None) -> Published | None:
        """What is asked in a conversation. Raises: NotFound."""
        if conversation is None:
            return None
        async with self._begin.read() as work:
            row = await work.conversations.get(conversation)
        if row is None:
            raise NotFound("conversation")
        return await self._catalogue.version(row.questionnaire, row.version)

    async def _begun(
        self, work: UnitOfWork, conversation: UUID, published: Published, owner: str
    ) -> tuple[Conversation, Begun, tuple[UUID, ...]]:
        """What somebody has said of a report that is not sent, and its files.

        Raises: NotFound, StaleRevision, DraftUnreadable.
        """
        row = await work.conversations.get(conversation)
        if row is None or row.owner != owner or not row.draft:
            raise NotFound("conversation")
        if row.version != published.version.number:
            raise StaleRevision("conversation")
        answers = self._drafts.opened(row).answers
        files = await work.attachments.of_conversation(conversation)
        begun = Begun(published.questionnaire, row.version, answers)
        return row, begun, tuple(each.id for each in files)

    async def files(self, conversation: UUID) -> Sequence[Attachment]:
        """Those that came with a report so far, the oldest first."""
        async with self._begin.read() as work:
            return await work.attachments.of_conversation(conversation)

    async def drop(self, conversation: UUID, file: UUID, *, owner: str) -> None:
        """Forget a file of a report that is not sent. Raises: NotFound."""
        async with self._begin() as work:
            row = await work.conversations.get(conversation)
            found = await work.attachments.get(file)
            theirs = row is not None and row.owner == owner
            if not theirs or found is None or found.conversation != conversation:
                raise NotFound("file")
            await work.attachments.remove(file)
            await work.commit()

    async def lines(self, service: str) -> Sequence[str]:
        """Whom to telephone at any hour about what is urgent, by the promise of a service."""
        async with self._begin.read() as work:
            told = (await promised(work, service)).promise
        return [each for each in (told.urgent, told.safeguarding) if each]

    async def _join(
        self,
        work: UnitOfWork,
        known: Problem,
        said: Reported,
        who: Reporter,
        *,
        unit: str,
        language: str,
    ) -> Case:
        whose = Reporter(person=who.person, chat=None if who.person else who.chat)
        case = self._taking.case(said, whose, unit=unit, language=language)
        case = await self._timelines.open(work, case, said.first, by=who.actor)
        if said.restricted:
            return case  # whoever fixes the problem may not see it
        linked = Said(kind=EntryKind.LINKED, side=Side.SERVICE, data={"problem": str(known.id)})
        return await self._timelines.add(work, case.id, linked, by=SERVICE)

    @staticmethod
    async def _joined_before(
        work: UnitOfWork, known: Problem, who: Reporter, unit: str
    ) -> Case | None:
        if who.person is not None:
            theirs = await work.cases.of_person(who.person)
        else:
            theirs = await work.cases.of_chat(who.chat) if who.chat else ()
        for each in theirs:
            same = each.problem == known.id and each.unit == unit and each.state.open
            if same and await may_act(work, each, who):
                return each
        return None

    @staticmethod
    async def _stands_for(work: UnitOfWork, person: UUID | None) -> tuple[UnitCandidate, ...]:
        """The schools and departments that a known person reports for, in the order offered."""
        found = await work.people.get(person) if person else None
        if found is None or found.ended_at is not None:
            return ()
        units = {each.key: each for each in await work.organisation.units()}
        theirs = (units[key] for key in found.units if key in units)
        return tuple(UnitCandidate(each.key, each.name) for each in theirs if each.ended_at is None)

    async def prepare(self) -> None:
        """Reporting works from the start, about every service that there is.

        Raises: QuestionnaireClosed, where there are none.
        """
        await self._shipped.prepare(REPORT, open_link=True)


async def _joined(work: UnitOfWork, owner: str) -> UUID | None:
    """Who has joined in the chat of this owner."""
    parts = chat_of(owner)
    chat = await work.chats.get(*parts) if parts else None
    return chat.person if chat else None


def _near(services: Collection[Service], service: str) -> frozenset[str]:
    """The service, those above it and those below it."""
    lines = ancestors(services)
    below = {key for key, line in lines.items() if service in line}
    return frozenset(below | set(lines.get(service, ())) - {""})
