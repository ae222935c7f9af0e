"""People whom no message reached: their links on paper, to be handed on by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from survey.domain.audit import Actor, Note
from survey.domain.inviting import last_day, takes_answers
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from survey.domain.waves import Campaign, InvitationState, Wave
from survey.errors import NotFound
from survey.ports import Begin, Clock, UnitOfWork
from survey.services.catalogue import Catalogue
from survey.services.links import Links

_FAILED: Final = frozenset({InvitationState.FAILED, InvitationState.BLOCKED})
_ANYTHING: Final = _FAILED | {
    InvitationState.OPENED,
    InvitationState.STARTED,
    InvitationState.ANSWERED,
    InvitationState.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Slip:
    """What one person is to be given: `place` is where they are found, in words."""

    person: Person
    place: str
    token: str
    title: str
    language: str
    closes_on: date


class Unreached:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        catalogue: Catalogue,
        links: Links,
        zone: ZoneInfo,
    ) -> None:
        self._begin, self._clock, self._catalogue = begin, clock, catalogue
        self._links, self._zone = links, zone

    async def count(self, campaign: str) -> int:
        """For how many people there would be slips. Raises: NotFound."""
        async with self._begin.read() as work:
            return len(await self._slips(work, await _the(work, campaign)))

    async def make(self, campaign: str, *, by: Actor) -> Sequence[Slip]:
        """Their links, by place and name; nothing is changed but the record. Raises: NotFound.

        Where people answer for themselves, somebody stays on the sheet who has answered by their
        slip: else a second sheet, beside the first, would tell who has.
        """
        async with self._begin() as work:
            found = await _the(work, campaign)
            made = await self._slips(work, found)
            details = {"people": len(made)}
            now = self._clock.now()
            note = Note(now, by, "invitations.printed", f"campaign:{campaign}", details)
            await work.audit.add(note)
            await work.commit()
        return made

    async def _slips(self, work: UnitOfWork, campaign: Campaign) -> Sequence[Slip]:
        now = self._clock.now()
        waves = [each for each in await work.waves.of(campaign.key) if takes_answers(each, now=now)]
        names = {each.key: each.name for each in await work.organisation.units()}
        made = [slip for wave in waves for slip in await self._of_wave(work, campaign, wave, names)]
        return sorted(made, key=lambda slip: (slip.place, slip.person.name, slip.token))

    async def _of_wave(
        self, work: UnitOfWork, campaign: Campaign, wave: Wave, names: dict[str, str]
    ) -> list[Slip]:
        states = _FAILED if wave.privacy is Privacy.ATTRIBUTED else _ANYTHING
        questionnaire = (
            await self._catalogue.version(wave.questionnaire, wave.version)
        ).questionnaire
        made = []
        for each in await work.undelivered.never_reached(wave.key, states):
            person = await work.people.get(each.person) if each.person else None
            if person is None or not person.may_be_asked:
                continue
            language = person.language or questionnaire.default_language
            made.append(
                Slip(
                    person=person,
                    place=names.get(each.body or each.unit, ""),
                    token=self._links.token(each.id),
                    title=campaign.plan.title or questionnaire.speak(questionnaire.title, language),
                    language=language,
                    closes_on=last_day(wave, self._zone),
                )
            )
        return made


async def _the(work: UnitOfWork, campaign: str) -> Campaign:
    found = await work.campaigns.get(campaign)
    if found is None:
        raise NotFound("campaign")
    return found
