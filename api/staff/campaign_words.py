"""Campaigns in words: states, reasons, channels, lawful bases, schedules, faults of the form."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from api.staff.campaign_form import Wrong
from api.staff.campaign_rules import Repeat
from survey.domain.campaign import (
    CampaignState,
    ChannelName,
    LawfulBasis,
    Schedule,
    WhenClosed,
)
from survey.domain.language import N_, date_in_words, day_in_words
from survey.domain.questionnaire import Privacy
from survey.domain.schedule import zone_of
from survey.domain.schedule_words import describe
from survey.domain.waves import HoldReason, InvitationState, SkipReason, WaveState

Say = Callable[[str], str]

STATES: Final[Mapping[CampaignState, str]] = {
    CampaignState.DRAFT: N_("Draft: nobody is asked"),
    CampaignState.PROPOSED: N_("Waits for a second person"),
    CampaignState.RUNNING: N_("Running"),
    CampaignState.PAUSED: N_("Paused: nothing is sent"),
    CampaignState.STOPPED: N_("Stopped"),
    CampaignState.CLOSED: N_("Over"),
}

TAGS: Final[Mapping[CampaignState, str]] = {
    CampaignState.DRAFT: "govuk-tag--grey",
    CampaignState.PROPOSED: "govuk-tag--purple",
    CampaignState.RUNNING: "govuk-tag--green",
    CampaignState.PAUSED: "govuk-tag--yellow",
    CampaignState.STOPPED: "govuk-tag--red",
    CampaignState.CLOSED: "govuk-tag--blue",
}
"""The colour beside the word."""

WAYS: Final[Mapping[str, str]] = {
    "chat": N_("In chat"),
    "web": N_("On a web page"),
    "telephone": N_("By telephone, keyed in"),
    "paper": N_("On paper, keyed in"),
}
"""How answers came."""

WAVE_STATES: Final[Mapping[WaveState, str]] = {
    WaveState.OPEN: N_("Open"),
    WaveState.PAUSED: N_("Paused"),
    WaveState.CLOSED: N_("Closed"),
    WaveState.STOPPED: N_("Stopped"),
    WaveState.MISSED: N_("Missed: nobody was asked"),
    WaveState.LEFT_OUT: N_("Left out"),
}

INVITATIONS: Final[Mapping[InvitationState, str]] = {
    InvitationState.ANSWERED: N_("Answered"),
    InvitationState.STARTED: N_("Started, not sent yet"),
    InvitationState.OPENED: N_("Opened, not started"),
    InvitationState.DELIVERED: N_("Delivered, not opened"),
    InvitationState.WAITING: N_("Waiting to be sent"),
    InvitationState.HELD: N_("Held for now"),
    InvitationState.REFUSED: N_("Refused"),
    InvitationState.BLOCKED: N_("Blocked: no way to reach them"),
    InvitationState.FAILED: N_("Failed to send"),
    InvitationState.EXPIRED: N_("Ran out before it was sent"),
    InvitationState.SKIPPED: N_("Not asked"),
}
"""In the order in which a page tells them; together they are the whole audience."""

REASONS: Final[Mapping[str, str]] = {
    SkipReason.LEFT: N_("They have left"),
    SkipReason.OPTED_OUT: N_("They want no surveys"),
    SkipReason.RECENTLY_ASKED: N_("They were asked something else too recently"),
    SkipReason.SAME_SURVEY: N_("They had this survey too recently"),
    SkipReason.OPEN_PROBLEM: N_("Their problem report is still open"),
    SkipReason.NOBODY_TO_ASK: N_("Nobody is left there to ask"),
    SkipReason.NOT_DRAWN: N_("They are not in the sample"),
    "unreachable": N_("There is no way to reach them"),
    HoldReason.QUIET_HOURS: N_("It is outside the hours for sending"),
    HoldReason.CLOSED_DAY: N_("Their school or department is closed today"),
    HoldReason.PAUSE: N_("Sending is paused"),
    HoldReason.SNOOZED: N_("They asked for it later"),
    HoldReason.CHANNEL_DOWN: N_("The chat or the mail server cannot be reached"),
}
"""Of those who are not asked, and of messages that wait."""

FAILURES: Final[Mapping[str, str]] = {
    "no_address": N_("There is no way to reach them"),
    "gone": N_("They have blocked the bot, or left Telegram"),
    "moved": N_("They have blocked the bot, or left Telegram"),
    "no_mailbox": N_("There is no such mailbox"),
    "bounced": N_("The letter came back"),
    "forbidden": N_("Refused three times, nobody knows why"),
    "not_taken": N_("Refused three times, nobody knows why"),
    "address": N_("Their address cannot be used"),
    "refused": N_("The message was refused"),
    "letter": N_("The message was refused"),
    "in_doubt": N_("It may have arrived"),
}
"""The final words of `bot.refusals`, `survey.mail` and the sender."""

BASES: Final[Mapping[LawfulBasis, tuple[str, str]]] = {
    LawfulBasis.PUBLIC_TASK: (
        N_("Public task"),
        N_("You need the answers for a task that the law gives your organisation."),
    ),
    LawfulBasis.LEGITIMATE_INTERESTS: (
        N_("Legitimate interests"),
        N_("It serves an interest that people would expect. Public tasks are not this."),
    ),
    LawfulBasis.CONSENT: (
        N_("Consent"),
        N_("Each person said yes to being asked, and can take it back."),
    ),
    LawfulBasis.CONTRACT: (
        N_("Contract"),
        N_("A contract with the person needs it."),
    ),
    LawfulBasis.LEGAL_OBLIGATION: (
        N_("Legal obligation"),
        N_("A law says that your organisation must ask."),
    ),
}
"""(name, when it fits), the likeliest first. Source: UK GDPR article 6(1)."""

CHANNELS: Final[Mapping[ChannelName, str]] = {
    ChannelName.CHAT: N_("Chat"),
    ChannelName.EMAIL: N_("E-mail"),
}

CHANNEL_ORDERS: Final[Mapping[str, str]] = {
    "chat,email": N_("In the chat; by e-mail where somebody is not in the chat"),
    "email,chat": N_("By e-mail; in the chat where there is no address"),
    "chat": N_("In the chat only"),
    "email": N_("By e-mail only"),
}

PRIVACY: Final[Mapping[Privacy, tuple[str, str]]] = {
    Privacy.ATTRIBUTED: (
        N_("On behalf of a school or department"),
        N_("Answers are seen together with its name, and people are told so."),
    ),
    Privacy.CONFIDENTIAL: (
        N_("Confidential"),
        N_("Nobody can tell who gave which answer. Schools and departments stay known."),
    ),
    Privacy.ANONYMOUS: (
        N_("Anonymous"),
        N_("Nothing finer than a group of the minimum reporting size is kept."),
    ),
}

SAMPLES: Final[Mapping[str, str]] = {
    "": N_("Everybody"),
    "random_people": N_("A number of people, drawn anew each time"),
    "random_percent": N_("A percentage, drawn anew each time"),
    "rotating_people": N_("A number of people, taking turns"),
    "rotating_percent": N_("A percentage, taking turns"),
}

REPEATS: Final[Mapping[Repeat, str]] = {
    Repeat.WEEKLY: N_("Every week, on the weekday of the first date"),
    Repeat.FORTNIGHTLY: N_("Every two weeks, on the weekday of the first date"),
    Repeat.MONTHLY_WEEKDAY: N_("Every month on the same weekday, such as the first Tuesday"),
    Repeat.MONTHLY_DAY: N_("Every month on the same day, such as the 15th"),
    Repeat.QUARTERLY_WEEKDAY: N_("Every quarter on the same weekday, such as the first Tuesday"),
    Repeat.QUARTERLY_DAY: N_("Every quarter on the same day, such as the 15th"),
    Repeat.YEARLY: N_("Every year on the same day"),
    Repeat.CUSTOM: N_("By a rule of your own"),
}

WHEN_CLOSED: Final[Mapping[WhenClosed, str]] = {
    WhenClosed.NEXT: N_("Send on the next day that is open"),
    WhenClosed.PREVIOUS: N_("Send on the last open day before it"),
    WhenClosed.SKIP: N_("Leave that date out"),
}

_WRONG: Final[Mapping[str, str]] = {
    "title required": N_("Enter a title"),
    "questionnaire required": N_("Choose a survey"),
    "channels required": N_("Choose how people are asked"),
    "when required": N_("Choose when people are asked"),
    "after_attribute required": N_("Enter which date of a person counts"),
    "after_days range": N_("Enter days from -3,660 to 3,660"),
    "rrule required": N_("Enter a rule, or choose another one above"),
    "rrule rule": N_("This is no rule that can be read. For example, FREQ=MONTHLY;BYDAY=1TU"),
    "start-day day": N_("Enter a real date, such as 27 3 2027"),
    "start-day past": N_("The first date must be today or later"),
    "start_time past": N_("The time must be later than now, or choose a later date"),
    "times range": N_("Enter how many times from 1 to 1,000, or leave it empty"),
    "open_days range": N_("Enter days from 1 to 365"),
    "reminder_1 range": N_("Enter days from 1 to 365, or leave it empty"),
    "reminder_2 range": N_("Enter days from 1 to 365, or leave it empty"),
    "reminder_2 order": N_("The second reminder must come after the first"),
    "until order": N_("Sending must end after it begins"),
    "contact_percent range": N_("Enter a percentage from 1 to 100"),
    "apart range": N_("Enter days from 0 to 365"),
    "same_apart range": N_("Enter days from 0 to 1,095"),
    "sample_number range": N_("Enter from 1 to 99 for a percentage, or how many people"),
    "too_long": N_("Enter less: this is longer than can be kept"),
    "bad_sign": N_("Leave out the sign that cannot be kept"),
    "number": N_("Enter a whole number"),
    "time": N_("Enter a time, such as 09:00"),
    "choose": N_("Choose from the list"),
}


def fault_in_words(wrong: Wrong, say: Say) -> str:
    known = _WRONG.get(f"{wrong.field} {wrong.code}") or _WRONG.get(wrong.code)
    return say(known or _WRONG["choose"])


def reason_in_words(reason: str, say: Say) -> str:
    """Why somebody is not asked, or a message waits; of a word that is not known, what it says."""
    return say(REASONS[reason]) if reason in REASONS else reason.replace("_", " ")


def failure_in_words(reason: str, say: Say) -> str:
    """Why a message did not leave; the channel's own stable word where there are no others."""
    return say(FAILURES[reason]) if reason in FAILURES else reason.replace("_", " ")


def channels_in_words(channels: Iterable[ChannelName], say: Say) -> str:
    return say(CHANNEL_ORDERS[",".join(channels)])


def schedule_in_words(schedule: Schedule, zone: ZoneInfo, language: str, say: Say) -> str:
    """When people are asked: one sentence without a full stop."""
    said = describe(schedule, zone=zone_of(schedule, zone), say=say, language=language)
    if schedule.start is None or schedule.rrule is None:
        return said
    day = date_in_words(schedule.start.date(), language)
    return say(N_("%(rule)s, from %(day)s")) % {"rule": said, "day": day}


def moment(at: datetime, zone: tzinfo, language: str) -> str:
    """A moment so near that it needs no year: "Tuesday 2 June, 09:00"."""
    local = at.astimezone(zone)
    return f"{day_in_words(local.date(), language)}, {local:%H:%M}"
