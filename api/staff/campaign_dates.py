"""The dates of a campaign in words: when, by the clock of its zone, and why one was moved."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from api.staff.shell import Desk
from survey.domain.campaign import CampaignPlan
from survey.domain.language import N_, date_in_words, day_in_words, weekday_in_words
from survey.domain.schedule import Slot


def date_rows(slots: Sequence[Slot], plan: CampaignPlan, desk: Desk) -> list[tuple[str, str]]:
    """(the date, what else is to say of it) of each, in order."""
    zone = zone_of(plan, desk)
    return [(_when(slot, zone, desk), _why(slot, desk)) for slot in slots]


def zone_of(plan: CampaignPlan, desk: Desk) -> ZoneInfo:
    """Of its clock; the body's where it names none that is known."""
    try:
        return ZoneInfo(plan.schedule.timezone or desk.app.settings.timezone)
    except (ValueError, OSError):
        return desk.app.settings.zone


def _when(slot: Slot, zone: ZoneInfo, desk: Desk) -> str:
    local = slot.at.astimezone(zone)
    weekday = weekday_in_words(local.date(), desk.language)
    return f"{weekday} {date_in_words(local.date(), desk.language)}, {local:%H:%M}"


def _why(slot: Slot, desk: Desk) -> str:
    why = desk.say(slot.why) if slot.why else ""
    if slot.left_out:
        return desk.say(N_("Left out: %(why)s")) % {"why": why}
    said = []
    if slot.moved_from is not None:
        told = {"day": day_in_words(slot.moved_from, desk.language), "why": why}
        said.append(desk.say(N_("Moved from %(day)s: %(why)s")) % told)
    if slot.merged:
        days = ", ".join(day_in_words(day, desk.language) for day in slot.merged)
        said.append(desk.say(N_("Stands for %(days)s too")) % {"days": days})
    return "; ".join(said)
