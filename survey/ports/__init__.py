"""What the use cases need from the outside, as Protocols.

`survey.db` and `survey.wiring` implement them; tests put fakes in their place. A use case begins a
`UnitOfWork`, reads and writes through its repositories, and keeps nothing without `commit`. The hot
writes (submit a response, apply a step, and what surrounds one in a chat) go through `Writer`
instead.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, MutableSequence, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from survey.domain.records import (
    ApiKey,
    Backlog,
    Box,
    CellKey,
    Channel,
    Chat,
    Conversation,
    CountKey,
    Handover,
    InboxRow,
    InstallationKind,
    KeptTone,
    KeyUse,
    Lease,
    ParkedUpdate,
    PublicationDue,
    PublishedCell,
    QuestionnaireRow,
    Reachable,
    Receipt,
    Response,
    Service,
    ShownTurn,
    Step,
    Submission,
    Unit,
    UpdateKey,
    Version,
    Vitals,
    WebSession,
)
from survey.domain.waves import InvitationState, Wave
from survey.ports.accounts import Accounts, StaffSessions, Tickets, Tries
from survey.ports.announcements import Announcements
from survey.ports.audit import Audit
from survey.ports.campaigns import (
    Audiences,
    Calendar,
    Campaigns,
    Invitations,
    Outbox,
    Paces,
    RefusedAddresses,
    Waves,
)
from survey.ports.case_desk import Queues, ReplyTemplates
from survey.ports.cases import (
    Actions,
    Attachments,
    Cases,
    CaseSums,
    Problems,
    Promises,
    Tellings,
)
from survey.ports.letters import Letters
from survey.ports.people import Joins, People
from survey.ports.received import ReceivedLetters
from survey.ports.retention import Retention
from survey.ports.rights import Rights
from survey.ports.structure import Events, Structure
from survey.ports.undelivered import Undelivered
from survey.ports.uploads import Uploads


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware and in UTC."""

    async def lease_now(self, leases: "Leases") -> datetime:
        """The time by which processes take turns: the database's where they share one."""


class Ids(Protocol):
    def uuid(self) -> UUID:
        """A random (version 4) identifier: no time and no order in it."""

    def reference(self) -> str:
        """A receipt's reference that can be read aloud, such as "K7M-4QX"."""

    def case_reference(self, length: int) -> str:
        """A drawn reference of a problem report (`references.drawn`)."""

    def token(self) -> str:
        """A secret of 128 bits or more, safe in a URL."""


class Chance(Protocol):
    def shuffle(self, rows: MutableSequence[Any], /) -> None:
        """Shuffle in place; in production from the operating system's randomness."""


class Keys(Protocol):
    """Keys that live as files outside the database, so that destroying one forgets for good."""

    def create_box(self, box: UUID) -> bytes:
        """Make (or find) the key pair of a box and return its public key."""

    def seal(self, public_key: bytes, content: bytes) -> bytes:
        """Pad and seal, so that only `open` can read it; needs no private key."""

    def open(self, box: UUID, sealed: bytes) -> bytes:
        """Raises KeyError when the box's private key is gone."""

    def destroy_box(self, box: UUID) -> None: ...

    def encrypt(self, purpose: str, month: date, content: bytes) -> tuple[str, bytes]:
        """Encrypt with the key of this purpose ("draft", "inbox") and month: (its name, bytes)."""

    def decrypt(self, key_name: str, content: bytes) -> bytes:
        """Raises KeyError when that key is gone."""

    def destroy_before(self, purpose: str, month: date) -> None:
        """Forget what was encrypted for this purpose in earlier months."""


class Writer(Protocol):
    """The one way for the hot writes; batches, and answers when the write is durable."""

    async def submit(self, op: Submission) -> Receipt:
        """Accept a response once; a repeat of its idempotency key gives the first receipt.

        The receipt may carry another reference than the one offered, where that was taken.

        Raises: QuestionnaireClosed, IdempotencyMismatch, BoxGone, Busy, WriteFailed.
        """

    async def apply(self, op: Step) -> Receipt | None:
        """Apply a step; the receipt is that of its submission.

        A step whose update was applied before is as stale as one whose revision has passed: it
        changes nothing, and its submission is not accepted.

        Raises: StaleRevision, Busy, WriteFailed; with a submission also what `submit` raises.
        """

    async def shown(self, op: ShownTurn) -> None:
        """Note what a person saw. Raises: Busy, WriteFailed."""

    async def keep(self, rows: Sequence[InboxRow]) -> None:
        """Store updates in the inbox, all of them; one that is already known changes nothing.

        Raises: Busy, WriteFailed.
        """

    async def settle(self, key: UpdateKey) -> None:
        """Mark and empty an update that led to no step. Raises: Busy, WriteFailed."""


