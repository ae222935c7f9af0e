"""Letters with somebody's personal link to the bot: made when the letter is sent, never kept."""

from datetime import datetime
from zoneinfo import ZoneInfo

from survey import letter_words
from survey.domain.letters import Composed, Letter
from survey.locales import translations
from survey.ports import UnitOfWork
from survey.services.joining import Joining


class JoinLetters:
    def __init__(self, joining: Joining, *, organisation: str, zone: ZoneInfo) -> None:
        self._joining, self._organisation, self._zone = joining, organisation, zone

    async def compose(self, work: UnitOfWork, letter: Letter, now: datetime) -> Composed | None:
        """The letter with a new link; None where nobody is to have it any more."""
        person = await work.people.get(letter.person) if letter.person else None
        if person is None or not person.may_be_asked or not person.email:
            return None
        if not self._joining.possible:
            return None
        link = await self._joining.make_in(work, person, now=now)
        words = letter_words.to_person(
            translations(letter.language).gettext,
            organisation=self._organisation,
            name=person.name,
            link=link.address,
            code=link.code,
            until=link.expires_at,
            language=letter.language,
            zone=self._zone,
        )
        return Composed(person.email, words)
