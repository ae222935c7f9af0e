"""Links to the reports of a school: for one person and one school, for a day.

Each is sent to the person's own known address or chat, and to nobody else: the link of a report may
be passed on, and shows no other report. What a link says of the person (that they stand for the
school) is asked again each time that it is opened.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final
from uuid import UUID

from survey import letter_words
from survey.domain.letters import Composed, Letter, LetterKind
from survey.domain.people import Person
from survey.domain.records import Unit
from survey.errors import NotFound
from survey.locales import translations
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.services.tries import Limit, Tries

PATH: Final = "/my-school/"

LIFETIME: Final = timedelta(hours=24)

ASKED: Final = Limit("school_link", 3, timedelta(days=1))
"""Letters with such links that one person may be sent, whoever asks for them."""

_KIND: Final = b"school"
_ID: Final = 16
_TIME: Final = 5
_PROOF: Final = 16
_LONGEST: Final = 400
"""Characters of a token that is looked at: a unit's key has 64 at most, of four bytes each."""


@dataclass(frozen=True, slots=True)
class Opens:
    """Whose link it is, and to the reports of which unit."""

    person: UUID
    unit: str


@dataclass(frozen=True, slots=True)
class SchoolLink:
    """A link to send: `address` is whole, and works for `LIFETIME`."""

    unit: Unit
    address: str


class SchoolTokens:
    """Person, end and unit with a keyed hash of them, so that nothing need be kept.

    `previous` keys are from before the secret was changed.
    """

    def __init__(self, key: bytes, *previous: bytes) -> None:
        self._keys = (key, *previous)

    def token(self, opens: Opens, *, until: datetime) -> str:
        ends = int(until.timestamp()).to_bytes(_TIME)
        body = opens.person.bytes + ends + opens.unit.encode()
        return urlsafe_b64encode(body + self._proof(body, self._keys[0])).decode().rstrip("=")

    def read(self, token: str, *, now: datetime) -> Opens | None:
        """What a token of ours opens while it lives; None for any other text."""
        if len(token) > _LONGEST or not token.isascii():
            return None
        try:
            told = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            return None
        body, proof = told[:-_PROOF], told[-_PROOF:]
        known = [hmac.compare_digest(proof, self._proof(body, key)) for key in self._keys]
        if not any(known):
            return None
        # Of several texts that decode to the same bytes, ours alone is a token.
        if urlsafe_b64encode(told).decode().rstrip("=") != token:
            return None
        ends = int.from_bytes(body[_ID : _ID + _TIME])
        if datetime.fromtimestamp(ends, UTC) <= now:
            return None
        return Opens(UUID(bytes=body[:_ID]), body[_ID + _TIME :].decode())

    def _proof(self, body: bytes, key: bytes) -> bytes:
        return blake2b(body, key=key, digest_size=_PROOF, person=_KIND).digest()


class SchoolLinks:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        ids: Ids,
        tries: Tries,
        tokens: SchoolTokens,
        *,
        organisation: str,
        base_url: str,
    ) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids
        self._tries, self._tokens = tries, tokens
        self._organisation, self._base_url = organisation, base_url

    def read(self, token: str) -> Opens:
        """Raises: NotFound, also for one that has ended."""
        opens = self._tokens.read(token, now=self._clock.now())
        if opens is None:
            raise NotFound("link")
        return opens

    async def ask(self, person: UUID, *, language: str) -> None:
        """Have a letter with the links written to the person's own address.

        Whoever asks learns nothing of whether there is one, and whether they had their letters of
        the day. Raises: Busy.
        """
        now = self._clock.now()
        async with self._begin() as work:
            asked = await self._tries.count(work, ASKED, str(person))
            if asked > ASKED.most:
                return
            letter = Letter(self._ids.uuid(), LetterKind.SCHOOL, language, now, now, person=person)
            await work.letters.add([letter])
            await work.commit()

    async def of(self, person: UUID) -> Sequence[SchoolLink]:
        """For the private chat in which they joined; none, where they stand for none."""
        async with self._begin.read() as work:
            found = await work.people.get(person)
            return await self._links(work, found, self._clock.now()) if found else ()

    async def compose(self, work: UnitOfWork, letter: Letter, now: datetime) -> Composed | None:
        """The letter with new links; None where nobody is to have it (any more)."""
        person = await work.people.get(letter.person) if letter.person else None
        if person is None or not person.email:
            return None
        links = await self._links(work, person, now)
        if not links:
            return None
        words = letter_words.of_school(
            translations(letter.language).gettext,
            organisation=self._organisation,
            name=person.name,
            links=[(each.unit.name, each.address) for each in links],
            language=letter.language,
        )
        return Composed(person.email, words)

    async def _links(self, work: UnitOfWork, person: Person, now: datetime) -> Sequence[SchoolLink]:
        """One for each school, department or team that they stand for by now."""
        if person.ended_at is not None:
            return ()
        there = [await work.organisation.unit(key) for key in person.units]
        return [
            SchoolLink(unit, self._address(Opens(person.id, unit.key), now))
            for unit in there
            if unit is not None and unit.ended_at is None
        ]

    def _address(self, opens: Opens, now: datetime) -> str:
        token = self._tokens.token(opens, until=now + LIFETIME)
        return f"{self._base_url}{PATH}{token}"
