"""Problem reports as kept: a case is a list of entries, and its state is what they say.

An entry is written once and never changed. `follows` says whether one may come after a state and
which state it leads to; `state_of` folds a whole timeline. What stands in `Case` besides its report
is a copy of that for lists and searches.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid5

from survey.errors import CaseRefused

RISK: Final = 12
"""Impact times likelihood from which a case stands on the list of risks."""


class CaseKind(StrEnum):
    """What somebody reports: a value of the question `kind` of the shipped `problem-report`."""

    BROKEN = "broken"
    WRONG_PAY = "wrong_pay"
    HARD_TO_USE = "hard_to_use"
    FIGURES = "figures"
    """A report does not match the data."""
    DATA_ASTRAY = "data_astray"
    """Personal data went astray: 72 hours, and few may see it (UK GDPR, article 33)."""
    FEEDBACK = "feedback"
    """Opened by a low score and "you may contact me"."""
    OTHER = "other"


class Effect(StrEnum):
    """How much it stops the school or team; the order is that of urgency."""

    NONE = "none"
    SLOWS = "slows"
    STUCK = "stuck"
    UNPAID = "unpaid"
    """Somebody is not paid."""


class Priority(StrEnum):
    """How soon a case is worked; each has its own times in a service's promise."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Weight(StrEnum):
    """A snag of daily work, or a problem of substance that a committee asks about."""

    SNAG = "snag"
    SUBSTANTIVE = "substantive"


class Verdict(StrEnum):
    """What one side says of a fix."""

    FIXED = "fixed"
    PARTLY = "partly"
    NOT_FIXED = "not_fixed"


class CaseState(StrEnum):
    """Where a case has come to; every figure tells them apart."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    """For the reporter."""
    FIXED = "fixed"
    """Says whoever fixed it; the reporter has been asked."""
    MONITORED = "monitored"
    """Fixed, and watched for a while before the reporter is asked."""
    CONFIRMED = "confirmed"
    """The reporter says that it is fixed."""
    NOT_CONFIRMED = "not_confirmed"
    """Fixed, asked twice, and nobody answered."""
    DECLINED = "declined"
    """Closed without a fix, and why."""
    REOPENED = "reopened"
    MERGED = "merged"
    """Goes on as another case."""

    @property
    def open(self) -> bool:
        return self not in _ENDED

    @property
    def answered_for(self) -> bool:
        """Whether the next step is the reporter's."""
        return self in (CaseState.WAITING, CaseState.FIXED)

    @property
    def to_be_judged(self) -> bool:
        """Whether somebody says that it is fixed, and the reporter has not said yet if it is."""
        return self in (CaseState.FIXED, CaseState.MONITORED, CaseState.NOT_CONFIRMED)


_ENDED: Final = frozenset(
    {CaseState.CONFIRMED, CaseState.NOT_CONFIRMED, CaseState.DECLINED, CaseState.MERGED}
)
OPEN_STATES: Final = tuple(state for state in CaseState if state.open)
_AT_WORK: Final = frozenset(
    {
        CaseState.NEW,
        CaseState.ACKNOWLEDGED,
        CaseState.IN_PROGRESS,
        CaseState.WAITING,
        CaseState.REOPENED,
    }
)
_SAID_FIXED: Final = frozenset({CaseState.FIXED, CaseState.MONITORED})


class FirstContact(StrEnum):
    """How far a case has come towards being solved at first contact."""

    ASKED = "asked"
    """The reporter was asked something: it cannot be any more, and nobody has judged it yet."""
    CONFIRMED = "confirmed"
    """It counts once that has held for a while."""
    NO = "no"


