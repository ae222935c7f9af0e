"""/staff/actions: what is done, by whom and until when, and telling it to those who asked."""

from datetime import date
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.staff.action_form import (
    PATH,
    TITLE,
    facts_of,
    fields_of,
    form_page,
    kept_of,
    said_of,
    typed_from,
    workable,
)
from api.staff.campaign_people import names_of_actors
from api.staff.case_desk import Names, Reader, Worker, looker_of, names_for
from api.staff.listing import Column, Link
from api.staff.matter_fields import (
    Wrong,
    faults_in_words,
    typed_of,
)
from api.staff.matters import services_for
from api.staff.shell import Crumb, Desk, Fault
from api.staff.structure_words import CONFLICT, conflict, number, revision_of
from api.web.results import STATES
from survey.domain.access import Action as Doing
from survey.domain.case_records import Action, ActionState
from survey.domain.language import N_
from survey.domain.problems import is_overdue
from survey.errors import ActionRefused, ChangedMeanwhile, FieldsRejected

router = APIRouter(include_in_schema=False)

_ONE: Final = PATH + "/{action:uuid}"
_BEING_TOLD: Final = N_("It is being told just now. Wait until everybody was told, then change it.")


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
        may_add=bool(services_for(desk, names, Doing.WORK_CASES)),
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
    return await form_page(desk, typed)


@router.post(PATH + "/add")
async def add(desk: Worker) -> Response:
    form = await desk.form()
    fields = await fields_of(desk)
    typed = typed_of(form, fields)
    try:
        said = said_of(typed, fields, desk)
        made = await desk.app.actions.add(said, looker=looker_of(desk), by=desk.actor)
    except (FieldsRejected, Wrong) as refused:
        return await form_page(desk, typed, faults=faults_in_words(refused, desk))
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
        facts=await facts_of(one, names, desk, await desk.app.announcing.last(action=action)),
        may_work=desk.caller.may(Doing.WORK_CASES, service=one.service),
        proposer=await _proposer(one, desk),
        own_proposal=one.proposed_by == str(desk.actor),
        may_tell=one.told_at is None and any(one.said.values()) and any(one.did.values()),
    )


@router.get(_ONE + "/edit")
async def edit_form(action: UUID, desk: Worker) -> Response:
    one = await workable(action, desk)
    return await form_page(desk, typed_from(one, desk), one=one)


@router.post(_ONE + "/edit")
async def edit(action: UUID, desk: Worker) -> Response:
    form = await desk.form()
    one = await workable(action, desk)
    fields = await fields_of(desk)
    typed = typed_of(form, fields)
    try:
        await desk.app.actions.change(
            action,
            kept_of(said_of(typed, fields, desk), one),
            expected_revision=revision_of(form),
            looker=looker_of(desk),
            by=desk.actor,
        )
    except (FieldsRejected, Wrong) as refused:
        return await form_page(desk, typed, one=one, faults=faults_in_words(refused, desk))
    except ActionRefused:
        told = [Fault(CONFLICT, desk.say(_BEING_TOLD))]
        return await form_page(desk, typed, one=one, faults=told, status=409)
    except ChangedMeanwhile as overtaken:
        now = overtaken.now if isinstance(overtaken.now, Action) else one
        return await form_page(desk, typed, one=now, faults=conflict(desk), status=409)
    return desk.go(f"{PATH}/{action}", "saved")


async def _proposer(one: Action, desk: Desk) -> str:
    """Who waits for somebody else to agree; '' where nobody does."""
    if one.told_at is not None or one.proposed_by is None:
        return ""
    names = await names_of_actors(desk, [one.proposed_by])
    return names.get(one.proposed_by, desk.say(N_("Somebody")))


def _today(desk: Desk) -> date:
    return desk.app.clock.now().astimezone(desk.app.settings.zone).date()


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
