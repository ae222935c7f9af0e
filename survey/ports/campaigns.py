"""Campaigns, their waves, who is asked in them, and the outbox of messages to send."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from survey.domain.campaign import Audience, CampaignPlan, CampaignState, ChannelName
from survey.domain.people import Person
from survey.domain.waves import (
    Campaign,
    Closure,
    Delivery,
    HoldReason,
    Invitation,
    InvitationState,
    Outcome,
    Pause,
    SkipReason,
    Standing,
    Wave,
    WaveState,
)


class Campaigns(Protocol):
    """Definitions: what survey managers decide."""

    async def get(self, key: str) -> Campaign | None: ...
    async def all(self) -> Sequence[Campaign]:
        """Newest first."""

    async def in_state(self, state: CampaignState) -> Sequence[Campaign]:
        """Newest first."""

    async def add(self, campaign: Campaign) -> None:
        """Raises: Conflict, where the key is taken."""

    async def save(self, campaign: Campaign, *, expected_revision: int) -> bool:
        """Keep a change under the next revision; False where somebody else was faster."""

    async def keep_plan(self, campaign: Campaign, *, at: datetime, by: str) -> None:
        """Note the plan of this revision among those that it had."""

    async def plans(self, key: str) -> Sequence[tuple[int, CampaignPlan, datetime, str]]:
        """Every plan that it had: revision, plan, when and by whom; oldest first."""

    async def locked(self, key: str) -> Campaign | None:
        """The campaign, as it stays until the transaction ends."""

    async def due(self, *, now: datetime) -> Sequence[Campaign]:
        """Running campaigns whose next wave is due, the longest due first."""

    async def finished(self) -> Sequence[Campaign]:
        """Launched, with no wave that takes answers and no time at which one is to come."""

    async def advance(
        self, key: str, *, from_slot: str, next_slot: str | None, next_at: datetime | None
    ) -> bool:
        """Go on to the next slot; False where another process has done so."""


class Waves(Protocol):
    async def get(self, key: str) -> Wave | None: ...
    async def of(self, campaign: str) -> Sequence[Wave]:
        """The newest first."""

    async def add(self, wave: Wave) -> bool:
        """Fire it; False where (campaign, slot) has been fired: then nothing is changed."""

    async def running(self) -> Sequence[Wave]:
        """Those that take answers."""

    async def set_state(self, key: str, state: WaveState, *, at: datetime, was: WaveState) -> bool:
        """False where it was not in the state `was`.

        Closing and stopping note the time, and that its figures are to be published.
        """

    async def move_closing(self, key: str, *, closes_at: datetime) -> None: ...
    async def note_reached(self, key: str, person: UUID, *, was: UUID | None) -> bool:
        """How far its invitations are written; False where another process is further."""

    async def note_expanded(self, key: str, *, at: datetime, was: UUID | None) -> bool:
        """All its invitations are written; False where another process has gone on from `was`."""

    async def expand_again(self, key: str) -> None:
        """Look through its audience once more, from the beginning: more of them are due."""

    async def to_close(self, *, now: datetime) -> Sequence[tuple[Wave, WaveState]]:
        """Waves that take answers although their time is over or their campaign has ended, each
        with the state that it is to end in."""

    async def expanding(self) -> Sequence[Wave]:
        """Those that take answers and whose invitations are being written, the oldest first."""

    async def in_slot(self, campaign: str, slot: str) -> Wave | None: ...
    async def last(self, campaign: str) -> tuple[int, str | None]:
        """The highest number of a campaign's waves, and the latest slot; 0 and None of none."""

    async def ended_with_messages(self) -> Sequence[str]:
        """Waves that take no more answers and have messages that are neither sent nor dropped."""


class Audiences(Protocol):
    """Who fits an audience, read straight from the people."""

    async def count(self, audience: Audience) -> int:
        """How many people fit, left out of account whether they may be asked."""

    async def after(
        self, audience: Audience, *, after: UUID | None, limit: int
    ) -> Sequence[Person]:
        """Those who fit, in order of their id, also those who opted out or left since."""

    async def ids(self, audience: Audience) -> Sequence[UUID]:
        """Those of them who may be asked, for drawing a sample: it is drawn from nobody else."""

    async def in_chat(self, people: Collection[UUID], *, bot: int | None) -> Collection[UUID]:
        """Whom of these the bot's chat reaches: joined, not blocked, not stopped.

        Args:
            bot: whose chats count; None any.
        """


