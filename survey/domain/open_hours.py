"""When a message of a campaign may leave: hours, weekends, bank holidays, closures and pauses.

All by the local clock and as it is asked: nothing is remembered, so that a pause that somebody
sets at 08:59 holds what was to leave at 09:00.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final, Self
from zoneinfo import ZoneInfo

from survey.domain.campaign import Hours, Nation
from survey.domain.language import N_
from survey.domain.local_time import local_of, moment_of, stretches
from survey.domain.waves import Closure, HoldReason, Pause

LONGEST_SEARCH: Final = 366
"""Days: who is closed for longer is closed for good, as far as messages go."""

WEEKEND: Final = N_("weekend")

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5

_SUBDIVISIONS: Final[Mapping[Nation, str]] = {
    Nation.ENGLAND: "ENG",
    Nation.WALES: "WLS",
    Nation.SCOTLAND: "SCT",
    Nation.NORTHERN_IRELAND: "NIR",
}

_NAMES: Final[Mapping[str, str]] = {
    "Battle of the Boyne": N_("Battle of the Boyne bank holiday"),
    "Boxing Day": N_("Boxing Day"),
    "Christmas Day": N_("Christmas Day"),
    "Easter Monday": N_("Easter Monday"),
    "Good Friday": N_("Good Friday"),
    "Late Summer Bank Holiday": N_("Summer bank holiday"),
    "May Day": N_("Early May bank holiday"),
    "New Year Holiday": N_("2 January bank holiday"),
    "New Year's Day": N_("New Year's Day"),
    "Saint Andrew's Day": N_("St Andrew's Day"),
    "Saint Patrick's Day": N_("St Patrick's Day"),
    "Spring Bank Holiday": N_("Spring bank holiday"),
    "Summer Bank Holiday": N_("Summer bank holiday"),
}
"""As GOV.UK names them, by the name in the `holidays` package; others, of one year, keep theirs.

