"""What is kept: the frozen records that pass between use cases, storage and the read side.

Times are aware and in UTC; a `month` is the first day of a month in the body's own time zone, the
finest time that a response keeps. An empty string stands for "none" in keys (`wave`, `unit`,
`service`), so that they can be part of a primary key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from survey.domain.expressions import Value
from survey.domain.questionnaire import Privacy


@dataclass(frozen=True, slots=True)
class Unit:
    """A node of the organisation tree to which respondents belong.

    Since `ended_at` it is part of the body no more: nobody is asked for it, its figures stay.
    `revision` goes up with each change.
    """

    key: str
    name: str
    kind: str
    parent: str | None = None
    ended_at: datetime | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Service:
    """What is rated or reported about; `label` holds translations of the name.

    `owner` answers for it inside the body; `systems` are those that it runs on; `units` use it
    (none: all do). Since `ended_at` it is offered no more. `revision` goes up with each change.
    """

    key: str
    name: str
    provider: str = ""
    parent: str | None = None
    label: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    systems: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    ended_at: datetime | None = None
    revision: int = 1

    def called(self, language: str) -> str:
        """Its name in a language, where it has one there."""
        return self.label.get(language) or self.name


class EventKind(StrEnum):
    """What changed for people on one day."""

    GO_LIVE = "go_live"
    RELOCATION = "relocation"
    ELECTION = "election"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Event:
    """A change on a day, for charts to mark; an empty service or unit stands for all of them."""

    id: UUID
    day: date
    kind: EventKind
    name: str
    service: str = ""
    unit: str = ""


class Comparison(StrEnum):
    """Whether a changed question may be compared with what it was."""

    SAME_SERIES = "same_series"
    BREAKS = "breaks"


@dataclass(frozen=True, slots=True)
class Version:
    """One published, immutable state of a questionnaire.

    `content` is the expanded questionnaire as JSON; `series` counts up when a change breaks
    comparison; `floor` is fixed here for good.
    """

    questionnaire: str
    number: int
    series: int
    floor: int
    content: str
    published_at: datetime
    changes: Mapping[str, Comparison] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuestionnaireRow:
    """A questionnaire as it stands: its newest version, and whether it takes answers."""

    key: str
    version: int
    open_link: bool
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a submission was accepted; it leads to no answer."""

    id: UUID
    reference: str


@dataclass(frozen=True, slots=True)
class Response:
    """Submitted answers (those on the path, without the skipped)."""

    questionnaire: str
    version: int
    series: int
    month: date
    wave: str
    unit: str
    language: str
    answers: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class CountKey:
    """What one count is of. `question='*'` counts people; `value='*'` is a question's base.

    `dimension`/`category` are '*' for everybody, else one equality characteristic and its answer.
    """

    month: date
    wave: str
    unit: str
    questionnaire: str
    series: int
    service: str
    dimension: str
    category: str
    question: str
    value: str


@dataclass(frozen=True, slots=True)
class Box:
    """Where sealed submissions of one questionnaire and month (or wave) wait."""

    id: UUID
    questionnaire: str
    month: date
    wave: str
    floor: int
    privacy: Privacy
    public_key: bytes
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A client's promise that a repeat is a repeat: both parts are hashes.

    `formerly` is the body's hash by the key from before the secret was changed.
    """

    scope: str
    key: str
    body: str
    formerly: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateKey:
    """A Telegram update in the inbox."""

    bot: int
    update_id: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """A submission that only the box's private key can read; padded to hide its length."""

    box: UUID
    blob: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """Accept one response: exactly one of `sealed` (into its box) and `direct` is set.

    `participant` is who took part (a person, or a chat that nobody has joined), never with the
    answers; None where nobody is known. With `once` they must not have taken part before. With
    `invitation` it is the one answer to that, by `mode` ("chat" or "web"), and to its wave, which
    must take answers still; who sends it again is told so, with an idempotency key too.
    `accepted_at` is kept with the receipt.
    """

    receipt: Receipt
    questionnaire: str
    version: int
    month: date
    wave: str
    accepted_at: datetime
    sealed: Sealed | None = None
    direct: Response | None = None
    counts: Mapping[CountKey, int] = field(default_factory=dict)
    participant: str | None = None
    idempotency: Idempotency | None = None
    once: bool = False
    invitation: UUID | None = None
    mode: str | None = None


