"""Forms that make and change a campaign; nothing is sent by saving one."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff.campaign_dates import date_rows, zone_of
from api.staff.campaign_form import FormFaulty, blank, plan_of, typed, values_of
from api.staff.campaign_words import (
    BASES,
    CHANNEL_ORDERS,
    PRIVACY,
    REPEATS,
    SAMPLES,
    WHEN_CLOSED,
    fault_in_words,
)
from api.staff.campaigns import PATH, TITLE, address_of, title_of
from api.staff.shell import Crumb, Desk, Fault, staffed
from api.staff.structure_words import conflict, revision_of
from api.staff.tree import DEEPER, options
from api.staff.units import kinds_of
from survey.domain.access import Action
from survey.domain.campaign import CampaignPlan, CampaignState
from survey.domain.language import N_
from survey.domain.structure import in_use, key_for
from survey.domain.waves import Campaign
from survey.errors import CampaignFaulty, CampaignRefused, ChangedMeanwhile

ADD: Final = "/staff/add-campaign"

router = APIRouter(include_in_schema=False)

Runner = Annotated[Desk, Depends(staffed(Action.RUN_CAMPAIGNS))]

_ADD: Final = N_("Plan a campaign")
_EDIT: Final = N_("Change the plan")
_MOST_VALUES: Final = 30
"""A detail with more values than these is a date or a number, and no group to choose by."""

_REFUSED: Final[Mapping[str, str]] = {
    "over": N_("This campaign is over. Nothing of it can be changed any more."),
    "fixed_after_launch": N_("This can no longer be changed: the campaign was launched meanwhile."),
}


@router.get(ADD)
async def add_form(desk: Runner) -> Response:
    """A new campaign; `questionnaire` in the address says of which survey."""
    today = desk.app.clock.now().astimezone(desk.app.settings.zone).date()
    values = blank(
        questionnaire=desk.request.query_params.get("questionnaire", "")[:64],
        tomorrow=today + timedelta(days=1),
    )
    return await _form_page(desk, values)


@router.post(ADD)
async def add(desk: Runner) -> Response:
    form = await desk.form()
    values = typed(form)
    taken = {each.key for each in await desk.app.campaigns.all()}
    try:
        plan = plan_of(values, key=_key(values["title"], taken), now=_now(desk))
        if form.get("action") == "dates":
            return await _form_page(desk, values, plan=plan)
        made = await desk.app.campaigns.create(plan, by=desk.actor)
    except FormFaulty as faulty:
        return await _form_page(desk, values, _faults(faulty, desk))
    except CampaignFaulty:
        words = desk.say(N_("Choose a survey that is published"))
        return await _form_page(desk, values, [Fault("questionnaire", words)])
    return desk.go(f"{address_of(made.key)}/plan", "campaign_made")


@router.get(PATH + "/{campaign}/edit")
async def edit_form(campaign: str, desk: Runner) -> Response:
    found = await desk.app.campaigns.get(campaign)
    return await _form_page(desk, values_of(found.plan), campaign=found)


@router.post(PATH + "/{campaign}/edit")
async def edit(campaign: str, desk: Runner) -> Response:
    form = await desk.form()
    found = await desk.app.campaigns.get(campaign)
    values = typed(form)
    try:
        plan = plan_of(values, key=campaign, before=found.plan, now=_now(desk, found.plan))
        if form.get("action") == "dates":
            return await _form_page(desk, values, plan=plan, campaign=found)
        await desk.app.campaigns.change(
            campaign, plan, expected_revision=revision_of(form), by=desk.actor
        )
    except FormFaulty as faulty:
        return await _form_page(desk, values, _faults(faulty, desk), campaign=found)
    except CampaignFaulty:
        words = desk.say(N_("Choose a survey that is published"))
        return await _form_page(desk, values, [Fault("questionnaire", words)], campaign=found)
    except CampaignRefused as refused:
        words = desk.say(_REFUSED.get(refused.reason, _REFUSED["fixed_after_launch"]))
        return await _form_page(desk, values, [Fault("title", words)], campaign=found, status=409)
    except ChangedMeanwhile as overtaken:
        now = overtaken.now if isinstance(overtaken.now, Campaign) else found
        return await _form_page(desk, values, conflict(desk), campaign=now, status=409)
    if found.state in _GOING:
        return desk.go(address_of(campaign), "campaign_changed")
    return desk.go(f"{address_of(campaign)}/plan", "campaign_changed")


_GOING: Final = (CampaignState.RUNNING, CampaignState.PAUSED)


def crumbs_to(campaign: Campaign, desk: Desk) -> list[Crumb]:
    return [
        Crumb(desk.say(TITLE), PATH),
        Crumb(title_of(campaign), address_of(campaign.key)),
    ]


def _key(title: str, taken: set[str]) -> str:
    """A key made of the title; files and links call the campaign so."""
    plain = key_for(title, ())
    made = plain if plain[0].isalpha() else f"c-{plain}"
    return key_for(made, taken)


def _now(desk: Desk, plan: CampaignPlan | None = None) -> datetime:
    """By the clock of the plan, without its zone."""
    zone = zone_of(plan, desk) if plan else desk.app.settings.zone
    return desk.app.clock.now().astimezone(zone).replace(tzinfo=None)


def _faults(faulty: FormFaulty, desk: Desk) -> list[Fault]:
    return [Fault(each.field, fault_in_words(each, desk.say)) for each in faulty.faults]


async def _form_page(
    desk: Desk,
    values: Mapping[str, str],
    faults: Sequence[Fault] = (),
    *,
    campaign: Campaign | None = None,
    plan: CampaignPlan | None = None,
    status: int = 200,
) -> Response:
    """The form with what was typed; with a `plan`, the next dates of it too."""
    say = desk.say
    shown: dict[str, Any] = {}
    if plan is not None:
        preview = await desk.app.campaigns.preview(plan)
        shown["shown_dates"] = date_rows(preview.slots, plan, desk)
    return desk.page(
        "staff/campaign_form.html",
        say(_EDIT if campaign else _ADD),
        crumbs=crumbs_to(campaign, desk) if campaign else [Crumb(say(TITLE), PATH)],
        faults=faults,
        status=status,
        wrong={fault.field: fault.text for fault in faults},
        typed=values,
        campaign=campaign,
        is_overtaken=status == 409,
        running=campaign is not None and campaign.state in _GOING,
        cancel=address_of(campaign.key) if campaign else PATH,
        bases=[(basis.value, say(name), say(when)) for basis, (name, when) in BASES.items()],
        channels=[(value, say(text)) for value, text in CHANNEL_ORDERS.items()],
        samples=[(value, say(text)) for value, text in SAMPLES.items()],
        repeats=[(repeat.value, say(text)) for repeat, text in REPEATS.items()],
        closed_rules=[(rule.value, say(text)) for rule, text in WHEN_CLOSED.items()],
        privacies=[
            ("", say(N_("As the survey says"))),
            *((mode.value, say(name)) for mode, (name, _) in PRIVACY.items()),
        ],
        **await _choices(desk, values),
        **shown,
    )


async def _choices(desk: Desk, values: Mapping[str, str]) -> dict[str, Any]:
    """What there is to choose from; what was chosen and is gone stays to be seen."""
    listed = [each for each in await desk.app.catalogue.all() if each.row.closed_at is None]
    units = await desk.app.organisation.units()
    async with desk.app.begin.read() as work:
        people = await work.people.described(most_values=_MOST_VALUES)
    surveys = [
        (
            each.row.key,
            each.published.questionnaire.speak(each.published.questionnaire.title, desk.language),
        )
        for each in listed
    ]
    chosen = values.get("questionnaire", "")
    if chosen and chosen not in dict(surveys):
        surveys.append((chosen, chosen))
    return {
        "questionnaires": [("", desk.say(N_("Choose a survey"))), *surveys],
        "units": _kept(
            [(key, name.replace(DEEPER, ""), name.count(DEEPER)) for key, name in options(units)],
            values["units"],
        ),
        "kinds": _kept([(each, each, 0) for each in kinds_of(in_use(units))], values["kinds"]),
        "roles": _kept([(each, each, 0) for each in people.roles], values["roles"]),
        "details": _details(people.details, values["attributes"]),
        "date_names": [name for name, known in people.details.items() if not known],
    }


def _details(
    known: Mapping[str, Sequence[str]], chosen: str
) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """By detail what there is to choose from: (what is sent, its text, 0)."""
    offered = {name: list(values) for name, values in known.items() if values}
    for line in filter(None, chosen.split("\n")):
        name, _, value = line.partition(": ")
        if value not in offered.setdefault(name, []):
            offered[name].append(value)
    return [
        (name, [(f"{name}: {value}", value, 0) for value in values])
        for name, values in offered.items()
    ]


def _kept(offered: Sequence[tuple[str, str, int]], chosen: str) -> list[tuple[str, str, int]]:
    known = {value for value, _, _ in offered}
    gone = [each for each in chosen.split("\n") if each and each not in known]
    return [*offered, *((each, each, 0) for each in gone)]
