"""Campaigns as they run, as kept: waves, invitations and deliveries.

A wave is one firing of a campaign; its key is also that of its box, its responses and its counts.
An invitation is one person (or one body, for attributed answers) in one wave; a delivery is one
message to send. Who was asked and whether they answered is known; what was answered is not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from survey.domain.campaign import CampaignPlan, CampaignState, ChannelName
from survey.domain.questionnaire import Privacy


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it stands; `revision` goes up with each change of it.

    `next_at` is when its next wave is due and `next_slot` which one it is, in the words of
    `survey.domain.schedule`; both are None where none is to come. `made_by`, `launched_by` and
    `approved_by` are actors as the record names them.
    """

    plan: CampaignPlan
    state: CampaignState
    revision: int
    made_at: datetime
    made_by: str
    version: int | None = None
    next_at: datetime | None = None
    next_slot: str | None = None
    launched_at: datetime | None = None
    launched_by: str | None = None
    approved_by: str | None = None
    ended_at: datetime | None = None

    @property
    def key(self) -> str:
        return self.plan.key


class WaveState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"
    """With its campaign: nothing is sent, answers are taken."""
    CLOSED = "closed"
    STOPPED = "stopped"
    MISSED = "missed"
    """Its time came and went while nothing could be sent."""
    LEFT_OUT = "left_out"
    """Its date fell on a closed day, or into a pause, and the rule says to leave it out."""

    @property
    def takes_answers(self) -> bool:
        return self in (WaveState.OPEN, WaveState.PAUSED)


TAKING_ANSWERS: Final = tuple(state.value for state in WaveState if state.takes_answers)
"""Of a wave, as rows have it."""


@dataclass(frozen=True, slots=True)
class Wave:
    """One firing of a campaign; (campaign, slot) is there once, whoever fires it.

    `month` is that of its opening: all its answers belong to it. `expanded_at` is when the last
    invitation was written (None while that goes on, after person number `reached` in order of id;
    once a sample is drawn, after nobody: the id of all zeros).
    `reason` says why it was missed or left out.
    """

    key: str
    campaign: str
    number: int
    slot: str
    questionnaire: str
    version: int
    privacy: Privacy
    floor: int
    month: date
    state: WaveState
    opens_at: datetime
    closes_at: datetime
    opened_at: datetime
    expanded_at: datetime | None = None
    reached: UUID | None = None
    closed_at: datetime | None = None
    reason: str | None = None


class InvitationState(StrEnum):
    """Where one invitation has come to: each is in exactly one of these, so that they add up."""

    SKIPPED = "skipped"
    """Of the audience, but not asked; `reason` is a `SkipReason`."""
    WAITING = "waiting"
    """To be sent as soon as its turn comes."""
    HELD = "held"
    """Not sent yet, for a reason that passes; `reason` is a `HoldReason`."""
    DELIVERED = "delivered"
    OPENED = "opened"
    STARTED = "started"
    ANSWERED = "answered"
    REFUSED = "refused"
    BLOCKED = "blocked"
    """Cannot be reached by any channel any more: they blocked the bot, the mailbox is gone."""
    FAILED = "failed"
    """No message could be sent; `reason` says why, and somebody can try again."""
    EXPIRED = "expired"
    """The wave ended before a message could be sent."""

    @property
    def may_answer(self) -> bool:
        return self not in (InvitationState.SKIPPED, InvitationState.ANSWERED)

    @property
    def may_be_reminded(self) -> bool:
        return self in (
            InvitationState.DELIVERED,
            InvitationState.OPENED,
            InvitationState.STARTED,
        )


class SkipReason(StrEnum):
    """Why somebody of the audience is not asked in this wave."""

    LEFT = "left"
    OPTED_OUT = "opted_out"
    RECENTLY_ASKED = "recently_asked"
    SAME_SURVEY = "same_survey"
    OPEN_PROBLEM = "open_problem"
    """They have a problem report about the service that is not closed yet."""
    NOBODY_TO_ASK = "nobody_to_ask"
    """Whoever was asked for a body stands for it no more, and nobody else may be asked now."""
    NOT_DRAWN = "not_drawn"
    """An event was reported, and they were not drawn for the sample."""


class HoldReason(StrEnum):
    """Why a message waits."""

    QUIET_HOURS = "quiet_hours"
    CLOSED_DAY = "closed_day"
    PAUSE = "pause"
    RECENTLY_ASKED = "recently_asked"
    SNOOZED = "snoozed"
    CHANNEL_DOWN = "channel_down"


@dataclass(frozen=True, slots=True)
class Invitation:
    """One person in one wave.

    `unit` is the one whose rate they count for; `body` the one that they answer for where answers
    are attributed, else ''. `person` is None once they were erased. `sent_at` is when the first
    message left. `delegated_by` is who was asked first, where it is a colleague's now, and
    `hand_ons` how often it was handed on. `response` leads to the answers of a body, and is never
    set for people's own. `message_id` is the newest message about it in their chat.
    """

    id: UUID
    wave: str
    person: UUID | None
    unit: str
    state: InvitationState
    body: str = ""
    reason: str | None = None
    channel: ChannelName | None = None
    sent_at: datetime | None = None
    reminders: int = 0
    snoozed_until: datetime | None = None
    delegated_by: UUID | None = None
    hand_ons: int = 0
    response: UUID | None = None
    about: str = ""
    about_service: str = ""
    about_day: date | None = None
    message_id: int | None = None
    mode: str | None = None


MOST_REPEATS: Final = 1
"""How often a message that may have been sent is sent again."""


class Outcome(StrEnum):
    """What became of a delivery."""

    SENT = "sent"
    BLOCKED = "blocked"
    FAILED = "failed"
    DROPPED = "dropped"
    """Not needed any more when its turn came: answered, refused, stopped or closed."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to send: number 0 is the invitation, 1 and 2 are its reminders.

    `attempts` counts claims; `begun_at` is when a process was about to send it. Begun and not
    settled when its lease ends, it may have been sent: then it is sent once more and `repeats` is
    1, which the campaign's page lists. `failures` counts refusals in vain. `hold` says why it waits
    until `due_at`.
    """

    id: UUID
    wave: str
    invitation: UUID
    number: int
    due_at: datetime
    attempts: int = 0
    begun_at: datetime | None = None
    repeats: int = 0
    failures: int = 0
    hold: HoldReason | None = None
    channel: ChannelName | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a wave stands: how many invitations are in each state, and of which reason.

    They add up to the audience, always.
    """

    wave: str
    states: Mapping[InvitationState, int]
    reasons: Mapping[tuple[InvitationState, str], int]
    repeated: int = 0
    """Messages that may have arrived twice."""

    @property
    def audience(self) -> int:
        return sum(self.states.values())

    @property
    def invited(self) -> int:
        """All but those skipped: the denominator of the response rate."""
        return self.audience - self.states.get(InvitationState.SKIPPED, 0)


class PauseKind(StrEnum):
    """Why nothing at all is sent for a while."""

    PRE_ELECTION = "pre_election"
    BEREAVEMENT = "bereavement"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Pause:
    """No campaign sends anything from `begins_at` until `ends_at` (None: until it is ended)."""

    id: UUID
    kind: PauseKind
    name: str
    begins_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Closure:
    """A day on which a unit and those below it are closed; '' is the whole body."""

    day: date
    unit: str
    name: str