REVISION_OVER: Final = 2**31 - 1
"""Of every conversation that is over: how many steps it took would tell what was answered."""


@dataclass(frozen=True, slots=True)
class Step:
    """Apply one step of a conversation; the loser of a race gets `StaleRevision` and reruns.

    `draft` is the encrypted state (empty once the conversation is over). With `submission`, the
    response is accepted in the same transaction; with `update`, that inbox row is applied and
    emptied in it too.
    """

    conversation: UUID
    expected_revision: int
    revision: int
    phase: str
    draft: bytes
    draft_key: str
    at: datetime
    submission: Submission | None = None
    update: UpdateKey | None = None


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """The person was shown the turn of this revision, in this message of the chat.

    A slower note of an older turn changes nothing.
    """

    conversation: UUID
    revision: int
    message_id: int | None = None


_IN_CHAT: Final = "telegram:"
KEYED: Final = "keyed:"
"""How the owner of answers that staff key in begins."""
"""How the names of owners begin who write in a chat."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as stored. `owner` is whose it is: "telegram:BOT:USER" or "web:SESSION".

    Answers that somebody else keys in have an owner of their own (`keyed_owner`), so that whoever
    keys them in sees nothing of what the person has begun, and takes nothing away from them.

    `shown` is the revision whose turn the person saw last, in message `message_id` of the chat; a
    later `revision` is owed to them. `participant` is who takes part, where the owner alone does
    not tell. `invitation` is what it answers, and `wave` that of it; '' with an open link.
    """

    id: UUID
    owner: str
    questionnaire: str
    version: int
    revision: int
    phase: str
    draft: bytes
    draft_key: str
    started_at: datetime
    touched_at: datetime
    receipt: Receipt | None = None
    shown: int | None = None
    message_id: int | None = None
    participant: str | None = None
    invitation: UUID | None = None
    wave: str = ""

    @property
    def in_chat(self) -> bool:
        """Whether it is that of a chat, and not of a browser."""
        return self.owner.startswith(_IN_CHAT)

    @property
    def channel(self) -> "Channel":
        return Channel.CHAT if self.in_chat else Channel.WEB

    @property
    def mode(self) -> str:
        """How its answers come: through its channel, or keyed in from elsewhere."""
        return self.owner.split(":")[1] if self.owner.startswith(KEYED) else self.channel.value


class Channel(StrEnum):
    """Where a conversation is held."""

    CHAT = "chat"
    WEB = "web"


class KeyedFrom(StrEnum):
    """How answers came that staff key in."""

    TELEPHONE = "telephone"
    PAPER = "paper"


def keyed_owner(mode: KeyedFrom, owner: str) -> str:
    """Whose a conversation is in which this owner keys in answers of somebody else."""
    return f"{KEYED}{mode}:{owner}"


@dataclass(frozen=True, slots=True)
class Handover:
    """A conversation may be taken over into this channel once; `digest` is the token's hash."""

    digest: bytes
    conversation: UUID
    channel: Channel
    expires_at: datetime


def owner_of(bot: int, user: int) -> str:
    """What conversations call whoever writes in this chat."""
    return f"{_IN_CHAT}{bot}:{user}"


def chat_of(owner: str) -> tuple[int, int] | None:
    """The bot and the person of an owner made by `owner_of`; None of any other."""
    if not owner.startswith(_IN_CHAT):
        return None
    bot, user = owner.removeprefix(_IN_CHAT).split(":")
    return int(bot), int(user)


@dataclass(frozen=True, slots=True)
class Chat:
    """Somebody in a bot's private chat, and what they chose there.

    `person` is who it is, where they have joined by a personal link or code. `unreached` says that
    messages to it were refused. `about` is the problem report that what they write next is for, as
    they said at `about_at`: its id in 32 digits, or the token of the link that they came by.
    """

    bot: int
    user: int
    language: str | None = None
    unit: str | None = None
    stopped: bool = False
    person: UUID | None = None
    unreached: bool = False
    about: str | None = None
    about_at: datetime | None = None

    @property
    def owner(self) -> str:
        """How conversations name whoever is here."""
        return owner_of(self.bot, self.user)


