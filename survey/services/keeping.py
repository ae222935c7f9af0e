"""What a step leaves behind: a draft, a submission or a case, each of it once or not at all."""

from zoneinfo import ZoneInfo

from survey.domain.inviting import last_day, takes_answers
from survey.domain.records import Receipt, Step, Submission, UpdateKey
from survey.domain.turns import Sprint, Submitted
from survey.errors import AlreadyApplied, BoxGone, StaleRevision, WaveClosed
from survey.ports import Begin, Clock, Writer
from survey.services.drafts import Drafts, Pseudonyms
from survey.services.effects import settle
from survey.services.intake import Answers, Intake
from survey.services.shown import Stored
from survey.services.taking import Taking
from survey.tally import Counted, Tally


class Keeping:
    def __init__(
        self,
        begin: Begin,
        writer: Writer,
        clock: Clock,
        drafts: Drafts,
        pseudonyms: Pseudonyms,
        intake: Intake,
        taking: Taking,
        tally: Tally,
        zone: ZoneInfo,
    ) -> None:
        self._begin, self._writer, self._clock = begin, writer, clock
        self._drafts, self._pseudonyms = drafts, pseudonyms
        self._intake, self._taking, self._tally = intake, taking, tally
        self._zone = zone

    async def step(self, found: Stored, sprint: Sprint, update: UpdateKey | None) -> Receipt | None:
        """Keep it, unless another step was taken since `found` was read.

        Raises: StaleRevision; where it is sent, QuestionnaireClosed, WaveClosed, AlreadyAnswered;
            Busy.
        """
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
        except BoxGone:
            self._intake.forget_boxes()
            raise
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
            try:
                await settle(work, [update])
            except AlreadyApplied:
                raise StaleRevision("conversation") from None
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
