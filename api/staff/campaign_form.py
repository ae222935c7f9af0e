"""The form of a campaign: what stands in its fields, and the plan that they make.

Pure: texts in, a `CampaignPlan` or what is wrong out, and a plan back into texts. What is chosen
several times (schools, kinds, roles, details) stands in one text, each on a line of its own.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final, TypeVar

from dateutil.rrule import rrulestr
from pydantic import ValidationError
from starlette.datastructures import FormData

from api.staff.campaign_rules import Repeat, repeat_of, rule_for
from survey.domain.campaign import (
    LONGEST_TEXT,
    AfterDate,
    Audience,
    CampaignPlan,
    Caps,
    ChannelName,
    Hours,
    LawfulBasis,
    Sample,
    SampleHow,
    Schedule,
    WhenClosed,
)
from survey.domain.questionnaire import Privacy

Values = Mapping[str, str]

_T = TypeVar("_T")

SEVERAL: Final = ("units", "kinds", "roles", "attributes")
DATE: Final = ("start-day", "start-month", "start-year")
_TYPED: Final = (
    "questionnaire",
    "title",
    "sender",
    "basis",
    "notice",
    "privacy",
    "sample",
    "sample_number",
    "channels",
    "when",
    *DATE,
    "start_time",
    "repeat",
    "rrule",
    "times",
    "when_closed",
    "after_attribute",
    "after_days",
    "at",
    "contact_percent",
    "open_days",
    "reminder_1",
    "reminder_2",
    "opens",
    "until",
    "weekends",
    "apart",
    "same_apart",
)

ONCE, REPEATS, AFTER_DATE, ON_CONTACT = "once", "repeats", "after_date", "on_contact"

CHANNELS: Final[Mapping[str, tuple[ChannelName, ...]]] = {
    "chat,email": (ChannelName.CHAT, ChannelName.EMAIL),
    "email,chat": (ChannelName.EMAIL, ChannelName.CHAT),
    "chat": (ChannelName.CHAT,),
    "email": (ChannelName.EMAIL,),
}

_SAMPLES: Final = {
    "random_people": (SampleHow.RANDOM, "size"),
    "random_percent": (SampleHow.RANDOM, "percent"),
    "rotating_people": (SampleHow.ROTATING, "size"),
    "rotating_percent": (SampleHow.ROTATING, "percent"),
}
_MOST_PEOPLE: Final = 1_000_000
_LONGEST_NAME: Final = 120
_LONGEST_RULE: Final = 400


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a field: its id on the page, and a stable word for it."""

    field: str
    code: str


class FormFaulty(Exception):
    """The fields make no plan; `faults` in the order of the page, one for each field."""

    def __init__(self, faults: list[Wrong]) -> None:
        super().__init__(", ".join(f"{each.field}: {each.code}" for each in faults))
        self.faults = faults


def typed(form: FormData) -> dict[str, str]:
    """What was typed and chosen, without spaces around it."""
    values = {name: _text(form, name) for name in _TYPED}
    values["purpose"] = _text(form, "purpose").replace("\r\n", "\n")
    for name in SEVERAL:
        values[name] = "\n".join(str(each) for each in form.getlist(name))
    return values


def blank(*, questionnaire: str = "", tomorrow: date) -> dict[str, str]:
    """The fields of a new campaign: what most want stands there already."""
    plan = CampaignPlan(
        key="new",
        questionnaire=questionnaire or "none",
        schedule=Schedule(start=datetime.combine(tomorrow, time(9))),
    )
    return values_of(plan) | {"questionnaire": questionnaire}


def values_of(plan: CampaignPlan) -> dict[str, str]:
    """A plan as the form shows it."""
    audience, schedule = plan.audience, plan.schedule
    reminders = [*map(str, plan.reminders), "", ""]
    sample = audience.sample
    return {
        "questionnaire": plan.questionnaire,
        "title": plan.title,
        "sender": plan.sender,
        "purpose": plan.purpose,
        "basis": plan.basis.value if plan.basis else "",
        "notice": plan.notice,
        "privacy": plan.privacy.value if plan.privacy else "",
        "units": "\n".join(audience.units),
        "kinds": "\n".join(audience.kinds),
        "roles": "\n".join(audience.roles),
        "attributes": "\n".join(
            f"{name}: {value}" for name, known in audience.attributes.items() for value in known
        ),
        "sample": _sample_word(sample),
        "sample_number": str(sample.size or sample.percent) if sample else "",
        "channels": ",".join(plan.channels),
        **_schedule_values(schedule),
        "when_closed": schedule.when_closed.value,
        "contact_percent": str(plan.contact_percent),
        "open_days": str(plan.open_days),
        "reminder_1": reminders[0],
        "reminder_2": reminders[1],
        "opens": f"{plan.hours.opens:%H:%M}",
        "until": f"{plan.hours.until:%H:%M}",
        "weekends": "yes" if plan.hours.weekends else "",
        "apart": str(plan.caps.days_between_surveys),
        "same_apart": str(plan.caps.days_before_same_survey),
    }


