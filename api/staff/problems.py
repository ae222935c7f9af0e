"""/staff/problems: what several reports have in common, planned downtime, and what sounds alike."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.datastructures import FormData
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
from api.staff.shell import Crumb, Desk, Fault
from api.staff.structure_words import conflict, number, revision_of
from survey.case_labels import STATES as CASE_STATES
from survey.domain.access import Action
from survey.domain.case_records import LinkKind, Problem, ProblemState
from survey.domain.cases import Case
from survey.domain.language import N_
from survey.domain.problems import ProblemSaid
from survey.errors import ChangedMeanwhile, FieldsRejected, NotFound
from survey.services.problems import ProblemFile, Standing, Suggestion

PATH: Final = "/staff/problems"
TITLE: Final = N_("Problems and planned downtime")

router = APIRouter(include_in_schema=False)

STATES: Final[Mapping[ProblemState, str]] = {
    ProblemState.OPEN: N_("Open"),
    ProblemState.WATCHED: N_("Being watched"),
    ProblemState.FIXED: N_("Fixed"),
}
_ONE: Final = PATH + "/{problem:uuid}"
_SHOWN_WORDS: Final = 160


@router.get(PATH)
async def problems(desk: Reader) -> Response:
    """All that are theirs; and of a service, which reports sound alike."""
    looker = looker_of(desk)
    service = desk.request.query_params.get("service", "")
    every = desk.request.query_params.get("all") == "1"
    standings = await desk.app.problems.listed(looker, open_only=not every)
    names = await names_for(desk, [], accounts=False)
    chosen = [each for each in standings if service in ("", each.problem.service)]
    suggested = await desk.app.problems.suggested(service, looker) if service else []
    return desk.page(
        "staff/problems.html",
        desk.say(TITLE),
        rows=[_row(each, names, desk) for each in chosen],
        columns=[
            Column(desk.say(N_("What"))),
            Column(desk.say(N_("Service"))),
            Column(desk.say(N_("State"))),
            Column(desk.say(N_("Schools and departments")), numeric=True),
            Column(desk.say(N_("Open reports")), numeric=True),
            Column(desk.say(N_("Next update"))),
        ],
        service=service,
        every=every,
        services=_services(desk, names, Action.READ_CASES),
        suggested=[_suggestion(each, desk) for each in suggested],
        may_add=desk.caller.may(Action.WORK_CASES, service=service)
        or bool(_services(desk, names, Action.WORK_CASES)),
    )


@router.get(PATH + "/add")
async def add_form(desk: Worker) -> Response:
    """Empty; `service` and `case` (several) in the address say what it is about."""
    query = desk.request.query_params
    typed = {"service": query.get("service", ""), "planned": query.get("planned", "")}
    return await _form_page(desk, typed, cases=query.getlist("case"))


@router.post(PATH + "/add")
async def add(desk: Worker) -> Response:
    form = await desk.form()
    typed = typed_of(form, await _fields(desk))
    cases = _cases_of(form)
    try:
        said = _said(typed, await _fields(desk), desk)
        made = await desk.app.problems.add(said, cases, looker=looker_of(desk), by=desk.actor)
    except (FieldsRejected, Wrong) as refused:
        return await _form_page(desk, typed, cases=cases, faults=faults_in_words(refused, desk))
    return desk.go(f"{PATH}/{made.id}", "saved")


@router.get(_ONE)
async def problem_page(problem: UUID, desk: Reader) -> Response:
    """One with its reports, and with others that sound like it. Raises: NotFound."""
    looker = looker_of(desk)
    found = await desk.app.problems.get(problem, looker)
    one = found.problem
    names = await names_for(desk, [*found.cases, *found.alike], accounts=False)
    actions = await desk.app.actions.about(LinkKind.PROBLEM, str(problem), looker)
    return desk.page(
        "staff/problem.html",
        one.title,
        crumbs=[Crumb(desk.say(TITLE), PATH)],
        problem=one,
        path=f"{PATH}/{problem}",
        facts=_facts(one, names, desk),
        cases=[_case(each, names, desk) for each in found.cases],
        schools=[names.unit(each) for each in found.schools],
        alike=[_case(each, names, desk) for each in found.alike],
        actions=[Link(each.title, f"/staff/actions/{each.id}") for each in actions],
        may_work=desk.caller.may(Action.WORK_CASES, service=one.service),
        told=desk.say(STATES[one.state]),
    )


@router.get(_ONE + "/edit")
async def edit_form(problem: UUID, desk: Worker) -> Response:
    found = await _workable(problem, desk)
    return await _form_page(desk, _as_typed(found.problem, desk), one=found.problem)


@router.post(_ONE + "/edit")
async def edit(problem: UUID, desk: Worker) -> Response:
    form = await desk.form()
    found = await _workable(problem, desk)
    fields = await _fields(desk)
    typed = typed_of(form, fields)
    try:
        await desk.app.problems.change(
            problem,
            _said(typed, fields, desk),
            expected_revision=revision_of(form),
            looker=looker_of(desk),
            by=desk.actor,
        )
    except (FieldsRejected, Wrong) as refused:
        faults = faults_in_words(refused, desk)
        return await _form_page(desk, typed, one=found.problem, faults=faults)
    except ChangedMeanwhile as overtaken:
        now = overtaken.now if isinstance(overtaken.now, Problem) else found.problem
        return await _form_page(desk, typed, one=now, faults=conflict(desk), status=409)
    return desk.go(f"{PATH}/{problem}", "saved")


@router.post(_ONE + "/cases")
async def link(problem: UUID, desk: Worker) -> Response:
    """Say that reports are of it: those that were ticked, and those that were typed."""
    form = await desk.form()
    references = _cases_of(form)
    try:
        await desk.app.problems.link(problem, references, looker=looker_of(desk), by=desk.actor)
    except NotFound:
        await _workable(problem, desk)
        return desk.go(f"{PATH}/{problem}", "problem_no_case")
    return desk.go(f"{PATH}/{problem}", "problem_linked", len(references))


@router.post(_ONE + "/cases/remove")
async def unlink(problem: UUID, desk: Worker) -> Response:
    """Take one out again. Raises: NotFound."""
    form = await desk.form()
    reference = str(form.get("case") or "")
    await desk.app.problems.unlink(problem, reference, looker=looker_of(desk), by=desk.actor)
    return desk.go(f"{PATH}/{problem}", "saved")


async def _workable(problem: UUID, desk: Desk) -> ProblemFile:
    """Raises: NotFound."""
    found = await desk.app.problems.get(problem, looker_of(desk))
    desk.caller.require(Action.WORK_CASES, service=found.problem.service)
    return found


def _cases_of(form: FormData) -> list[str]:
    """References that were ticked or typed, one after the other."""
    texts = [each for each in form.getlist("case") if isinstance(each, str)]
    return [word for text in texts for word in text.replace(",", " ").split()]


def _services(desk: Desk, names: Names, action: Action) -> list[tuple[str, str]]:
    return [
        (key, name) for key, name in names.services.items() if desk.caller.may(action, service=key)
    ]


async def _fields(desk: Desk) -> list[Field]:
    names = await names_for(desk, [], accounts=False)
    return [
        Field("title", N_("What it is"), hint=N_("Such as: Payslips are missing on the portal.")),
        Field(
            "service",
            N_("Service"),
            Look.CHOICE,
            options=_services(desk, names, Action.WORK_CASES),
        ),
        Field("system", N_("System"), hint=N_("Where one is concerned. You may leave it empty.")),
        Field(
            "state",
            N_("State"),
            Look.CHOICE,
            hint=N_("When it is fixed, everybody who reports it is asked whether it is."),
            options=[(state.value, desk.say(words)) for state, words in STATES.items()],
        ),
        Field(
            "planned",
            N_("Kind"),
            Look.CHOICE,
            options=[
                ("", desk.say(N_("A problem"))),
                ("1", desk.say(N_("Planned downtime"))),
            ],
        ),
        Field(
            "told",
            N_("What anybody may read of it"),
            Look.AREA,
            hint=N_(
                "It stands on the page of known problems, and whoever reports it is told once. "
                "Empty, it is not there. Name no school and no person."
            ),
        ),
        Field("update_by", N_("Next update by"), Look.MOMENT),
        Field("begins_at", N_("Downtime begins"), Look.MOMENT),
        Field("ends_at", N_("Downtime ends"), Look.MOMENT),
        Field("owner", N_("Who answers for it")),
        Field("cause", N_("Cause"), Look.AREA, hint=N_("Only staff read it.")),
        Field("plan", N_("Plan"), Look.AREA, hint=N_("Only staff read it.")),
        Field("milestone", N_("Next milestone")),
        Field("milestone_on", N_("Milestone due on"), Look.DAY),
    ]


def _said(typed: Typed, fields: Sequence[Field], desk: Desk) -> ProblemSaid:
    """Raises: Wrong."""
    days, moments = times_of(typed, fields, desk.app.settings.zone)
    texts = ("title", "service", "system", "told", "owner", "cause", "plan", "milestone")
    state = typed["state"]
    planned = typed["planned"] == "1"
    return ProblemSaid(
        **{name: typed[name] for name in texts},
        state=ProblemState(state) if state in set(ProblemState) else ProblemState.OPEN,
        planned=planned,
        milestone_on=days["milestone_on"],
        update_by=moments["update_by"],
        begins_at=moments["begins_at"] if planned else None,
        ends_at=moments["ends_at"] if planned else None,
    )


def _as_typed(one: Problem, desk: Desk) -> Typed:
    zone = desk.app.settings.zone
    texts = ("title", "service", "system", "told", "owner", "cause", "plan", "milestone")
    typed = {name: str(getattr(one, name)) for name in texts}
    typed |= {"state": one.state.value, "planned": "1" if one.planned else ""}
    for name in ("milestone_on", "update_by", "begins_at", "ends_at"):
        typed |= as_typed(getattr(one, name), name, zone)
    return typed


async def _form_page(
    desk: Desk,
    typed: Typed,
    *,
    one: Problem | None = None,
    cases: Sequence[str] = (),
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> Response:
    stands: Sequence[tuple[str, Any]] = ()
    if one is not None and status != 200:
        stands = _facts(one, await names_for(desk, [], accounts=False), desk)
    crumbs = [Crumb(desk.say(TITLE), PATH)]
    crumbs += [Crumb(one.title, f"{PATH}/{one.id}")] if one else []
    new = N_("Plan downtime") if typed.get("planned") else N_("Note a problem")
    explained = N_("Reports that become part of it: {cases}.")
    return desk.page(
        "staff/matter_form.html",
        desk.say(N_("Change what is said of it") if one else new),
        crumbs=crumbs,
        faults=faults,
        status=status,
        caption=one.title if one else "",
        wrong={fault.field: fault.text for fault in faults},
        typed=typed,
        fields=await _fields(desk),
        stands=stands,
        revision=one.revision if one else None,
        explained=desk.say(explained).format(cases=", ".join(cases)) if cases else "",
        kept=[("case", each) for each in cases],
        button=desk.say(N_("Save")),
        cancel=f"{PATH}/{one.id}" if one else PATH,
    )


def _row(standing: Standing, names: Names, desk: Desk) -> list[object]:
    one = standing.problem
    state = desk.say(N_("Planned downtime")) if one.planned else desk.say(STATES[one.state])
    if one.recurrences:
        again = desk.say(N_("came back: {number}")).format(number=number(one.recurrences, desk))
        state = f"{state}, {again}"
    return [
        Link(one.title, f"{PATH}/{one.id}"),
        names.service(one.service),
        state,
        standing.schools,
        standing.open_cases,
        one.begins_at if one.planned else one.update_by,
    ]


def _facts(one: Problem, names: Names, desk: Desk) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        (N_("State"), desk.say(STATES[one.state])),
        (N_("Service"), names.service(one.service)),
        (N_("System"), one.system),
        (N_("What anybody may read of it"), one.told),
        (N_("Last told"), one.told_at),
        (N_("Next update by"), one.update_by),
        (N_("Downtime begins"), one.begins_at),
        (N_("Downtime ends"), one.ends_at),
        (N_("Who answers for it"), one.owner),
        (N_("Cause"), one.cause),
        (N_("Plan"), one.plan),
        (N_("Next milestone"), one.milestone),
        (N_("Milestone due on"), one.milestone_on),
        (N_("Fixed"), one.fixed_at),
        (N_("Came back after it was fixed"), one.recurrences or None),
    ]
    return [(desk.say(name), value) for name, value in rows if value not in ("", None)]


def _case(case: Case, names: Names, desk: Desk) -> dict[str, object]:
    return {
        "reference": case.reference,
        "href": f"{CASES}/{case.reference}",
        "unit": names.unit(case.unit) if case.unit else desk.say(N_("School not known")),
        "state": desk.say(CASE_STATES[case.state]),
        "at": case.opened_at,
    }


def _suggestion(group: Suggestion, desk: Desk) -> dict[str, object]:
    return {
        "words": ", ".join(group.words),
        "cases": [
            {
                "reference": case.reference,
                "href": f"{CASES}/{case.reference}",
                "text": group.texts.get(case.id, "")[:_SHOWN_WORDS],
                "language": case.language if case.language != desk.language else "",
            }
            for case in group.cases
        ],
        "add": "&".join(f"case={case.reference}" for case in group.cases),
    }
