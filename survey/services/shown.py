"""A conversation as it was read, and what a channel is to show of it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from survey.domain.arriving import Arrived
from survey.domain.cases import Case
from survey.domain.inviting import takes_answers
from survey.domain.records import Conversation, Receipt
from survey.domain.turns import Event, State, Turn
from survey.domain.waves import Wave
from survey.errors import FileRefused
from survey.services.catalogue import Published


@dataclass(frozen=True, slots=True)
class Stored:
    """An unfinished conversation as it was read."""

    row: Conversation
    published: Published
    state: State
    wave: Wave | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a channel is to show after an input, and what happened.

    `touched_at` is when the person took the step before this one. `stored` is what a look began
    with, for the step that follows it. `invitation` is what it answers, in this `wave`, which is
    open until the end of `closes_on`. `arrived` says what was noticed in a text just taken, and
    `case` is what a report has become. Of files that were just brought so many were `attached`, and
    the others `refused`.
    """

    conversation: UUID
    published: Published
    state: State
    turn: Turn
    events: tuple[Event, ...]
    receipt: Receipt | None
    started_at: datetime
    touched_at: datetime
    message_id: int | None
    shown: int | None
    stored: Stored | None = None
    invitation: UUID | None = None
    wave: Wave | None = None
    closes_on: date | None = None
    arrived: Arrived | None = None
    case: Case | None = None
    attached: int = 0
    refused: tuple[FileRefused, ...] = ()

    def takes_answers(self, now: datetime) -> bool:
        """Whether its wave, if it has one, is open."""
        return self.wave is None or takes_answers(self.wave, now=now)
