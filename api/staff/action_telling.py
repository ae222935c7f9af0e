"""/staff/actions/…/publish: telling what was done, and agreeing where many are told."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from analytics.figures import Figures
from api.staff.action_form import PATH, TITLE, workable
from api.staff.case_desk import Worker, looker_of
from api.staff.shell import Crumb
from api.staff.structure_words import number, revision_of
from api.web.results import result_of
from survey.domain.language import N_
from survey.errors import ActionRefused, ChangedMeanwhile

router = APIRouter(include_in_schema=False)

_ONE: Final = PATH + "/{action:uuid}"
_DIGITS: Final = 10
_REFUSED: Final[Mapping[str, str]] = {
    "same_person": "action_same_person",
    "too_many": "action_too_many",
}
_OTHERWISE: Final = "action_refused"


@router.get(_ONE + "/publish")
async def ask_to_publish(action: UUID, desk: Worker) -> Response:
    """What anybody will read, and how many will be told of it. Raises: NotFound."""
    one = await workable(action, desk)
    if one.told_at is not None:
        return desk.go(f"{PATH}/{action}", "action_refused")
    try:
        told = await desk.app.actions.will_be_told(action, looker_of(desk))
    except ActionRefused as refused:
        return desk.go(f"{PATH}/{action}", _REFUSED.get(refused.reason, _OTHERWISE))
    figures: Figures = desk.request.app.state.figures
    services, year_start = await desk.app.organisation.services(), desk.app.settings.year_start
    results = [
        (
            language,
            await result_of(
                one,
                figures,
                {each.key: each.called(language) for each in services},
                language,
                year_start,
            ),
        )
        for language in one.said
    ]
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
        results=results,
        path=f"{PATH}/{action}",
        counts=[(desk.say(words), number(count, desk)) for words, count in counts],
        told=told,
        approval_above=desk.app.settings.approval_above,
        own_proposal=one.proposed_by == str(desk.actor),
    )


@router.post(_ONE + "/publish")
async def publish(action: UUID, desk: Worker) -> Response:
    """Tell it, or where many are told propose that to somebody else. Raises: NotFound."""
    form = await desk.form()
    try:
        done = await desk.app.actions.publish(
            action, expected_revision=revision_of(form), looker=looker_of(desk), by=desk.actor
        )
    except ActionRefused as refused:
        return desk.go(f"{PATH}/{action}", _REFUSED.get(refused.reason, _OTHERWISE))
    except ChangedMeanwhile:
        return desk.go(f"{PATH}/{action}", _OTHERWISE)
    return desk.go(f"{PATH}/{action}", "action_published" if done.told_at else "action_proposed")


@router.post(_ONE + "/approve")
async def approve(action: UUID, desk: Worker) -> Response:
    """Agree to what somebody else wants to tell. Raises: NotFound."""
    form = await desk.form()
    typed = str(form.get("number") or "")
    try:
        await desk.app.actions.approve(
            action,
            expected_revision=revision_of(form),
            number=int(typed) if typed.isdecimal() and len(typed) < _DIGITS else -1,
            looker=looker_of(desk),
            by=desk.actor,
        )
    except ActionRefused as refused:
        return desk.go(f"{PATH}/{action}", _REFUSED.get(refused.reason, _OTHERWISE))
    except ChangedMeanwhile:
        return desk.go(f"{PATH}/{action}", _OTHERWISE)
    return desk.go(f"{PATH}/{action}", "action_published")
