"""Asking not to be asked, by the link of a letter: this survey, or every one; and letters with it.

The link is all that is needed, also long after its survey is over: who wants to be left alone is
not to be sent anywhere else first. Looking at it changes nothing, since preview robots do that.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from survey.domain.audit import Actor
from survey.domain.waves import InvitationState
from survey.errors import AlreadyAnswered, NotFound, StaleRevision, WaveClosed
from survey.ports import Begin
from survey.services.catalogue import Catalogue
from survey.services.invited import Invited
from survey.services.links import Links
from survey.services.people import People

_RACES: Final = 5
"""How often it is tried against somebody who changes the same person meanwhile."""


@dataclass(frozen=True, slots=True)
class Leaver:
    """Whom the link of a letter is for, and how they stand; `language` is theirs.

    `invitation` is None, and `title` empty, where the letter told what was done and asked nothing.
    `stopped` says that they get no survey at all, `refused` that they do not get this one.
    """

    invitation: UUID | None
    person: UUID
    title: str
    language: str
    stopped: bool
    refused: bool


class Leaving:
    def __init__(
        self,
        begin: Begin,
        catalogue: Catalogue,
        invited: Invited,
        people: People,
        letter_links: Links,
    ) -> None:
        """`letter_links` lead to people, from letters that ask nothing."""
        self._begin, self._catalogue = begin, catalogue
        self._invited, self._people = invited, people
        self._letter_links = letter_links

    async def look(self, token: str) -> Leaver:
        """How they stand; nothing is changed.

        Raises: NotFound, the same for every link that leads nowhere, or to nobody any more.
        """
        if (told := self._letter_links.read(token)) is not None:
            return await self._told(told)
        key = self._invited.read(token)
        async with self._begin.read() as work:
            invitation = await work.invitations.get(key)
            who = invitation.person if invitation else None
            person = await work.people.get(who) if who else None
            wave = await work.waves.get(invitation.wave) if invitation else None
            campaign = await work.campaigns.get(wave.campaign) if wave else None
        if invitation is None or person is None or wave is None or campaign is None:
            raise NotFound("invitation")
        if person.ended_at is not None or invitation.state is InvitationState.SKIPPED:
            raise NotFound("invitation")
        published = await self._catalogue.version(wave.questionnaire, wave.version)
        questionnaire = published.questionnaire
        language = person.language or questionnaire.default_language
        return Leaver(
            invitation=key,
            person=person.id,
            title=campaign.plan.title or questionnaire.speak(questionnaire.title, language),
            language=language,
            stopped=person.opted_out_at is not None,
            refused=invitation.state is InvitationState.REFUSED,
        )

    async def refuse(self, token: str) -> Leaver:
        """No more of this survey, in this wave; where it is over that is so already.

        Raises: as `look`.
        """
        leaver = await self.look(token)
        if leaver.invitation is None:
            return await self.stop(token)
        try:
            await self._invited.refuse(leaver.invitation, by=Actor.person(leaver.person))
        except (AlreadyAnswered, WaveClosed):
            return leaver
        return await self.look(token)

    async def stop(self, token: str) -> Leaver:
        """No survey at all any more. Raises: as `look`; StaleRevision."""
        leaver = await self.look(token)
        for _ in range(_RACES):
            try:
                await self._stop(leaver)
            except StaleRevision:
                continue
            return await self.look(token)
        raise StaleRevision("person")

    async def _stop(self, leaver: Leaver) -> None:
        """Raises: NotFound; StaleRevision."""
        by = Actor.person(leaver.person)
        if leaver.invitation is not None:
            await self._invited.stop(leaver.invitation, by=by)
            return
        await self._people.opt_out(leaver.person, by=by)
        await self._invited.refuse_all(leaver.person, by=by)

    async def _told(self, person: UUID) -> Leaver:
        """Raises: NotFound, where they are gone."""
        async with self._begin.read() as work:
            found = await work.people.get(person)
        if found is None or found.ended_at is not None:
            raise NotFound("person")
        return Leaver(
            invitation=None,
            person=person,
            title="",
            language=found.language or "en",
            stopped=found.opted_out_at is not None,
            refused=False,
        )

    async def come_back(self, token: str) -> Leaver:
        """They may be asked again, from the next survey on. Raises: as `look`; StaleRevision."""
        leaver = await self.look(token)
        await self._people.opt_in(leaver.person, by=Actor.person(leaver.person))
        return await self.look(token)
