"""One conversation, whichever channel it is held in: load, step, write, say what to show.

The engine decides, the writer keeps; nothing is shown before it is durable. Half-finished answers
are encrypted with a key that lies outside the database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.domain import conversation as engine
from survey.domain.arriving import Arrived, looked_at
from survey.domain.calendar import local_month
from survey.domain.cases import Case
from survey.domain.distress import noticed
from survey.domain.expressions import Value
from survey.domain.folding import folded
from survey.domain.inviting import last_day, takes_answers, told_by
from survey.domain.questionnaire import QuestionType
from survey.domain.records import (
    REVISION_OVER,
    Conversation,
    Receipt,
    ShownTurn,
    Step,
    Submission,
    UpdateKey,
)
from survey.domain.turns import (
    Answered,
    Corrected,
    Event,
    Input,
    Moment,
    NoticeTurn,
    OverTurn,
    Phase,
    Resume,
    Sprint,
    Stale,
    State,
    Submitted,
    Turn,
    UnitCandidate,
)
from survey.domain.waves import Wave
from survey.errors import (
    AlreadyAnswered,
    AlreadyApplied,
    BoxGone,
    DraftUnreadable,
    NotFound,
    QuestionnaireClosed,
    StaleRevision,
    WaveClosed,
)
from survey.ports import Begin, Clock, Ids, Writer
from survey.services.catalogue import Catalogue, Published
from survey.services.drafts import Drafts, Pseudonyms, is_over
from survey.services.intake import Answers, Intake
from survey.services.taking import Taking, told_of
from survey.tally import Counted, Tally

_NAMES = 50
"""Of people that are looked for in one text at most."""

_RACES = 5
"""How often the loser of a race reads again before it gives up."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An unfinished conversation as it was read."""

    row: Conversation
    published: Published
    state: State
    wave: Wave | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a channel is to show after an input, and what happened.

    `touched_at` is when the person took the step before this one. `stored` is what a look began
    with, for the step that follows it. `invitation` is what it answers, in this `wave`, which is
    open until the end of `closes_on`. `arrived` says what was noticed in a text just taken, and
    `case` is what a report has become.
    """

    conversation: UUID
    published: Published
    state: State
    turn: Turn
    events: tuple[Event, ...]
    receipt: Receipt | None
    started_at: datetime
    touched_at: datetime
    message_id: int | None
    shown: int | None
    stored: Stored | None = None
    invitation: UUID | None = None
    wave: Wave | None = None
    closes_on: date | None = None
    arrived: Arrived | None = None
    case: Case | None = None

    def takes_answers(self, now: datetime) -> bool:
        """Whether its wave, if it has one, is open."""
        return self.wave is None or takes_answers(self.wave, now=now)


class Conversations:
    """The use cases of a person who answers."""

    def __init__(
        self,
        begin: Begin,
        writer: Writer,
        clock: Clock,
        ids: Ids,
        drafts: Drafts,
        catalogue: Catalogue,
        intake: Intake,
        *,
        zone: ZoneInfo,
        organisation: str,
        pseudonyms: Pseudonyms,
        tally: Tally,
        taking: Taking,
    ) -> None:
        self._begin, self._writer, self._clock, self._ids = begin, writer, clock, ids
        self._drafts, self._catalogue, self._intake = drafts, catalogue, intake
        self._zone, self._organisation = zone, organisation
        self._pseudonyms, self._tally, self._taking = pseudonyms, tally, taking

    async def preview(
        self,
        questionnaire: str,
        *,
        language: str | None = None,
        unit: UnitCandidate | None = None,
        unit_fixed: bool = False,
    ) -> Shown:
        """The first turn as a newcomer sees it; nothing is stored. Raises: as `begin`."""
        published = await self._open_to_anybody(questionnaire)
        _, shown = self.drafted("", published, language=language, unit=unit, unit_fixed=unit_fixed)
        return shown

    async def begin(
        self,
        owner: str,
        questionnaire: str,
        *,
        language: str | None = None,
        unit: UnitCandidate | None = None,
        unit_fixed: bool = False,
        again: bool = False,
        person: UUID | None = None,
        update: UpdateKey | None = None,
        given: Mapping[str, Value] | None = None,
        offers: Sequence[UnitCandidate] = (),
        first: Input | None = None,
    ) -> Shown:
        """Start an open questionnaire, or go on where the owner left it.

        `person` is who the owner is known to be, and takes part. With `again`, somebody who has
        answered it this month may rate another service; a questionnaire that asks about none takes
        one set of answers a month from each whom we know. `update` is the inbox row that asks for
        it, which must not have had its effect. A new conversation has the answers `given` already,
        offers these units to choose from, and takes the `first` input at once.

        Raises: NotFound when it does not exist or is not open to anybody with the link;
            QuestionnaireClosed when it takes no more answers; AnswerRejected when it needs a unit
            from its link and there is none; AlreadyAnswered; AlreadyApplied.
        """
        published = await self._open_to_anybody(questionnaire)
        existing = await self.current(owner, questionnaire, wave="")
        if existing is not None and not existing.state.phase.over:
            return existing
        await self._refuse_a_second_time(owner, person, published, again=again)
        row, shown = self.drafted(
            owner,
            published,
            language=language,
            unit=unit,
            unit_fixed=unit_fixed,
            participant=self._pseudonyms.participant(owner, person) if person else None,
            answers=given,
            offers=offers,
            first=first,
            reporter=told_of(person, owner) if published.questionnaire.becomes_case else "",
        )
        async with self._begin() as work:
            if update is not None:
                await work.inbox.require_waiting(update)
            await work.conversations.add(row)
            await work.commit()
        return shown

    async def _open_to_anybody(self, questionnaire: str) -> Published:
        listed = await self._catalogue.get(questionnaire)
        if not listed.row.open_link:
            raise NotFound("questionnaire")
        if listed.row.closed_at is not None:
            raise QuestionnaireClosed(questionnaire)
        return listed.published

    async def _refuse_a_second_time(
        self, owner: str, person: UUID | None, published: Published, *, again: bool
    ) -> None:
        """Raises: AlreadyAnswered."""
        if published.questionnaire.becomes_case:
            return
        participants = self._pseudonyms.participants(owner, person)
        rates_a_service = published.questionnaire.service_question is not None
        if not participants or (again and rates_a_service):
            return
        key = published.version.questionnaire
        month = local_month(self._clock.now(), self._zone)
        async with self._begin.read() as work:
            answered = [
                await work.responses.took_part(each, key, month=month, wave="")
                for each in participants
            ]
        if any(answered):
            raise AlreadyAnswered(key, month, again=rates_a_service)

    def drafted(
        self,
        owner: str,
        published: Published,
        *,
        language: str | None = None,
        unit: UnitCandidate | None = None,
        unit_fixed: bool = False,
        participant: str | None = None,
        invitation: UUID | None = None,
        wave: Wave | None = None,
        first: Input | None = None,
        answers: Mapping[str, Value] | None = None,
        offers: Sequence[UnitCandidate] = (),
        reporter: str = "",
    ) -> tuple[Conversation, Shown]:
        """A new conversation after the `first` input, and what it shows; nothing is kept.

        `answers` are those with which it begins, as if they had been given already.

        Raises: AnswerRejected, where it needs a unit given and there is none.
        """
        state = engine.begin(
            published.form,
            language=language or published.questionnaire.default_language,
            unit=unit,
            unit_fixed=unit_fixed,
        )
        state = replace(state, answers=dict(answers or {}), offers=tuple(offers), reporter=reporter)
        sprint = self._step(published, state, (first or Resume(),))
        state, now = sprint.state, self._clock.now()
        draft_key, draft = self._drafts.sealed(state, now)
        row = Conversation(
            id=self._ids.uuid(),
            owner=owner,
            questionnaire=published.version.questionnaire,
            version=published.version.number,
            revision=state.revision,
            phase=state.phase,
            draft=draft,
            draft_key=draft_key,
            started_at=now,
            touched_at=now,
            participant=participant,
            invitation=invitation,
            wave=wave.key if wave else "",
        )
        return row, self._shown(Stored(row, published, state, wave), sprint)

    async def current(
        self, owner: str, questionnaire: str | None = None, *, wave: str | None = None
    ) -> Shown | None:
        """The owner's newest conversation (about this questionnaire, in this wave), over or not.

        With wave '' it is one by an open link. One so old that its key is destroyed counts as
        deleted.
        """
        async with self._begin.read() as work:
            row = await work.conversations.current(owner, questionnaire, wave=wave)
        try:
            return None if row is None else await self._looked(row, Resume())
        except DraftUnreadable:
            return None

    async def resume(self, conversation: UUID, *, owner: str) -> Shown:
        """Where the owner is in this conversation. Raises: NotFound."""
        return await self.look(conversation, Resume(), owner=owner)

    async def look(self, conversation: UUID, input_: Input, *, owner: str) -> Shown:
        """What an input would lead to; nothing is kept. Raises: NotFound."""
        return await self._looked(await self._get(conversation, owner), input_)

    async def _looked(self, row: Conversation, input_: Input) -> Shown:
        found = await self._opened(row)
        if isinstance(found, Shown):
            return found
        sprint = self._step(found.published, found.state, (input_,))
        return await self._told(replace(self._shown(found, sprint), stored=found))

    async def _opened(self, row: Conversation) -> Stored | Shown:
        """What was found, or how it ended. Raises: DraftUnreadable."""
        published = await self._catalogue.version(row.questionnaire, row.version)
        wave = await self._begin.glances.wave(row.wave) if row.wave else None
        if wave is not None:
            published = published.in_wave(wave)
        if is_over(row):
            return await self._told(self._finished(row, published, wave))
        return Stored(row, published, self._drafts.opened(row), wave)

    async def _told(self, shown: Shown) -> Shown:
        """The same; the notice of somebody who was invited is in the words of the campaign, and
        a report that was sent comes with its case."""
        if shown.receipt is not None and shown.published.questionnaire.becomes_case:
            async with self._begin.read() as work:
                case = await work.cases.by_reference(shown.receipt.reference)
            return replace(shown, case=case)
        if shown.wave is None or not isinstance(shown.turn, NoticeTurn):
            return shown
        async with self._begin.read() as work:
            campaign = await work.campaigns.get(shown.wave.campaign)
        if campaign is None:
            return shown
        closes_on = shown.closes_on or last_day(shown.wave, self._zone)
        return replace(shown, turn=told_by(campaign.plan, shown.turn, closes_on=closes_on))

    async def apply(
        self,
        conversation: UUID,
        *inputs: Input | Callable[[State], Input],
        owner: str,
        update: UpdateKey | None = None,
        seen: Shown | None = None,
    ) -> Shown:
        """Apply inputs in order, as one step; the second of two callers sees what the first did.

        An input may be a function of the state, for a channel that must see where the person is.
        With `seen`, what the owner's look at it just gave, it is read again only where another
        caller was faster. `update` is the inbox row that is done with it, in the same transaction
        (unless nothing changed: then the caller marks it).

        Raises: NotFound (also for somebody else's conversation), Busy; where it is sent,
            QuestionnaireClosed, WaveClosed, and AlreadyAnswered where somebody else, or they by
            another way, were faster.
        """
        known = _seen(seen, conversation, owner)
        for _ in range(_RACES):
            found = known or await self._opened(await self._get(conversation, owner))
            if isinstance(found, Shown):
                return found
            sprint = self._step(found.published, found.state, inputs)
            if sprint.state.revision == found.state.revision:
                return await self._told(self._shown(found, sprint))
            if sprint.state.phase.over:
                ended = replace(sprint.state, revision=REVISION_OVER)
                sprint = replace(sprint, state=ended)
            try:
                receipt = await self._keep(found, sprint, update)
            except StaleRevision as lost:
                if isinstance(lost, BoxGone):
                    self._intake.forget_boxes()
                known = None
                continue
            told = await self._told(self._shown(found, sprint, receipt=receipt))
            return replace(told, arrived=await self._arrived(found, sprint))
        raise StaleRevision("conversation")

    async def _arrived(self, found: Stored, sprint: Sprint) -> Arrived | None:
        """What is in the text that was the last to be taken; names only where it is a report."""
        questionnaire = found.published.questionnaire
        for event in reversed(sprint.events):
            if not isinstance(event, Answered | Corrected):
                continue
            text = sprint.state.answers.get(event.question)
            kind = questionnaire.question(event.question).type
            if kind is not QuestionType.TEXT or not isinstance(text, str):
                continue
            if not questionnaire.becomes_case:
                return Arrived(event.question, noticed(text)) or None
            async with self._begin.read() as work:
                names = await work.people.named_in(text, limit=_NAMES)
            words = [tuple(folded(name).split()) for name in names]
            return looked_at(event.question, text, words) or None
        return None

    async def forget(self, owner: str) -> None:
        """Delete the owner's conversations, whatever they are about: somebody else is here now."""
        async with self._begin() as work:
            await work.conversations.forget(owner)
            await work.commit()

    async def find_units(self, text: str) -> tuple[UnitCandidate, ...]:
        """At most 8 units whose name holds the text, for `FindUnit`."""
        async with self._begin.read() as work:
            found = await work.organisation.find_units(text)
            names = {unit.key: unit.name for unit in await work.organisation.units()}
        return tuple(
            UnitCandidate(unit.key, unit.name, names.get(unit.parent or "", "")) for unit in found
        )

    async def unit(self, key: str) -> UnitCandidate:
        """The unit of this key, for `ChooseUnit`. Raises: NotFound, also where it is archived."""
        async with self._begin.read() as work:
            unit = await work.organisation.unit(key)
        if unit is None or unit.ended_at is not None:
            raise NotFound("unit")
        return UnitCandidate(unit.key, unit.name)

    async def mark_shown(
        self, conversation: UUID, *, revision: int, message_id: int | None = None
    ) -> None:
        """The person was shown the turn of this revision, in this message of the chat.

        Raises: Busy.
        """
        await self._writer.shown(ShownTurn(conversation, revision, message_id))

    async def _get(self, conversation: UUID, owner: str) -> Conversation:
        row = await self._begin.glances.conversation(conversation)
        if row is None or row.owner != owner:
            raise NotFound("conversation")
        return row

    def _step(
        self,
        published: Published,
        state: State,
        inputs: Sequence[Input | Callable[[State], Input]],
    ) -> Sprint:
        """All inputs, one after the other; the last turn with every event."""
        today = self._clock.now().astimezone(self._zone).date()
        moment = Moment(today, self._organisation)
        events: list[Event] = []
        for each in inputs:
            input_ = each(state) if callable(each) else each
            sprint = engine.step(published.form, state, input_, moment)
            events += sprint.events
            state = sprint.state
        return sprint if len(inputs) == 1 else replace(sprint, events=tuple(events))

    async def _keep(
        self, found: Stored, sprint: Sprint, update: UpdateKey | None
    ) -> Receipt | None:
        row, now = found.row, self._clock.now()
        sent = next((each for each in sprint.events if isinstance(each, Submitted)), None)
        if sent is not None and found.published.questionnaire.becomes_case:
            return await self._report(found, sent, update)
        draft_key, draft = "", b""
        if not sprint.state.phase.over:
            draft_key, draft = self._drafts.sealed(sprint.state, now)
        submission = await self._submission(found, sent) if sent is not None else None
        if sent is not None and found.published.questionnaire.contact is not None:
            await self._contact(found, sent)
        step = Step(
            conversation=row.id,
            expected_revision=row.revision,
            revision=sprint.state.revision,
            phase=sprint.state.phase,
            draft=draft,
            draft_key=draft_key,
            at=now,
            submission=submission,
            update=update,
        )
        try:
            receipt = await self._writer.apply(step)
        except WaveClosed as closed:
            # Closed since we looked: the day is in the row as it stands now.
            wave = await self._begin.glances.wave(closed.wave)
            raise WaveClosed(closed.wave, last_day(wave, self._zone) if wave else None) from None
        if receipt is not None:
            self._tally.count(Counted.SUBMISSIONS, row.channel)
        return receipt

    async def _report(self, found: Stored, sent: Submitted, update: UpdateKey | None) -> Receipt:
        """End the conversation as a case: all of it once, or nothing.

        Raises: StaleRevision, QuestionnaireClosed.
        """
        async with self._begin() as work:
            if update is not None:
                try:
                    await work.inbox.require_waiting(update)
                except AlreadyApplied:
                    raise StaleRevision("conversation") from None
                await work.inbox.applied(update)
            receipt = await self._taking.take(work, found.row, found.published, found.state, sent)
            await work.commit()
        self._tally.count(Counted.SUBMISSIONS, found.row.channel)
        return receipt

    async def _contact(self, found: Stored, sent: Submitted) -> None:
        """Open the cases that they agree to, before the answers are kept.

        Whoever sends again after a crash between the two has these cases already. Where another
        step was taken since it was read nothing is opened: it may have taken the consent back.
        """
        async with self._begin() as work:
            row = await work.conversations.get(found.row.id)
            if row is None or row.revision != found.row.revision:
                return
            if await self._taking.contact(work, found.row, found.published, sent):
                await work.commit()

    async def _submission(self, found: Stored, submitted: Submitted) -> Submission:
        """Raises: WaveClosed."""
        row, wave = found.row, found.wave
        if wave is not None and not takes_answers(wave, now=self._clock.now()):
            raise WaveClosed(wave.key, last_day(wave, self._zone))
        participant = row.participant or self._pseudonyms.participant(row.owner)
        rates_a_service = found.published.questionnaire.service_question is not None
        return await self._intake.submission(
            found.published,
            Answers(submitted.unit, submitted.language, submitted.answers),
            wave=wave,
            participant=participant,
            once=wave is None and participant is not None and not rates_a_service,
            invitation=row.invitation,
            mode=row.mode,
        )

    def _finished(self, row: Conversation, published: Published, wave: Wave | None) -> Shown:
        phase = Phase(row.phase)
        state = State(
            row.questionnaire,
            row.version,
            published.questionnaire.default_language,
            phase=phase,
            revision=row.revision,
        )
        sprint = Sprint(state, OverTurn(phase), (Stale("over"),))
        return self._shown(Stored(row, published, state, wave), sprint)

    def _shown(self, found: Stored, sprint: Sprint, *, receipt: Receipt | None = None) -> Shown:
        row = found.row
        return Shown(
            conversation=row.id,
            published=found.published,
            state=sprint.state,
            turn=sprint.turn,
            events=sprint.events,
            receipt=receipt or row.receipt,
            started_at=row.started_at,
            touched_at=row.touched_at,
            message_id=row.message_id,
            shown=row.shown,
            invitation=row.invitation,
            wave=found.wave,
            closes_on=last_day(found.wave, self._zone) if found.wave else None,
        )


def _seen(seen: Shown | None, conversation: UUID, owner: str) -> Stored | None:
    """What an earlier look found, where it was at this conversation of this owner."""
    stored = seen.stored if seen else None
    if stored is None or (stored.row.id, stored.row.owner) != (conversation, owner):
        return None
    return stored
