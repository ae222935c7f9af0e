"""Where somebody is in a conversation, and where an input would lead them; it keeps nothing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.domain import conversation as engine
from survey.domain.arriving import Arrived, looked_at
from survey.domain.distress import noticed
from survey.domain.folding import folded
from survey.domain.inviting import last_day, told_by
from survey.domain.questionnaire import QuestionType
from survey.domain.records import Conversation, Receipt
from survey.domain.reporting import EMAIL
from survey.domain.turns import (
    Answered,
    Corrected,
    Event,
    Input,
    Moment,
    NoticeTurn,
    OverTurn,
    Phase,
    Sprint,
    Stale,
    State,
)
from survey.domain.waves import Wave
from survey.errors import NotFound
from survey.ports import Begin, Clock
from survey.services.catalogue import Catalogue, Published
from survey.services.drafts import Drafts, is_over
from survey.services.shown import Shown, Stored

_NAMES = 50
"""Of people that are looked for in one text at most."""


class Looking:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        drafts: Drafts,
        catalogue: Catalogue,
        *,
        zone: ZoneInfo,
        organisation: str,
    ) -> None:
        self._begin, self._clock = begin, clock
        self._drafts, self._catalogue = drafts, catalogue
        self._zone, self._organisation = zone, organisation

    async def get(self, conversation: UUID, owner: str) -> Conversation:
        row = await self._begin.glances.conversation(conversation)
        if row is None or row.owner != owner:
            raise NotFound("conversation")
        return row

    async def find(self, conversation: UUID, owner: str) -> Stored | Shown:
        """What is found of it, or how it ended. Raises: NotFound, DraftUnreadable."""
        return await self.opened(await self.get(conversation, owner))

    async def looked(self, row: Conversation, input_: Input) -> Shown:
        found = await self.opened(row)
        if isinstance(found, Shown):
            return found
        sprint = self.step(found.published, found.state, (input_,))
        return await self.told(replace(self.shown(found, sprint), stored=found))

    async def opened(self, row: Conversation) -> Stored | Shown:
        """What was found, or how it ended. Raises: DraftUnreadable."""
        published = await self._catalogue.version(row.questionnaire, row.version)
        wave = await self._begin.glances.wave(row.wave) if row.wave else None
        if wave is not None:
            published = published.in_wave(wave)
        if is_over(row):
            return await self.told(self._finished(row, published, wave))
        return Stored(row, published, self._drafts.opened(row), wave)

    async def told(self, shown: Shown) -> Shown:
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

    def step(
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

    def shown(self, found: Stored, sprint: Sprint, *, receipt: Receipt | None = None) -> Shown:
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

    async def arrived(self, published: Published, shown: Shown) -> Arrived | None:
        """What is in the text that was the last to be taken; names only where it is a report."""
        questionnaire = published.questionnaire
        for event in reversed(shown.events):
            if not isinstance(event, Answered | Corrected):
                continue
            text = shown.state.answers.get(event.question)
            kind = questionnaire.question(event.question).type
            if kind is not QuestionType.TEXT or not isinstance(text, str):
                continue
            if questionnaire.becomes_case and event.question == EMAIL:
                continue  # their own, which they were asked for
            if not questionnaire.becomes_case:
                return Arrived(event.question, noticed(text)) or None
            async with self._begin.read() as work:
                names = await work.people.named_in(text, limit=_NAMES)
            words = [tuple(folded(name).split()) for name in names]
            return looked_at(event.question, text, words) or None
        return None

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
        return self.shown(Stored(row, published, state, wave), sprint)
