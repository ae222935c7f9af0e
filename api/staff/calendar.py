"""/staff/calendar: on which days nothing is sent, by month, and pauses of all sending."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import Response

from api.staff.calendar_words import KINDS, days_in_words, nothing_sent, pause_span
from api.staff.shell import Crumb, Desk, Fault, staffed
from api.staff.structure_words import text_of
from api.staff.tree import options
from survey.domain.access import Action
from survey.domain.calendar import add_months
from survey.domain.closures import ClosedSpan, spans_of
from survey.domain.language import N_, month_in_words
from survey.domain.local_time import local_of, typed_moment
from survey.domain.open_hours import bank_holiday
from survey.domain.waves import PauseKind
from survey.errors import FieldsRejected, NotFound

PATH: Final = "/staff/calendar"

router = APIRouter(include_in_schema=False)

Looker = Annotated[Desk, Depends(staffed(Action.READ_CAMPAIGNS))]
Runner = Annotated[Desk, Depends(staffed(Action.RUN_CAMPAIGNS))]

_TITLE: Final = N_("Calendar")
_MONTHS: Final = 12
_DATE: Final = ("day", "month", "year")

_WRONG: Final[Mapping[tuple[str, str], str]] = {
    ("unit", "no_unit"): N_("Choose a school, department or team"),
    ("name", "required"): N_("Enter a reason"),
    ("name", "too_long"): N_("Make the reason 120 characters or fewer"),
    ("name", "bad_sign"): N_("Take out the sign that cannot be printed"),
    ("day", "day"): N_("Enter a real first day, such as 26 10 2026"),
    ("until", "day"): N_("Enter a real last day, such as 30 10 2026"),
    ("until", "order"): N_("The last day is before the first"),
    ("until", "too_long"): N_("Choose 366 days or fewer"),
    ("begins", "date"): N_("Enter a real day to start on, such as 22 3 2027, or none"),
    ("begins", "time"): N_("Enter the time to start as hours and minutes, such as 09:00"),
    ("ends", "date"): N_("Enter a real day to end on, such as 6 5 2027, or none"),
    ("ends", "time"): N_("Enter the time to end as hours and minutes, such as 17:00"),
    ("ends", "order"): N_("The pause has to end after it starts"),
}
"""By field and code, in the order in which a form has them."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One entry of a month: when, why, for whom; `span` where it can be taken back."""

    first: date
    when: str
    name: str
    whom: str
    span: ClosedSpan | None = None


# --- looking ---


@router.get(PATH)
async def calendar(desk: Looker) -> Response:
    """The pauses that hold or are to come, and the closed days of a year from now."""
    zone, now = desk.app.settings.zone, desk.app.clock.now()
    today = local_of(now, zone).date()
    end = add_months(today.replace(day=1), _MONTHS)
    closures = await desk.app.calendar.closures(since=today, until=end - timedelta(days=1))
    names = {each.key: each.name for each in await desk.app.organisation.units()}
    lines = [_of_span(span, names, desk) for span in spans_of(closures)]
    lines += _bank_holidays(today, end, desk)
    pauses = await desk.app.calendar.pauses()
    return desk.page(
        "staff/calendar.html",
        desk.say(_TITLE),
        banner=nothing_sent(pauses, now=now, zone=zone, say=desk.say, language=desk.language),
        pauses=[
            (
                each,
                desk.say(KINDS[each.kind]),
                pause_span(each, zone=zone, say=desk.say, language=desk.language),
            )
            for each in pauses
        ],
        months=_by_month(lines, desk.language),
        may_change=desk.caller.may(Action.RUN_CAMPAIGNS),
        path=PATH,
    )


def _of_span(span: ClosedSpan, names: Mapping[str, str], desk: Desk) -> _Line:
    whom = names.get(span.unit, span.unit) if span.unit else _everybody(desk)
    when = days_in_words(span.first, span.last, say=desk.say, language=desk.language)
    return _Line(span.first, when, span.name, whom, span)


def _bank_holidays(today: date, end: date, desk: Desk) -> list[_Line]:
    nation = desk.app.settings.nation
    days = (today + timedelta(days=each) for each in range((end - today).days))
    return [
        _Line(
            day,
            days_in_words(day, day, say=desk.say, language=desk.language),
            desk.say(name),
            desk.say(N_("Bank holiday")),
        )
        for day in days
        if (name := bank_holiday(day, nation))
    ]


def _by_month(lines: Sequence[_Line], language: str) -> list[tuple[str, list[_Line]]]:
    months: dict[str, list[_Line]] = {}
    for line in sorted(lines, key=lambda each: (each.first, each.whom, each.name)):
        months.setdefault(month_in_words(line.first, language), []).append(line)
    return list(months.items())


def _everybody(desk: Desk) -> str:
    return desk.say(N_("All schools and departments"))


# --- closed days ---


@router.get(f"{PATH}/closures/add")
async def closure_form(desk: Runner) -> Response:
    return await _closure_page(desk, {})


@router.post(f"{PATH}/closures/add")
async def add_closure(desk: Runner) -> Response:
    form = await desk.form()
    typed = {name: text_of(form, name) for name in ("name", "unit", *_parts("day", "until"))}
    first = _day(form, "day")
    last = _day(form, "until") if any(typed[each] for each in _parts("until")) else first
    wrong = [(field, "day") for field, day in (("day", first), ("until", last)) if day is None]
    if first is None and not any(typed[each] for each in _parts("until")):
        wrong = [("day", "day")]
    try:
        if first is not None and last is not None:
            span = ClosedSpan(first, last, typed["unit"], typed["name"])
            changed = await desk.app.calendar.close(span, by=desk.actor)
            return desk.go(PATH, "closures_added", changed)
        wrong += [] if typed["name"] else [("name", "required")]
    except FieldsRejected as rejected:
        wrong = [(fault.path[0], fault.code) for fault in rejected.faults]
    return await _closure_page(desk, typed, _faults(wrong, desk))


