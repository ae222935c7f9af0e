"""Answers on behalf of a body: handed to a colleague, taken back, given again as they were.

A school answers once in a wave, whoever of it does; so the invitation is the school's, and the
person in it is whoever is to answer for it now. What it answered is known, and may be recalled
until the wave closes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.domain.audit import Actor, Note
from survey.domain.counting import count_rows
from survey.domain.inviting import last_day, takes_answers
from survey.domain.people import Person
from survey.domain.records import Chat, Response
from survey.domain.turns import ReviewTurn, Start, Submit, UnitCandidate
from survey.domain.waves import Invitation, InvitationState, Wave
from survey.errors import AlreadyAnswered, HandedOnOften, NotFound, WaveClosed
from survey.ports import Begin, Clock, UnitOfWork
from survey.services.beginning import Beginning
from survey.services.catalogue import Catalogue
from survey.services.conversations import Conversations
from survey.services.drafts import Pseudonyms
from survey.services.giving import give
from survey.services.shown import Shown

MOST_COLLEAGUES: Final = 8
"""Offered at once: as many as a chat shows buttons."""

MOST_HAND_ONS: Final = 3
"""So often a body's invitation is handed on in a wave: each time somebody is sent a message."""

_NOT_SENT: Final = frozenset(
    each
    for each in InvitationState
    if each not in (InvitationState.SKIPPED, InvitationState.ANSWERED)
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What whoever answers for a body may do beside answering.

    `colleagues` are others who stand for it; `last` is the wave whose answers can be given again as
    they were; `recall` says that the answers can be taken back, `handed_on` that somebody else
    handed it on to whoever it is for now, and `may_hand_on` that it may still be handed on.
    """

    body: UnitCandidate
    closes_on: date
    colleagues: tuple[Person, ...] = ()
    last: Wave | None = None
    recall: bool = False
    handed_on: bool = False
    may_hand_on: bool = True


@dataclass(frozen=True, slots=True)
class _Found:
    invitation: Invitation
    wave: Wave
    body: UnitCandidate


class Bodies:
    """The use cases of somebody who answers for a body."""

    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        catalogue: Catalogue,
        beginning: Beginning,
        conversations: Conversations,
        pseudonyms: Pseudonyms,
        zone: ZoneInfo,
    ) -> None:
        self._begin, self._clock, self._catalogue = begin, clock, catalogue
        self._beginning, self._conversations = beginning, conversations
        self._pseudonyms, self._zone = pseudonyms, zone

    async def standing(self, invitation: UUID) -> Standing:
        """Raises: NotFound, where nobody answers for a body by this invitation; WaveClosed."""
        async with self._begin.read() as work:
            found = await self._get(work, invitation)
            answered = found.invitation.state is InvitationState.ANSWERED
            others = () if answered else await _colleagues(work, found.invitation)
            last = (
                None if answered else await answered_before(work, found.wave, found.invitation.body)
            )
        return Standing(
            body=found.body,
            closes_on=last_day(found.wave, self._zone),
            colleagues=tuple(others),
            last=last[0] if last else None,
            recall=answered and found.invitation.response is not None,
            handed_on=found.invitation.delegated_by is not None,
            may_hand_on=found.invitation.hand_ons < MOST_HAND_ONS,
        )

    async def may_recall(self, invitation: UUID) -> bool:
        """Whether it was answered for a body, and the answers can be taken back."""
        try:
            standing = await self.standing(invitation)
        except (NotFound, WaveClosed):
            return False
        return standing.recall

    async def was_asked_first(self, invitation: UUID, chat: Chat) -> bool:
        """Whether whoever has joined in this chat handed the invitation on."""
        async with self._begin.read() as work:
            invited = await work.invitations.get(invitation)
        first = invited.delegated_by if invited else None
        return first is not None and first == chat.person

    async def hand_on(self, invitation: UUID, to: UUID, *, by: Actor) -> None:
        """Let a colleague answer instead; they are asked as anybody is, answers so far go along.

        Raises: NotFound, also where they do not stand for the body; AlreadyAnswered; WaveClosed;
            HandedOnOften; StaleRevision, where somebody else does something with it at this moment.
        """
        async with self._begin() as work:
            found = await self._get(work, invitation)
            if found.invitation.hand_ons >= MOST_HAND_ONS:
                raise HandedOnOften(found.body.key)
            if to not in {each.id for each in await _colleagues(work, found.invitation)}:
                raise NotFound("person")
            asked_first = found.invitation.delegated_by or found.invitation.person
            await self._give(
                work,
                found,
                to,
                delegated_by=None if to == asked_first else asked_first,
                handed_on=1,
            )
            await self._note(work, by, "invitation.handed_on", found)
            await work.commit()

    async def take_back(self, invitation: UUID, *, by: Actor) -> None:
        """Whoever was asked first answers after all. Raises: as `hand_on`."""
        async with self._begin() as work:
            found = await self._get(work, invitation)
            first = found.invitation.delegated_by
            if first is None:
                raise NotFound("invitation")
            await self._give(work, found, first, delegated_by=None)
            await self._note(work, by, "invitation.taken_back", found)
            await work.commit()

    async def recall(self, invitation: UUID, *, owner: str, by: Actor) -> Shown:
        """Take the body's answers back, to change and send them again.

        They count no more from now on. Raises: NotFound, where there are none; WaveClosed.
        """
        async with self._begin() as work:
            found = await self._get(work, invitation)
            invited, wave = found.invitation, found.wave
            again = {InvitationState.ANSWERED}
            if invited.response is None or not await work.invitations.set_state(
                invitation, InvitationState.STARTED, was=again
            ):
                raise NotFound("answers")
            response = await work.responses.get(invited.response)
            if response is None:
                raise NotFound("answers")
            published = await self._catalogue.version(wave.questionnaire, wave.version)
            counts = count_rows(published.questionnaire, response)
            await work.responses.take_back(invited.response, counts)
            names = [
                name
                for person in (invited.person, invited.delegated_by)
                if person is not None
                for name in self._pseudonyms.participants("", person)
            ]
            await work.responses.forget_participation(
                names, wave.questionnaire, month=wave.month, wave=wave.key
            )
            await work.invitations.save(replace(invited, response=None, mode=None))
            await self._forget_conversation(work, invitation)
            shown = await self._begun(work, found, response, owner)
            await self._note(work, by, "answers.recalled", found)
            await work.commit()
        return shown

    async def unchanged(self, invitation: UUID, *, owner: str) -> Shown:
        """Send what the body answered last time once more, in one step.

        Where it cannot be sent as it is (a question is new), the first such question is shown.

        Raises: NotFound, where there is no last time; AlreadyAnswered; WaveClosed.
        """
        async with self._begin() as work:
            found = await self._get(work, invitation)
            last = await answered_before(work, found.wave, found.invitation.body)
            if last is None:
                raise NotFound("answers")
            if not await work.invitations.set_state(
                invitation, InvitationState.STARTED, was=_NOT_SENT
            ):
                raise AlreadyAnswered(found.wave.questionnaire, found.wave.month, again=False)
            await self._forget_conversation(work, invitation)
            shown = await self._begun(work, found, last[1], owner)
            await work.commit()
        if not isinstance(shown.turn, ReviewTurn):
            return shown
        return await self._conversations.apply(
            shown.conversation, Submit(shown.state.revision), owner=owner
        )

    # --- reading ---

    async def _get(self, work: UnitOfWork, invitation: UUID) -> _Found:
        """Raises: NotFound, WaveClosed."""
        invited = await work.invitations.get(invitation)
        wave = await work.waves.get(invited.wave) if invited else None
        unit = await work.organisation.unit(invited.body) if invited and invited.body else None
        gone = invited is None or invited.person is None
        if wave is None or unit is None or invited is None or gone:
            raise NotFound("invitation")
        if invited.state is InvitationState.SKIPPED:
            raise NotFound("invitation")
        if not takes_answers(wave, now=self._clock.now()):
            raise WaveClosed(wave.key, last_day(wave, self._zone))
        return _Found(invited, wave, UnitCandidate(unit.key, unit.name))

    # --- changing ---

    async def _give(
        self,
        work: UnitOfWork,
        found: _Found,
        to: UUID,
        *,
        delegated_by: UUID | None,
        handed_on: int = 0,
    ) -> None:
        """Raises: AlreadyAnswered; StaleRevision."""
        given = await give(
            work,
            found.invitation,
            to,
            at=self._clock.now(),
            was=_NOT_SENT,
            delegated_by=delegated_by,
            handed_on=handed_on,
        )
        if not given:
            raise AlreadyAnswered(found.wave.questionnaire, found.wave.month, again=False)

    async def _forget_conversation(self, work: UnitOfWork, invitation: UUID) -> None:
        begun = await work.conversations.of_invitation(invitation)
        if begun is not None:
            await work.conversations.remove(begun.id)

    async def _begun(
        self, work: UnitOfWork, found: _Found, response: Response, owner: str
    ) -> Shown:
        """A conversation that has these answers already; what has none was skipped."""
        invited, wave = found.invitation, found.wave
        published = await self._catalogue.version(wave.questionnaire, wave.version)
        skipped = dict.fromkeys(
            each.name for each in published.questionnaire.questions if not each.required
        )
        row, shown = self._beginning.drafted(
            owner,
            published.in_wave(wave),
            language=response.language,
            unit=found.body,
            unit_fixed=True,
            participant=self._pseudonyms.participant("", invited.person),
            invitation=invited.id,
            wave=wave,
            first=Start(),
            answers={**skipped, **response.answers},
        )
        await work.conversations.add(row)
        return shown

    async def _note(self, work: UnitOfWork, by: Actor, action: str, found: _Found) -> None:
        about, told = f"invitation:{found.invitation.id}", {"unit": found.body.key}
        await work.audit.add(Note(self._clock.now(), by, action, about, told))


async def answered_before(work: UnitOfWork, now: Wave, body: str) -> tuple[Wave, Response] | None:
    """The newest earlier wave in which the body answered the same version, and what it was."""
    for wave in await work.waves.of(now.campaign):
        if wave.number >= now.number or wave.version != now.version:
            continue
        earlier = await work.invitations.of_body(wave.key, body)
        if earlier is None or earlier.response is None:
            continue
        response = await work.responses.get(earlier.response)
        if response is not None:
            return wave, response
    return None


async def _colleagues(work: UnitOfWork, invited: Invitation) -> Sequence[Person]:
    """Others who stand for the body and may be asked, by name."""
    found = await work.people.find(units={invited.body}, opted_out=False, limit=MOST_COLLEAGUES + 1)
    return [each for each in found.people if each.id != invited.person][:MOST_COLLEAGUES]