def plan_of(
    values: Values,
    *,
    key: str,
    before: CampaignPlan | None = None,
    now: datetime | None = None,
) -> CampaignPlan:
    """The plan that the fields make.

    Args:
        now: by the local clock of the plan; a first date before it is refused, unless it was
            there before.
        before: the plan that is edited; what the form does not show stays as it is there.

    Raises: FormFaulty.
    """
    read = _Reading(values)
    questionnaire = read.text("questionnaire", longest=64, required=True)
    title = read.text("title", longest=_LONGEST_NAME, required=True)
    made: dict[str, Any] = {
        "key": key,
        "questionnaire": questionnaire,
        "version": before.version if before and before.questionnaire == questionnaire else None,
        "title": title,
        "sender": read.text("sender", longest=_LONGEST_NAME),
        "purpose": read.text("purpose", longest=LONGEST_TEXT),
        "basis": read.one_of("basis", LawfulBasis),
        "notice": read.text("notice", longest=LONGEST_TEXT),
        "privacy": read.one_of("privacy", Privacy),
        "audience": _audience(read),
        "channels": CHANNELS.get(values.get("channels", ""), ()),
        "schedule": _schedule(read, before.schedule if before else None, now),
        "open_days": read.number("open_days", 1, 365),
        "reminders": _reminders(read),
        "hours": _hours(read),
        "caps": _caps(read),
        "contact_percent": read.number("contact_percent", 1, 100, empty=100),
    }
    if not made["channels"]:
        read.wrong("channels", "required")
    if read.faults:
        raise FormFaulty(list(read.faults.values()))
    try:
        return CampaignPlan(**made)
    except ValidationError as error:
        raise FormFaulty([_placed(each["loc"]) for each in error.errors()]) from error


@dataclass(slots=True)
class _Reading:
    """Fields read one after the other; the first fault of each is kept."""

    values: Values
    faults: dict[str, Wrong] = field(default_factory=dict)

    def wrong(self, name: str, code: str) -> None:
        self.faults.setdefault(name, Wrong(name, code))

    def get(self, name: str) -> str:
        return self.values.get(name, "").strip()

    def text(self, name: str, *, longest: int, required: bool = False) -> str:
        text = self.get(name)
        if required and not text:
            self.wrong(name, "required")
        if len(text) > longest:
            self.wrong(name, "too_long")
        if not all(sign.isprintable() or sign == "\n" for sign in text):
            self.wrong(name, "bad_sign")
        return text

    def one_of(self, name: str, known: Callable[[str], _T]) -> _T | None:
        text = self.get(name)
        if not text:
            return None
        try:
            return known(text)
        except ValueError:
            self.wrong(name, "choose")
            return None

    def number(self, name: str, least: int, most: int, *, empty: int | None = None) -> int:
        """A whole number; `least` where it is none, with the fault noted."""
        text = self.get(name).replace(",", "")
        if not text and empty is not None:
            return empty
        plain = text.removeprefix("-")
        if not (plain.isascii() and plain.isdigit() and len(plain) < 9):
            self.wrong(name, "number")
            return least
        if not least <= int(text) <= most:
            self.wrong(name, "range")
            return least
        return int(text)

    def time(self, name: str) -> time:
        """A time of day as "9:00" or "09:00"; midnight where it is none."""
        hour, _, minute = self.get(name).replace(".", ":").partition(":")
        if all(part.isascii() and part.isdigit() and len(part) <= 2 for part in (hour, minute)):
            with suppress(ValueError):
                return time(int(hour), int(minute))
        self.wrong(name, "time")
        return time(0)

    def day(self) -> date:
        """The first date; some day, with the fault noted, where the three fields are none."""
        parts = [self.get(name) for name in DATE]
        if all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
            with suppress(ValueError):
                day = date(int(parts[2]), int(parts[1]), int(parts[0]))
                if day.year >= 2000:
                    return day
        self.wrong("start-day", "day")
        return date(2099, 1, 1)


def _audience(read: _Reading) -> Audience:
    known: dict[str, tuple[str, ...]] = {}
    for line in read.get("attributes").split("\n"):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if name and colon and value:
            known[name] = (*known.get(name, ()), value)
    return Audience(
        units=_chosen(read, "units"),
        kinds=_chosen(read, "kinds"),
        roles=_chosen(read, "roles"),
        attributes=known,
        sample=_sample(read),
    )


