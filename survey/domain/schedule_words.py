"""A schedule in plain words: when it asks, which dates it leaves out, and what becomes of each.

Whole sentences with named places, in any language that a catalogue has; `say` translates one.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.lists import format_list

from survey.domain.campaign import Schedule, WhenClosed
from survey.domain.language import (
    N_,
    counted,
    date_in_words,
    day_in_words,
    month_name,
    weekday_in_words,
)
from survey.domain.local_time import local_of
from survey.domain.recurrence import Rule, read_rule
from survey.domain.schedule import Slot

Say = Callable[[str], str]

_SHORTEST_MONTH: Final = 28
_MONDAY: Final = date(2026, 6, 1)
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WORKING: Final = frozenset(_WEEKDAYS[:5])

_NTH: Final[Mapping[int, str]] = {
    1: N_("first"),
    2: N_("second"),
    3: N_("third"),
    4: N_("fourth"),
    5: N_("fifth"),
    -1: N_("last"),
    -2: N_("second to last"),
}

_CLOSED: Final[Mapping[WhenClosed, str]] = {
    WhenClosed.NEXT: N_("A date on a closed day moves to the next day that is open."),
    WhenClosed.PREVIOUS: N_("A date on a closed day moves to the last open day before it."),
    WhenClosed.SKIP: N_("A date on a closed day is left out."),
}


def describe(schedule: Schedule, *, zone: ZoneInfo, say: Say, language: str) -> str:
    """When waves open: "Every month on the first Tuesday at 09:00".

    A rule that is too special for words is quoted.
    """
    if schedule.on_contact:
        return say(N_("Whenever a contact is reported"))
    if schedule.after is not None:
        return _after(schedule, say)
    assert schedule.start is not None
    if schedule.rrule is None:
        places = {
            "day": _day(schedule.start.date(), language),
            "time": _time(schedule.start.time()),
        }
        return say(N_("Once, on {day} at {time}")).format(**places)
    rule = read_rule(schedule, zone=zone)
    return _ended(_often(rule, schedule.start, say, language), rule, say, language)


def rules_of(schedule: Schedule, *, zone: ZoneInfo, say: Say) -> list[str]:
    """What becomes of dates that do not exist, or on which nothing is sent."""
    if schedule.on_contact:
        return []
    told = [say(_CLOSED[schedule.when_closed])]
    if schedule.start is None or schedule.rrule is None:
        return told
    parts = _filled(read_rule(schedule, zone=zone).parts, schedule.start)
    if "BYSETPOS" in parts:
        return told  # one of the days that there are
    days = [int(each) for each in parts.get("BYMONTHDAY", "0").split(",")]
    if parts["FREQ"] == "YEARLY" and parts.get("BYMONTH") == "2" and 29 in days:
        told.append(say(N_("Years without a 29 February are left out.")))
    elif longest := max((each for each in days if each > 28), default=0):
        told.append(say(N_("Months without a day {number} are left out.")).format(number=longest))
    if "53" in parts.get("BYWEEKNO", "").split(","):
        told.append(say(N_("Years without a week 53 are left out.")))
    return told


def slot_in_words(slot: Slot, *, zone: ZoneInfo, say: Say, language: str) -> str:
    """One of the next dates: when it is, from where it was moved and why, or why it is left out."""
    local = local_of(slot.at, zone)
    places = {
        "day": _day(local.date(), language),
        "time": _time(local.time()),
        "why": say(slot.why) if slot.why else "",
    }
    if slot.left_out:
        return say(N_("{day}: left out ({why})")).format(**places)
    others = _days([each for each in slot.merged if each != slot.moved_from], language)
    if slot.moved_from is not None:
        places["from"] = day_in_words(slot.moved_from, language)
        told = say(N_("{day} at {time}, moved from {from} ({why})")).format(**places)
    else:
        told = say(N_("{day} at {time}")).format(**places)
    if others:
        together = N_("{date}; the dates of {others} come with it")
        return say(together).format(date=told, others=others)
    return told


def _after(schedule: Schedule, say: Say) -> str:
    assert schedule.after is not None
    days = schedule.after.days
    places = {
        "number": abs(days),
        "column": schedule.after.attribute,
        "time": _time(schedule.at),
    }
    if days == 0:
        return say(N_("On the day in “{column}” of each person, at {time}")).format(**places)
    if days < 0:
        words = N_("{number} days before the day in “{column}” of each person, at {time}")
    else:
        words = N_("{number} days after the day in “{column}” of each person, at {time}")
    return say(words).format(**places)


def _often(rule: Rule, start: datetime, say: Say, language: str) -> str:
    parts = _filled(rule.parts, start)
    at = time(int(parts.pop("BYHOUR", start.hour)), int(parts.pop("BYMINUTE", start.minute)))
    number = int(parts.pop("INTERVAL", "1"))
    places = {"time": _time(at), "number": counted(number, language)}
    if (found := _sentence(parts, number, say, language)) is None:
        return say(N_("By the rule {rule}, at {time}")).format(rule=_quoted(rule), **places)
    sentence, more = found
    return say(sentence).format(**places, **more)


def _filled(written: Mapping[str, str], start: datetime) -> dict[str, str]:
    """The parts that say when, with what a rule takes from its start."""
    parts = {
        name: value for name, value in written.items() if name not in ("COUNT", "UNTIL", "WKST")
    }
    by_day = {"BYDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTHDAY"} & set(parts)
    if parts["FREQ"] == "WEEKLY":
        parts.setdefault("BYDAY", _WEEKDAYS[start.weekday()])
    elif parts["FREQ"] in ("MONTHLY", "YEARLY") and not by_day:
        parts["BYMONTHDAY"] = str(start.day)
        if parts["FREQ"] == "YEARLY":
            parts.setdefault("BYMONTH", str(start.month))
    return parts


def _sentence(
    parts: dict[str, str], number: int, say: Say, language: str
) -> tuple[str, dict[str, str]] | None:
    """A sentence with its places, and what goes into them; None where there is none for it."""
    one, often = number == 1, parts.pop("FREQ")
    if often == "DAILY" and not parts:
        return N_("Every day at {time}") if one else N_("Every {number} days at {time}"), {}
    if often == "WEEKLY" and set(parts) == {"BYDAY"}:
        days = parts["BYDAY"].split(",")
        if one and set(days) == _WORKING:
            return N_("Every working day at {time}"), {}
        more = {"days": _weekdays(days, language)}
        every = N_("Every week on {days} at {time}")
        return every if one else N_("Every {number} weeks on {days} at {time}"), more
    if often == "MONTHLY" and (which := _which(parts, say, language)):
        every = N_("Every month on {which} at {time}")
        several = N_("Every {number} months on {which} at {time}")
        return every if one else several, {"which": which}
    if often == "YEARLY" and one and "BYMONTH" in parts:
        months = [date(2026, int(each), 1) for each in parts.pop("BYMONTH").split(",")]
        if which := _which(parts, say, language):
            names = _listed([month_name(each, language) for each in months], language)
            every = N_("Every year in {months}, on {which}, at {time}")
            return every, {"which": which, "months": names}
    return None


def _which(parts: Mapping[str, str], say: Say, language: str) -> str | None:
    """Which days of a month: "the first Tuesday", "day 15", "the last working day"."""
    days = parts.get("BYDAY", "").split(",")
    if set(parts) == {"BYDAY", "BYSETPOS"} and set(days) == _WORKING:
        nth = _NTH.get(_number(parts["BYSETPOS"]))
        return say(N_("the {nth} working day")).format(nth=say(nth)) if nth else None
    if set(parts) == {"BYDAY"}:
        named = [_nth_weekday(each, say, language) for each in days]
        return _listed([each for each in named if each], language) if all(named) else None
    numbers = [int(each) for each in parts.get("BYMONTHDAY", "0").split(",")]
    latest = numbers[-1]
    if set(parts) == {"BYMONTHDAY", "BYSETPOS"} and parts["BYSETPOS"] == "-1":
        if numbers == list(range(_SHORTEST_MONTH, latest + 1)):
            words = N_("day {number}, or the last day of shorter months,")
            return say(words).format(number=latest)
    elif set(parts) == {"BYMONTHDAY"}:
        if numbers == [-1]:
            return say(N_("the last day"))
        if min(numbers) > 0:
            listed = _listed([str(each) for each in numbers], language)
            return say(N_("day {number}")).format(number=listed)
    return None


def _nth_weekday(written: str, say: Say, language: str) -> str | None:
    nth = _NTH.get(_number(written[:-2]))
    if nth is None:
        return None
    places = {"nth": say(nth), "weekday": _weekdays([written[-2:]], language)}
    return say(N_("the {nth} {weekday}")).format(**places)


def _number(written: str) -> int:
    """0 where it is no number, or several."""
    return int(written) if written.lstrip("+-").isdigit() else 0


def _ended(told: str, rule: Rule, say: Say, language: str) -> str:
    if rule.until is not None:
        places = {"when": told, "day": date_in_words(rule.until.date(), language)}
        return say(N_("{when}, until {day}")).format(**places)
    if rule.parts.get("COUNT") == "1":
        return say(N_("{when}, once")).format(when=told)
    if "COUNT" in rule.parts:
        number = counted(int(rule.parts["COUNT"]), language)
        return say(N_("{when}, {number} times")).format(when=told, number=number)
    return told


def _quoted(rule: Rule) -> str:
    return ";".join(f"{name}={value}" for name, value in rule.parts.items())


def _weekdays(names: Sequence[str], language: str) -> str:
    days = sorted(_WEEKDAYS.index(each) for each in names)
    return _listed(
        [weekday_in_words(_MONDAY + timedelta(days=each), language) for each in days], language
    )


def _days(days: Sequence[date], language: str) -> str:
    return _listed([day_in_words(each, language) for each in days], language)


def _day(day: date, language: str) -> str:
    return f"{weekday_in_words(day, language)} {date_in_words(day, language)}"


def _time(at: time) -> str:
    return f"{at:%H:%M}"


def _listed(words: Sequence[str], language: str) -> str:
    return format_list(words, locale=Locale.parse(language)) if words else ""
