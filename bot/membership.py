"""Who a person in a chat is: whom they joined as, what links and codes of theirs lead to."""

from dataclasses import dataclass
from uuid import UUID

from bot.line import Line
from survey.domain.audit import Actor
from survey.errors import NotFound
from survey.services.joining import Member, Offered
from survey.services.reporters import Reporter


@dataclass(slots=True)
class Membership(Line):
    """One person in their chat, as somebody the body may know."""

    async def member(self) -> Member | None:
        """As whom they have joined."""
        person = self.chat.person
        return await self.core.joining.who(person) if person else None

    async def has_account(self) -> bool:
        """Whether they have joined, and may sign in to the pages of staff from this chat."""
        person = self.chat.person
        return person is not None and await self.core.joining.has_account(person)

    @property
    def reporter(self) -> Reporter:
        """As whom they follow the problems that they reported."""
        return Reporter(person=self.chat.person, chat=self.owner)

    async def look(self, secret: bytes) -> Offered:
        """Whom a personal link leads to. Raises: NotFound, TooManyTries."""
        return await self.core.joining.look(secret, bot=self.chat.bot, user=self.chat.user)

    async def join(self, secret: bytes) -> Member:
        """Raises: NotFound, TooManyTries, Busy."""
        member = await self.core.joining.join(secret, bot=self.chat.bot, user=self.chat.user)
        await self._read_chat()
        return member

    async def leave(self) -> None:
        """Forget who they are, and what they began or chose here."""
        await self.core.joining.leave(bot=self.chat.bot, user=self.chat.user)
        await self._read_chat()

    async def wish(self, *, asked: bool) -> None:
        """Keep whether they want messages: of this chat, and of the person who has joined in it.

        Raises: AlreadyApplied.
        """
        await self.choose(stopped=not asked)
        if (person := self.chat.person) is not None:
            people, by = self.core.people, Actor.person(person)
            await (people.opt_in(person, by=by) if asked else people.opt_out(person, by=by))
            if not asked:
                await self.core.invited.refuse_all(person, by=by)

    async def read_link(self, token: str) -> UUID:
        """The invitation of a link; wrong ones are counted with those to join.

        Raises: NotFound, TooManyTries.
        """
        joining, chat = self.core.joining, self.chat
        await joining.require_room(bot=chat.bot, user=chat.user)
        try:
            return self.core.invited.read(token)
        except NotFound:
            await joining.note_wrong(bot=chat.bot, user=chat.user)
            raise

    async def read_case_link(self, token: str) -> UUID:
        """What a link to a case is made of; wrong ones are counted with those to join.

        Raises: NotFound, TooManyTries.
        """
        joining, chat = self.core.joining, self.chat
        await joining.require_room(bot=chat.bot, user=chat.user)
        link = self.core.case_links.read(token)
        if link is None:
            await joining.note_wrong(bot=chat.bot, user=chat.user)
            raise NotFound("link")
        return link
