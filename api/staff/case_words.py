"""Problem reports in words: kinds, states and clocks, as those read them who work them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from api.staff.shell import Desk
from survey.domain.cases import Audience, Case, CaseState, Side
from survey.domain.follow_up import WARNED_BEFORE, Clock
from survey.domain.language import N_, date_in_words, day_in_words, weekday_in_words
from survey.locales import translations

Say = Callable[[str], str]

STATE_TAGS: Final[Mapping[CaseState, str]] = {
    CaseState.NEW: "govuk-tag--blue",
    CaseState.REOPENED: "govuk-tag--red",
    CaseState.WAITING: "govuk-tag--yellow",
    CaseState.FIXED: "govuk-tag--turquoise",
    CaseState.MONITORED: "govuk-tag--turquoise",
    CaseState.CONFIRMED: "govuk-tag--green",
    CaseState.NOT_CONFIRMED: "govuk-tag--grey",
    CaseState.DECLINED: "govuk-tag--grey",
    CaseState.MERGED: "govuk-tag--grey",
}
"""The class of each state's tag, where it is not the plain one; its words say the same."""

SIDES: Final[Mapping[Side, str]] = {
    Side.REPORTER: N_("Reporter"),
    Side.STAFF: N_("Staff"),
    Side.PROVIDER: N_("Provider"),
    Side.SERVICE: N_("By itself"),
}

AUDIENCES: Final[Mapping[Audience, str]] = {
    Audience.STAFF: N_("Staff only"),
    Audience.PROVIDER: N_("Staff and provider"),
    Audience.REPORTER: N_("The reporter sees this"),
    Audience.PUBLIC: N_("Everybody sees this"),
}

REASONS: Final[Mapping[str, str]] = {
    "not_ours": N_("It is not ours to fix"),
    "as_meant": N_("It works as it is meant to"),
    "not_found": N_("We could not find it"),
    "not_worth": N_("Fixing it costs more than it helps"),
    "withdrawn": N_("The reporter took it back"),
    "other": N_("Another reason"),
}
"""Why a report is closed without a fix, by the word that its entry keeps."""

_RUNS: Final[Mapping[Clock, str]] = {
    Clock.ACKNOWLEDGE: N_("Acknowledge %(when)s"),
    Clock.UPDATE: N_("Reply due %(when)s"),
    Clock.FIX: N_("Fix due %(when)s"),
}

_RAN_OUT: Final[Mapping[Clock, str]] = {
    Clock.ACKNOWLEDGE: N_("To be acknowledged %(when)s: late by %(time)s"),
    Clock.UPDATE: N_("Reply was due %(when)s: late by %(time)s"),
    Clock.FIX: N_("Fix was due %(when)s: late by %(time)s"),
}

CLOCKS: Final[Mapping[Clock, str]] = {
    Clock.ACKNOWLEDGE: N_("to acknowledge it"),
    Clock.UPDATE: N_("for the next reply"),
    Clock.FIX: N_("for the fix"),
}

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_A_WEEK: Final = 6
"""Days ahead, for which the name of a weekday is enough."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something with a tag: `tag` is the class of its colour, and `word` says what it means."""

    text: str
    word: str = ""
    tag: str = ""


def when(at: datetime, *, now: datetime, zone: ZoneInfo, say: Say, language: str) -> str:
    """A moment to come or just over: "today by 16:00", "on Friday by 10:00"."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    days = (local.date() - today).days
    named = {"time": f"{local:%H:%M}", "day": day_in_words(local.date(), language)}
    match days:
        case 0:
            return say(N_("today by %(time)s")) % named
        case 1:
            return say(N_("tomorrow by %(time)s")) % named
        case -1:
            return say(N_("yesterday by %(time)s")) % named
    if 0 < days <= _A_WEEK:
        named["day"] = weekday_in_words(local.date(), language)
    elif abs(days) > 180:
        named["day"] = date_in_words(local.date(), language)
    return say(N_("on %(day)s by %(time)s")) % named


def lasting(time: timedelta, language: str) -> str:
    """How long, in one unit that is big enough: "3 days", "5 hours", "under an hour"."""
    told = translations(language)
    if time >= _DAY:
        return told.ngettext("%(number)d day", "%(number)d days", time // _DAY) % {
            "number": time // _DAY
        }
    if time >= _HOUR:
        return told.ngettext("%(number)d hour", "%(number)d hours", time // _HOUR) % {
            "number": time // _HOUR
        }
    return told.gettext("under an hour")


def clock_told(clock: Clock, by: datetime, desk: Desk) -> Told:
    """A clock that runs, or ran out."""
    now = desk.app.clock.now()
    at = when(by, now=now, zone=desk.app.settings.zone, say=desk.say, language=desk.language)
    if by < now:
        late = desk.say(_RAN_OUT[clock]) % {"when": at, "time": lasting(now - by, desk.language)}
        return Told(late, desk.say(N_("Late")), "govuk-tag--red")
    text = desk.say(_RUNS[clock]) % {"when": at}
    if by - now <= WARNED_BEFORE:
        return Told(text, desk.say(N_("Soon")), "govuk-tag--yellow")
    return Told(text, desk.say(N_("In time")), "govuk-tag--green")


def clocks_of(case: Case) -> list[tuple[Clock, datetime]]:
    """Those that run, the first to run out first."""
    running = [(clock, getattr(case, clock)) for clock in Clock]
    return sorted(((clock, by) for clock, by in running if by is not None), key=lambda one: one[1])


def next_clock(case: Case, desk: Desk) -> Told | None:
    """The clock that runs out first; None where none runs."""
    running = clocks_of(case)
    return clock_told(*running[0], desk) if running else None


def age_of(case: Case, desk: Desk) -> str:
    """How long it has been open, or was."""
    ended = case.ended_at or desk.app.clock.now()
    words = N_("took %(time)s") if case.ended_at else N_("open for %(time)s")
    return desk.say(words) % {"time": lasting(ended - case.opened_at, desk.language)}


def options(words: Mapping[Any, str], desk: Desk) -> list[tuple[str, str]]:
    """(value, text) of each, as `choose` takes them."""
    return [(str(value), desk.say(text)) for value, text in words.items()]
