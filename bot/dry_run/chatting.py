"""The transport of a dry run: the chats of simulated people, and letters that nobody posts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from aiogram import Bot
from aiogram.enums import ParseMode

from bot.dry_run.crowd import Simulated, Temper
from bot.dry_run.result import Sent
from bot.inviting import invitation
from bot.screen import keyboard
from bot.sentences import speech
from bot.simulator.reading import pieces_of
from survey import invitation_letter
from survey.domain.campaign import ChannelName
from survey.domain.people import Person
from survey.ports.channels import Address, Asking, Delivered, NotDelivered, Refusal

_NOWHERE = invitation_letter.Doors(
    start="https://dry-run.invalid/i/", stop="https://dry-run.invalid/u/"
)


@dataclass(slots=True)
class Post:
    """What was sent to whom: each message as it was read, and the newest token of each person."""

    sent: list[Sent] = field(default_factory=list)
    tokens: dict[UUID, str] = field(default_factory=dict)


class RehearsalChat:
    """Invitations in the chats of simulated people, of whom some have blocked the bot."""

    name = ChannelName.CHAT

    def __init__(
        self, bot: Bot, post: Post, people: Sequence[Simulated], *, organisation: str
    ) -> None:
        self._bot, self._post, self._organisation = bot, post, organisation
        self._people = {each.user: each for each in people if each.user is not None}
        self._users = {each.person.id: user for user, each in self._people.items()}

    async def address_of(self, person: Person) -> Address | None:
        return (await self.addresses_of([person])).get(person.id)

    async def addresses_of(self, people: list[Person]) -> dict[UUID, Address]:
        users = {each.id: self._users[each.id] for each in people if each.id in self._users}
        return {person: Address(self.name, chat=user) for person, user in users.items()}

    async def send(self, address: Address, asking: Asking, *, at: datetime) -> Delivered:
        to = self._people[address.chat or 0]
        if to.temper is Temper.BLOCKS:
            raise NotDelivered(Refusal.GONE, "blocked")
        say = speech(asking.language)
        view = invitation(say, replace(asking, test=True), organisation=self._organisation)
        message = await self._bot.send_message(
            address.chat or 0, view.text, parse_mode=ParseMode.HTML, reply_markup=keyboard(view)
        )
        text = "".join(piece.text for piece in pieces_of(view.text))
        self._post.sent.append(Sent(at, to.person.name, self.name, asking.number, text))
        return Delivered(message.message_id)

    async def probe(self) -> None:
        """It always works."""


class RehearsalMail:
    """Letters as they would be posted, kept in memory; some mailboxes are gone."""

    name = ChannelName.EMAIL

    def __init__(self, post: Post, people: Sequence[Simulated], *, organisation: str) -> None:
        self._post, self._organisation = post, organisation
        self._people = {each.person.email: each for each in people if each.person.email}

    async def address_of(self, person: Person) -> Address | None:
        return Address(self.name, email=person.email) if person.email in self._people else None

    async def addresses_of(self, people: list[Person]) -> dict[UUID, Address]:
        found = {each.id: await self.address_of(each) for each in people}
        return {key: address for key, address in found.items() if address}

    async def send(self, address: Address, asking: Asking, *, at: datetime) -> Delivered:
        to = self._people[address.email or ""]
        if to.temper is Temper.BLOCKS:
            raise NotDelivered(Refusal.GONE, "no_such_mailbox")
        letter = invitation_letter.invitation(
            replace(asking, test=True),
            _NOWHERE,
            organisation=self._organisation,
            language=asking.language,
        )
        text = f"{letter.subject}\n\n{letter.text}"
        self._post.sent.append(Sent(at, to.person.name, self.name, asking.number, text))
        self._post.tokens[to.person.id] = asking.token
        return Delivered()

    async def probe(self) -> None:
        """It always works."""
