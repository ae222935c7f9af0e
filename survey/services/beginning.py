"""How a conversation begins: who may begin which, and what it holds before anybody answers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.domain import conversation as engine
from survey.domain.calendar import local_month
from survey.domain.expressions import Value
from survey.domain.records import Conversation
from survey.domain.turns import Input, Resume, UnitCandidate
from survey.domain.waves import Wave
from survey.errors import AlreadyAnswered, NotFound, QuestionnaireClosed
from survey.ports import Begin, Clock, Ids
from survey.services.catalogue import Catalogue, Published
from survey.services.drafts import Drafts, Pseudonyms
from survey.services.looking import Looking
from survey.services.shown import Shown, Stored


class Beginning:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        ids: Ids,
        drafts: Drafts,
        catalogue: Catalogue,
        pseudonyms: Pseudonyms,
        looking: Looking,
        zone: ZoneInfo,
    ) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids
        self._drafts, self._catalogue, self._pseudonyms = drafts, catalogue, pseudonyms
        self._looking, self._zone = looking, zone

    async def open_to_anybody(self, questionnaire: str) -> Published:
        """What anybody with the link may begin. Raises: NotFound, QuestionnaireClosed."""
        listed = await self._catalogue.get(questionnaire)
        if not listed.row.open_link:
            raise NotFound("questionnaire")
        if listed.row.closed_at is not None:
            raise QuestionnaireClosed(questionnaire)
        return listed.published

    async def refuse_a_second_time(
        self, owner: str, person: UUID | None, published: Published, *, again: bool
    ) -> None:
        """Where it takes one set of answers a month from each. Raises: AlreadyAnswered."""
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
        sprint = self._looking.step(published, state, (first or Resume(),))
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
        return row, self._looking.shown(Stored(row, published, state, wave), sprint)
