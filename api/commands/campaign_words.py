"""Campaigns in the terminal: a preview and a status as lines."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from api.commands.output import table
from survey.domain.language import day_in_words
from survey.domain.preview import Preview, Status, WaveStatus
from survey.domain.schedule import zone_of
from survey.domain.schedule_words import describe, rules_of, slot_in_words
from survey.domain.waves import Campaign, InvitationState

REASONS: Final = {
    "key_taken": "there is one of this key already; to change it: tellback campaign change FILE",
    "other_key": "a campaign keeps its key",
    "other_plan": "the file is not the plan that is kept; to keep it: tellback campaign change",
    "over": "it is over",
    "fixed_after_launch": (
        "it is launched: only title, purpose, notice, open_days, reminders and hours may change"
    ),
    "not_proposed": "nobody has proposed to launch it",
    "same_person": "another person has to agree than the one who launched it",
    "not_running": "it is not running",
    "not_paused": "it is not paused",
    "not_launched": "it is not launched",
    "nobody_fits": "no school or department fits its audience",
}
"""Why something cannot be done now, by the reason of `CampaignRefused`."""

_MOST_UNITS: Final = 20


def preview_lines(preview: Preview, zone: ZoneInfo) -> Iterator[str]:
    """Who, how, when, and what is missing."""
    plan, reach = preview.plan, preview.reach
    yield f"{plan.title or plan.key}: {plan.questionnaire}, wave {preview.wave}"
    yield ""
    numbers = [("fit the audience", reach.fits), ("looked at", reach.audience)]
    numbers += [("would be asked", reach.asked)]
    numbers += [(f"  by {channel}", number) for channel, number in reach.channels.items()]
    if reach.unreachable:
        numbers += [("  by no channel", reach.unreachable)]
    numbers += [(f"left out: {_plain(reason)}", number) for reason, number in reach.skipped.items()]
    if reach.unanswered_for:
        numbers += [("bodies without a contact", reach.unanswered_for)]
    yield from table(("People", ""), [(words, f"{number:,}") for words, number in numbers])
    yield ""
    yield from _unit_lines(preview)
    yield from _date_lines(preview, zone_of(plan.schedule, zone))
    for gap in preview.gaps:
        yield f"{'Missing' if gap.blocks else 'Note'}: {gap.message}"


def status_lines(status: Status, zone: ZoneInfo) -> Iterator[str]:
    """One line for the campaign, and one for each wave with its sums."""
    campaign = status.campaign
    yield f"{campaign.key}: {_plain(campaign.state)}, next wave {_next(campaign, zone)}"
    states = list(InvitationState)
    if status.waves:
        yield ""
        headings = ("Wave", "State", "Audience", *(_plain(state) for state in states), "Rate")
        yield from table(headings, [_wave(each, states) for each in status.waves])


def campaign_row(campaign: Campaign, zone: ZoneInfo) -> tuple[str, ...]:
    plan = campaign.plan
    return campaign.key, _plain(campaign.state), _next(campaign, zone), plan.title


def _wave(each: WaveStatus, states: list[InvitationState]) -> tuple[str, ...]:
    counts = [str(each.standing.states.get(state, 0)) for state in states]
    rate = "" if each.rate is None else f"{float(each.rate):.0%}"
    wave = each.wave
    return wave.slot, _plain(wave.state), str(each.standing.audience), *counts, rate


def _unit_lines(preview: Preview) -> Iterator[str]:
    units = sorted(preview.reach.units.items(), key=lambda each: (-each[1].asked, each[0]))
    if units:
        rows = [
            (unit or "(none)", f"{count.audience:,}", f"{count.asked:,}")
            for unit, count in units[:_MOST_UNITS]
        ]
        yield from table(("Unit", "Looked at", "Asked"), rows)
        if len(units) > _MOST_UNITS:
            yield f"and {len(units) - _MOST_UNITS} more units"
        yield ""


def _date_lines(preview: Preview, zone: ZoneInfo) -> Iterator[str]:
    schedule = preview.plan.schedule
    if preview.slots:
        yield f"{describe(schedule, zone=zone, say=str, language='en')} ({zone.key})"
        yield from rules_of(schedule, zone=zone, say=str)
        for slot in preview.slots:
            yield f"  {slot_in_words(slot, zone=zone, say=str, language='en')}"
        yield ""
    if preview.ends_at is not None:
        seconds = max(preview.sending.values(), default=0)
        sent = _moment(preview.ends_at, zone)
        yield f"Sending takes about {seconds:,} s; the last message of the first has left {sent}."
        yield ""


def _next(campaign: Campaign, zone: ZoneInfo) -> str:
    if campaign.next_at is None:
        return "none"
    return _moment(campaign.next_at, zone_of(campaign.plan.schedule, zone))


def _moment(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{day_in_words(local.date(), 'en')} {local:%Y, %H:%M}"


def _plain(word: str) -> str:
    return str(word).replace("_", " ")
