"""Answers that people gave by telephone or on paper, keyed in by staff.

Whose they are is told by the link on the slip or letter, whatever the wave promises; by a search
only where it may be known who was asked and who has answered. What is keyed in is a conversation
like any other, and goes through the box like any other; whoever sends first, the person or staff,
is counted.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from survey.domain.audit import Actor, Note
from survey.domain.inviting import takes_answers
from survey.domain.questionnaire import Privacy
from survey.domain.records import KeyedFrom, keyed_owner
from survey.domain.waves import Invitation, InvitationState, Wave
from survey.errors import DraftUnreadable, NotFound
from survey.ports import Begin, Clock, UnitOfWork
from survey.services.conversations import Conversations
from survey.services.invited import Invited
from survey.services.shown import Shown

MOST_FOUND: Final = 20
"""People, and schools, that one search looks at."""

SHORTEST: Final = 2
"""Characters that a search needs: it is no list."""

_LINK: Final = "/i/"


@dataclass(frozen=True, slots=True)
class AskedOne:
    """Somebody who was asked; `body` is the name of what they answer for, '' for themselves."""

    invitation: UUID
    name: str
    unit: str
    body: str
    wave: Wave


@dataclass(frozen=True, slots=True)
class Search:
    """Who was found among those who were asked, whether they have answered or not.

    `more` says that more people or schools have such a name than were looked at.
    """

    found: tuple[AskedOne, ...] = ()
    more: bool = False


class Keying:
    """The use cases of staff who key in answers."""

    def __init__(
        self, begin: Begin, clock: Clock, invited: Invited, conversations: Conversations
    ) -> None:
        self._begin, self._clock = begin, clock
        self._invited, self._conversations = invited, conversations

    async def waves(self, campaign: str) -> Sequence[Wave]:
        """Those that take answers now, the newest first."""
        async with self._begin.read() as work:
            return await self._waves(work, campaign)

    async def by_mode(self, wave: str) -> Mapping[str, int]:
        """How many have answered in each way; not to be shown as it is (`ways_shown`)."""
        async with self._begin.read() as work:
            return await work.invitations.by_mode(wave)

    async def find(self, campaign: str, text: str) -> Search:
        """Those who were asked, by name, and bodies by theirs; nobody of an anonymous wave."""
        sought = text.strip()
        if len(sought) < SHORTEST:
            return Search()
        async with self._begin.read() as work:
            waves = {
                wave.key: wave
                for wave in await self._waves(work, campaign)
                if may_be_searched(wave)
            }
            if not waves:
                return Search()
            named = await work.people.find(text=sought, limit=MOST_FOUND)
            invited = [
                each
                for person in named.people
                for each in await work.invitations.of_person(person.id)
                if each.wave in waves
            ]
            units = {unit.key: unit.name for unit in await work.organisation.units()}
            bodies = [key for key, name in units.items() if sought.casefold() in name.casefold()]
            for wave in waves.values():
                if wave.privacy is Privacy.ATTRIBUTED:
                    answering = [
                        await work.invitations.of_body(wave.key, key) for key in bodies[:MOST_FOUND]
                    ]
                    invited += [each for each in answering if each is not None]
            found = [
                await _asked(work, each, waves[each.wave], units)
                for each in {each.id: each for each in invited}.values()
                if each.state is not InvitationState.SKIPPED and each.person is not None
            ]
        return Search(
            found=tuple(sorted(found, key=lambda each: (each.body, each.name, each.invitation))),
            more=named.more or len(bodies) > MOST_FOUND,
        )

    async def open(
        self,
        campaign: str,
        invitation: UUID | str,
        *,
        mode: KeyedFrom,
        owner: str,
        by: Actor,
    ) -> Shown:
        """Begin to key in what somebody answered, or go on with what this owner has begun.

        Args:
            invitation: what stands on the slip or letter, its address or the token alone; or the
                id that a search found, which leads nowhere for an anonymous wave.

        Raises: NotFound, for what is none of this campaign; AlreadyAnswered; WaveClosed.
        """
        by_link = isinstance(invitation, str)
        key = self._invited.read(_token(invitation)) if isinstance(invitation, str) else invitation
        theirs = keyed_owner(mode, owner)
        invited, wave, row, shown = await self._invited.to_key_in(key, owner=theirs)
        if wave.campaign != campaign or not (by_link or may_be_searched(wave)):
            raise NotFound("invitation")
        if going_on := await self._begun(key, theirs):
            return going_on
        async with self._begin() as work:
            await work.conversations.add(row)
            details = {"mode": mode.value}
            if wave.privacy is Privacy.ATTRIBUTED:
                details["unit"] = invited.body or invited.unit
            about = f"campaign:{campaign}"
            await work.audit.add(Note(self._clock.now(), by, "answers.keyed", about, details))
            await work.commit()
        return shown

    async def _begun(self, invitation: UUID, owner: str) -> Shown | None:
        async with self._begin.read() as work:
            mine = await work.conversations.unfinished(owner)
        for each in mine:
            if each.invitation == invitation:
                with suppress(DraftUnreadable):
                    return await self._conversations.resume(each.id, owner=owner)
        return None

    async def _waves(self, work: UnitOfWork, campaign: str) -> Sequence[Wave]:
        now = self._clock.now()
        return [each for each in await work.waves.of(campaign) if takes_answers(each, now=now)]


def may_be_searched(wave: Wave) -> bool:
    """Whether somebody can be looked up who was asked: not where nobody is to be singled out."""
    return wave.privacy is not Privacy.ANONYMOUS


def _token(text: str) -> str:
    """The token in what was typed: an address, with or without how it begins, or nothing else."""
    typed = "".join(text.split())
    return typed.rpartition(_LINK)[2].partition("?")[0].rstrip("/")


async def _asked(
    work: UnitOfWork, invited: Invitation, wave: Wave, units: dict[str, str]
) -> AskedOne:
    assert invited.person is not None
    person = await work.people.get(invited.person)
    return AskedOne(
        invitation=invited.id,
        name=person.name if person else "",
        unit=units.get(invited.unit, invited.unit),
        body=units.get(invited.body, invited.body),
        wave=wave,
    )
