"""What is held about one person: what ties rows to them, and what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from survey.domain.accounts import Account
from survey.domain.audit import Entry
from survey.domain.language import N_
from survey.domain.people import Person
from survey.domain.records import Chat, Conversation, InboxRow

NOT_FOUND: Final = (
    (
        N_("confidential and anonymous answers"),
        "they are kept without a name, a day or a number that leads to the person",
    ),
    (
        N_("answers given on behalf of a school, department or team"),
        "they are kept with its name, not with that of whoever gave them",
    ),
    (
        N_("what others wrote in their own words"),
        "a comment may name the person, and nobody can find it by them",
    ),
    (
        N_("web pages that they used without a personal link"),
        "a browser is known by a random number only",
    ),
    (
        N_("backups"),
        "each copy holds what was there on its day; whoever was erased is removed "
        "from it before it is used",
    ),
)
"""What cannot be found, and why; said with every export."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What ties rows to people: all that an erasure has to go by.

    `chats` are (bot, user), `owners` and `participants` what conversations and participations
    call them, `addresses` are in small letters.
    """

    people: frozenset[UUID] = frozenset()
    accounts: frozenset[UUID] = frozenset()
    chats: frozenset[tuple[int, int]] = frozenset()
    owners: frozenset[str] = frozenset()
    participants: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return any(
            (self.people, self.accounts, self.chats, self.owners, self.participants, self.addresses)
        )


@dataclass(frozen=True, slots=True)
class Participation:
    """That somebody took part; what they answered is nowhere kept with it."""

    questionnaire: str
    month: date


@dataclass(frozen=True, slots=True)
class LetterSent:
    kind: str
    address: str | None
    written_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One survey that they were asked to answer, and where that came to; not what they answered."""

    questionnaire: str
    opened_on: date
    state: str
    sent_at: datetime | None
    about: str


@dataclass(frozen=True, slots=True)
class Reported:
    """A problem that they reported: its entries are (when, what, text, data), oldest first."""

    reference: str
    service: str
    opened_at: datetime
    state: str
    email: str | None
    entries: tuple[tuple[datetime, str, str, Mapping[str, Any]], ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignIn:
    """One browser in which an account is signed in."""

    method: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Holding:
    """All rows that a trace leads to."""

    person: Person
    links_until: Sequence[datetime]
    chats: Sequence[Chat]
    conversations: Sequence[Conversation]
    participations: Sequence[Participation]
    asked: Sequence[Asked]
    reported: Sequence[Reported]
    letters: Sequence[LetterSent]
    updates: Sequence[InboxRow]
    accounts: Sequence[Account]
    sign_ins: Sequence[SignIn]
    entries: Sequence[Entry]
