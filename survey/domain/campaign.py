"""A campaign as it is planned: a questionnaire, an audience and a schedule, as validated data.

A file is read by `survey.domain.campaign_file`; what a campaign means on the calendar is in
`survey.domain.schedule`, and whom it reaches in `survey.domain.audience`.

Source of the words: RFC 5545 (`rrule`, https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10) for
what repeats; UK GDPR article 6(1) for the lawful bases.
"""

from datetime import datetime, time
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from survey.domain.clock_times import ClockTime
from survey.domain.questionnaire import Key, Privacy

CONTACT_SLOTS: Final = "month"
"""Invitations by event, and those relative to a person's date, share one wave a month."""

LONGEST_TEXT: Final = 400
"""Of what a person reads above the survey, in characters."""


class Nation(StrEnum):
    """Whose bank holidays are kept."""

    ENGLAND = "england"
    WALES = "wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern_ireland"


class LawfulBasis(StrEnum):
    """Why the body may ask at all: UK GDPR article 6(1)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"


class ChannelName(StrEnum):
    """How an invitation reaches somebody; a campaign names them in its order."""

    CHAT = "chat"
    EMAIL = "email"


class SampleHow(StrEnum):
    RANDOM = "random"
    """Drawn anew for each wave."""
    ROTATING = "rotating"
    """Nobody twice before everybody was drawn once."""


class WhenClosed(StrEnum):
    """What becomes of a date that falls on a day on which nothing is sent."""

    NEXT = "next"
    """The next day that is open."""
    PREVIOUS = "previous"
    """The last open day before it."""
    SKIP = "skip"
    """That wave is left out, and said to be."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sample(_Part):
    """Part of the audience: `size` people, or `percent` of them."""

    how: SampleHow = SampleHow.RANDOM
    size: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    percent: Annotated[int, Field(ge=1, le=99)] | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.size is None) == (self.percent is None):
            raise ValueError("give either size or percent")
        return self


class Audience(_Part):
    """Who is asked: whoever fits every line that is given; an empty line leaves it open.

    `units` bring what lies below them. `kinds` are those of the unit that somebody stands for.
    `attributes` name a column of the people file and the values that fit.
    """

    units: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    attributes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    sample: Sample | None = None


class AfterDate(_Part):
    """Days after (negative: before) the date that a column of the people file holds."""

    attribute: Annotated[str, Field(min_length=1, max_length=64)]
    days: Annotated[int, Field(ge=-3660, le=3660)]


class Schedule(_Part):
    """When waves open: exactly one of `start` (with or without `rrule`), `after` and `on_contact`.

    `start` is a local time; it stands for DTSTART. `at` is the time of day of waves by `after`.
    `timezone` is the body's where none is given.
    """

    start: datetime | None = None
    rrule: Annotated[str, Field(min_length=1, max_length=400)] | None = None
    after: AfterDate | None = None
    at: ClockTime = time(9)
    on_contact: bool = False
    timezone: Annotated[str, Field(max_length=64)] | None = None
    when_closed: WhenClosed = WhenClosed.NEXT

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = (self.start is not None, self.after is not None, self.on_contact)
        if kinds.count(True) != 1:
            raise ValueError("give one of start, after and on_contact")
        if self.rrule is not None and self.start is None:
            raise ValueError("an rrule needs a start")
        if self.start is not None and self.start.tzinfo is not None:
            raise ValueError("start is a local time: leave out the offset")
        return self

    @property
    def by_person(self) -> bool:
        """Whether people come one by one, and share a wave with those of the same month."""
        return self.after is not None or self.on_contact


class Hours(_Part):
    """When messages may leave, by the campaign's clock; `until` is after `from`."""

    opens: Annotated[ClockTime, Field(alias="from")] = time(8)
    until: ClockTime = time(18)
    weekends: bool = False

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens >= self.until:
            raise ValueError("until must be later than from")
        return self


class Caps(_Part):
    """How seldom one person is asked: days between new surveys, and before the same one."""

    days_between_surveys: Annotated[int, Field(ge=0, le=365)] = 7
    days_before_same_survey: Annotated[int, Field(ge=0, le=1095)] = 30


Days = Annotated[int, Field(ge=1, le=365)]


class CampaignPlan(_Part):
    """All that a survey manager decides, and all that a campaign file holds.

    `version` is the newest at launch where none is given; `privacy` may only be stricter than the
    questionnaire's. What is needed for launching and may be missing in a draft is `purpose`,
    `basis`, `notice` and `sender`: see `survey.domain.launch`.
    """

    key: Key
    title: Annotated[str, Field(max_length=120)] = ""
    questionnaire: Key
    version: Annotated[int, Field(ge=1)] | None = None
    privacy: Privacy | None = None
    sender: Annotated[str, Field(max_length=120)] = ""
    """Who asks, as people know them, such as "People team"."""
    purpose: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    basis: LawfulBasis | None = None
    notice: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    """The privacy notice that covers it: its name and date, or an https address."""
    audience: Audience = Audience()
    channels: Annotated[tuple[ChannelName, ...], Field(min_length=1)] = (
        ChannelName.CHAT,
        ChannelName.EMAIL,
    )
    schedule: Schedule
    open_days: Days = 21
    reminders: Annotated[tuple[Days, ...], Field(max_length=2)] = (7, 14)
    """Days after the first message; those that would come at or after closing are left out."""
    hours: Hours = Hours()
    caps: Caps = Caps()
    contact_percent: Annotated[int, Field(ge=1, le=100)] = 100
    """How many in a hundred of those reported by `POST /invitations` are asked."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if list(self.reminders) != sorted(set(self.reminders)):
            raise ValueError("reminders must go up")
        if len(set(self.channels)) != len(self.channels):
            raise ValueError("name each channel once")
        return self


class CampaignState(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    """Launched by one person, and so large that a second one has to agree."""
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    """Ended before its time: nothing more is sent, and open waves take no more answers."""
    CLOSED = "closed"
    """Over: no wave is open and none is to come."""

    @property
    def over(self) -> bool:
        return self in (CampaignState.STOPPED, CampaignState.CLOSED)
