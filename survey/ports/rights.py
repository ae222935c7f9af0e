"""Finding and erasing all that is held about a person."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from survey.domain.accounts import Account
from survey.domain.audit import Entry
from survey.domain.records import Conversation, InboxRow
from survey.domain.rights import Asked, LetterSent, Participation, Reported, SignIn, Trace


class Rights(Protocol):
    async def accounts_of(self, person: UUID) -> Sequence[Account]:
        """Those linked with the person, also such that have ended."""

    async def links_of(self, person: UUID) -> Sequence[datetime]:
        """Until when each of their personal links can be used."""

    async def conversations_of(self, trace: Trace) -> Sequence[Conversation]: ...
    async def participations_of(self, trace: Trace) -> Sequence[Participation]: ...
    async def asked_of(self, trace: Trace) -> Sequence[Asked]:
        """The surveys that they were asked to answer."""

    async def reported_by(self, trace: Trace) -> Sequence[Reported]:
        """The problems that they reported, with all that was written about them."""

    async def letters_of(self, trace: Trace) -> Sequence[LetterSent]: ...
    async def updates_of(self, trace: Trace) -> Sequence[InboxRow]:
        """Messages of theirs that are not dealt with yet."""

    async def sign_ins_of(self, trace: Trace) -> Sequence[SignIn]: ...
    async def entries_of(self, trace: Trace) -> Sequence[Entry]:
        """The record's entries about them or by them."""

    async def erase(self, trace: Trace, *, now: datetime) -> Mapping[str, int]:
        """Delete all that the trace leads to; how many rows of what it were.

        An account stays, ended and empty: what it did can still be told from what others did.
        """

    def everybody(self) -> AsyncIterator[Trace]:
        """A trace for each person, account, chat, owner and participant that there is, one by one:
        for a unit of work of one state."""

    async def applied(self) -> int:
        """How many lines of the erasure list were applied to this database."""


class ErasureList(Protocol):
    """Who was erased, as keyed hashes, where no restored backup reaches."""

    def add(self, day: date, tokens: Collection[str]) -> int:
        """On disk when it returns; how many lines there are now."""

    def lines(self) -> Sequence[frozenset[str]]:
        """What each line holds, in the order of writing."""

    def stamp(self) -> tuple[int, int]:
        """Changes whenever the list does."""
