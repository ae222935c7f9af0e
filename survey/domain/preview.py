"""What a campaign would do, before it does anything; and how one stands, as sums."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.domain.campaign import CampaignPlan, ChannelName, Hours
from survey.domain.launch import Gap
from survey.domain.local_time import local_of, moment_of
from survey.domain.open_hours import ClosedDays, may_leave
from survey.domain.schedule import Slot
from survey.domain.waves import Campaign, InvitationState, SkipReason, Standing, Wave

PER_SECOND: Final[Mapping[ChannelName, int]] = {ChannelName.CHAT: 30, ChannelName.EMAIL: 5}
"""Messages that may leave in a second: Telegram's limit for all chats of a bot together
(https://core.telegram.org/bots/faq#broadcasting-to-users), and what a mail server takes."""


def seconds_to_send(messages: Mapping[ChannelName, int]) -> Mapping[ChannelName, int]:
    """How long so many take in each channel at its rate, rounded up; channels send side by side."""
    return {
        channel: -(-number // PER_SECOND[channel]) for channel, number in messages.items() if number
    }


def sent_by(
    begin: datetime, *, seconds: int, hours: Hours, zone: ZoneInfo, days: ClosedDays
) -> datetime | None:
    """When sending that takes so long has ended, begun here and within hours and open days.

    None where no open day is known to come.
    """
    at, left = begin, timedelta(seconds=seconds)
    while True:
        leave = may_leave(at, hours=hours, zone=zone, days=days)
        if leave.ok:
            evening = moment_of(datetime.combine(local_of(at, zone).date(), hours.until), zone)
            if at + left <= evening:
                return at + left
            left -= evening - at
            at = evening
        elif leave.until is None:
            return None
        else:
            at = leave.until


@dataclass(frozen=True, slots=True)
class UnitCount:
    """Of the people who count for one unit: how many fit, and how many would be asked."""

    audience: int
    asked: int


@dataclass(frozen=True, slots=True)
class Somebody:
    """One of the audience: by which channel they would be asked, or why they would not be.

    `unit` is the one that they count for, or answer for. Both `channel` and `skipped` None: they
    would be asked, and no channel reaches them.
    """

    person: UUID
    name: str
    unit: str
    channel: ChannelName | None
    skipped: SkipReason | None


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom the next wave would reach if it opened now.

    `fits` counts people who fit the audience. `audience` counts those whom the wave looks at: the
    sample of them, or one contact for each body. Each of those is either asked or left out for one
    reason: `asked` and the sum of `skipped` are `audience`. Of those asked each is in one of
    `channels` or is `unreachable`. `unanswered_for` counts bodies that nobody could answer for,
    `undated` people in whose column for the schedule something stands that is no date.
    """

    fits: int = 0
    audience: int = 0
    asked: int = 0
    skipped: Mapping[SkipReason, int] = field(default_factory=dict)
    channels: Mapping[ChannelName, int] = field(default_factory=dict)
    unreachable: int = 0
    units: Mapping[str, UnitCount] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    unanswered_for: int = 0
    undated: int = 0
    people: tuple[Somebody, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen: who is asked, when, by what, and what is missing.

    `wave` is the number of the wave that it is of. `slots` are the next dates, moved and left out
    ones among them, none where people come one by one. `sending` is how many seconds each channel
    takes at its rate, `ends_at` when the last message has left, hours and closed days kept (None
    where no date is to come). `second_person` says that launching it takes two.
    """

    plan: CampaignPlan
    wave: int
    reach: Reach
    gaps: tuple[Gap, ...]
    slots: tuple[Slot, ...]
    sending: Mapping[ChannelName, int]
    ends_at: datetime | None
    second_person: bool

    @property
    def people(self) -> int:
        """How many would be asked: the number to type at launch."""
        return self.reach.asked

    @property
    def may_launch(self) -> bool:
        return not any(gap.blocks for gap in self.gaps)


@dataclass(frozen=True, slots=True)
class WaveStatus:
    """One wave and its sums."""

    wave: Wave
    standing: Standing

    @property
    def failed(self) -> int:
        """How many could not be sent a message, and can be tried again."""
        return self.standing.states.get(InvitationState.FAILED, 0)

    @property
    def rate(self) -> Fraction | None:
        """Response rate 1: answered of all invited; None where nobody was.

        Source: AAPOR, Standard Definitions (10th edition, 2023), RR1: all whose eligibility is not
        known stay in the denominator.
        """
        if not self.standing.invited:
            return None
        answered = self.standing.states.get(InvitationState.ANSWERED, 0)
        return Fraction(answered, self.standing.invited)


@dataclass(frozen=True, slots=True)
class Status:
    """A campaign, and its waves with their sums, the newest first."""

    campaign: Campaign
    waves: tuple[WaveStatus, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What a click led to; not `changed` where it had been done before, by an earlier click."""

    campaign: Campaign
    changed: bool