class Organisation(Protocol):
    """Units and services."""

    async def units(self) -> Sequence[Unit]: ...
    async def unit(self, key: str) -> Unit | None: ...
    async def find_units(self, text: str, *, limit: int = 8) -> Sequence[Unit]:
        """Units in use whose name or key holds the text (case and accents folded), best first."""

    async def put_units(self, units: Iterable[Unit]) -> None:
        """Insert or update by key."""

    async def services(self) -> Sequence[Service]: ...
    async def put_services(self, services: Iterable[Service]) -> None: ...


class Questionnaires(Protocol):
    async def get(self, key: str) -> QuestionnaireRow | None: ...
    async def all(self) -> Sequence[QuestionnaireRow]: ...
    async def version(self, key: str, number: int | None = None) -> Version | None:
        """This version, or the newest."""

    async def versions(self, key: str) -> Sequence[Version]: ...
    async def publish(self, version: Version, *, open_link: bool) -> None: ...
    async def close(self, key: str, *, at: datetime) -> None: ...


class Boxes(Protocol):
    async def get(self, questionnaire: str, month: date, wave: str) -> Box | None: ...
    async def add(self, box: Box) -> Box:
        """Add, or return the one that another process added first."""

    async def due(self, *, now_month: date) -> Sequence[Box]:
        """Boxes to open: at least the floor waiting, or over.

        A wave's box is over once its wave takes no more answers; any other when its month or its
        questionnaire is.
        """

    async def waiting(self, box: UUID) -> Sequence[UUID]:
        """The random keys of what is sealed in it."""

    async def sealed(self, box: UUID, rows: Collection[UUID]) -> Sequence[bytes]:
        """What is sealed under these keys, by key."""

    async def take(self, box: UUID, rows: Collection[UUID], *, now_month: date) -> bool:
        """Lock the box and remove exactly these sealed rows, and say whether that could be.

        Not where another process has taken one of them, or where they are fewer than the floor
        and the box is not over: then keep nothing of this unit of work.
        """

    async def spent(self, *, now_month: date) -> Sequence[Box]:
        """Empty boxes that are over: their keys can be destroyed.

        They stay locked, so that nothing arrives before `forget`: not for a reading unit.
        """

    async def forget(self, box: UUID) -> None:
        """Remove an empty box: what was sealed for it and comes later is refused as BoxGone."""


class Responses(Protocol):
    async def add(self, responses: Sequence[Response], counts: Mapping[CountKey, int]) -> None:
        """Write responses under random keys, add to the counts, mark their months due."""

    def all(self, questionnaire: str) -> AsyncIterator[Response]:
        """Every response, as a stream, for rebuilding counts."""

    async def get(self, response: UUID) -> Response | None:
        """That of a body, which its invitation leads to; nobody knows the key of another."""

    async def take_back(self, response: UUID, counts: Mapping[CountKey, int]) -> bool:
        """Remove it and what it counted; False where it is not there any more."""

    async def forget_participation(
        self, participants: Collection[str], questionnaire: str, *, month: date, wave: str
    ) -> None: ...
    async def lock_counts(self) -> None:
        """Nobody else adds to any counts until the end of the transaction."""

    async def rebuild_counts(
        self, questionnaire: str, counts: Mapping[CountKey, int], *, since: date
    ) -> None:
        """Put these in the place of all counts of this month and later ones."""

    async def was_imported(self, digest: str) -> bool: ...
    async def mark_imported(self, digest: str, *, at: datetime) -> None: ...
    async def took_part(
        self, participant: str, questionnaire: str, *, month: date, wave: str
    ) -> bool:
        """Whether they have answered; what they answered is nowhere kept with it."""

    async def count_for(self, names: Collection[str], participant: str) -> None:
        """Note that this participant took part in all that was noted under these names."""