class Invitations(Protocol):
    async def get(self, invitation: UUID) -> Invitation | None: ...
    async def those(self, invitations: Collection[UUID]) -> Mapping[UUID, Invitation]:
        """Those of these that there are."""

    async def of_person(self, person: UUID) -> Sequence[Invitation]:
        """The newest first."""

    async def in_wave(self, wave: str, person: UUID, body: str = "") -> Invitation | None: ...
    async def of_body(self, wave: str, body: str) -> Invitation | None: ...
    async def add(
        self, invitations: Sequence[Invitation], deliveries: Sequence[Delivery], *, made_on: date
    ) -> int:
        """Write those that are not there yet, with their first messages; how many were new."""

    async def ask_drawn(self, why_not: Mapping[UUID, SkipReason | None]) -> Collection[UUID]:
        """Let those who were drawn wait for their message, or count as not asked for a reason.

        Only what still stands as it was drawn is changed. Returns those that wait.
        """

    async def add_messages(self, messages: Sequence[Delivery]) -> None:
        """Write messages of invitations that are there; those that are there change nothing."""

    async def to_remind(
        self,
        wave: str,
        number: int,
        *,
        sent_before: datetime,
        last_before: datetime,
        now: datetime,
        limit: int,
    ) -> Sequence[UUID]:
        """Invitations of this wave whose reminder `number` is due and not written yet.

        Args:
            sent_before: the first message left by then.
            last_before: the reminder before this one was settled by then.
            now: who asked to be left alone until later is not among them.
        """

    async def end(self, wave: str, *, now: datetime, limit: int) -> int:
        """Drop so many unsent messages of an ended wave, and let what waited for them expire.

        Not those that a process is sending at this moment. Returns how many were dropped.
        """

    async def remove(self, invitation: UUID) -> None: ...
    async def standing(self, wave: str) -> Standing: ...
    async def by_unit(self, wave: str) -> Mapping[str, Mapping[InvitationState, int]]:
        """How many are in each state, by unit."""

    async def by_mode(self, wave: str) -> Mapping[str, int]:
        """How many have answered in each way ("chat", "web", "telephone", "paper")."""

    async def listed(
        self, wave: str, states: Collection[InvitationState], *, limit: int, after: UUID | None
    ) -> Sequence[Invitation]:
        """Those in these states, in order of id."""

    async def send_anew(self, invitation: UUID, *, at: datetime) -> None:
        """Let its first message go out once more, to whoever it is for now."""

    async def set_state(
        self,
        invitation: UUID,
        state: InvitationState,
        *,
        was: Collection[InvitationState],
        reason: str | None = None,
    ) -> bool:
        """False where it was in none of the states `was`."""

    async def put_off(self, invitation: UUID, *, until: datetime) -> bool:
        """Send its newest message once more, then; False where it was answered.

        Until then it counts as held.
        """

    async def save(self, invitation: Invitation) -> None:
        """Keep everything but its state, wave and id."""

    async def sent_since(self, wave: str, *, since: datetime) -> int:
        """How many invitations of a wave left since then."""

    async def last_sent(self, people: Collection[UUID]) -> Mapping[UUID, datetime]:
        """When each of these was last sent a new survey of any campaign."""

    async def last_sent_of(
        self, people: Collection[UUID], questionnaire: str
    ) -> Mapping[UUID, datetime]:
        """The same of one questionnaire."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a message: settled for good, or put off.

    `due_at` puts it off until then (`hold` says why, `failed` counts a failure, and with `in_doubt`
    it may have been sent, so that its next claim counts as a repeat); without it the outcome is
    final. `state` is the invitation's new one, if it has not gone further meanwhile. `channel` and
    `message_id` say how it left.
    """

    delivery: UUID
    outcome: Outcome | None = None
    reason: str | None = None
    state: InvitationState | None = None
    channel: ChannelName | None = None
    message_id: int | None = None
    due_at: datetime | None = None
    hold: HoldReason | None = None
    failed: bool = False
    in_doubt: bool = False


