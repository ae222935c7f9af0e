"""/staff/problems: what several reports have in common, planned downtime, and what sounds alike."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from api.staff.case_desk import PATH as CASES
from api.staff.case_desk import Names, Reader, Worker, looker_of, names_for
from api.staff.listing import Column, Link
from api.staff.matter_fields import (
    Wrong,
    faults_in_words,
    typed_of,
)
from api.staff.matters import services_for
from api.staff.problem_form import (
    PATH,
    STATES,
    TITLE,
    facts_of,
    fields_of,
    form_page,
    said_of,
    typed_from,
)
from api.staff.shell import Crumb, Desk
from api.staff.structure_words import conflict, number, revision_of
from survey.case_labels import STATES as CASE_STATES
from survey.domain.access import Action
from survey.domain.case_records import LinkKind, Problem
from survey.domain.cases import Case
from survey.domain.language import N_
from survey.errors import ChangedMeanwhile, FieldsRejected, NotFound
from survey.services.problems import Standing, Suggestion

router = APIRouter(include_in_schema=False)

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
        services=services_for(desk, names, Action.READ_CASES),
        suggested=[_suggestion(each, desk) for each in suggested],
        may_add=desk.caller.may(Action.WORK_CASES, service=service)
        or bool(services_for(desk, names, Action.WORK_CASES)),
    )


@router.get(PATH + "/add")
async def add_form(desk: Worker) -> Response:
    """Empty; `service` and `case` (several) in the address say what it is about."""
    query = desk.request.query_params
    typed = {"service": query.get("service", ""), "planned": query.get("planned", "")}
    return await form_page(desk, typed, cases=query.getlist("case"))


@router.post(PATH + "/add")
async def add(desk: Worker) -> Response:
    form = await desk.form()
    typed = typed_of(form, await fields_of(desk))
    cases = _cases_of(form)
    try:
        said = said_of(typed, await fields_of(desk), desk)
        made = await desk.app.problems.add(said, cases, looker=looker_of(desk), by=desk.actor)
    except (FieldsRejected, Wrong) as refused:
        return await form_page(desk, typed, cases=cases, faults=faults_in_words(refused, desk))
    return desk.go(f"{PATH}/{made.id}", "saved")


@router.get(_ONE)
async def problem_page(problem: UUID, desk: Reader) -> Response:
    """One with its reports, and with others that sound like it. Raises: NotFound."""
    looker = looker_of(desk)
    found = await desk.app.problems.get(problem, looker)
    one = found.problem
    names = await names_for(desk, [*found.cases, *found.alike], accounts=False)
    announced = await desk.app.announcing.last(problem=problem)
    actions = await desk.app.actions.about(LinkKind.PROBLEM, str(problem), looker)
    return desk.page(
        "staff/problem.html",
        one.title,
        crumbs=[Crumb(desk.say(TITLE), PATH)],
        problem=one,
        path=f"{PATH}/{problem}",
        facts=facts_of(one, names, desk, announced),
        cases=[_case(each, names, desk) for each in found.cases],
        more=found.more,
        schools=[names.unit(each) for each in found.schools],
        alike=[_case(each, names, desk) for each in found.alike],
        actions=[Link(each.title, f"/staff/actions/{each.id}") for each in actions],
        may_work=desk.caller.may(Action.WORK_CASES, service=one.service),
        told=desk.say(STATES[one.state]),
    )


@router.get(_ONE + "/edit")
async def edit_form(problem: UUID, desk: Worker) -> Response:
    found = await _workable(problem, desk)
    return await form_page(desk, typed_from(found, desk), one=found)


@router.post(_ONE + "/edit")
async def edit(problem: UUID, desk: Worker) -> Response:
    form = await desk.form()
    found = await _workable(problem, desk)
    fields = await fields_of(desk)
    typed = typed_of(form, fields)
    try:
        await desk.app.problems.change(
            problem,
            said_of(typed, fields, desk),
            expected_revision=revision_of(form),
            looker=looker_of(desk),
            by=desk.actor,
        )
    except (FieldsRejected, Wrong) as refused:
        faults = faults_in_words(refused, desk)
        return await form_page(desk, typed, one=found, faults=faults)
    except ChangedMeanwhile as overtaken:
        now = overtaken.now if isinstance(overtaken.now, Problem) else found
        return await form_page(desk, typed, one=now, faults=conflict(desk), status=409)
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


async def _workable(problem: UUID, desk: Desk) -> Problem:
    """Raises: NotFound."""
    found = await desk.app.problems.one(problem, looker_of(desk))
    desk.caller.require(Action.WORK_CASES, service=found.service)
    return found


def _cases_of(form: FormData) -> list[str]:
    """References that were ticked or typed, one after the other."""
    texts = [each for each in form.getlist("case") if isinstance(each, str)]
    return [word for text in texts for word in text.replace(",", " ").split()]


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