@dataclass(frozen=True, slots=True)
class Reachable:
    """Somebody's chat, as whoever writes to them first needs it.

    `newest` is the highest id of a message of ours there, as far as kept; `failures` counts
    refusals in a row that nobody understands.
    """

    user: int
    language: str | None = None
    newest: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A stored update; `payload` is encrypted and empty once applied.

    `parked` says why it is not even tried.
    """

    key: UpdateKey
    user: int
    payload: bytes
    payload_key: str
    received_at: datetime
    attempts: int = 0
    parked: str | None = None


@dataclass(frozen=True, slots=True)
class ParkedUpdate:
    """An update that was given up, as an operator may see it: neither content nor person."""

    key: UpdateKey
    received_at: datetime
    attempts: int
    code: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many updates wait, and since when the oldest does."""

    waiting: int
    oldest: datetime | None
    parked: int


@dataclass(frozen=True, slots=True)
class Lease:
    """Work that one process does at a time; `fence` goes up with each new holder."""

    name: str
    holder: UUID
    fence: int
    until: datetime


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """A part of the body: a unit and a service, each with what lies below it; '' is all of them."""

    unit: str = ""
    service: str = ""


class KeySide(StrEnum):
    """For whom a key reads and writes problem reports."""

    STAFF = "staff"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key for the API; only a hash of it is kept.

    `side` and `parts` say which problem reports it reaches, and as whose; without a part all.
    """

    id: UUID
    name: str
    digest: bytes
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None = None
    side: KeySide = KeySide.STAFF
    parts: frozenset[Part] = frozenset()


@dataclass(frozen=True, slots=True)
class WebSession:
    """A visitor's server-side session; `digest` is the hash of the cookie's token."""

    digest: bytes
    csrf: str
    language: str | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KeyUse:
    """How often a key was used on a day for a route's pattern, and when last."""

    key: UUID
    day: date
    route: str
    times: int
    last_at: datetime


class Period(StrEnum):
    """What one figure of a trend covers: a part of the calendar, or one wave of a campaign."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    WAVE = "wave"


@dataclass(frozen=True, slots=True)
class CellKey:
    """Which figure: unit '' is the whole body, service '' all services.

    By wave, `wave` names it and `start` is the day on which it opened; else `wave` is ''.
    """

    questionnaire: str
    series: int
    measure: str
    unit: str
    service: str
    by: Period
    start: date
    wave: str = ""


@dataclass(frozen=True, slots=True)
class PublishedCell:
    """A figure that has passed disclosure control: all that pages and the API read.

    `value`, `low`, `high` are rounded decimals as text. `basis` is the histogram that the
    figure came from: internal, for the next publication and the audit, never shown.
    """

    key: CellKey
    end: date
    status: str
    value: str | None
    value_band: str | None
    n: int | None
    n_band: str | None
    low: str | None
    high: str | None
    as_of: datetime
    final: bool
    basis: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PublicationDue:
    """A month whose figures are to be computed; `marks` tells whether more came meanwhile."""

    questionnaire: str
    month: date
    marks: int


@dataclass(frozen=True, slots=True)
class KeptTone:
    """The automatic tone of a comment's words, as kept under their keyed hash.

    `polarity` (-1000 to 1000) and `subjectivity` (0 to 1000) are thousandths, None where the
    analyser knew no word of it; `month` is that of the scoring.
    """

    digest: bytes
    analyser: str
    polarity: int | None
    subjectivity: int | None
    month: date


class InstallationKind(StrEnum):
    """A demonstration's invented answers and real ones never share a database."""

    DEMO = "demo"
    REAL = "real"


@dataclass(frozen=True, slots=True)
class Vitals:
    """How the installation is, in numbers that tell of nobody.

    `owed` counts the chats whose last turn was not shown, `months_due` the months whose figures
    are to be computed. `slot_due_since` is when the next wave of any campaign opens, or should have
    opened; `waves_filling` are those whose invitations are being written, and `waves_missed` counts
    those of late. `files_to_fetch` are files of reports of which no bytes are kept yet, and
    `letters_held` the letters that wait for staff.
    """

    held_since: datetime | None
    waiting: int
    waiting_since: datetime | None
    parked: int
    owed: int
    months_due: int
    slot_due_since: datetime | None = None
    waves_open: int = 0
    waves_filling: int = 0
    waves_missed: int = 0
    files_to_fetch: int = 0
    files_since: datetime | None = None
    letters_held: int = 0
