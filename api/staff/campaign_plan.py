"""What a campaign would do before it does anything: who, when, how, and what is still missing."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from api.staff.campaign_changes import crumbs_to
from api.staff.campaign_dates import date_rows, zone_of
from api.staff.campaign_people import names_of_actors
from api.staff.campaign_words import (
    BASES,
    CHANNELS,
    PRIVACY,
    REASONS,
    channels_in_words,
    moment,
    schedule_in_words,
)
from api.staff.campaigns import PATH, Reader, address_of, title_of
from api.staff.hint_words import count_in_words, review_of
from api.staff.listing import Link
from api.staff.shell import Desk, Fault
from api.staff.structure_words import number
from survey import promises
from survey.domain.access import Action
from survey.domain.campaign import CampaignPlan, CampaignState
from survey.domain.language import N_
from survey.domain.launch import Gap, effective_privacy
from survey.domain.organisation import ancestors
from survey.domain.preview import Preview, UnitCount
from survey.domain.questionnaire import Privacy
from survey.domain.records import Unit
from survey.domain.waves import Campaign
from survey.errors import NotFound
from survey.locales import translations
from survey.services.catalogue import Published

router = APIRouter(include_in_schema=False)

_TITLE: Final = N_("Before you launch")
_PLAN: Final = N_("The plan")
_NOT_LAUNCHED: Final = (CampaignState.DRAFT, CampaignState.PROPOSED)
_MOST_NAMED: Final = 500
_MINUTE: Final = 60
_HOUR: Final = 3_600

_FIELDS: Final[Mapping[str, str]] = {
    "schedule": "when",
    "schedule.start": "start-day",
    "schedule.rrule": "rrule",
    "reminders": "reminder_1",
    "caps.days_before_same_survey": "same_apart",
    "audience": "units",
    "audience.units": "units",
    "audience.kinds": "kinds",
    "audience.roles": "roles",
    "version": "questionnaire",
}
"""Where on the form a part of the plan stands, where its name is another."""


@router.get(PATH + "/{campaign}/plan")
async def plan(campaign: str, desk: Reader) -> Response:
    """Everything that is to be known before somebody launches it."""
    return await plan_page(desk, await desk.app.campaigns.get(campaign))


@router.get(PATH + "/{campaign}/people")
async def people(campaign: str, desk: Reader) -> Response:
    """Who would be asked, and who not and why, by name. Raises: NotFound, where people are not
    theirs to see.
    """
    desk.caller.require(Action.READ_PEOPLE)
    found = await desk.app.campaigns.get(campaign)
    preview = await desk.app.campaigns.preview(campaign, people=_MOST_NAMED)
    units = await desk.app.organisation.known_units()
    names = {unit.key: unit.name for unit in units}
    rows = [
        (
            Link(each.name, f"/staff/people/{each.person}"),
            names.get(each.unit, each.unit),
            desk.say(REASONS[each.skipped])
            if each.skipped
            else desk.say(CHANNELS[each.channel] if each.channel else REASONS["unreachable"]),
        )
        for each in preview.reach.people
    ]
    return desk.page(
        "staff/campaign_people.html",
        desk.say(N_("Who would be asked")),
        crumbs=crumbs_to(found, desk),
        rows=rows,
        asked=preview.people,
        audience=preview.reach.audience,
        most=_MOST_NAMED,
        back=f"{address_of(campaign)}/plan",
    )


async def plan_page(
    desk: Desk, campaign: Campaign, faults: Sequence[Fault] = (), *, status: int = 200
) -> Response:
    preview = await desk.app.campaigns.preview(campaign.key)
    published = await published_for(desk, campaign)
    units = await desk.app.organisation.known_units()
    proposer = (await names_of_actors(desk, [campaign.launched_by or ""])).get(
        campaign.launched_by or "", ""
    )
    to_come = campaign.state in _NOT_LAUNCHED or campaign.next_at is not None
    gaps = preview.gaps if to_come else ()
    return desk.page(
        "staff/campaign_plan.html",
        desk.say(_TITLE if campaign.state in _NOT_LAUNCHED else _PLAN),
        crumbs=crumbs_to(campaign, desk),
        faults=faults,
        status=status,
        wrong={fault.field: fault.text for fault in faults},
        campaign=campaign,
        name=title_of(campaign),
        here=address_of(campaign.key),
        preview=preview,
        missing=[_gap(gap, campaign, desk) for gap in gaps if gap.blocks],
        hints=[_gap(gap, campaign, desk) for gap in gaps if not gap.blocks],
        **_reach(preview, units, desk),
        for_bodies=_for_bodies(campaign.plan, published),
        dates=date_rows(preview.slots, campaign.plan, desk),
        by_person=campaign.plan.schedule.by_person,
        sending=_sending(preview, campaign.plan, desk),
        facts=_facts(campaign, published, desk),
        words_to_look_at=_words_to_look_at(published, desk),
        may_run=desk.caller.may(Action.RUN_CAMPAIGNS),
        may_see_people=desk.caller.may(Action.READ_PEOPLE),
        is_draft=campaign.state is CampaignState.DRAFT,
        is_proposed=campaign.state is CampaignState.PROPOSED,
        proposer=proposer,
        own_proposal=campaign.launched_by == str(desk.actor),
        approval_above=desk.app.settings.approval_above,
    )


async def published_for(desk: Desk, campaign: Campaign) -> Published | None:
    """The version that it asks: the one that is pinned, else the newest; None without any."""
    plan = campaign.plan
    try:
        if campaign.version or plan.version:
            return await desk.app.catalogue.version(
                plan.questionnaire, campaign.version or plan.version or 1
            )
        return (await desk.app.catalogue.get(plan.questionnaire)).published
    except NotFound:
        return None


def _words_to_look_at(published: Published | None, desk: Desk) -> str:
    found = review_of(published).hints if published else ()
    return count_in_words(len(found), translations(desk.language))


def _gap(gap: Gap, campaign: Campaign, desk: Desk) -> Link:
    """What is missing or worth knowing, leading to the place where it is put right."""
    field = _FIELDS.get(gap.part, gap.part)
    words = desk.say(gap.words) % gap.values
    editable = desk.caller.may(Action.RUN_CAMPAIGNS) and gap.code not in ("second_person",)
    return Link(words, f"{address_of(campaign.key)}/edit#{field}" if editable else "")


def _reach(preview: Preview, units: Sequence[Unit], desk: Desk) -> dict[str, Any]:
    reach = preview.reach
    names = {unit.key: unit.name for unit in units} | {"": desk.say(N_("No school or department"))}
    left_out = sorted(reach.skipped.items(), key=lambda each: -each[1])
    return {
        "asked": preview.people,
        "audience": reach.audience,
        "fits": reach.fits,
        "left_out": [(desk.say(REASONS[why]), many) for why, many in left_out if many],
        "channels": [
            (desk.say(CHANNELS[channel]), many) for channel, many in reach.channels.items() if many
        ],
        "unreachable": reach.unreachable,
        "unanswered_for": reach.unanswered_for,
        "by_unit": [
            (
                names.get(key, "") or desk.say(N_("No school or department")),
                each.audience,
                each.asked,
            )
            for key, each in _in_order(reach.units, units)
        ],
    }


def _for_bodies(plan: CampaignPlan, published: Published | None) -> bool:
    """Whether one person is asked for each school or department."""
    survey = published.questionnaire if published else None
    return (effective_privacy(plan, survey) if survey else plan.privacy) is Privacy.ATTRIBUTED


def _in_order(
    counted: Mapping[str, UnitCount], units: Sequence[Unit]
) -> list[tuple[str, UnitCount]]:
    """In the order of names along the tree; who belongs nowhere last."""
    lines, names = ancestors(units), {unit.key: unit.name for unit in units}
    way = {key: [names.get(each, "") for each in reversed(lines.get(key, ()))] for key in counted}
    return sorted(counted.items(), key=lambda each: (each[0] == "", way[each[0]], each[0]))


def _sending(preview: Preview, plan: CampaignPlan, desk: Desk) -> str:
    """How long sending takes at the allowed rate, and when the last message has left."""
    if not preview.sending or not max(preview.sending.values(), default=0):
        return ""
    took = _duration(max(preview.sending.values()), desk)
    if preview.ends_at is None:
        return desk.say(N_("Sending takes %(time)s at the allowed rate.")) % {"time": took}
    ends = moment(preview.ends_at, zone_of(plan, desk), desk.language)
    words = N_("Sending takes %(time)s at the allowed rate. The last one leaves %(ends)s.")
    return desk.say(words) % {"time": took, "ends": ends}


def _duration(seconds: int, desk: Desk) -> str:
    said = translations(desk.language).ngettext
    if seconds < _MINUTE:
        return desk.say(N_("less than a minute"))
    if seconds < _HOUR:
        minutes = -(-seconds // _MINUTE)
        return said("about %(number)d minute", "about %(number)d minutes", minutes) % {
            "number": minutes
        }
    hours = -(-seconds // _HOUR)
    return said("about %(number)d hour", "about %(number)d hours", hours) % {"number": hours}


def _facts(campaign: Campaign, published: Published | None, desk: Desk) -> list[tuple[str, Any]]:
    """What is asked, why, how private it is and how long it is kept."""
    plan, say = campaign.plan, desk.say
    survey = published.questionnaire if published else None
    mode = effective_privacy(plan, survey) if survey else plan.privacy
    floor = published.version.floor if published else desk.app.settings.floor
    facts: list[tuple[str, Any]] = [
        (say(N_("Survey")), survey.speak(survey.title, desk.language) if survey else None),
        (say(N_("From")), plan.sender or None),
        (say(N_("Why")), plan.purpose or None),
        (say(N_("Lawful basis")), say(BASES[plan.basis][0]) if plan.basis else None),
        (say(N_("Privacy notice")), plan.notice or None),
    ]
    if mode is not None:
        kept = promises.kept(say, mode)
        facts.append((say(N_("Privacy")), [say(PRIVACY[mode][0]), _promise(mode, floor, desk)]))
        facts.append((say(N_("How long answers are kept")), kept))
    reminders = ", ".join(number(day, desk) for day in plan.reminders) or say(N_("none"))
    hours = {"from": f"{plan.hours.opens:%H:%M}", "until": f"{plan.hours.until:%H:%M}"}
    weekends = N_("%(from)s to %(until)s, at weekends too")
    weekdays = N_("%(from)s to %(until)s, Monday to Friday")
    return [
        *facts,
        (say(N_("Where")), channels_in_words(plan.channels, say)),
        (
            say(N_("When")),
            schedule_in_words(plan.schedule, desk.app.settings.zone, desk.language, say),
        ),
        (say(N_("Days to answer")), number(plan.open_days, desk)),
        (say(N_("Reminders after days")), reminders),
        (say(N_("Hours for sending")), say(weekends if plan.hours.weekends else weekdays) % hours),
    ]


def _promise(mode: Privacy, floor: int, desk: Desk) -> str:
    return promises.privacy(desk.say, mode, floor=floor)