Source: https://www.gov.uk/bank-holidays
"""

_SUBSTITUTES: Final[Mapping[str, str]] = {
    "2 January bank holiday": N_("2 January bank holiday (substitute day)"),
    "Battle of the Boyne bank holiday": N_("Battle of the Boyne bank holiday (substitute day)"),
    "Boxing Day": N_("Boxing Day (substitute day)"),
    "Christmas Day": N_("Christmas Day (substitute day)"),
    "New Year's Day": N_("New Year's Day (substitute day)"),
    "St Andrew's Day": N_("St Andrew's Day (substitute day)"),
    "St Patrick's Day": N_("St Patrick's Day (substitute day)"),
}
"""What the weekday is called that stands for one of those at a weekend."""


def bank_holiday(day: date, nation: Nation) -> str | None:
    """The bank holiday of this day, in English; a catalogue has those that come each year."""
    return _bank_holidays(day.year, nation).get(day)


@cache
def _bank_holidays(year: int, nation: Nation) -> Mapping[date, str]:
    from holidays import country_holidays  # takes a third of a second, and few processes need it

    found = country_holidays(
        "GB", subdiv=_SUBDIVISIONS[nation], years=year, expand=False, language="en_GB"
    )
    return {day: _name(name) for day, name in found.items() if day.year == year}


def _name(name: str) -> str:
    first = name.split("; ")[-1]
    plain = first.removesuffix(" (observed)")
    known = _NAMES.get(plain, plain)
    return _SUBSTITUTES.get(known, known) if plain != first else known


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """The days on which nothing is sent, as they are known now.

    Args:
        nation: whose bank holidays are kept; None keeps none.
        closures: days on which a unit and those below it are closed; '' is the whole body.
        pauses: times in which nothing leaves.
        zone: the body's; by its clock a day begins.
        lines: for each unit itself and those above it, as `survey.domain.organisation.ancestors`.
    """

    nation: Nation | None
    closures: Sequence[Closure] = ()
    pauses: Sequence[Pause] = ()
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/London"))
    lines: Mapping[str, Collection[str]] = field(default_factory=dict)
    _by_day: Mapping[date, Mapping[str, str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_day: dict[date, dict[str, str]] = {}
        for each in self.closures:
            by_day.setdefault(each.day, {})[each.unit] = each.name
        object.__setattr__(self, "_by_day", by_day)

    def closed(
        self, day: date, units: tuple[str, ...] = (), *, weekends: bool = True
    ) -> str | None:
        """Why nothing is sent on the whole of this day; None where something is.

        Somebody of several units is reached as long as one of them is open. Without `units` only
        what closes the whole body counts.

        Args:
            weekends: whether messages leave on them; False makes them closed days.
        """
        if not weekends and day.weekday() >= _SATURDAY:
            return WEEKEND
        if self.nation is not None and (name := bank_holiday(day, self.nation)):
            return name
        if name := self._closed_for(day, units):
            return name
        return self._paused_all(day)

    def paused(self, at: datetime) -> Pause | None:
        """The pause that holds at this moment; of several the one that ends last."""
        holding = [
            each
            for each in self.pauses
            if each.begins_at <= at and (each.ends_at is None or at < each.ends_at)
        ]
        return max(holding, key=_end, default=None)

    def with_ends(self, now: datetime) -> Self:
        """The same, where a pause without an end lasts until the next midnight.

        Nobody knows more; who looks again tomorrow sees whether somebody has ended it.
        """
        if all(each.ends_at is not None for each in self.pauses):
            return self
        known = [each if each.ends_at else self._ended(each, now) for each in self.pauses]
        return replace(self, pauses=known)

    def _ended(self, pause: Pause, now: datetime) -> Pause:
        day = local_of(max(now, pause.begins_at), self.zone).date()
        return replace(pause, ends_at=_midnight(day + _DAY, self.zone))

    def _closed_for(self, day: date, units: tuple[str, ...]) -> str | None:
        closed = self._by_day.get(day)
        if closed is None:
            return None
        if "" in closed:
            return closed[""]
        names = [self._closure_of(unit, closed) for unit in units]
        return names[0] if names and all(names) else None

    def _closure_of(self, unit: str, closed: Mapping[str, str]) -> str | None:
        return next((closed[key] for key in self.lines.get(unit, (unit,)) if key in closed), None)

    def _paused_all(self, day: date) -> str | None:
        """The name of a pause that holds from one midnight to the next."""
        if not self.pauses:
            return None
        begin, end = _midnight(day, self.zone), _midnight(day + _DAY, self.zone)
        return next(
            (
                each.name
                for each in self.pauses
                if each.begins_at <= begin and (each.ends_at is None or each.ends_at >= end)
            ),
            None,
        )


@dataclass(frozen=True, slots=True)
class Leave:
    """Whether a message may leave; where not, why, and the first moment at which it may.

    `until` is None where no such moment is known: a pause has no end yet, or all of a year is
    closed. Then it is to be asked again later.
    """

    ok: bool
    hold: HoldReason | None = None
    until: datetime | None = None


def may_leave(
    now: datetime,
    *,
    hours: Hours,
    zone: ZoneInfo,
    days: ClosedDays,
    units: tuple[str, ...] = (),
) -> Leave:
    """Whether a message to somebody of these units may leave at this moment.

    It may while the clock of `zone` shows `hours.opens` or later and not yet `hours.until`, on a
    day that is not closed, and outside all pauses. A clock change alters nothing of that: an hour
    that comes twice counts by what the clock shows, both times.

    Args:
        units: those that the person stands for; one that is open is enough.
    """
    hold = _hold(now, hours=hours, zone=zone, days=days, units=units)
    if hold is None:
        return Leave(True)
    return Leave(False, hold, _first_after(now, hours=hours, zone=zone, days=days, units=units))


def _hold(
    now: datetime, *, hours: Hours, zone: ZoneInfo, days: ClosedDays, units: tuple[str, ...]
) -> HoldReason | None:
    if days.paused(now):
        return HoldReason.PAUSE
    shown = local_of(now, zone)
    if days.closed(shown.date(), units, weekends=hours.weekends):
        return HoldReason.CLOSED_DAY
    if not hours.opens <= shown.time() < hours.until:
        return HoldReason.QUIET_HOURS
    return None


def _first_after(
    now: datetime, *, hours: Hours, zone: ZoneInfo, days: ClosedDays, units: tuple[str, ...]
) -> datetime | None:
    today = local_of(now, zone).date()
    for day in (today + timedelta(days=number) for number in range(LONGEST_SEARCH)):
        if days.closed(day, units, weekends=hours.weekends):
            continue
        for begin, end in stretches(day, hours.opens, hours.until, zone):
            at: datetime | None = max(now, begin)
            while at is not None and at < end:
                if (pause := days.paused(at)) is None:
                    return at
                at = pause.ends_at
    return None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return moment_of(datetime.combine(day, time()), zone)


def _end(pause: Pause) -> tuple[bool, datetime]:
    return pause.ends_at is None, pause.ends_at or pause.begins_at
