"""What stands beside a case: files, messages to reporters, problems and actions, as kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from survey.domain.campaign import ChannelName
from survey.domain.cases import CaseKind, CaseState, Priority
from survey.domain.waves import Outcome

RECURS_WITHIN_DAYS: Final = 90
"""A problem that comes back so soon after it was fixed is the same problem."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a report or a message.

    `kind` is its media type by content; `size` is in bytes, as stored. `digest` (SHA-256, hex)
    names its bytes in `survey.ports.files.Files`, None while they are on their way; `source` is
    the name by which Telegram gives them out until then. `refused` says why it was not kept.
    """

    id: UUID
    name: str
    kind: str
    size: int
    made_at: datetime
    digest: str | None = None
    source: str = ""
    refused: str | None = None
    conversation: UUID | None = None
    case: UUID | None = None
    entry: int | None = None


HERE: Final = "here:"
"""How the source of a file begins that a demonstration's own chat took, and not Telegram."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A file that somebody sent in a chat and that Telegram still holds.

    `name` is empty where it has none, `size` is in bytes, 0 where Telegram does not say; `source`
    is the id by which it gives the file out.
    """

    name: str
    size: int
    source: str


class TellingKind(StrEnum):
    """What a message to a reporter is about; which of them may wait is `waits`."""

    RECEIVED = "received"
    UPDATE = "update"
    """A change of state or a plan."""
    REPLY = "reply"
    """Staff wrote to them."""
    QUESTION = "question"
    """Staff asked, and wait."""
    FIXED = "fixed"
    """Said to be fixed: is it?"""
    ASKED_AGAIN = "asked_again"
    CHECK = "check"
    """Four weeks later."""
    DIGEST = "digest"
    UNKEPT = "unkept"
    """A file of theirs is not kept."""

    @property
    def waits(self) -> bool:
        """Whether it may wait for a day's bundle: it is not the reporter's turn."""
        return self in (TellingKind.UPDATE, TellingKind.REPLY, TellingKind.DIGEST)


@dataclass(frozen=True, slots=True)
class Telling:
    """One message to one receiver about one entry.

    `part` is 0 for its words, and counts its files from 1: each of them is a message of its own.
    `receiver` is "person:UUID", "telegram:BOT:USER" or "email:ADDRESS". Begun and not settled when
    its lease ends it may have been sent, and is sent once more (`repeats`).
    """

    id: UUID
    case: UUID
    entry: int
    kind: TellingKind
    receiver: str
    due_at: datetime
    part: int = 0
    begun_at: datetime | None = None
    repeats: int = 0
    failures: int = 0
    settled_at: datetime | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    channel: ChannelName | None = None
    message_id: int | None = None


class ProblemState(StrEnum):
    OPEN = "open"
    WATCHED = "watched"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Problem:
    """What several reports have in common, or a planned downtime.

    `told` is what anybody may read of it on the page of known problems; empty, it is not there.
    `update_by` is when more is said next. Planned downtime has `begins_at` and `ends_at`.
    """

    id: UUID
    title: str
    service: str
    opened_at: datetime
    state: ProblemState = ProblemState.OPEN
    system: str = ""
    planned: bool = False
    owner: str = ""
    cause: str = ""
    plan: str = ""
    milestone: str = ""
    milestone_on: date | None = None
    told: str = ""
    told_at: datetime | None = None
    update_by: datetime | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    fixed_at: datetime | None = None
    recurrences: int = 0
    revision: int = 1


class ActionState(StrEnum):
    PLANNED = "planned"
    UNDER_WAY = "under_way"
    DONE = "done"
    DROPPED = "dropped"


class LinkKind(StrEnum):
    """What an action is about."""

    CASE = "case"
    PROBLEM = "problem"
    QUESTION = "question"
    """"QUESTIONNAIRE/QUESTION"."""
    MEASURE = "measure"
    """"QUESTIONNAIRE/MEASURE"."""
    GROUP = "group"
    """People who are told of it: a role of theirs, such as "schools forum"."""


@dataclass(frozen=True, slots=True)
class Action:
    """What is done about cases or results; `said` and `did` are told to those who asked.

    `said` ("You said") and `did` ("We did") hold a text by language; `told_at` is when they were
    published. `meeting` asked for it. Where many are told, somebody proposes it (`proposed_by`)
    and somebody else agrees (`approved_by`), as `Actor` reads.
    """

    id: UUID
    title: str
    service: str
    owner: str
    due_on: date
    made_at: datetime
    unit: str = ""
    state: ActionState = ActionState.PLANNED
    baseline: str = ""
    expected: str = ""
    realised: str = ""
    meeting: str = ""
    meeting_on: date | None = None
    said: Mapping[str, str] = field(default_factory=dict)
    did: Mapping[str, str] = field(default_factory=dict)
    told_at: datetime | None = None
    done_at: datetime | None = None
    proposed_by: str | None = None
    approved_by: str | None = None
    links: tuple[tuple[LinkKind, str], ...] = ()
    revision: int = 1


class CaseSort(StrEnum):
    """By what a list of cases is sorted."""

    TOUCHED = "touched"
    """The one that waited longest since anything happened first."""
    NEWEST = "newest"
    DUE = "due"
    """By the clock that runs out first."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Units and services that somebody may see together: the keys, None for all of them.

    With `handed_over` those cases alone that the provider of their service was given.
    """

    units: frozenset[str] | None = None
    services: frozenset[str] | None = None
    handed_over: bool = False


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Which cases a list shows; a field left out does not narrow it.

    `reach` is what the reader may see: one of them is enough, none of them shows nothing. Of those
    for few all are among them where `restricted`, and else those that `restricted_of` owns.
    `words` are searched in what staff may read. `open` is by state, `late` that a clock has run
    out. `since` is the first moment at which it was reported, `until` the one after the last.
    """

    reach: tuple[Reach, ...] = (Reach(),)
    states: frozenset[CaseState] = frozenset()
    kinds: frozenset[CaseKind] = frozenset()
    priorities: frozenset[Priority] = frozenset()
    units: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    unit: str = ""
    service: str = ""
    owner: UUID | None = None
    nobodys: bool = False
    open: bool | None = None
    late: bool = False
    risks: bool = False
    restricted: bool = False
    restricted_of: UUID | None = None
    problem: UUID | None = None
    person: UUID | None = None
    words: str = ""
    sort: CaseSort = CaseSort.TOUCHED
    since: datetime | None = None
    until: datetime | None = None