class Conversations(Protocol):
    async def get(self, conversation: UUID) -> Conversation | None: ...
    async def current(
        self, owner: str, questionnaire: str | None = None, *, wave: str | None = None
    ) -> Conversation | None:
        """The owner's newest conversation (of this questionnaire and wave, where named)."""

    async def unfinished(self, owner: str) -> Sequence[Conversation]:
        """What the owner began and has not ended, the latest step first."""

    async def of_invitation(self, invitation: UUID) -> Conversation | None:
        """The one conversation in which whoever was invited answers it; none that is keyed in."""

    async def remove(self, conversation: UUID) -> None: ...
    async def add(self, conversation: Conversation) -> None: ...
    async def forget(self, owner: str) -> None:
        """Delete all that the owner answered or began to; receipts stay, and lead nowhere."""

    async def move(self, conversation: Conversation, *, expected_revision: int) -> bool:
        """Give it another owner; False where a step was taken since it was read."""

    async def step(self, conversation: Conversation, *, expected_revision: int) -> bool:
        """Keep where it has got to; False where another step was taken since it was read: then
        keep nothing."""

    async def end(
        self, conversation: UUID, *, expected_revision: int, receipt: Receipt, at: datetime
    ) -> bool:
        """Keep that it was sent, and its proof; False where a step was taken since it was read:
        then keep nothing."""

    async def forget_unfinished(
        self, owner: str, questionnaire: str, *, wave: str, but: UUID
    ) -> None:
        """Delete what the owner began about this questionnaire and wave, except one."""

    async def owed(self, bot: int, *, before: datetime, limit: int) -> Sequence[Conversation]:
        """The bot's chats whose last turn was not shown, and that nothing waits to be applied in:
        for the sweeper after a crash."""

    async def owe_again(self, bot: int, *, since: datetime) -> int:
        """Owe the open turn again to each chat with a step since then; how many they are.

        What is owed again keeps its message and loses what was shown.
        """


class Handovers(Protocol):
    """Which conversation may be taken over into a channel, by the hash of a token."""

    async def put(self, handover: Handover) -> None:
        """Add it, or replace the one of the same hash."""

    async def find(
        self, digests: Collection[bytes], *, channel: Channel, now: datetime
    ) -> UUID | None:
        """The conversation of the one that is open longest; nothing is used up."""

    async def take(self, digest: bytes, *, channel: Channel, now: datetime) -> UUID | None:
        """The conversation, once: the handover is gone with the transaction."""

    async def forget(self, conversation: UUID) -> None:
        """Delete whatever else leads to this conversation."""

    async def forget_expired(self, *, now: datetime) -> None: ...


class Inbox(Protocol):
    async def store(self, rows: Sequence[InboxRow]) -> None:
        """Keep updates; one that is already known changes nothing."""

    async def waiting(
        self, bot: int, *, limit: int, holder: UUID | None = None
    ) -> Sequence[InboxRow]:
        """A bot's updates not yet applied, in order of arrival; of people whom `holder` has."""

    async def park_others(self, bots: Collection[int], *, code: str) -> int:
        """Give up what waits for bots that are not there any more; how many updates it was."""

    async def require_waiting(self, key: UpdateKey) -> None:
        """Lock the update until the end of the transaction, whose effect it is to have once.

        Raises: AlreadyApplied.
        """

    async def waits(self, key: UpdateKey) -> bool:
        """Whether nobody has applied the update yet."""

    async def applied(self, key: UpdateKey) -> None:
        """Mark and empty (an update that led to no step)."""

    async def failed(self, key: UpdateKey, *, code: str, park: bool) -> bool:
        """Count the attempt; False where it is no longer waiting."""

    async def backlog(self) -> Backlog: ...
    async def parked(self) -> Sequence[ParkedUpdate]:
        """Updates that were given up, oldest first."""

    async def put_back(self, update_id: int | None) -> int:
        """Let a parked update (or every one) be tried anew; how many they are."""

    async def drop(self, update_id: int) -> int:
        """Forget what a parked update held; how many they are."""

    async def forget_old(self, *, today: date) -> None:
        """Delete updates past the days that they are kept, but none that still waits."""


