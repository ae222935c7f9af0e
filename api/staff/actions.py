"""/staff/actions: what is done, by whom and until when, and telling it to those who asked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.staff.case_desk import PATH as CASES
from api.staff.case_desk import Names, Reader, Worker, looker_of, names_for
from api.staff.listing import Column, Link
from api.staff.matter_fields import (
    Field,
    Look,
    Typed,
    Wrong,
    as_typed,
    faults_in_words,
    times_of,
    typed_of,
)
from api.staff.problems import PATH as PROBLEMS
from api.staff.shell import Crumb, Desk, Fault
from api.staff.structure_words import conflict, number, revision_of
from api.web.results import STATES
from survey.domain.access import Action as Doing
from survey.domain.case_records import Action, ActionState, LinkKind
from survey.domain.language import N_
from survey.domain.problems import ActionSaid, is_overdue
from survey.errors import ActionRefused, ChangedMeanwhile, FieldsRejected, NotFound

PATH: Final = "/staff/actions"
TITLE: Final = N_("Actions")

router = APIRouter(include_in_schema=False)

_ONE: Final = PATH + "/{action:uuid}"
_TEXTS: Final = ("title", "service", "owner", "baseline", "expected", "realised", "meeting")
_LINKS: Final = {
    LinkKind.CASE: "cases",
    LinkKind.PROBLEM: "problems",
    LinkKind.MEASURE: "measures",
    LinkKind.QUESTION: "questions",
    LinkKind.GROUP: "groups",
}
_LANGUAGES: Final = ("en", "cy")


@router.get(PATH)
async def actions(desk: Reader) -> Response:
    """Those that are theirs, by the day on which they are due; overdue ones say so."""
    found = await desk.app.actions.listed(looker_of(desk))
    names = await names_for(desk, [], accounts=False)
    today = _today(desk)
    going = [each for each in found if each.state in (ActionState.PLANNED, ActionState.UNDER_WAY)]
    over = [each for each in found if each not in going]
    late = sum(is_overdue(each, today) for each in found)
    columns = (N_("Action"), N_("Service"), N_("Owner"), N_("Due"), N_("State"), N_("Told"))
    return desk.page(
        "staff/actions.html",
        desk.say(TITLE),
        columns=[Column(desk.say(each)) for each in columns],
        going=[_row(each, names, today, desk) for each in going],
        over=[_row(each, names, today, desk) for each in over],
        overdue=number(late, desk) if late else "",
        may_add=bool(_services(desk, names)),
    )


async def overdue(desk: Desk) -> int:
    """How many of those that are theirs have passed their day."""
    today = _today(desk)
    return sum(is_overdue(each, today) for each in await desk.app.actions.listed(looker_of(desk)))


@router.get(PATH + "/add")
async def add_form(desk: Worker) -> Response:
    """Empty; `service`, `problem` and `case` in the address say what it is about."""
    query = desk.request.query_params
    typed = {
        "service": query.get("service", ""),
        "problems": query.get("problem", ""),
        "cases": "\n".join(query.getlist("case")),
    }
    return await _form_page(desk, typed)


@router.post(PATH + "/add")
async def add(desk: Worker) -> Response:
    form = await desk.form()
    fields = await _fields(desk)
    typed = typed_of(form, fields)
    try:
        said = _said(typed, fields, desk)
        made = await desk.app.actions.add(said, looker=looker_of(desk), by=desk.actor)
    except (FieldsRejected, Wrong) as refused:
        return await _form_page(desk, typed, faults=faults_in_words(refused, desk))
    return desk.go(f"{PATH}/{made.id}", "saved")


@router.get(_ONE)
async def action_page(action: UUID, desk: Reader) -> Response:
    """Raises: NotFound."""
    one = await desk.app.actions.get(action, looker_of(desk))
    names = await names_for(desk, [], accounts=False)
    today = _today(desk)
    return desk.page(
        "staff/action.html",
        one.title,
        crumbs=[Crumb(desk.say(TITLE), PATH)],
        action=one,
        path=f"{PATH}/{action}",
        overdue=is_overdue(one, today),
        facts=await _facts(one, names, desk),
        may_work=desk.caller.may(Doing.WORK_CASES, service=one.service),
        may_tell=one.told_at is None and any(one.said.values()) and any(one.did.values()),
    )


@router.get(_ONE + "/edit")
async def edit_form(action: UUID, desk: Worker) -> Response:
    one = await _workable(action, desk)
    return await _form_page(desk, _as_typed(one, desk), one=one)


@router.post(_ONE + "/edit")
async def edit(action: UUID, desk: Worker) -> Response:
    form = await desk.form()
    one = await _workable(action, desk)
    fields = await _fields(desk)
    typed = typed_of(form, fields)
    try:
        await desk.app.actions.change(
            action,
            _kept(_said(typed, fields, desk), one),
            expected_revision=revision_of(form),
            looker=looker_of(desk),
            by=desk.actor,
        )
    except (FieldsRejected, Wrong) as refused:
        return await _form_page(desk, typed, one=one, faults=faults_in_words(refused, desk))
    except ChangedMeanwhile as overtaken:
        now = overtaken.now if isinstance(overtaken.now, Action) else one
        return await _form_page(desk, typed, one=now, faults=conflict(desk), status=409)
    return desk.go(f"{PATH}/{action}", "saved")


@router.get(_ONE + "/publish")
async def ask_to_publish(action: UUID, desk: Worker) -> Response:
    """What anybody will read, and how many will be told of it. Raises: NotFound."""
    one = await _workable(action, desk)
    told = await desk.app.actions.will_be_told(action, looker_of(desk))
    counts = [
        (N_("Told in their own report"), told.reporters),
        (N_("Told by e-mail: were asked, or are of a group named here"), told.people),
        (N_("Of these, told later: a letter about results leaves once in four weeks"), told.later),
        (N_("Cannot be reached; they can read it on the page of results"), told.unreached),
    ]
    return desk.page(
        "staff/action_publish.html",
        desk.say(N_("Tell what was done?")),
        crumbs=[Crumb(desk.say(TITLE), PATH), Crumb(one.title, f"{PATH}/{action}")],
        action=one,
        path=f"{PATH}/{action}",
        counts=[(desk.say(words), number(count, desk)) for words, count in counts],
    )


@router.post(_ONE + "/publish")
async def publish(action: UUID, desk: Worker) -> Response:
    """Raises: NotFound."""
    form = await desk.form()
    try:
        await desk.app.actions.publish(
            action, expected_revision=revision_of(form), looker=looker_of(desk), by=desk.actor
        )
    except (ActionRefused, ChangedMeanwhile):
        return desk.go(f"{PATH}/{action}", "action_refused")
    return desk.go(f"{PATH}/{action}", "action_published")


async def _workable(action: UUID, desk: Desk) -> Action:
    """Raises: NotFound."""
    one = await desk.app.actions.get(action, looker_of(desk))
    desk.caller.require(Doing.WORK_CASES, service=one.service)
    return one


def _today(desk: Desk) -> date:
    return desk.app.clock.now().astimezone(desk.app.settings.zone).date()


def _services(desk: Desk, names: Names) -> list[tuple[str, str]]:
    return [
        (key, name)
        for key, name in names.services.items()
        if desk.caller.may(Doing.WORK_CASES, service=key)
    ]


async def _fields(desk: Desk) -> list[Field]:
    names = await names_for(desk, [], accounts=False)
    problems = await desk.app.problems.listed(looker_of(desk), open_only=False)
    return [
        Field("title", N_("What is to be done")),
        Field("service", N_("Service"), Look.CHOICE, options=_services(desk, names)),
        Field("owner", N_("Who answers for it")),
        Field("due_on", N_("Due on"), Look.DAY),
        Field(
            "state",
            N_("State"),
            Look.CHOICE,
            options=[(state.value, desk.say(words)) for state, words in STATES.items()],
        ),
        Field("meeting", N_("Meeting that asked for it"), hint=N_("Where one did.")),
        Field("meeting_on", N_("Day of the meeting"), Look.DAY),
        Field("baseline", N_("How it was before"), Look.AREA),
        Field("expected", N_("What is expected of it"), Look.AREA),
        Field(
            "realised",
            N_("What came of it"),
            Look.AREA,
            hint=N_("Anybody reads it once this is told."),
        ),
        Field(
            "said_en",
            N_("You said"),
            Look.AREA,
            hint=N_("Anybody reads it. Name no school and no person."),
            language="en",
        ),
        Field("did_en", N_("We did"), Look.AREA, hint=N_("Anybody reads it."), language="en"),
        Field("said_cy", N_("You said, in Welsh"), Look.AREA, language="cy"),
        Field("did_cy", N_("We did, in Welsh"), Look.AREA, language="cy"),
        Field(
            "cases",
            N_("Reports that it is about"),
            Look.AREA,
            hint=N_("References such as P-4TK2. Their reporters are told."),
        ),
        Field(
            "problems",
            N_("Problem that it is about"),
            Look.CHOICE,
            hint=N_("Everybody who reports it is told."),
            options=[
                ("", desk.say(N_("None"))),
                *((str(each.problem.id), each.problem.title) for each in problems),
            ],
        ),
        Field(
            "measures",
            N_("Figures that it is about"),
            Look.AREA,
            hint=N_(
                "Such as service-satisfaction/satisfaction, one on each line. What is published of "
                "it stands beside, and who was asked in the last year is told by e-mail."
            ),
        ),
        Field(
            "questions",
            N_("Questions that it is about"),
            Look.AREA,
            hint=N_("Such as member-it/email_works. Who was asked is told by e-mail."),
        ),
        Field(
            "groups",
            N_("Groups that are told"),
            Look.AREA,
            hint=N_("Roles in the list of people, one on each line, such as schools forum."),
        ),
    ]


def _said(typed: Typed, fields: Sequence[Field], desk: Desk) -> ActionSaid:
    """Raises: Wrong."""
    days, _ = times_of(typed, fields, desk.app.settings.zone)
    due_on = days["due_on"]
    if due_on is None:
        raise Wrong([("due_on", "required")])
    state = typed["state"]
    return ActionSaid(
        **{name: typed[name] for name in _TEXTS},
        due_on=due_on,
        state=ActionState(state) if state in set(ActionState) else ActionState.PLANNED,
        meeting_on=days["meeting_on"],
        said={each: typed[f"said_{each}"] for each in _LANGUAGES},
        did={each: typed[f"did_{each}"] for each in _LANGUAGES},
        links=tuple(
            (kind, line.strip())
            for kind, name in _LINKS.items()
            for line in _lines(typed[name], words=kind is LinkKind.CASE)
        ),
    )


def _kept(said: ActionSaid, one: Action) -> ActionSaid:
    """With what the form does not ask for: the unit, and problems beside the one that it shows."""
    more = [each for each in one.links if each[0] is LinkKind.PROBLEM][1:]
    return replace(said, unit=one.unit, links=(*said.links, *more))


def _lines(text: str, *, words: bool) -> list[str]:
    found = text.replace(",", " ").split() if words else text.splitlines()
    return [each for each in found if each.strip()]


def _as_typed(one: Action, desk: Desk) -> Typed:
    zone = desk.app.settings.zone
    typed = {name: str(getattr(one, name)) for name in _TEXTS} | {"state": one.state.value}
    typed |= as_typed(one.due_on, "due_on", zone) | as_typed(one.meeting_on, "meeting_on", zone)
    for language in _LANGUAGES:
        typed[f"said_{language}"] = one.said.get(language, "")
        typed[f"did_{language}"] = one.did.get(language, "")
    for kind, name in _LINKS.items():
        keys = [key for each, key in one.links if each is kind]
        typed[name] = "\n".join(keys[:1] if kind is LinkKind.PROBLEM else keys)
    return typed


async def _form_page(
    desk: Desk,
    typed: Typed,
    *,
    one: Action | None = None,
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> Response:
    stands: Sequence[tuple[str, Any]] = ()
    if one is not None and status != 200:
        stands = await _facts(one, await names_for(desk, [], accounts=False), desk)
    crumbs = [Crumb(desk.say(TITLE), PATH)]
    crumbs += [Crumb(one.title, f"{PATH}/{one.id}")] if one else []
    return desk.page(
        "staff/matter_form.html",
        desk.say(N_("Change what is said of it") if one else N_("Plan an action")),
        crumbs=crumbs,
        faults=faults,
        status=status,
        caption=one.title if one else "",
        wrong={fault.field: fault.text for fault in faults},
        typed=typed,
        fields=await _fields(desk),
        stands=stands,
        revision=one.revision if one else None,
        explained="",
        kept=(),
        button=desk.say(N_("Save")),
        cancel=f"{PATH}/{one.id}" if one else PATH,
    )


def _row(one: Action, names: Names, today: date, desk: Desk) -> list[object]:
    state = desk.say(STATES[one.state])
    if is_overdue(one, today):
        state = desk.say(N_("{state}, overdue")).format(state=state)
    told = one.told_at or desk.say(N_("not yet"))
    return [
        Link(one.title, f"{PATH}/{one.id}"),
        names.service(one.service),
        one.owner,
        one.due_on,
        state,
        told,
    ]


async def _facts(one: Action, names: Names, desk: Desk) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        (N_("State"), desk.say(STATES[one.state])),
        (N_("Service"), names.service(one.service)),
        (N_("Who answers for it"), one.owner),
        (N_("Due on"), one.due_on),
        (N_("Meeting that asked for it"), one.meeting),
        (N_("Day of the meeting"), one.meeting_on),
        (N_("How it was before"), one.baseline),
        (N_("What is expected of it"), one.expected),
        (N_("What came of it"), one.realised),
        (N_("Done"), one.done_at),
        (N_("It is about"), [await _link(kind, key, desk) for kind, key in one.links] or None),
        (N_("Told"), one.told_at),
    ]
    return [(desk.say(name), value) for name, value in rows if value not in ("", None)]


async def _link(kind: LinkKind, key: str, desk: Desk) -> Link | str:
    if kind is LinkKind.CASE:
        return Link(key, f"{CASES}/{key}")
    if kind is LinkKind.PROBLEM:
        try:
            found = await desk.app.problems.get(UUID(key), looker_of(desk))
        except NotFound:
            return desk.say(N_("a problem of another service"))
        return Link(found.problem.title, f"{PROBLEMS}/{key}")
    if kind is LinkKind.GROUP:
        return desk.say(N_("the group {name}")).format(name=key)
    return key