class EntryKind(StrEnum):
    """What happened; `data` of an entry holds what is named here."""

    REPORTED = "reported"
    """The first entry: `answers` of the report."""
    MESSAGE = "message"
    """From one side to the other; its text."""
    NOTE = "note"
    """Among those who work on it."""
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    """`owner` (account) and `team`."""
    SORTED = "sorted"
    """What is known of it by now: `service`, `system`, `priority`, `weight`, `cause`, `impact`,
    `likelihood`, `verdict` of the provider, `restricted`, each where it changed."""
    STARTED = "started"
    ASKED = "asked"
    """The reporter, something; from now on it waits for them."""
    MONITORED = "monitored"
    """`until`."""
    FIXED = "fixed"
    ASKED_AGAIN = "asked_again"
    """Whether it is fixed; once more a few days later."""
    JUDGED = "judged"
    """By the reporter: `verdict`."""
    RATED = "rated"
    """That the reporter said how it was handled; the score itself is an answer."""
    LAPSED = "lapsed"
    """Nobody answered."""
    DECLINED = "declined"
    """`reason`."""
    REOPENED = "reopened"
    """By staff; a reporter's "no" is `JUDGED`."""
    FOLLOWED_UP = "followed_up"
    """The reporter is asked whether it still holds, four weeks after they said that it is fixed."""
    CHECKED = "checked"
    """Four weeks later, for problems of substance: `verdict`."""
    MERGED = "merged"
    """Into the case `into`."""
    TOOK_IN = "took_in"
    """The case `other`, with its reporter."""
    SPLIT = "split"
    """Off from this case: `other`."""
    LINKED = "linked"
    """To the problem `problem`, or from it where that is None."""
    HANDED_ON = "handed_on"
    """To a colleague of the same school: `to` (person), None once they are erased."""
    BREACHED = "breached"
    """A clock ran out: `clock`. Told once."""
    PLANNED = "planned"
    """The next update is due `at`."""
    UNKEPT = "unkept"
    """A file of the reporter's turned out to be none that we keep: its `name`, '' where it has
    none, the `reason` of its refusal, and its attachment (`file`) where there is one."""


class Audience(StrEnum):
    """Who may read an entry: staff, whom the value names, and all where it is public.

    What a reporter wrote or is told is not the provider's to read: people name themselves and
    others there. Staff write to the provider what those need to know.
    """

    STAFF = "staff"
    PROVIDER = "provider"
    """Staff, and whoever provides the service."""
    REPORTER = "reporter"
    """Staff, and whoever reported it or stands in for them."""
    PUBLIC = "public"