class Lanes(Protocol):
    """Whose updates which process applies, where several processes do."""

    async def claim(
        self, bot: int, holder: UUID, *, now: datetime, until: datetime, limit: int
    ) -> Sequence[int]:
        """Take people with waiting updates whom nobody has, the longest wait first."""

    async def take(
        self, bot: int, user: int, holder: UUID, *, now: datetime, until: datetime
    ) -> bool:
        """Take one person, whether or not anything waits; False where somebody has them."""

    async def renew(
        self, bot: int, holder: UUID, users: Collection[int], *, until: datetime
    ) -> Collection[int]:
        """Go on having them; those that the holder still had."""

    async def release(self, bot: int, holder: UUID, users: Collection[int]) -> None: ...
    async def forget(self, *, before: datetime) -> None:
        """Delete what processes that died before then left behind."""


class Leases(Protocol):
    """Work that one process does at a time."""

    async def now(self) -> datetime | None:
        """The time of a database that several processes may share; None of one's own."""

    async def take(
        self, name: str, holder: UUID, *, now: datetime, until: datetime
    ) -> Lease | None:
        """Take it where nobody has it; None where somebody does."""

    async def renew(self, lease: Lease, *, until: datetime) -> bool:
        """Go on having it; False where somebody else has had it since."""

    async def is_held(self, lease: Lease) -> bool:
        """Whether this transaction may write what the holder worked out; nobody else can take the
        lease before it ends."""

    async def get(self, name: str) -> Lease | None: ...
    async def note(self, name: str, holder: UUID, *, at: datetime) -> None:
        """Note under this name when something was last true (`Lease.until`)."""


class Chats(Protocol):
    async def get(self, bot: int, user: int) -> Chat | None: ...
    async def of_person(self, person: UUID) -> Sequence[Chat]:
        """The chats of whoever has joined as this person."""

    async def put(self, chat: Chat) -> None:
        """Insert, or update what was chosen there; who it is changes by `link` alone."""

    async def heard_from(self, bot: int, user: int) -> None:
        """They wrote: whatever was refused before, messages reach them."""

    async def link(self, bot: int, user: int, person: UUID | None) -> None:
        """Say who it is in a chat that is there, and in no other any more; None is nobody."""

    async def reachable(self, bot: int, people: Collection[UUID]) -> Mapping[UUID, Reachable]:
        """Whom of these a message reaches: joined, not stopped, and has not blocked the bot."""

    async def answered(
        self, bot: int, *, person: UUID | None = None, user: int | None = None
    ) -> Reachable | None:
        """Where a report is answered: also of whoever wants no surveys; None: they blocked us.

        One of both is given: who has joined, or whose chat it is, which may have no row yet.
        """

    async def note_blocked(self, bot: int, user: int, *, at: datetime) -> None:
        """No message reaches them any more, until they write again."""

    async def note_unclear(self, bot: int, user: int, *, at: datetime) -> tuple[int, datetime]:
        """Count a refusal that nobody understands: how many in a row by now, and since when."""

    async def note_reached(self, bot: int, user: int) -> None:
        """A message arrived: refusals before it count no more."""


class ApiKeys(Protocol):
    async def add(self, key: ApiKey) -> None: ...
    async def by_digest(self, digest: bytes) -> ApiKey | None: ...
    async def all(self) -> Sequence[ApiKey]: ...
    async def revoke(self, key: UUID, *, at: datetime) -> None: ...
    async def add_uses(self, uses: Iterable[KeyUse]) -> None:
        """Add to what was counted of the same key, day and route."""

    async def uses(self) -> Sequence[KeyUse]:
        """The latest first."""


class Sessions(Protocol):
    async def get(self, digest: bytes) -> WebSession | None: ...
    async def put(self, session: WebSession) -> None: ...
    async def remove(self, digest: bytes) -> None: ...