class Outbox(Protocol):
    """Messages of campaigns that wait to be sent. Claims are leases of one process.

    A wave is sending while it is open and not past its closing, its campaign runs and nothing holds
    the installation. All of it takes sets: a fixed number of statements, however many messages.
    """

    async def any_due(self, *, now: datetime) -> bool: ...
    async def claim(
        self, holder: UUID, *, now: datetime, limit: int, lease: timedelta
    ) -> Sequence[Delivery]:
        """Lease due messages of waves that are sending: of each wave the longest due first.

        One that its last process had begun comes with `repeats` counted up: 1 may be begun once
        more, 2 has been in doubt twice and is only to be settled.
        """

    async def begin(
        self, holder: UUID, deliveries: Collection[UUID], *, now: datetime
    ) -> Collection[UUID]:
        """Note that these are about to be sent; those that still may be.

        Not those whose lease has ended, whose wave is not sending any more, during a pause, or
        whose invitation or person wants no message by now: they are let go, or dropped for good.
        """

    async def stopped(self, invitation: UUID, number: int, *, now: datetime) -> bool:
        """Whether a message that was begun is not to leave any more, as `begin` decides it."""

    async def settle(self, holder: UUID, settled: Collection[Settled], *, now: datetime) -> None:
        """Keep what became of messages that this process had claimed.

        Where another process has claimed one since, only that it was sent is kept. Whose message is
        known not to have left gets back the turn that `may_ask` took, unless something of the
        invitation has left before.
        """

    async def release(self, holder: UUID, deliveries: Collection[UUID]) -> None:
        """Give back those of these that this process has leased and not begun."""

    async def wake(self, hold: HoldReason, *, now: datetime) -> None:
        """What waits for this reason is due now."""

    async def depth(self, *, now: datetime) -> tuple[int, datetime | None]:
        """How many are due, and since when the oldest is."""

    async def failed(self, wave: str, *, limit: int = 200) -> Sequence[tuple[Delivery, str]]:
        """Messages that could not be sent, and why: what `replay` can try again."""

    async def repeated(self, wave: str, *, limit: int = 200) -> Sequence[Delivery]:
        """Messages that may have arrived twice."""

    async def replay(self, deliveries: Collection[UUID], *, now: datetime) -> int:
        """Try failed messages again, as if new; how many they are."""

    async def may_ask(
        self, invitations: Mapping[UUID, UUID], *, now: datetime, apart: timedelta
    ) -> Collection[UUID]:
        """Of these (invitation to person) those who may be asked now: each person's turn is taken.

        Who has the turn for an invitation keeps it, until somebody else's falls due.
        """

    async def attend(self, holder: UUID, *, now: datetime, until: datetime) -> int:
        """Note that this process sends, until then; how many do."""

    async def senders(self) -> int:
        """How many processes send, as they said."""

    async def leave(self, holder: UUID) -> None:
        """This process sends no more."""


class Paces(Protocol):
    """When a bot's next message may leave, over all processes."""

    async def take(self, bot: int, *, now: datetime, count: int, apart: timedelta) -> datetime:
        """Reserve so many start times; the first of them, never before now."""

    async def block(self, bot: int, *, until: datetime) -> None:
        """Telegram wants nothing until then; an earlier end changes nothing."""

    async def blocked_until(self, bot: int) -> datetime | None: ...


class Calendar(Protocol):
    """Days on which units are closed, and times in which nothing is sent."""

    async def closures(self, *, since: date, until: date) -> Sequence[Closure]: ...
    async def put_closures(self, closures: Iterable[Closure]) -> None:
        """Insert, or replace those of the same day and unit."""

    async def remove_closures(self, closures: Iterable[tuple[date, str]]) -> int: ...
    async def pauses(self, *, now: datetime) -> Sequence[Pause]:
        """Those that are not over."""

    async def add_pause(self, pause: Pause) -> None: ...
    async def end_pause(self, pause: UUID, *, at: datetime) -> bool: ...


class RefusedAddresses(Protocol):
    """Addresses that mail came back from."""

    async def put(self, address: str, *, at: datetime, reason: str) -> None: ...
    async def of(self, addresses: Collection[str]) -> Collection[str]:
        """Those of these that are refused, in small letters."""

    async def since(self, address: str) -> datetime | None:
        """When mail came back from it; None where none did."""

    async def remove(self, address: str) -> bool: ...
