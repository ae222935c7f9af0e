"""/staff/services/…/promise: when a service works on reports, and how soon what happens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.responses import Response

from api.staff.case_words import options, when
from api.staff.services import PATH, crumbs_to
from api.staff.shell import Desk, Fault, staffed
from api.staff.structure_words import revision_of, spoken, text_of
from survey.case_labels import KINDS, PRIORITIES
from survey.domain.access import Action
from survey.domain.cases import CaseKind
from survey.domain.language import N_
from survey.domain.promises import Promise
from survey.domain.records import Service
from survey.domain.structure import only
from survey.errors import ChangedMeanwhile
from survey.services.promises import Promised

router = APIRouter(include_in_schema=False)

Editor = Annotated[Desk, Depends(staffed(Action.EDIT_SERVICES))]

STEPS: Final = ("acknowledge", "update", "fix")
DAYS: Final = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)

_SPARE: Final = 2
"""Empty rows for further cut-offs."""

_MOST_CUT_OFFS: Final = 12
_TEXTS: Final = ("urgent", "safeguarding")

_STEPS_SAID: Final[Mapping[str, str]] = {
    "acknowledge": N_("Acknowledged within"),
    "update": N_("News within"),
    "fix": N_("Fixed within"),
}
_HOURS: Final = N_("Give whole hours of work, from 1 to 2,000")
_WRONG: Final[Mapping[str, str]] = {
    "opens": N_("Give a time such as 09:00"),
    "until": N_("Give a time such as 17:00 that is later than the first"),
    "days": N_("Choose at least one day"),
    "name": N_("Give the cut-off a name of 120 characters or fewer"),
    "day": N_("Give a day of the month, from 1 to 31"),
    "at": N_("Give a time such as 12:00"),
    "kinds": N_("Choose at least one kind of report"),
    "urgent": N_("Make this 500 characters or fewer"),
    "safeguarding": N_("Make this 500 characters or fewer"),
}
_OVERTAKEN: Final = N_(
    "Somebody else changed this after you opened it. Nothing was overwritten. "
    "Saving replaces what they saved."
)


@dataclass(frozen=True, slots=True)
class Row:
    """A cut-off as it stands in the form; `number` counts from 0."""

    number: int
    name: str = ""
    day: str = ""
    at: str = "12:00"
    kinds: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        return not (self.name or self.day or self.kinds)


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it was typed."""

    opens: str
    until: str
    days: frozenset[str]
    times: Mapping[tuple[str, str], str]
    cut_offs: tuple[Row, ...]
    texts: Mapping[str, str]


@router.get(PATH + "/{service}/promise")
async def promise_form(service: str, desk: Editor) -> Response:
    one, known = await _editable(service, desk)
    promised = await desk.app.promises.get(service)
    return await _page(desk, one, known, promised, as_typed(promised.promise), promised.promise)


@router.post(PATH + "/{service}/promise")
async def promise(service: str, desk: Editor) -> Response:
    """Keep it, or (`do` is "preview") say what it would mean for a report made now."""
    form = await desk.form()
    one, known = await _editable(service, desk)
    typed, now = typed_in(form), await desk.app.promises.get(service)
    try:
        made = Promise.model_validate(as_plan(typed))
    except ValidationError as error:
        faults = faults_of(error, typed, desk)
        return await _page(desk, one, known, now, typed, None, faults, revision_of(form))
    if form.get("do") == "preview":
        return await _page(desk, one, known, now, typed, made, revision=revision_of(form))
    try:
        await desk.app.promises.put(
            service, made, expected_revision=revision_of(form), by=desk.actor
        )
    except ChangedMeanwhile:
        faults = [Fault("opens", desk.say(_OVERTAKEN))]
        return await _page(desk, one, known, now, typed, made, faults, status=409)
    return desk.go(f"{PATH}/{service}/promise", "promise_kept")


async def _editable(service: str, desk: Desk) -> tuple[Service, Sequence[Service]]:
    """Raises: NotFound."""
    desk.caller.require(Action.EDIT_SERVICES, service=service)
    known = spoken(await desk.app.organisation.services(), desk)
    return only(known, service), known


def as_typed(promise: Promise) -> Typed:
    """What stands, as somebody would type it, with room for more cut-offs."""
    cut_offs = [
        Row(
            number,
            each.name,
            str(each.day),
            each.at.isoformat("minutes"),
            frozenset(each.kinds),
        )
        for number, each in enumerate(promise.cut_offs)
    ]
    return Typed(
        opens=promise.opens.isoformat("minutes"),
        until=promise.until.isoformat("minutes"),
        days=frozenset(map(str, promise.days)),
        times={
            (priority.value, step): str(getattr(times, step))
            for priority, times in promise.times.items()
            for step in STEPS
        },
        cut_offs=_with_room(cut_offs),
        texts={name: getattr(promise, name) for name in _TEXTS},
    )


