"""The rules by which campaigns repeat: RFC 5545's RRULE, as far as it suits asking people.

A rule speaks of local times and never of moments. Months without a 31st, years without a 29
February and years without a week 53 are left out, as RFC 5545 says: dates are never made up.
`start` is the rule's DTSTART; it is one of the dates only where it fits the rule.

Source: RFC 5545 section 3.3.10 (https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10), read by
dateutil.rrule.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from survey.domain.calendar import EARLIEST, LATEST
from survey.domain.campaign import Schedule
from survey.domain.local_time import local_of
from survey.errors import Fault, FieldsRejected

_PARTS: Final = (
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "WKST",
    "BYMONTH",
    "BYWEEKNO",
    "BYYEARDAY",
    "BYMONTHDAY",
    "BYDAY",
    "BYHOUR",
    "BYMINUTE",
    "BYSETPOS",
)
_FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_TOO_OFTEN: Final = ("SECONDLY", "MINUTELY", "HOURLY")
_NOT_WITH: Final[Mapping[str, tuple[str, ...]]] = {
    "BYWEEKNO": ("DAILY", "WEEKLY", "MONTHLY"),
    "BYYEARDAY": ("DAILY", "WEEKLY", "MONTHLY"),
    "BYMONTHDAY": ("WEEKLY",),
}
_CHOOSING: Final = ("BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY")
_OF_ITS_OWN: Final = ("DTSTART", "DTEND", "EXDATE", "RDATE", "EXRULE")
_UNTIL: Final = re.compile(r"\d{8}(T\d{6}Z?)?")
_NUMBERED_DAY: Final = re.compile(r"[+-]?\d+(MO|TU|WE|TH|FR|SA|SU)")
_RAREST: Final = timedelta(days=40 * 366)
"""A 29 February on a given weekday can take 40 years to come."""
_NUMBER: Final = re.compile(r"[1-9]\d{0,3}")
_END_OF_TIME: Final = datetime.combine(LATEST, time.max)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was read: its parts by name, in capitals, and the local times that it makes."""

    parts: Mapping[str, str]
    until: datetime | None
    _made: rrule

    def __iter__(self) -> Iterator[datetime]:
        """In their order, as far as the calendar of the program reaches."""
        for local in self._made:
            if local > _END_OF_TIME:
                return
            yield local


def read_rule(schedule: Schedule, *, zone: ZoneInfo) -> Rule:
    """The rule of a schedule that has a start and a rule.

    UNTIL with a Z is a moment, else a local time; a day alone is all of that day.

    Raises: FieldsRejected, with what is wrong at ("schedule", "rrule") or ("schedule", "start").
    """
    assert schedule.start is not None
    assert schedule.rrule is not None
    parts = _parts(schedule.rrule)
    _refuse_misfits(parts)
    until = _until(parts["UNTIL"], zone) if "UNTIL" in parts else None
    written = ";".join(f"{name}={value}" for name, value in parts.items() if name != "UNTIL")
    try:
        made = rrulestr(written, dtstart=schedule.start)
        assert isinstance(made, rrule)
        _refuse_endless_search(made, schedule.start, until)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise _refused("unreadable", "it cannot be read as an RRULE of RFC 5545") from error
    return Rule(parts, until, made if until is None else made.replace(until=until))


def schedule_faults(schedule: Schedule, *, zone: ZoneInfo) -> list[Fault]:
    """What is wrong with a schedule; nothing where slots can be made of it."""
    if schedule.start is None:
        return []
    if schedule.start.second or schedule.start.microsecond:
        message = "give a time in hours and minutes, without seconds"
        return [Fault(("schedule", "start"), "seconds", message)]
    if not EARLIEST <= schedule.start.date() <= LATEST:
        return [Fault(("schedule", "start"), "day", f"give a day from {EARLIEST} to {LATEST}")]
    if schedule.rrule is None:
        return []
    try:
        read_rule(schedule, zone=zone)
    except FieldsRejected as rejected:
        return list(rejected.faults)
    return []


def _refuse_endless_search(made: rrule, start: datetime, until: datetime | None) -> None:
    """Raises: FieldsRejected, where a rule has no date in the time in which every date comes.

    dateutil would look until the year 9999, for minutes.
    """
    last = start + _RAREST
    if next(iter(made.replace(count=None, until=min(until or last, last))), None) is None:
        raise _refused("never", "it has no date: no day from the start on fits all of its parts")


def _parts(written: str) -> dict[str, str]:
    plain = written.strip().upper()
    if any(name in plain for name in _OF_ITS_OWN):
        raise _refused("not_a_rule", "give the rule alone: the campaign's start stands for DTSTART")
    if re.search(r"\s", plain):
        raise _refused("unreadable", "give one rule on one line, without spaces")
    parts: dict[str, str] = {}
    for piece in plain.removeprefix("RRULE:").rstrip(";").split(";"):
        name, _, value = piece.partition("=")
        if name not in _PARTS or not value:
            raise _refused(
                "unknown_part",
                f"'{piece[:40]}': there may be {', '.join(_PARTS)}, each with a value",
            )
        if name in parts:
            raise _refused("part_twice", f"{name} is there twice")
        parts[name] = value
    return parts


def _refuse_misfits(parts: Mapping[str, str]) -> None:
    """Raises: FieldsRejected, for what RFC 5545 forbids or what would ask more than once a day."""
    often = parts.get("FREQ", "")
    if often in _TOO_OFTEN:
        raise _refused("too_often", f"FREQ={often}: a campaign repeats once a day at most")
    if often not in _FREQUENCIES:
        raise _refused("no_frequency", f"FREQ is missing: give one of {', '.join(_FREQUENCIES)}")
    if any("," in parts.get(name, "") for name in ("BYHOUR", "BYMINUTE")):
        raise _refused("too_often", "it has several times on one day: a campaign has one")
    _refuse_bad_ends(parts)
    for name, forbidden in _NOT_WITH.items():
        if name in parts and often in forbidden:
            raise _refused("does_not_fit", f"{name} does not go with FREQ={often}")
    numbered = any(_NUMBERED_DAY.fullmatch(each) for each in parts.get("BYDAY", "").split(","))
    if numbered and (often in ("DAILY", "WEEKLY") or "BYWEEKNO" in parts):
        raise _refused(
            "does_not_fit", "numbered days in BYDAY need MONTHLY, or YEARLY without BYWEEKNO"
        )
    if "BYSETPOS" in parts and not any(name in parts for name in _CHOOSING):
        raise _refused(
            "does_not_fit", "BYSETPOS needs another BY part to choose from, such as BYDAY"
        )


def _refuse_bad_ends(parts: Mapping[str, str]) -> None:
    """Raises: FieldsRejected."""
    if "COUNT" in parts and "UNTIL" in parts:
        raise _refused("two_ends", "give COUNT or UNTIL, not both")
    for name in ("COUNT", "INTERVAL"):
        if name in parts and not _NUMBER.fullmatch(parts[name]):
            raise _refused("bad_number", f"{name} is a whole number from 1 to 9999")


def _until(written: str, zone: ZoneInfo) -> datetime:
    if _UNTIL.fullmatch(written):
        with suppress(ValueError, OverflowError):
            read = datetime.fromisoformat(written if "T" in written else f"{written}T235959")
            return local_of(read, zone) if read.tzinfo else read
    raise _refused("bad_until", "UNTIL is written as 20271231 or 20271231T235959Z")


def _refused(code: str, message: str) -> FieldsRejected:
    return FieldsRejected([Fault(("schedule", "rrule"), code, message)])
