"""What is said of a problem report: where it stands, how old it is, by when more is said."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.sentences import Sentences
from survey.domain.cases import Case, CaseState
from survey.domain.language import day_in_words


def stands(say: Sentences, case: Case, service: str, *, now: datetime, zone: ZoneInfo) -> str:
    """Where it stands, and what happens next by when."""
    told = {"service": service}
    match case.state:
        case CaseState.WAITING:
            return say._("%(service)s asked you something and waits for your answer.") % told
        case CaseState.FIXED:
            return say._("%(service)s says this is fixed. Is it?") % told
        case CaseState.CONFIRMED:
            return say._("Fixed, as you said.")
        case CaseState.NOT_CONFIRMED:
            return (
                say._("Closed: %(service)s says it is fixed, and we did not hear from you.") % told
            )
        case CaseState.DECLINED:
            return say._("Closed without a fix.")
        case CaseState.MERGED:
            return say._("Goes on with another report of the same problem.")
    return f"{_at_work(say, case) % told} {_next(say, case, service, now, zone)}".rstrip()


def _at_work(say: Sentences, case: Case) -> str:
    match case.state:
        case CaseState.ACKNOWLEDGED:
            return say._("%(service)s has read it.")
        case CaseState.IN_PROGRESS:
            return say._("%(service)s is working on it.")
        case CaseState.MONITORED:
            return say._("%(service)s thinks it is fixed and watches it for a while.")
        case CaseState.REOPENED:
            return say._("It is open again with %(service)s.")
    return say._("%(service)s has received it.")


def _next(say: Sentences, case: Case, service: str, now: datetime, zone: ZoneInfo) -> str:
    """By when they hear something, or that this is late."""
    by = case.acknowledge_by or case.update_by or case.fix_by
    if by is None:
        return ""
    told = {"service": service, "when": by_when(say, by, now=now, zone=zone)}
    if by < now:
        return say._("An answer was promised by %(when)s, so it is late.") % told
    if case.acknowledge_by is not None:
        return say._("It answers by %(when)s.") % told
    return say._("Next update by %(when)s.") % told


def by_when(say: Sentences, at: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """A moment as people say it: "today 16:00", "tomorrow 12:00", "Thursday 28 May 9:30"."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    time = f"{local.hour}:{local:%M}"
    if local.date() == today:
        return say._("today %(time)s") % {"time": time}
    if local.date() == today + timedelta(days=1):
        return say._("tomorrow %(time)s") % {"time": time}
    return say._("%(day)s %(time)s") % {
        "day": day_in_words(local.date(), say.language),
        "time": time,
    }


def age(say: Sentences, case: Case, *, now: datetime, zone: ZoneInfo) -> str:
    """How long ago it was reported."""
    days = (now.astimezone(zone).date() - case.opened_at.astimezone(zone).date()).days
    if days <= 0:
        return say._("reported today")
    if days == 1:
        return say._("reported yesterday")
    return say.ngettext("reported %(number)d day ago", "reported %(number)d days ago", days)
