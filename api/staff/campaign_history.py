"""What changed of a campaign's plan, when and by whom."""

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from api.staff.campaign_people import names_of_actors
from api.staff.campaign_words import (
    BASES,
    PRIVACY,
    Say,
    channels_in_words,
    schedule_in_words,
)
from api.staff.shell import Desk
from survey.domain.campaign import CampaignPlan
from survey.domain.language import N_
from survey.services.campaigns import changed_fields

FIELDS: Final[Mapping[str, str]] = {
    "title": N_("Title"),
    "questionnaire": N_("Survey"),
    "version": N_("Version of the survey"),
    "privacy": N_("Privacy"),
    "sender": N_("From"),
    "purpose": N_("Why you ask"),
    "basis": N_("Lawful basis"),
    "notice": N_("Privacy notice"),
    "audience": N_("Who is asked"),
    "channels": N_("Where"),
    "schedule": N_("When"),
    "open_days": N_("Days to answer"),
    "reminders": N_("Reminders after days"),
    "hours": N_("Hours for sending"),
    "caps": N_("How often one person is asked"),
    "contact_percent": N_("How many in a hundred are asked"),
}


async def history_rows(
    desk: Desk, campaign: str
) -> list[tuple[datetime, str, list[tuple[str, str, str]]]]:
    """(when, who, what) of each change, the newest first; what is (part, before, after)."""
    plans = await desk.app.campaigns.history(campaign)
    names = await names_of_actors(desk, {by for _, _, _, by in plans})
    return [
        (at, names.get(by, by), _changes(before, after, desk))
        for (_, before, _, _), (_, after, at, by) in reversed(list(pairwise(plans)))
    ]


def _changes(before: CampaignPlan, after: CampaignPlan, desk: Desk) -> list[tuple[str, str, str]]:
    return [
        (
            desk.say(FIELDS.get(name, name)),
            _in_words(before, name, desk.app.settings.zone, desk.language, desk.say),
            _in_words(after, name, desk.app.settings.zone, desk.language, desk.say),
        )
        for name in changed_fields(before, after)
    ]


def _in_words(plan: CampaignPlan, name: str, zone: ZoneInfo, language: str, say: Say) -> str:
    """One part of a plan; the audience and the caps by how they differ are the plan's to show."""
    match name:
        case "basis":
            return say(BASES[plan.basis][0]) if plan.basis else ""
        case "privacy":
            return say(PRIVACY[plan.privacy][0]) if plan.privacy else ""
        case "channels":
            return channels_in_words(plan.channels, say)
        case "schedule":
            return schedule_in_words(plan.schedule, zone, language, say)
        case "reminders":
            return ", ".join(map(str, plan.reminders))
        case "hours":
            return f"{plan.hours.opens:%H:%M} – {plan.hours.until:%H:%M}"
        case "audience" | "caps":
            return say(N_("changed"))
        case _:
            value = getattr(plan, name)
            return "" if value is None else str(value)
