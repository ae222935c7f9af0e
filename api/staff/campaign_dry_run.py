"""A dry run: the plan played with simulated people, shown as a page that is clearly not real."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from api.staff.campaign_changes import crumbs_to
from api.staff.campaign_launch import Runner
from api.staff.campaign_plan import plan_page
from api.staff.campaign_words import CHANNELS, INVITATIONS
from api.staff.campaigns import PATH, address_of, title_of
from api.staff.dry_runs import DryRuns, Run, Stage
from api.staff.shell import Desk, Fault
from bot.dry_run import DryRun
from survey.domain.language import N_, moment_in_short, moment_in_words
from survey.domain.waves import Campaign, InvitationState
from survey.errors import Busy

router = APIRouter(include_in_schema=False)

_TITLE: Final = N_("Dry run: nothing of this is real")
_PLAYING: Final = N_("Playing a dry run")
_LOOK_AGAIN_SECONDS: Final = 2
_MOST_DIGITS: Final = 10
"""Of a moment in seconds since 1970."""

_BUSY: Final = N_("Other dry runs are waiting for their turn. Try again in a minute")
_FAILED: Final = N_("The dry run could not be played. Nothing was changed. Try again")
_IMPOSSIBLE: Final = N_(
    "A dry run needs a survey that is published, and a school or department that fits"
)


@router.post(PATH + "/{campaign}/dry-run")
async def play(campaign: str, desk: Runner) -> Response:
    """Begin to play the plan with simulated people; of what is real, nothing is changed."""
    await desk.form()
    found = await desk.app.campaigns.get(campaign)
    try:
        run = _runs(desk).begin(found.plan, by=str(desk.actor))
    except Busy:
        return await _busy(desk, found)
    return desk.go(_address(run))


@router.get(PATH + "/{campaign}/dry-run")
async def show(campaign: str, desk: Runner) -> Response:
    """How far it is, then what came of it; the plan where there is none any more.

    One that another process plays, or played before this one started, is played here as well.
    """
    found = await desk.app.campaigns.get(campaign)
    runs = _runs(desk)
    run = runs.find(campaign, by=str(desk.actor))
    if run is None and runs.is_kept(_begun_at(desk)):
        try:
            run = runs.begin(found.plan, by=str(desk.actor))
        except Busy:
            return await _busy(desk, found)
    if run is None:
        return desk.go(f"{address_of(campaign)}/plan")
    if run.under_way:
        return _playing(run, found, desk)
    if run.result is None:
        words = _IMPOSSIBLE if run.stage is Stage.IMPOSSIBLE else _FAILED
        return await plan_page(desk, found, [Fault("dry-run", desk.say(words))])
    played = run.result
    return desk.page(
        "staff/campaign_dry_run.html",
        desk.say(_TITLE),
        crumbs=crumbs_to(found, desk),
        name=title_of(found),
        played=played,
        columns=_columns(played, desk),
        rows=_rows(played, desk),
        messages=_messages(played, desk),
        back=f"{address_of(campaign)}/plan",
    )


async def _busy(desk: Desk, campaign: Campaign) -> Response:
    return await plan_page(desk, campaign, [Fault("dry-run", desk.say(_BUSY))], status=503)


def _address(run: Run) -> str:
    """It says when it was begun, for processes that do not know it."""
    return f"{address_of(run.campaign)}/dry-run?begun={int(run.begun_at.timestamp())}"


def _begun_at(desk: Desk) -> datetime | None:
    told = desk.request.query_params.get("begun", "")
    plain = told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS
    return datetime.fromtimestamp(int(told), UTC) if plain else None


def _runs(desk: Desk) -> DryRuns:
    runs: DryRuns = desk.request.app.state.dry_runs
    return runs


def _playing(run: Run, campaign: Campaign, desk: Desk) -> Response:
    response = desk.page(
        "staff/campaign_playing.html",
        desk.say(_PLAYING),
        crumbs=crumbs_to(campaign, desk),
        name=title_of(campaign),
        percent=int(100 * run.share),
        waiting=run.stage is Stage.WAITING,
        again=_address(run),
        back=f"{address_of(campaign.key)}/plan",
        seconds=_LOOK_AGAIN_SECONDS,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _seen(played: DryRun) -> list[InvitationState]:
    """The states in which anybody ever was, in the order in which pages tell them."""
    return [
        state for state in INVITATIONS if any(each.states.get(state) for each in played.moments)
    ]


def _columns(played: DryRun, desk: Desk) -> list[dict[str, Any]]:
    heads = [desk.say(INVITATIONS[state]) for state in _seen(played)]
    numbers = [{"text": text, "numeric": True} for text in (*heads, desk.say(N_("All together")))]
    return [{"text": desk.say(N_("When"))}, *numbers]


def _rows(played: DryRun, desk: Desk) -> list[Sequence[Any]]:
    """How everybody stood at each moment; each row adds up to the audience."""
    zone, language = desk.app.settings.zone, desk.language
    return [
        (
            moment_in_short(each.at.astimezone(zone), language),
            *(each.states.get(state, 0) for state in _seen(played)),
            each.audience,
        )
        for each in played.moments
    ]


def _messages(played: DryRun, desk: Desk) -> list[tuple[str, str]]:
    """(which, by what channel and when; what it says) of one message of each kind."""
    found = []
    for each in played.messages:
        told = {
            "channel": desk.say(CHANNELS[each.channel]),
            "when": moment_in_words(each.at.astimezone(desk.app.settings.zone), desk.language),
            "number": each.number,
        }
        words = N_("Reminder %(number)d, %(channel)s, %(when)s")
        which = words if each.number else N_("Invitation, %(channel)s, %(when)s")
        found.append((desk.say(which) % told, each.text))
    return found