def _chosen(read: _Reading, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, read.get(name).split("\n"))))


def _sample(read: _Reading) -> Sample | None:
    chosen = _SAMPLES.get(read.get("sample"))
    if chosen is None:
        return None
    how, measure = chosen
    most = _MOST_PEOPLE if measure == "size" else 99
    return Sample(how=how, **{measure: read.number("sample_number", 1, most)})


def _schedule(read: _Reading, before: Schedule | None, now: datetime | None) -> Schedule:
    when = read.get("when")
    closed = read.one_of("when_closed", WhenClosed) or WhenClosed.NEXT
    shared: dict[str, Any] = {
        "when_closed": closed,
        "timezone": before.timezone if before else None,
    }
    if when == AFTER_DATE:
        after = {
            "attribute": read.text("after_attribute", longest=64, required=True),
            "days": read.number("after_days", -3660, 3660),
        }
        at = read.time("at")
        return Schedule(after=AfterDate(**after | _filled(after)), at=at, **shared)
    if when == ON_CONTACT:
        return Schedule(on_contact=True, **shared)
    if when not in (ONCE, REPEATS):
        read.wrong("when", "required")
    start = datetime.combine(read.day(), read.time("start_time"))
    if now is not None and start <= now and (before is None or start != before.start):
        today = start.date() == now.date()
        read.wrong("start_time" if today else "start-day", "past")
    rule = _rule(read, start) if when == REPEATS else None
    return Schedule(start=start, rrule=rule, **shared)


def _filled(after: Mapping[str, Any]) -> dict[str, Any]:
    """The fault of an empty name is noted: anything may stand for it."""
    return {"attribute": after["attribute"][:64] or "-"}


def _rule(read: _Reading, start: datetime) -> str | None:
    repeat = read.one_of("repeat", Repeat)
    if repeat is None:
        read.wrong("repeat", "choose")
        return None
    if repeat is not Repeat.CUSTOM:
        times = read.number("times", 1, 1000, empty=0)
        return rule_for(repeat, start.date(), times=times or None)
    rule = read.text("rrule", longest=_LONGEST_RULE, required=True).removeprefix("RRULE:")
    try:
        rrulestr(rule, dtstart=start)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError):
        read.wrong("rrule", "rule")
    return rule[:_LONGEST_RULE] or None


def _reminders(read: _Reading) -> tuple[int, ...]:
    days = [
        read.number(name, 1, 365) for name in ("reminder_1", "reminder_2") if read.get(name) != ""
    ]
    if days != sorted(set(days)):
        read.wrong("reminder_2", "order")
    return tuple(sorted(set(days)))


def _hours(read: _Reading) -> Hours:
    opens, until = read.time("opens"), read.time("until")
    if opens >= until:
        read.wrong("until", "order")
        return Hours()
    return Hours(opens=opens, until=until, weekends=read.get("weekends") == "yes")


def _caps(read: _Reading) -> Caps:
    return Caps(
        days_between_surveys=read.number("apart", 0, 365),
        days_before_same_survey=read.number("same_apart", 0, 1095),
    )


def _schedule_values(schedule: Schedule) -> dict[str, str]:
    values = {
        **dict.fromkeys((*DATE, "rrule", "times", "after_attribute", "after_days"), ""),
        "start_time": "09:00",
        "repeat": Repeat.MONTHLY_WEEKDAY.value,
        "at": f"{schedule.at:%H:%M}",
        "when": ON_CONTACT,
    }
    if schedule.after:
        values |= {
            "when": AFTER_DATE,
            "after_attribute": schedule.after.attribute,
            "after_days": str(schedule.after.days),
        }
    if schedule.start:
        day = schedule.start.date()
        values |= dict(zip(DATE, map(str, (day.day, day.month, day.year)), strict=True))
        values |= {"when": ONCE, "start_time": f"{schedule.start:%H:%M}"}
        if schedule.rrule:
            repeat, times = repeat_of(schedule.rrule, day)
            values |= {"when": REPEATS, "repeat": repeat.value, "times": str(times or "")}
            values["rrule"] = schedule.rrule if repeat is Repeat.CUSTOM else ""
    return values


def _sample_word(sample: Sample | None) -> str:
    if sample is None:
        return ""
    return f"{sample.how.value}_{'people' if sample.size is not None else 'percent'}"


def _placed(place: tuple[int | str, ...]) -> Wrong:
    """A fault that only the plan itself knows, at the field that it belongs to."""
    name = str(place[0]) if place else "title"
    fields = {"schedule": "when", "audience": "units", "hours": "opens", "caps": "apart"}
    return Wrong(fields.get(name, name), "choose")


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""