class Cells(Protocol):
    """Published cells, and which months are due for publication."""

    async def put(self, cells: Iterable[PublishedCell]) -> None: ...
    async def of(self, questionnaire: str) -> Mapping[CellKey, PublishedCell]: ...
    async def mark_due(self, questionnaire: str, month: date) -> None: ...
    async def due(self, *, today: date) -> Sequence[PublicationDue]:
        """Months that were marked, and those of cells not final whose period is over."""

    async def settle(self, due: Iterable[PublicationDue]) -> None:
        """These are published; one that was marked again meanwhile stays due."""


class Tones(Protocol):
    """The automatic tone of comments, by a keyed hash of their words."""

    async def put(self, tones: Iterable[KeptTone]) -> None:
        """Keep them, each in place of what an earlier analyser said."""

    async def of(self, digests: Collection[bytes], *, analyser: str) -> Mapping[bytes, KeptTone]:
        """Those that this analyser worked out."""


class Installation(Protocol):
    """What is true of the whole installation."""

    async def kind(self) -> InstallationKind | None:
        """None until somebody said: nothing was kept in this database yet."""

    async def settle(self, kind: InstallationKind) -> None:
        """Say once which kind it is; a second word changes nothing."""

    async def held(self) -> datetime | None:
        """Since when nothing may be sent, as in a restored copy; None where all is well."""

    async def hold(self, *, at: datetime) -> None:
        """Let nothing be sent; one that has not said which kind it is, is a real one by that."""

    async def release(self) -> None: ...

    async def revision(self) -> int:
        """Goes up in each transaction that changes a version, key, unit or service: what other
        processes keep in memory is fresh as long as it stands still."""


class WatchPoint(Protocol):
    """How the installation is."""

    async def tables(self) -> str | None:
        """The migration that the database is at."""

    async def take(self, *, owed_before: datetime, missed_since: datetime) -> Vitals:
        """The numbers of now.

        Args:
            owed_before: a reply that is owed counts when its step is older than that.
            missed_since: a wave counts as missed when that was noted since then.
        """

    async def asked(self) -> Mapping[InvitationState, int]:
        """How many invitations of waves that take answers are in each state."""


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without `commit` keeps nothing."""

    organisation: Organisation
    questionnaires: Questionnaires
    boxes: Boxes
    responses: Responses
    conversations: Conversations
    handovers: Handovers
    inbox: Inbox
    lanes: Lanes
    leases: Leases
    chats: Chats
    api_keys: ApiKeys
    sessions: Sessions
    cells: Cells
    tones: Tones
    installation: Installation
    vitals: WatchPoint
    audit: Audit
    accounts: Accounts
    tickets: Tickets
    staff_sessions: StaffSessions
    tries: Tries
    letters: Letters
    retention: Retention
    rights: Rights
    people: People
    joins: Joins
    structure: Structure
    events: Events
    uploads: Uploads
    campaigns: Campaigns
    waves: Waves
    invitations: Invitations
    calendar: Calendar
    refused_addresses: RefusedAddresses
    audiences: Audiences
    outbox: Outbox
    paces: Paces
    undelivered: Undelivered
    cases: Cases
    attachments: Attachments
    promises: Promises
    problems: Problems
    actions: Actions
    announcements: Announcements
    case_sums: CaseSums
    tellings: Tellings
    received_letters: ReceivedLetters
    queues: Queues
    reply_templates: ReplyTemplates

    async def commit(self) -> None: ...


class Glances(Protocol):
    """Reads of one row by its key, as it stands when asked; many callers share a trip."""

    async def conversation(self, conversation: UUID) -> Conversation | None:
        """Raises: Busy."""

    async def chat(self, bot: int, user: int) -> Chat | None:
        """Raises: Busy."""

    async def wave(self, wave: str) -> Wave | None:
        """Raises: Busy."""


class Begin(Protocol):
    """Begins a unit of work: `async with begin() as work:`."""

    @property
    def commits(self) -> int:
        """How many units of work of this process were kept: counted before `commit` returns."""

    @property
    def glances(self) -> Glances: ...

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """To read and write; on SQLite such units take their turn."""

    def read(self, *, one_state: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        """To read only, beside whatever is being written; never waits for a turn.

        Each read sees what is kept when it begins. With `one_state` all of them see the same, for
        two trips to the database more; reading a stream (`responses.all`) needs it.
        """
