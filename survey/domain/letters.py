"""Letters by e-mail: what waits to be sent, and when it is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

GIVE_UP: Final = timedelta(hours=24)
"""How long a letter is tried."""

_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=1)


class LetterKind(StrEnum):
    INVITATION = "invitation"
    """To somebody for whom an account was made."""
    RESET = "reset"
    """To whom says to have forgotten the password."""
    EMAIL = "email"
    """A link to sign in with."""
    CASES = "cases"
    """To an account: what is new about the problem reports that are theirs to work."""
    JOIN = "join"
    """To a person who may be asked: their link to the bot."""
    RESULTS = "results"
    """To somebody who was asked: what was done about it."""
    FOR_FEW = "for_few"
    """To whom the body has named for it: a report came in that few may see."""
    HELP = "help"
    """To somebody whose letter has words of danger in it: whom to telephone."""
    SCHOOL = "school"
    """To a person who asked for it: links to the reports of the schools that they stand for."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to write and send: to the address that somebody typed, an account or a person.

    What it says, links above all, is made when it is sent, and never kept.
    """

    id: UUID
    kind: LetterKind
    language: str
    written_at: datetime
    due_at: datetime
    address: str | None = None
    account: UUID | None = None
    person: UUID | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Words:
    """What a letter says: `text` and `html` the same."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Composed:
    """A letter ready to go out.

    `leave` is the address at which one click asks for no more of them; '' where nobody sends them
    to many.
    """

    to: str
    words: Words
    leave: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """How the letters are: those that wait, since when, and those given up lately."""

    waiting: int
    oldest: datetime | None
    given_up: int


def next_try(letter: Letter, now: datetime) -> datetime | None:
    """When to send it again after its `attempts`: a minute, two, four, ... an hour later.

    None where its day is over.
    """
    wait = min(_FIRST_WAIT * 2 ** min(letter.attempts - 1, 10), _LONGEST_WAIT)
    again = now + wait
    return again if again < letter.written_at + GIVE_UP else None
