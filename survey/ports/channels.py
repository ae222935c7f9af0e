"""The way by which an invitation reaches somebody: what a new channel has to do, and nothing else.

To add one (Teams, SMS): a name in `survey.domain.campaign.ChannelName`, a class of this shape, and
its place in `survey.wiring` or, where it needs a process of its own, in that process. A channel
knows neither waves nor schedules; the sender (`survey.services.sending`) knows no transport.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from survey.domain.campaign import ChannelName
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy


@dataclass(frozen=True, slots=True)
class Asking:
    """What an invitation says, before it is in any channel's words.

    `minutes` is about how long it takes; `token` leads to the invitation (/i/TOKEN, or i_TOKEN to
    the bot) and is never kept. `number` is 0, or which reminder it is; `last` that no other comes.
    """

    invitation: UUID
    token: str
    number: int
    language: str
    title: str
    sender: str
    purpose: str
    questions: int
    minutes: int
    privacy: Privacy
    floor: int
    closes_on: date
    notice: str
    about: str = ""
    about_day: date | None = None
    body_name: str = ""
    last_on: date | None = None
    test: bool = False
    last: bool = False


class Refusal(StrEnum):
    """What a failed attempt means, and so what is done."""

    LATER = "later"
    """This person is out of reach for now: again after `seconds`; the message is all right."""
    BUSY = "busy"
    """The whole channel wants no message for `seconds`; nothing has left."""
    STOPPED = "stopped"
    """It was stopped while it waited for its turn in the channel; nothing has left."""
    DOWN = "down"
    """The whole channel: token refused, another reader, no server. Nothing is marked as sent."""
    GONE = "gone"
    """This person cannot be reached here any more: blocked, left, no such mailbox."""
    UNCLEAR = "unclear"
    """Refused, and nobody knows why: three times over a day count as GONE."""
    FAULT = "fault"
    """The message itself is refused: trying again does not help."""
    UNKNOWN = "unknown"
    """It may have arrived: the campaign's rule for repeats decides."""


class NotDelivered(Exception):
    """A message did not leave, or nobody knows; `reason` is a stable word for lists."""

    def __init__(self, refusal: Refusal, reason: str, *, seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.refusal, self.reason, self.seconds = refusal, reason, seconds


@dataclass(frozen=True, slots=True)
class Delivered:
    """The channel's own word for the message, where a later edit needs it."""

    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody is reached: a chat's number or an e-mail address, never both.

    `language` is the one that they chose there, where they did.
    """

    channel: ChannelName
    chat: int | None = None
    email: str | None = field(default=None, repr=False)
    language: str | None = None


class Channel(Protocol):
    name: ChannelName

    async def address_of(self, person: Person) -> Address | None:
        """Where this channel reaches somebody now; None where it does not."""

    async def addresses_of(self, people: "list[Person]") -> "dict[UUID, Address]":
        """The same for many, in one look."""

    async def send(self, address: Address, asking: Asking, *, at: datetime) -> Delivered:
        """Send one message; holds no connection to the database meanwhile.

        Raises: NotDelivered.
        """

    async def probe(self) -> None:
        """Ask whether the channel works at all, after it did not; sends nothing to anybody.

        Raises: NotDelivered.
        """
