"""Problem reports, what is told to their reporters, and what is done about them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from survey.domain.campaign import ChannelName
from survey.domain.case_records import (
    Action,
    Attachment,
    CaseQuery,
    LinkKind,
    Problem,
    Telling,
    TellingKind,
)
from survey.domain.case_sums import CaseSum, MonthSpan
from survey.domain.cases import Case, Entry
from survey.domain.waves import Outcome

MOST_COUNTED: Final = 1_000
"""Cases of a list that are counted one by one: beyond it there are "more than 1,000"."""


@dataclass(frozen=True, slots=True)
class CasePage:
    """Some cases of a list, in its order; `after` leads on to the next, None where none follow."""

    cases: tuple[Case, ...]
    after: str | None


class Cases(Protocol):
    async def get(self, case: UUID) -> Case | None: ...
    async def by_reference(self, reference: str) -> Case | None: ...
    async def by_link(self, link: UUID) -> Case | None:
        """The one whose holder has this link now (`Case.link`)."""

    async def of_person(self, person: UUID) -> Sequence[Case]:
        """Those that they reported or stand in for, the newest first."""

    async def of_chat(self, chat: str) -> Sequence[Case]:
        """Those that nobody known reported from this chat, the newest first."""

    async def add(self, case: Case, first: Entry) -> bool:
        """Keep a report with its first entry; False where the reference is taken."""

    async def append(self, case: Case, entries: Sequence[Entry]) -> bool:
        """Keep entries, and the case as it is after them.

        False where another entry has come meanwhile: then nothing is changed. Files that the
        entries name become theirs.
        """

    async def timeline(self, case: UUID) -> Sequence[Entry]:
        """All entries, the oldest first, with the ids of their files."""

    async def known(self, wanted: Collection[UUID]) -> Collection[UUID]:
        """Those of these, however many, that are there."""

    async def reports(self, wanted: Collection[UUID]) -> Mapping[UUID, Entry]:
        """The first entry of each, without its files."""

    async def news(
        self, *, since: datetime, until: datetime, after: Entry | None, limit: int
    ) -> Sequence[tuple[Case, Entry]]:
        """What was added from `since` on and before `until`, the oldest first, without files; only
        what comes behind `after`, where that is given."""

    async def listed(
        self, query: CaseQuery, *, now: datetime, limit: int, after: str | None
    ) -> CasePage:
        """One page of the cases that fit."""

    async def count(self, query: CaseQuery, *, now: datetime) -> int:
        """How many fit; one more than `MOST_COUNTED` where there are more than that."""

    async def ids(self, query: CaseQuery, *, now: datetime, limit: int) -> Sequence[UUID]:
        """For work on many at once, in order of id."""

    async def look_again(self, case: Case, *, at: datetime | None) -> None:
        """When the program itself has something to do with it next.

        Every entry asks for a look at once; one that has come since then asks for another.
        """

    async def to_look_at(self, *, now: datetime, limit: int) -> Sequence[Case]:
        """Those whose time for that has come, the longest due first."""

    async def waiting_among(
        self, people: Collection[UUID], *, services: Collection[str]
    ) -> Collection[UUID]:
        """Those of these with an open case about one of these services."""


class CaseSums(Protocol):
    async def sums(
        self, query: CaseQuery, months: Sequence[MonthSpan], *, now: datetime
    ) -> Sequence[CaseSum]:
        """Reports of these months by month, service and kind of unit, and older ones that are
        open; only those that fit the query."""


class Attachments(Protocol):
    async def add(self, attachments: Sequence[Attachment]) -> None: ...
    async def get(self, attachment: UUID) -> Attachment | None: ...
    async def of_conversation(self, conversation: UUID) -> Sequence[Attachment]: ...
    async def of_case(self, case: UUID) -> Sequence[Attachment]: ...
    async def to_fetch(
        self, *, limit: int, besides: Collection[UUID] = (), here: bool = False
    ) -> Sequence[Attachment]:
        """Those whose bytes are still on their way from Telegram, the oldest first.

        With `here`, those that a demonstration's own chat took.
        """

    async def settle(self, attachment: Attachment) -> bool:
        """Keep what became of its bytes: digest, kind and size, or why they were refused.

        Nothing, and False, where that is known already.
        """

    async def remove(self, attachment: UUID) -> None:
        """Forget one that no entry names."""

    async def known(self, digests: Collection[str]) -> Collection[str]:
        """Those of these that a row names."""

    async def digests(self, *, after: str, limit: int) -> Sequence[str]:
        """Those that rows name, in order, from the one behind `after`."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a message to a reporter: settled for good, or put off until `due_at`.

    `in_doubt` says that it may have arrived; then its next attempt is a repeat.
    """

    telling: UUID
    outcome: Outcome | None = None
    reason: str | None = None
    channel: ChannelName | None = None
    message_id: int | None = None
    due_at: datetime | None = None
    failed: bool = False
    in_doubt: bool = False


class Tellings(Protocol):
    """Messages to reporters that wait to be sent; claims are leases of one process."""

    async def add(self, tellings: Sequence[Telling]) -> None:
        """Those of an entry, receiver and part that are there already change nothing."""

    async def any_due(self, *, now: datetime) -> bool: ...
    async def depth(self, *, now: datetime) -> tuple[int, datetime | None]:
        """How many are due and not sent, and since when the oldest of them is."""

    async def claim(
        self, holder: UUID, *, now: datetime, limit: int, lease: timedelta
    ) -> Sequence[Telling]:
        """Lease due messages: with one of a receiver all of theirs, also those that may wait.

        `limit` is of receivers, those first who wait longest.
        """

    async def begin(
        self, holder: UUID, tellings: Collection[UUID], *, now: datetime, until: datetime
    ) -> Collection[UUID]:
        """Note that these are about to leave, and lease them anew; those that are still leased."""

    async def settle(self, holder: UUID, told: Collection[Told], *, now: datetime) -> None: ...
    async def by_message(self, receiver: str, message: int) -> Telling | None:
        """The message that somebody answers in chat; None where it was about several cases."""

    async def of_case(self, case: UUID) -> Sequence[Telling]: ...
    async def last_told(self, receiver: str) -> datetime | None:
        """When a bundle was last sent there."""

    async def sent_since(
        self, receiver: str, *, since: datetime, now: datetime, kind: TellingKind | None = None
    ) -> Sequence[datetime]:
        """When each message (of this kind) was sent there since then, or begun to be; the oldest
        first."""


class Problems(Protocol):
    async def get(self, problem: UUID) -> Problem | None: ...
    async def all(self, *, open_only: bool) -> Sequence[Problem]: ...
    async def add(self, problem: Problem) -> None: ...
    async def save(self, problem: Problem, *, expected_revision: int) -> bool: ...
    async def schools(self, problems: Collection[UUID]) -> Mapping[UUID, int]:
        """How many units report each."""

    async def units(self, problem: UUID) -> Sequence[str]:
        """The same units of one, in the order of how often."""

    async def open_cases(self, problems: Collection[UUID]) -> Mapping[UUID, int]:
        """How many reports of each are open."""


class Actions(Protocol):
    async def get(self, action: UUID) -> Action | None: ...
    async def all(self) -> Sequence[Action]:
        """The one that is due first, first."""

    async def about(self, kind: LinkKind, keys: Collection[str]) -> Sequence[Action]: ...
    async def asked(
        self,
        questionnaires: Collection[str],
        *,
        since: datetime,
        limit: int,
        person: UUID | None = None,
    ) -> Collection[UUID]:
        """Who was sent one of these questionnaires since then; only this person where one is named.

        Not who answered: that is nobody's to know.
        """

    async def last_letters(self, people: Collection[UUID]) -> Mapping[UUID, datetime]:
        """When the last letter about results was written to each, or is to be."""

    async def add(self, action: Action) -> None: ...
    async def save(self, action: Action, *, expected_revision: int) -> bool: ...


class Promises(Protocol):
    async def get(self, service: str) -> tuple[Mapping[str, Any], int] | None:
        """The plan of its own that a service has, and its revision."""

    async def all(self) -> Mapping[str, Mapping[str, Any]]:
        """The plan of each service that has one of its own."""

    async def put(self, service: str, plan: Mapping[str, Any], *, expected_revision: int) -> bool:
        """Keep a plan; a first one has the revision 0 before it. False where it was changed."""
