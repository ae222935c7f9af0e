"""A message to a reporter before it is in any channel's words, and the way by which it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable
from uuid import UUID

from survey.domain.campaign import ChannelName
from survey.ports.channels import Address, Delivered


class Asks(StrEnum):
    """What a message wants of its reader."""

    NOTHING = "nothing"
    WORDS = "words"
    """An answer in words."""
    VERDICT = "verdict"
    """Fixed, partly, or not."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of ours, then what somebody wrote, empty where nothing."""

    said: str
    quoted: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """What one message says of one case; one line at least, the oldest first.

    `token` leads to the case (/case/TOKEN, or c_TOKEN to the bot) and `address` says the same in
    the address that a letter is answered to; both are never kept. `files` is how many came with
    what is quoted; `scored` says that how it was handled is asked too.
    """

    case: UUID
    reference: str
    token: str
    address: str
    service: str
    lines: tuple[Line, ...]
    asks: Asks = Asks.NOTHING
    question: str = ""
    files: int = 0
    scored: bool = False


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One message to one receiver: a passage for each case, one at least.

    `id` is made of what it tells: the same message that leaves twice has the same.
    """

    id: UUID
    language: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Handed:
    """A file that came with what was told before: a message of its own.

    `is_picture` says that it is one that we drew ourselves.
    """

    reference: str
    name: str
    content: bytes
    is_picture: bool


@dataclass(frozen=True, slots=True)
class Whom:
    """Where a reporter may be reached: `chat` is "telegram:BOT:USER", of nobody known."""

    person: UUID | None = None
    chat: str | None = None
    email: str | None = None


class TellingChannel(Protocol):
    """What a channel of campaigns does besides, to carry messages to reporters."""

    @property
    def name(self) -> ChannelName: ...

    async def address_for(self, whom: Whom) -> Address | None:
        """Where this channel reaches them now, also if they want no surveys; None: nowhere."""

    async def tell(self, address: Address, bulletin: Bulletin, *, at: datetime) -> Delivered:
        """Send one message; holds no connection to the database meanwhile.

        Raises: NotDelivered.
        """


@runtime_checkable
class HandingChannel(TellingChannel, Protocol):
    """One that carries files too; by any other, they are read behind the link of the report."""

    async def hand(self, address: Address, file: Handed, *, at: datetime) -> Delivered:
        """Send one file, as `tell` sends words. Raises: NotDelivered."""


TellingChannels = Mapping[ChannelName, TellingChannel]
