"""/staff/campaigns/KEY: how a campaign stands, while it runs and afterwards.

Who has answered is told of bodies by name, where answers are given on their behalf. Of people there
are sums alone, and of schools and departments only rates that show no group under the smallest one
that is shown.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from analytics.figures import Figures
from analytics.rates import WaveRates
from api.staff.calendar_words import first_messages
from api.staff.campaign_history import history_rows
from api.staff.campaign_standing import hides_small, parts_of, progress_in_words
from api.staff.campaign_words import (
    STATES,
    TAGS,
    WAVE_STATES,
    WAYS,
    failure_in_words,
    moment,
    schedule_in_words,
)
from api.staff.campaigns import PATH, TITLE, Reader, address_of, next_date, title_of
from api.staff.listing import Link
from api.staff.shell import Crumb, Desk
from api.staff.structure_words import number
from api.staff.tree import in_tree
from survey.domain.access import Action
from survey.domain.campaign import CampaignState
from survey.domain.language import N_
from survey.domain.preview import Status, WaveStatus
from survey.domain.questionnaire import Privacy
from survey.domain.records import Unit
from survey.domain.waves import Campaign, InvitationState, Wave, WaveState
from survey.domain.ways import ways_shown
from survey.errors import NotFound
from survey.services.undelivered import Undelivered

router = APIRouter(include_in_schema=False)

_NOT_LAUNCHED: Final = (CampaignState.DRAFT, CampaignState.PROPOSED)
_NO_SHOW: Final = frozenset({WaveState.MISSED, WaveState.LEFT_OUT})
_TO_SEND: Final = (InvitationState.WAITING, InvitationState.HELD)


@router.get(PATH + "/{campaign}")
async def one(campaign: str, desk: Reader) -> Response:
    """How it stands; `wave` in the address says which time, the last one without."""
    status = await desk.app.campaigns.status(campaign)
    found = status.campaign
    if found.state in _NOT_LAUNCHED:
        return desk.go(f"{address_of(campaign)}/plan")
    shown = _chosen(status, desk.request.query_params.get("wave", ""))
    return desk.page(
        "staff/campaign.html",
        title_of(found),
        crumbs=[Crumb(desk.say(TITLE), PATH)],
        campaign=found,
        here=address_of(campaign),
        state=desk.say(STATES[found.state]),
        tag=TAGS[found.state],
        facts=_facts(found, desk),
        running=found.state is CampaignState.RUNNING,
        paused=found.state is CampaignState.PAUSED,
        may_run=desk.caller.may(Action.RUN_CAMPAIGNS) and not found.state.over,
        shown=await _wave(desk, shown) if shown else None,
        begins=await _begins(found, desk),
        earlier=[_earlier(each, found, desk) for each in status.waves if each is not shown],
        history=await history_rows(desk, campaign),
    )


def _chosen(status: Status, wave: str) -> WaveStatus | None:
    """The wave that the address names, else the last in which anybody was looked at.

    Raises: NotFound.
    """
    if wave:
        for each in status.waves:
            if str(each.wave.number) == wave:
                return each
        raise NotFound("wave")
    fired = [each for each in status.waves if each.wave.state not in _NO_SHOW]
    return fired[0] if fired else None


async def _begins(campaign: Campaign, desk: Desk) -> str:
    """When the first messages leave; '' where that is not known, or nothing is sent."""
    if (leaves_at := await desk.app.campaigns.leaves_at(campaign)) is None:
        return ""
    return first_messages(
        leaves_at,
        now=desk.app.clock.now(),
        zone=desk.app.settings.zone,
        say=desk.say,
        language=desk.language,
    )


def _facts(campaign: Campaign, desk: Desk) -> list[tuple[str, Any]]:
    plan = campaign.plan
    return [
        (desk.say(N_("From")), plan.sender),
        (
            desk.say(N_("When")),
            schedule_in_words(plan.schedule, desk.app.settings.zone, desk.language, desk.say),
        ),
        (desk.say(N_("Next date")), next_date(campaign, desk)),
    ]


async def _wave(desk: Desk, status: WaveStatus) -> dict[str, Any]:
    """Everything about one time."""
    wave, standing = status.wave, status.standing
    zone = desk.app.settings.zone
    figures: Figures = desk.request.app.state.figures
    undelivered = desk.app.undelivered
    small = hides_small(wave, standing)
    rates = await figures.rates.of(wave)
    units = await desk.app.organisation.known_units()
    names = {unit.key: unit.name for unit in units}
    parts = parts_of(wave, standing, desk)
    return {
        "wave": wave,
        "state": desk.say(WAVE_STATES[wave.state]),
        "opened": moment(wave.opens_at, zone, desk.language),
        "closes": moment(wave.closed_at or wave.closes_at, zone, desk.language),
        "open": wave.state.takes_answers,
        "parts": parts,
        "adds_up": sum(part.number for part in parts) == standing.audience,
        "audience": standing.audience,
        "invited": standing.invited,
        "answered": None if small else standing.states.get(InvitationState.ANSWERED, 0),
        "line": progress_in_words(wave, standing, desk),
        "sending": await _sending(desk, status),
        "rate": None if small else rates.rates.overall,
        "floor": wave.floor,
        **_rates(rates, units, names),
        "failed": _by_reason(await undelivered.failed(wave.key), names, desk),
        "unreachable": [
            _who(each, names, desk) for each in await undelivered.unreachable(wave.key)
        ],
        "repeated": [_who(each, names, desk) for each in await undelivered.repeated(wave.key)],
        "ways": [] if small else await _ways(desk, wave),
        "is_attributed": wave.privacy is Privacy.ATTRIBUTED,
    }


async def _ways(desk: Desk, wave: Wave) -> list[tuple[str, int]]:
    """How answers came, the most first; none where that may not be told."""
    ways = ways_shown(
        await desk.app.keying.by_mode(wave.key),
        floor=wave.floor,
        attributed=wave.privacy is Privacy.ATTRIBUTED,
    )
    if ways is None:
        return []
    rows = [(desk.say(WAYS.get(way, N_("Not known"))), n) for way, n in ways.shown]
    return [*rows, (desk.say(N_("In other ways")), ways.others)] if ways.others else rows


async def _sending(desk: Desk, status: WaveStatus) -> Mapping[str, Any] | None:
    """How far sending is; None where nothing is to be sent any more."""
    wave, states = status.wave, status.standing.states
    left = sum(states.get(each, 0) for each in _TO_SEND)
    if not wave.state.takes_answers or (not left and wave.expanded_at is not None):
        return None
    rate = await desk.app.undelivered.sent_in_last_minute(wave.key)
    due = states.get(InvitationState.WAITING, 0)
    return {
        "gone": status.standing.invited - left,
        "all": status.standing.invited,
        "left": left,
        "listing": wave.expanded_at is None,
        "rate": rate,
        "minutes": -(-due // rate) if rate and due else None,
        "paused": wave.state is WaveState.PAUSED,
    }


def _rates(found: WaveRates, units: Sequence[Unit], names: Mapping[str, str]) -> dict[str, Any]:
    """Rates by school and department that may be shown, and where nobody has answered."""
    bodies = found.bodies
    shown = {each.unit: each.rate for each in found.rates.units if each.rate is not None}
    return {
        "units": [
            (names[placed.node.key], placed.depth, placed.above and names[placed.above], rate)
            for placed in in_tree([each for each in units if each.key in shown], of=units)
            if (rate := shown[placed.node.key])
        ],
        "hidden": found.rates.hidden,
        "silent": [names.get(unit, unit) for unit in found.rates.silent],
        "bodies": bodies,
        "outstanding": [names.get(body, body) for body in bodies.outstanding] if bodies else [],
    }


def _by_reason(
    found: Sequence[Undelivered], names: Mapping[str, str], desk: Desk
) -> list[dict[str, Any]]:
    """What failed, the commonest reason first; each can be tried again, and all of a reason."""
    reasons: dict[str, list[Undelivered]] = {}
    for each in found:
        reasons.setdefault(each.reason, []).append(each)
    return [
        {
            "reason": reason,
            "words": failure_in_words(reason, desk.say) if reason else desk.say(N_("Not known")),
            "messages": [(each.delivery, _who(each, names, desk)) for each in those],
        }
        for reason, those in sorted(reasons.items(), key=lambda each: (-len(each[1]), each[0]))
    ]


def _who(each: Undelivered, names: Mapping[str, str], desk: Desk) -> list[Link | str]:
    """Whose message it is: by name for those who may see people, else their school."""
    unit = names.get(each.unit, each.unit)
    if each.person is None or not desk.caller.may(Action.READ_PEOPLE, unit=each.unit):
        return [unit or desk.say(N_("Somebody"))]
    return [Link(each.name, f"/staff/people/{each.person}"), unit]


def _earlier(status: WaveStatus, campaign: Campaign, desk: Desk) -> tuple[Any, ...]:
    wave = status.wave
    opened = _day(wave.opens_at, desk)
    link = f"{address_of(campaign.key)}?wave={wave.number}"
    came = wave.state not in _NO_SHOW
    said = progress_in_words(wave, status.standing, desk) if came else ""
    return (
        Link(opened, link) if came else opened,
        desk.say(WAVE_STATES[wave.state]),
        said or desk.say(N_("Nobody was asked")),
        number(status.standing.audience, desk),
    )


def _day(at: datetime, desk: Desk) -> str:
    return moment(at, desk.app.settings.zone, desk.language)
