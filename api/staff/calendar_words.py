"""What pages say of the calendar: pauses, closed days, when something is sent and when not."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from survey.domain.language import N_, day_in_words, moment_in_words
from survey.domain.waves import Pause, PauseKind

Say = Callable[[str], str]

KINDS: Final[Mapping[PauseKind, str]] = {
    PauseKind.PRE_ELECTION: N_("Pre-election period"),
    PauseKind.BEREAVEMENT: N_("Bereavement"),
    PauseKind.OTHER: N_("Another reason"),
}


def nothing_sent(
    pauses: Sequence[Pause], *, now: datetime, zone: ZoneInfo, say: Say, language: str
) -> str:
    """That no campaign sends anything, why and until when; '' where no pause holds.

    Args:
        pauses: as `CalendarUse.pauses` gives them.
    """
    holding = [each for each in pauses if each.begins_at <= now and not _over(each, now)]
    if not holding:
        return ""
    endless = next((each for each in holding if each.ends_at is None), None)
    if endless is not None:
        words = N_("Nothing is being sent until somebody ends this pause: {name}.")
        return say(words).format(name=endless.name)
    last = max(holding, key=lambda each: each.ends_at or now)
    when = moment_in_words((last.ends_at or now).astimezone(zone), language)
    words = N_("Nothing is being sent until {when}: {name}.")
    return say(words).format(when=when, name=last.name)


def first_messages(at: datetime, *, now: datetime, zone: ZoneInfo, say: Say, language: str) -> str:
    """When a campaign begins, as near as it is: "today at 14:05"."""
    if at <= now:
        return say(N_("The first messages are leaving now."))
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    told = {"time": f"{local:%H:%M}", "day": day_in_words(local.date(), language)}
    if local.date() == today:
        return say(N_("The first messages leave today at {time}.")).format(**told)
    if local.date() == today + timedelta(days=1):
        return say(N_("The first messages leave tomorrow at {time}.")).format(**told)
    return say(N_("The first messages leave on {day} at {time}.")).format(**told)


def pause_span(pause: Pause, *, zone: ZoneInfo, say: Say, language: str) -> str:
    """ "From 22 March 2027, 00:00 to 7 May 2027, 00:00"."""
    begins = moment_in_words(pause.begins_at.astimezone(zone), language)
    if pause.ends_at is None:
        return say(N_("From {begins}, until somebody ends it")).format(begins=begins)
    ends = moment_in_words(pause.ends_at.astimezone(zone), language)
    return say(N_("From {begins} to {ends}")).format(begins=begins, ends=ends)


def days_in_words(first: date, last: date, *, say: Say, language: str) -> str:
    """ "Monday 26 October", or "Monday 26 October to Friday 30 October"."""
    begins = day_in_words(first, language)
    if first == last:
        return begins
    return say(N_("{first} to {last}")).format(first=begins, last=day_in_words(last, language))


def _over(pause: Pause, now: datetime) -> bool:
    return pause.ends_at is not None and pause.ends_at <= now
