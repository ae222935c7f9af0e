"""Joining the bot: personal links and codes, and who is who in chat.

A link belongs to one person and is used up by the first chat that says "yes, this is me"; that
chat's earlier person, and the person's earlier chat, are tied to it no more. Looking uses nothing
up. All links that lead nowhere are the same `NotFound`. Whoever has joined takes part as a person,
whichever chat they write in, others as their chat. When the two come together or part, what the
one has taken part in counts for the other, so that nobody answers twice by joining or leaving.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final
from uuid import UUID

from survey.domain.audit import Actor, Note
from survey.domain.joining import PAYLOAD, digest, for_link, for_print
from survey.domain.letters import Letter, LetterKind
from survey.domain.named import named_person
from survey.domain.organisation import ancestors
from survey.domain.people import JOIN_DAYS, Join, Person
from survey.domain.records import Chat, Unit
from survey.errors import CannotStart, NotFound, StaleRevision
from survey.locales import SPOKEN
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.services.drafts import Pseudonyms
from survey.services.tries import Limit, Tries

LIFETIME: Final = timedelta(days=JOIN_DAYS)

_WINDOW: Final = timedelta(minutes=15)
WRONG: Final = Limit("join", 10, _WINDOW)
"""Links and codes that lead nowhere, of one chat."""

WRONG_OF_ALL: Final = Limit("joins", 1_000, _WINDOW)
"""The same of all chats together: nobody guesses faster with many telephones."""

_EVERYBODY: Final = "everybody"
_ENGLISH: Final = "en"
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class PersonalLink:
    """A new link; its 16 secret bytes are kept nowhere. `units` are those that it was made for."""

    person: Person
    units: tuple[Unit, ...]
    secret: bytes
    address: str
    expires_at: datetime

    @property
    def code(self) -> str:
        """The same to type."""
        return for_print(self.secret)


@dataclass(frozen=True, slots=True)
class Member:
    """A person with the units that they stand for, in the order in which they are offered."""

    person: Person
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """Whom a link leads to; `instead_of` is somebody else as whom this chat is joined now."""

    member: Member
    organisation: str
    instead_of: Person | None = None


class Joining:
    """The use cases of whoever hands out links, and of whoever uses one."""

    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        ids: Ids,
        tries: Tries,
        pseudonyms: Pseudonyms,
        *,
        organisation: str,
        bot: str,
        simulated: str = "",
    ) -> None:
        """`bot` is its name in Telegram, without "@"; empty where there is none to join.

        `simulated` is the address of the bot in a page, to which links lead where there is no
        other.
        """
        self._begin, self._clock, self._ids, self._tries = begin, clock, ids, tries
        self._pseudonyms = pseudonyms
        self._organisation, self._bot = organisation, bot
        self._door = f"https://t.me/{bot}" if bot else simulated

    @property
    def possible(self) -> bool:
        """Whether there is a bot in Telegram to join, so that links can be handed out."""
        return bool(self._bot)

    # --- links ---

    async def make(self, unit: str, *, by: Actor) -> Sequence[PersonalLink]:
        """A new link for everybody of this unit and below who may be asked, by name.

        Links of before go on working, until one of them is used.

        Raises: NotFound, without such a unit; CannotStart, without a bot.
        """
        now = self._clock.now()
        async with self._begin() as work:
            inside = await _inside(work, unit)
            made = [
                self._link(Member(person, _standing(person, inside)), now)
                async for person in _everybody(work, inside)
                if person.may_be_asked
            ]
            await self._keep(work, made)
            told = {"people": len(made)}
            await work.audit.add(Note(now, by, "joins.made", f"unit:{unit}", told))
            await work.commit()
        return made

    async def count(self, unit: str) -> int:
        """How many would get a link. Raises: NotFound, without such a unit."""
        async with self._begin.read() as work:
            inside = await _inside(work, unit)
            return await work.people.count(inside.keys(), opted_out=False)

    async def make_for(self, person: UUID, *, by: Actor) -> PersonalLink:
        """A new link for one person.

        Raises: NotFound, where they are not there or may not be asked; CannotStart, without a bot.
        """
        now = self._clock.now()
        async with self._begin() as work:
            member = await _member(work, person)
            if member is None or not member.person.may_be_asked:
                raise NotFound("person")
            made = self._link(member, now)
            await self._keep(work, [made])
            told = {"people": 1}
            await work.audit.add(Note(now, by, "joins.made", named_person(person), told))
            await work.commit()
        return made

    async def make_in(self, work: UnitOfWork, person: Person, *, now: datetime) -> PersonalLink:
        """A new link, kept with this unit of work. Raises: CannotStart, without a bot."""
        made = self._link(Member(person, ()), now)
        await self._keep(work, [made])
        return made

    async def send_link(self, person: UUID, *, by: Actor) -> None:
        """Write somebody a letter with a new link.

        Raises: NotFound, where they are not there, may not be asked or have no address;
            CannotStart, without a bot.
        """
        now = self._clock.now()
        self._require_bot()
        async with self._begin() as work:
            found = await work.people.get(person)
            if found is None or not found.may_be_asked or not found.email:
                raise NotFound("person")
            language = found.language if found.language in SPOKEN else _ENGLISH
            letter = Letter(self._ids.uuid(), LetterKind.JOIN, language, now, now, person=person)
            await work.letters.add([letter])
            await work.audit.add(Note(now, by, "joins.sent", named_person(person)))
            await work.commit()

    def _require_bot(self) -> None:
        """Raises: CannotStart."""
        if not self._door:
            raise CannotStart("TELLBACK_BOT_USERNAME: name the bot that people are to join")

    def _link(self, member: Member, now: datetime) -> PersonalLink:
        self._require_bot()
        # Exactly 128 bits, of a token that has as many or more.
        secret = blake2b(self._ids.token().encode(), digest_size=16).digest()
        return PersonalLink(
            person=member.person,
            units=member.units,
            secret=secret,
            address=f"{self._door}?start={PAYLOAD}{for_link(secret)}",
            expires_at=now + LIFETIME,
        )

    @staticmethod
    async def _keep(work: UnitOfWork, made: Iterable[PersonalLink]) -> None:
        await work.joins.put(
            Join(digest(each.secret), each.person.id, each.expires_at) for each in made
        )

    # --- joining and leaving ---

    async def look(self, secret: bytes, *, bot: int, user: int) -> Offered:
        """Whom the link leads to; nothing is used up. Raises: NotFound, TooManyTries."""
        async with self._begin.read() as work:
            await self._require_room(work, bot, user)
            person = await work.joins.find(digest(secret), now=self._clock.now())
            member = await _member(work, person)
            if member is not None and member.person.ended_at is None:
                chat = await work.chats.get(bot, user)
                before = chat.person if chat else None
                other = await work.people.get(before) if before and before != person else None
                return Offered(member, self._organisation, other)
        raise await self._wrong(bot, user)

    async def join(self, secret: bytes, *, bot: int, user: int) -> Member:
        """Tie this chat to the person, once; who joins wants to be asked.

        Raises: NotFound, TooManyTries, Busy; StaleRevision, where they are changed meanwhile.
        """
        now = self._clock.now()
        async with self._begin() as work:
            await self._require_room(work, bot, user)
            person = await work.joins.take(digest(secret), now=now)
            member = await _member(work, person)
            if member is not None and member.person.ended_at is None:
                await self._tie(work, member.person, Chat(bot, user), now)
                await work.commit()
                return member
        raise await self._wrong(bot, user)

    async def _tie(self, work: UnitOfWork, person: Person, chat: Chat, now: datetime) -> None:
        chat = await work.chats.get(chat.bot, chat.user) or chat
        if chat.person not in (None, person.id):
            await work.conversations.forget(chat.owner)
            chat = replace(chat, language=None)
        await work.chats.put(
            replace(chat, language=chat.language or person.language, unit=None, stopped=False)
        )
        for before in await work.chats.of_person(person.id):
            await self._part(work, before)
        if chat.person is None:
            as_a_chat = self._pseudonyms.participants(chat.owner)
            name = self._pseudonyms.participants("", person.id)[0]
            await work.responses.count_for(as_a_chat, name)
        await work.chats.link(chat.bot, chat.user, person.id)
        if person.opted_out_at is not None:
            asked_again = replace(person, opted_out_at=None)
            if not await work.people.save(asked_again, expected_revision=person.revision):
                raise StaleRevision("person")
        actor = Actor.person(person.id)
        await work.audit.add(Note(now, actor, "person.joined", named_person(person.id)))

    async def leave(self, *, bot: int, user: int) -> None:
        """Forget who it is, and what was begun or chosen in this chat; a "stop" stays.

        What is noted of who has answered stays too, so that nobody answers twice.
        """
        now = self._clock.now()
        async with self._begin() as work:
            chat = await work.chats.get(bot, user) or Chat(bot, user)
            await self._part(work, chat)
            await work.conversations.forget(chat.owner)
            await work.chats.put(Chat(bot, user, stopped=chat.stopped))
            await work.chats.link(bot, user, None)
            if chat.person is not None:
                actor = Actor.person(chat.person)
                await work.audit.add(Note(now, actor, "person.left", named_person(chat.person)))
            await work.commit()

    async def _part(self, work: UnitOfWork, chat: Chat) -> None:
        """What somebody took part in counts for the chat, before they are there no more."""
        if chat.person is not None:
            theirs = self._pseudonyms.participants("", chat.person)
            name = self._pseudonyms.participants(chat.owner)[0]
            await work.responses.count_for(theirs, name)

    async def who(self, person: UUID) -> Member | None:
        """Somebody with the units that they stand for now; None once they have left the body."""
        async with self._begin.read() as work:
            member = await _member(work, person)
        return member if member and member.person.ended_at is None else None

    async def has_account(self, person: UUID) -> bool:
        """Whether they may sign in to the pages of staff from their chat."""
        async with self._begin.read() as work:
            account = await work.accounts.by_person(person)
        return account is not None and account.signs_in_by_chat

    # --- guesses ---

    async def require_room(self, *, bot: int, user: int) -> None:
        """For links of other kinds, too. Raises: TooManyTries, after as many guesses here."""
        async with self._begin.read() as work:
            await self._tries.require_room(work, WRONG, _chat(bot, user))

    async def note_wrong(self, *, bot: int, user: int) -> None:
        """A link of another kind led nowhere.

        It counts for this chat alone: they are too long to be found by all chats together.
        """
        async with self._begin() as work:
            await self._tries.count(work, WRONG, _chat(bot, user))
            await work.commit()

    async def _require_room(self, work: UnitOfWork, bot: int, user: int) -> None:
        """Raises: TooManyTries."""
        await self._tries.require_room(work, WRONG, _chat(bot, user))
        await self._tries.require_room(work, WRONG_OF_ALL, _EVERYBODY)

    async def _wrong(self, bot: int, user: int) -> NotFound:
        """Count it; what to raise. (A chat's updates are applied one after the other.)"""
        async with self._begin() as work:
            await self._tries.count(work, WRONG, _chat(bot, user))
            await self._tries.count(work, WRONG_OF_ALL, _EVERYBODY)
            await work.commit()
        return NotFound("link")


async def _inside(work: UnitOfWork, unit: str) -> Mapping[str, Unit]:
    """The unit and those below it, by key. Raises: NotFound."""
    units = {each.key: each for each in await work.organisation.units()}
    if unit not in units:
        raise NotFound(f"unit '{unit}'")
    lines = ancestors(units.values())
    return {key: each for key, each in units.items() if unit in lines[key]}


async def _everybody(work: UnitOfWork, units: Mapping[str, Unit]) -> AsyncIterator[Person]:
    """Who stands for one of these units and has not left, by name."""
    last: Person | None = None
    more = True
    while more:
        found = await work.people.find(units=units.keys(), after=last, limit=_AT_ONCE)
        for last in found.people:
            yield last
        more = found.more


async def _member(work: UnitOfWork, person: UUID | None) -> Member | None:
    found = await work.people.get(person) if person else None
    if found is None:
        return None
    units = {key: await work.organisation.unit(key) for key in found.units}
    return Member(found, _standing(found, {key: unit for key, unit in units.items() if unit}))


def _standing(person: Person, units: Mapping[str, Unit]) -> tuple[Unit, ...]:
    """Those of the units that the person stands for and that are part of the body."""
    return tuple(units[key] for key in person.units if key in units and not units[key].ended_at)


def _chat(bot: int, user: int) -> str:
    return f"{bot}:{user}"