@router.post(f"{PATH}/closures/remove")
async def remove_closure(desk: Runner) -> Response:
    """Raises: NotFound, where there is no such closure any more."""
    form = await desk.form()
    try:
        first, last = (date.fromisoformat(text_of(form, name)) for name in ("first", "last"))
    except ValueError as error:
        raise NotFound("closure") from error
    removed = await desk.app.calendar.open_again(first, last, text_of(form, "unit"), by=desk.actor)
    return desk.go(PATH, "closures_removed", removed)


async def _closure_page(
    desk: Desk, typed: Mapping[str, str], faults: Sequence[Fault] = ()
) -> Response:
    return desk.page(
        "staff/calendar_closure.html",
        desk.say(N_("Add closed days")),
        crumbs=[Crumb(desk.say(_TITLE), PATH)],
        faults=faults,
        wrong=_by_field(faults),
        typed=typed,
        units=[("", _everybody(desk)), *options(await desk.app.organisation.units())],
        cancel=PATH,
    )


# --- pauses ---


@router.get(f"{PATH}/pauses/add")
async def pause_form(desk: Runner) -> Response:
    return _pause_page(desk, {})


@router.post(f"{PATH}/pauses/add")
async def add_pause(desk: Runner) -> Response:
    """It acts from this moment on, also on what is about to leave."""
    form = await desk.form()
    zone = desk.app.settings.zone
    fields = ("name", "kind", "begins-time", "ends-time", *_parts("begins", "ends"))
    typed = {name: text_of(form, name) for name in fields}
    begins, wrong = _moment(typed, form, "begins", zone)
    ends, more = _moment(typed, form, "ends", zone)
    wrong += more
    if not wrong:
        kind = PauseKind(typed["kind"]) if typed["kind"] in set(PauseKind) else PauseKind.OTHER
        try:
            await desk.app.calendar.pause(
                kind=kind, name=typed["name"], begins_at=begins, ends_at=ends, by=desk.actor
            )
        except FieldsRejected as rejected:
            renamed = {"until": "ends"}
            wrong = [
                (renamed.get(each.path[0], each.path[0]), each.code) for each in rejected.faults
            ]
        else:
            return desk.go(PATH, "pause_started")
    elif not typed["name"]:
        wrong.append(("name", "required"))
    return _pause_page(desk, typed, _faults(wrong, desk))


@router.get(f"{PATH}/pauses/{{pause}}/end")
async def ask_to_end(pause: UUID, desk: Runner) -> Response:
    """What ending it means. Raises: NotFound."""
    found = next((each for each in await desk.app.calendar.pauses() if each.id == pause), None)
    if found is None:
        raise NotFound("pause")
    return desk.page(
        "staff/calendar_end.html",
        desk.say(N_("End the pause “{name}”?")).format(name=found.name),
        crumbs=[Crumb(desk.say(_TITLE), PATH)],
        holds=found.begins_at <= desk.app.clock.now(),
        action=f"{PATH}/pauses/{pause}/end",
        cancel=PATH,
    )


@router.post(f"{PATH}/pauses/{{pause}}/end")
async def end_pause(pause: UUID, desk: Runner) -> Response:
    """Raises: NotFound."""
    await desk.form()
    await desk.app.calendar.end_pause(pause, by=desk.actor)
    return desk.go(PATH, "pause_ended")


def _pause_page(desk: Desk, typed: Mapping[str, str], faults: Sequence[Fault] = ()) -> Response:
    return desk.page(
        "staff/calendar_pause.html",
        desk.say(N_("Start a pause")),
        crumbs=[Crumb(desk.say(_TITLE), PATH)],
        faults=faults,
        wrong=_by_field(faults),
        typed=typed,
        kinds=[(kind.value, desk.say(words)) for kind, words in KINDS.items()],
        cancel=PATH,
    )


# --- what was typed ---


def _parts(*fields: str) -> list[str]:
    return [f"{field}-{part}" for field in fields for part in _DATE]


def _day(form: FormData, field: str) -> date | None:
    day, month, year = (text_of(form, name) for name in _parts(field))
    if all(part.isascii() and part.isdigit() and len(part) <= 4 for part in (day, month, year)):
        with suppress(ValueError):
            return date(int(year), int(month), int(day))
    return None


def _moment(
    typed: Mapping[str, str], form: FormData, field: str, zone: ZoneInfo
) -> tuple[datetime | None, list[tuple[str, str]]]:
    """What was typed as a day, perhaps with a time of it; no day is None, and no fault."""
    clock = typed[f"{field}-time"]
    if not any(typed[each] for each in _parts(field)):
        return None, [(field, "date")] if clock else []
    if (day := _day(form, field)) is None:
        return None, [(field, "date")]
    written = f"{day.isoformat()} {clock.zfill(5)}" if clock else day.isoformat()
    found = typed_moment(written, zone, whole_day=field == "ends")
    return found, [] if found else [(field, "time")]


def _faults(wrong: Sequence[tuple[str, str]], desk: Desk) -> list[Fault]:
    """One for each field at most, as the form has them; a date's is told at its first part."""
    found: dict[str, Fault] = {}
    for field, code in sorted(wrong, key=list(_WRONG).index):
        dated = field in ("day", "until", "begins", "ends") and code != "time"
        place = f"{field}-time" if code == "time" else f"{field}-day" if dated else field
        found.setdefault(field, Fault(place, desk.say(_WRONG[field, code])))
    return list(found.values())


def _by_field(faults: Sequence[Fault]) -> dict[str, str]:
    return {fault.field: fault.text for fault in faults}