class Side(StrEnum):
    """Whose entry it is."""

    REPORTER = "reporter"
    STAFF = "staff"
    PROVIDER = "provider"
    SERVICE = "service"
    """The program by itself."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; number 1 is the report.

    `actor` is who, as the record names them; `text` is what they wrote, empty where nothing;
    `files` are attachments that came with it.
    """

    case: UUID
    number: int
    at: datetime
    kind: EntryKind
    audience: Audience
    side: Side
    actor: str
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[UUID, ...] = ()

    def for_(self, reader: Audience) -> bool:
        """Whether somebody of this kind may read it."""
        return reader is Audience.STAFF or self.audience in (reader, Audience.PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An entry to be: what is to be added to a timeline, where it gets its number and time."""

    kind: EntryKind
    side: Side
    audience: Audience = Audience.REPORTER
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[UUID, ...] = ()


_LEADS_TO: Final[Mapping[EntryKind, tuple[frozenset[CaseState], CaseState | None]]] = {
    EntryKind.ACKNOWLEDGED: (frozenset({CaseState.NEW}), CaseState.ACKNOWLEDGED),
    EntryKind.ASSIGNED: (frozenset(CaseState) - _ENDED, None),
    EntryKind.SORTED: (frozenset(CaseState) - {CaseState.MERGED}, None),
    EntryKind.STARTED: (_AT_WORK - {CaseState.IN_PROGRESS}, CaseState.IN_PROGRESS),
    EntryKind.ASKED: (_AT_WORK, CaseState.WAITING),
    EntryKind.MONITORED: (_AT_WORK, CaseState.MONITORED),
    EntryKind.FIXED: (_AT_WORK | {CaseState.MONITORED}, CaseState.FIXED),
    EntryKind.ASKED_AGAIN: (frozenset({CaseState.FIXED}), None),
    EntryKind.FOLLOWED_UP: (frozenset({CaseState.CONFIRMED}), None),
    EntryKind.RATED: (frozenset(CaseState) - {CaseState.MERGED}, None),
    EntryKind.LAPSED: (frozenset({CaseState.FIXED}), CaseState.NOT_CONFIRMED),
    EntryKind.DECLINED: (_AT_WORK | _SAID_FIXED, CaseState.DECLINED),
    EntryKind.REOPENED: (_ENDED - {CaseState.MERGED} | _SAID_FIXED, CaseState.REOPENED),
    EntryKind.MERGED: (frozenset(CaseState) - _ENDED, CaseState.MERGED),
}
"""After which states each may come, and which it leads to; None leaves the state as it is. Kinds
that are not here may come at any time; what the reporter says is in `follows`."""


def follows(state: CaseState, entry: Entry) -> CaseState:
    """The state after this entry.

    A message from the reporter ends the waiting for them, and reopens nothing: what is over is
    reopened by saying so.

    Raises: CaseRefused, where it does not follow.
    """
    match entry.kind:
        case EntryKind.MESSAGE if entry.side is Side.REPORTER and state is CaseState.WAITING:
            return CaseState.IN_PROGRESS
        case EntryKind.JUDGED | EntryKind.CHECKED:
            return _judged(state, entry)
        case EntryKind.SORTED if "restricted" in entry.data:
            return state  # its words may have to be for few wherever it has gone
    before, after = _LEADS_TO.get(entry.kind, (frozenset(CaseState), None))
    if state not in before:
        raise CaseRefused(entry.kind, state)
    return after or state


def _judged(state: CaseState, entry: Entry) -> CaseState:
    """Whoever said that it is not fixed may correct that: the last word counts."""
    asked = _SAID_FIXED | {CaseState.NOT_CONFIRMED, CaseState.REOPENED}
    if entry.kind is EntryKind.CHECKED:
        asked |= {CaseState.CONFIRMED}
    if state not in asked:
        raise CaseRefused(entry.kind, state)
    # What is partly fixed goes on: the rest is work.
    return CaseState.CONFIRMED if entry.data["verdict"] == Verdict.FIXED else CaseState.REOPENED


def state_of(timeline: Iterable[Entry]) -> CaseState:
    """The state that a whole timeline leads to, oldest entry first.

    Raises: CaseRefused, where one does not follow from those before.
    """
    state = CaseState.NEW
    for entry in timeline:
        state = follows(state, entry)
    return state


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands.

    `person` reported it (or stands in by now); None where nobody known did, then `chat` ("telegram:
    BOT:USER") or `email` is where they are answered, both None where they only have the page
    behind their link. `unit` is '' where none is known. `restricted` is for few. `owner` is an
    account, `team` a name. The times are when a clock runs out, None where none runs; `fix_left`
    are the minutes of work that were left for the fix when it began to wait for the reporter.
    `fixed_at` is that of the last fix, or when the reporter said that there was one. `revision` is
    the number of the last entry, `handed_over` that of the entry with which the provider of its
    service got it, None where it has not.
    """

    id: UUID
    reference: str
    service: str
    unit: str
    kind: CaseKind
    effect: Effect
    opened_at: datetime
    state: CaseState = CaseState.NEW
    revision: int = 1
    system: str = ""
    priority: Priority = Priority.NORMAL
    language: str = "en"
    person: UUID | None = None
    chat: str | None = None
    email: str | None = None
    restricted: bool = False
    owner: UUID | None = None
    team: str = ""
    weight: Weight | None = None
    cause: str = ""
    impact: int | None = None
    likelihood: int | None = None
    provider_verdict: Verdict | None = None
    reporter_verdict: Verdict | None = None
    problem: UUID | None = None
    merged_into: UUID | None = None
    acknowledge_by: datetime | None = None
    update_by: datetime | None = None
    fix_by: datetime | None = None
    fix_left: int | None = None
    acknowledged_at: datetime | None = None
    fixed_at: datetime | None = None
    ended_at: datetime | None = None
    replies: int = 0
    """Of staff to the reporter, up to the first fix: one of them is first contact."""
    reopenings: int = 0
    first_contact: FirstContact | None = None
    judged_at: datetime | None = None
    """When the reporter first said whether it is fixed."""
    handed_over: int | None = None

    @property
    def link(self) -> UUID:
        """What the link of whoever reported it, or stands in now, is made of: another one for each
        of them, so that nobody's goes on working once it is somebody else's."""
        return uuid5(self.id, str(self.person or ""))

    @property
    def is_risk(self) -> bool:
        return (self.impact or 0) * (self.likelihood or 0) >= RISK