def typed_in(form: FormData) -> Typed:
    rows = [
        Row(
            number,
            text_of(form, f"cut-{number}-name"),
            text_of(form, f"cut-{number}-day"),
            text_of(form, f"cut-{number}-at"),
            frozenset(map(str, form.getlist(f"cut-{number}-kind"))),
        )
        for number in range(_MOST_CUT_OFFS)
    ]
    return Typed(
        opens=text_of(form, "opens"),
        until=text_of(form, "until"),
        days=frozenset(map(str, form.getlist("days"))),
        times={
            (priority.value, step): text_of(form, f"times-{priority.value}-{step}")
            for priority in PRIORITIES
            for step in STEPS
        },
        cut_offs=_with_room([row for row in rows if not row.empty]),
        texts={name: text_of(form, name) for name in _TEXTS},
    )


def as_plan(typed: Typed) -> dict[str, Any]:
    """What was typed as `Promise` takes it; rows that are empty are left out."""
    times: dict[str, dict[str, str]] = {}
    for (priority, step), hours in typed.times.items():
        times.setdefault(priority, {})[step] = hours
    return {
        "opens": typed.opens,
        "until": typed.until,
        "days": sorted(typed.days),
        "times": times,
        "cut_offs": [
            {"name": row.name, "day": row.day, "at": row.at, "kinds": sorted(row.kinds)}
            for row in typed.cut_offs
            if not row.empty
        ],
        **typed.texts,
    }


def faults_of(error: ValidationError, typed: Typed, desk: Desk) -> list[Fault]:
    """What is wrong, one for each field at most, in words."""
    found: dict[str, str] = {}
    kept = [row.number for row in typed.cut_offs if not row.empty]
    for each in error.errors():
        match each["loc"]:
            case ("times", priority, step, *_):
                found.setdefault(f"times-{priority}-{step}", _HOURS)
            case ("cut_offs", int(place), name, *_):
                field = "kind" if name == "kinds" else name
                found.setdefault(f"cut-{kept[place]}-{field}", _WRONG[str(name)])
            case (str(name), *_):
                found.setdefault(name, _WRONG[name])
            case _:
                found.setdefault("until", _WRONG["until"])
    return [Fault(field, desk.say(words)) for field, words in found.items()]


def _with_room(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Numbered anew, with empty ones at the end."""
    room = min(len(rows) + _SPARE, _MOST_CUT_OFFS)
    return tuple(
        replace(rows[number], number=number) if number < len(rows) else Row(number)
        for number in range(room)
    )


async def _means(service: str, promise: Promise, desk: Desk) -> list[tuple[str, list[str]]]:
    """(priority, when each step would be due) for a report that is made now."""
    async with desk.app.begin.read() as work:
        works = replace(await desk.app.timelines.works(work, service), promise=promise)
    now, zone = desk.app.clock.now(), desk.app.settings.zone

    def due(hours: int) -> str:
        at = works.after(now, hours)
        if at is None:
            return desk.say(N_("never: it is closed"))
        return when(at, now=now, zone=zone, say=desk.say, language=desk.language)

    return [
        (desk.say(words), [due(getattr(promise.times[priority], step)) for step in STEPS])
        for priority, words in PRIORITIES.items()
    ]


async def _page(
    desk: Desk,
    one: Service,
    known: Sequence[Service],
    promised: Promised,
    typed: Typed,
    meant: Promise | None,
    faults: Sequence[Fault] = (),
    revision: int | None = None,
    *,
    status: int = 200,
) -> Response:
    names = {each.key: each.name for each in known}
    return desk.page(
        "staff/service_promise.html",
        desk.say(N_("What %(service)s promises")) % {"service": one.name},
        crumbs=crumbs_to(one, known, desk, itself=True),
        faults=faults,
        status=status,
        typed=typed,
        own=promised.of == one.key,
        above=names.get(promised.of, ""),
        revision=promised.revision if revision is None else revision,
        days=[(str(number), desk.say(name)) for number, name in enumerate(DAYS, start=1)],
        priorities=options(PRIORITIES, desk),
        steps=[(step, desk.say(_STEPS_SAID[step])) for step in STEPS],
        kinds=[(each.value, desk.say(KINDS[each])) for each in CaseKind],
        means=await _means(one.key, meant, desk) if meant else [],
        action=f"{PATH}/{one.key}/promise",
        cancel=f"{PATH}/{one.key}",
    )
