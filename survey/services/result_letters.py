"""Letters that tell people what was done about what they were asked, or as one of a group.

Whoever reported a problem is told in its own thread instead. At most one letter goes to somebody in
four weeks; it tells of all that was published since the one before.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from survey import letter_words
from survey.domain.campaign import Audience
from survey.domain.case_records import Action, LinkKind
from survey.domain.letters import Composed, Letter, LetterKind
from survey.domain.people import Person
from survey.domain.problems import spoken
from survey.errors import ActionRefused
from survey.locales import translations
from survey.ports import Ids, UnitOfWork
from survey.services.links import Links

APART: Final = timedelta(days=28)
"""Between two letters to the same person."""

ASKED_WITHIN: Final = timedelta(days=365)
"""Whoever was asked longer ago is told nothing of what came of it."""

MOST: Final = 20_000
"""People who are written to about one action, which writes all of their letters at once."""

MOST_TOLD: Final = 10
"""Actions in one letter."""

_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Reached:
    """Who is written to: at once, or when four weeks are over since the last letter.

    `unreached` have no address, or want no letters.
    """

    now: tuple[Person, ...]
    later: Mapping[UUID, datetime]
    unreached: int


class ResultLetters:
    def __init__(self, ids: Ids, links: Links, *, organisation: str, base_url: str) -> None:
        """`links` lead to people, who ask there for no more letters."""
        self._ids, self._organisation, self._base_url = ids, organisation, base_url
        self._links = links

    async def reached(
        self, work: UnitOfWork, action: Action, *, but: Collection[UUID], now: datetime
    ) -> Reached:
        """Whom a letter about this action would reach; `but` are told another way.

        Raises: ActionRefused ("too_many").
        """
        people = [
            each
            for each in await self._concerned(work, action, now)
            if each.id not in but and each.ended_at is None
        ]
        reachable = [each for each in people if each.may_be_asked and each.email]
        last = await work.actions.last_letters([each.id for each in reachable])
        later = {
            each.id: last[each.id] + APART
            for each in reachable
            if each.id in last and last[each.id] + APART > now
        }
        return Reached(
            tuple(each for each in reachable if each.id not in later),
            later,
            len(people) - len(reachable),
        )

    async def send(
        self, work: UnitOfWork, action: Action, *, but: Collection[UUID], now: datetime
    ) -> int:
        """Write the letters that are to leave; how many people will read of it by one.

        Raises: ActionRefused ("too_many").
        """
        reached = await self.reached(work, action, but=but, now=now)
        # One that waits for somebody already will tell of this too.
        due = {each.id: now for each in reached.now} | {
            person: at for person, at in reached.later.items() if at - APART <= now
        }
        people = await work.people.those(list(due))
        await work.letters.add(
            [
                Letter(
                    self._ids.uuid(),
                    LetterKind.RESULTS,
                    people[person].language or "en",
                    written_at=at,
                    due_at=at,
                    person=person,
                )
                for person, at in due.items()
                if person in people
            ]
        )
        return len(reached.now) + len(reached.later)

    async def compose(self, work: UnitOfWork, letter: Letter, now: datetime) -> Composed | None:
        """What was published since four weeks before it is due; None where nothing concerns them
        any more."""
        person = await work.people.get(letter.person) if letter.person else None
        if person is None or not person.may_be_asked or not person.email:
            return None
        since = letter.written_at - APART
        told = [
            each
            for each in await work.actions.all()
            if each.told_at is not None
            and each.told_at > since
            and await self._concerns(work, each, person, now)
        ]
        if not told:
            return None
        told.sort(key=lambda each: each.told_at or since, reverse=True)
        leave = f"{self._base_url}/u/{self._links.token(person.id)}"
        words = letter_words.of_results(
            translations(letter.language).gettext,
            organisation=self._organisation,
            name=person.name,
            told=[
                (spoken(each.said, letter.language)[1], spoken(each.did, letter.language)[1])
                for each in told[:MOST_TOLD]
            ],
            link=f"{self._base_url}/results",
            leave=leave,
            language=letter.language,
        )
        return Composed(person.email, words, leave)

    async def _concerned(
        self, work: UnitOfWork, action: Action, now: datetime
    ) -> Collection[Person]:
        found = dict[UUID, Person]()
        if roles := _groups(action):
            audience, last = Audience(roles=roles), None
            while len(found) <= MOST:
                page = await work.audiences.after(audience, after=last, limit=_PAGE)
                found |= {each.id: each for each in page}
                if len(page) < _PAGE:
                    break
                last = page[-1].id
        if surveys := _surveys(action):
            asked = await work.actions.asked(surveys, since=now - ASKED_WITHIN, limit=MOST + 1)
            found |= await work.people.those(asked)
        if len(found) > MOST:
            raise ActionRefused("too_many")
        return list(found.values())

    async def _concerns(
        self, work: UnitOfWork, action: Action, person: Person, now: datetime
    ) -> bool:
        if not frozenset(_groups(action)).isdisjoint(person.roles):
            return True
        surveys = _surveys(action)
        if not surveys:
            return False
        return bool(
            await work.actions.asked(surveys, since=now - ASKED_WITHIN, limit=1, person=person.id)
        )


def _groups(action: Action) -> tuple[str, ...]:
    return tuple(key for kind, key in action.links if kind is LinkKind.GROUP)


def _surveys(action: Action) -> frozenset[str]:
    """The questionnaires whose questions or measures it is about."""
    return frozenset(
        key.partition("/")[0]
        for kind, key in action.links
        if kind in (LinkKind.QUESTION, LinkKind.MEASURE)
    )
