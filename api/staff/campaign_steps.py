"""Pausing, resuming, stopping and closing a campaign; a second click changes nothing, and says so.

Pausing works at once, for whoever is in a hurry; what cannot be taken back is asked first.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import Response

from api.staff.campaign_changes import crumbs_to
from api.staff.campaigns import PATH, address_of, title_of
from api.staff.shell import Desk, staffed
from api.staff.structure_words import number
from survey.domain.access import Action
from survey.domain.language import N_
from survey.domain.preview import Done, Status
from survey.domain.waves import InvitationState
from survey.errors import CampaignRefused, NotFound

router = APIRouter(include_in_schema=False)

Runner = Annotated[Desk, Depends(staffed(Action.RUN_CAMPAIGNS))]


@dataclass(frozen=True, slots=True)
class _Step:
    """What a button does, what the next page says then, and what it says of a second click."""

    do: Callable[[Desk, str], Awaitable[Done]]
    said: str
    before: str


@dataclass(frozen=True, slots=True)
class _Ending:
    """What is asked on a page of its own: `{unsent}` messages wait."""

    title: str
    button: str
    consequences: tuple[str, ...]


_STEPS: Final[Mapping[str, _Step]] = {
    "pause": _Step(
        lambda desk, key: desk.app.campaigns.pause(key, by=desk.actor),
        "campaign_paused",
        "campaign_paused_before",
    ),
    "resume": _Step(
        lambda desk, key: desk.app.campaigns.resume(key, by=desk.actor),
        "campaign_resumed",
        "campaign_resumed_before",
    ),
    "stop": _Step(
        lambda desk, key: desk.app.campaigns.stop(key, by=desk.actor),
        "campaign_stopped",
        "campaign_stopped_before",
    ),
    "close": _Step(
        lambda desk, key: desk.app.campaigns.close(key, by=desk.actor),
        "campaign_closed",
        "campaign_closed_before",
    ),
}

_ENDINGS: Final[Mapping[str, _Ending]] = {
    "stop": _Ending(
        N_("Stop this campaign?"),
        N_("Yes, stop it"),
        (
            N_("Messages that have not left are never sent: %(unsent)s."),
            N_("Nobody can answer any more, also who has begun. What was sent in counts."),
            N_("No further date is to come. A stopped campaign cannot be started again."),
        ),
    ),
    "close": _Ending(
        N_("Close this campaign?"),
        N_("Yes, close it"),
        (
            N_("It ends as if its last day were over. What was sent in counts."),
            N_("Messages that have not left are never sent: %(unsent)s."),
            N_("No further date is to come. A closed campaign cannot be started again."),
        ),
    ),
}


@router.get(PATH + "/{campaign}/stop")
@router.get(PATH + "/{campaign}/close")
async def ask(campaign: str, desk: Runner) -> Response:
    """What ending it would do, in numbers."""
    status = await desk.app.campaigns.status(campaign)
    if status.campaign.state.over:
        return desk.go(address_of(campaign))
    ending = _ENDINGS[_name(desk)]
    told = {"unsent": number(_unsent(status), desk)}
    return desk.page(
        "staff/campaign_end.html",
        desk.say(ending.title),
        crumbs=crumbs_to(status.campaign, desk),
        name=title_of(status.campaign),
        consequences=[desk.say(each) % told for each in ending.consequences],
        button=desk.say(ending.button),
        here=f"{address_of(campaign)}/{_name(desk)}",
        back=address_of(campaign),
    )


@router.post(PATH + "/{campaign}/pause")
@router.post(PATH + "/{campaign}/resume")
@router.post(PATH + "/{campaign}/stop")
@router.post(PATH + "/{campaign}/close")
async def do(campaign: str, desk: Runner) -> Response:
    await desk.form()
    step = _STEPS[_name(desk)]
    try:
        done = await step.do(desk, campaign)
    except CampaignRefused:
        return desk.go(address_of(campaign), "campaign_refused")
    return desk.go(address_of(campaign), step.said if done.changed else step.before)


@router.post(PATH + "/{campaign}/replay")
async def replay(campaign: str, desk: Runner) -> Response:
    """Try again what failed: one message, or all of a reason. Raises: NotFound."""
    form = await desk.form()
    status = await desk.app.campaigns.status(campaign)
    wanted = str(form.get("wave") or "")
    wave = next((each.wave for each in status.waves if str(each.wave.number) == wanted), None)
    if wave is None:
        raise NotFound("wave")
    tried = await desk.app.undelivered.replay(
        wave.key, by=desk.actor, delivery=_delivery(form), reason=_reason(form)
    )
    said = "campaign_replayed" if tried else "campaign_replayed_before"
    return desk.go(f"{address_of(campaign)}?wave={wave.number}", said, tried)


def _delivery(form: FormData) -> UUID | None:
    """Raises: NotFound, for what is no message of ours."""
    named = form.get("delivery")
    if named is None:
        return None
    try:
        return UUID(str(named))
    except ValueError:
        raise NotFound("delivery") from None


def _reason(form: FormData) -> str | None:
    named = form.get("reason")
    return named if isinstance(named, str) else None


def _name(desk: Desk) -> str:
    return desk.request.url.path.rpartition("/")[2]


def _unsent(status: Status) -> int:
    waiting = (InvitationState.WAITING, InvitationState.HELD)
    return sum(
        each.standing.states.get(state, 0)
        for each in status.waves
        if each.wave.state.takes_answers
        for state in waiting
    )
