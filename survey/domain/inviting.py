"""What an invitation means to whoever has it: until when it is open, and what can be put off."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from survey.domain.campaign import CampaignPlan
from survey.domain.questionnaire import Privacy
from survey.domain.turns import NoticeTurn
from survey.domain.waves import Wave

_MORNING: Final = time(9, 30)
_STRICTNESS: Final = (Privacy.ATTRIBUTED, Privacy.CONFIDENTIAL, Privacy.ANONYMOUS)


class Later(StrEnum):
    """When somebody wants to be asked again."""

    HOUR = "hour"
    TOMORROW = "tomorrow"
    WEEK = "week"


def until(later: Later, *, now: datetime, zone: ZoneInfo) -> datetime:
    """In an hour; tomorrow, or a week from today, at half past nine by the local clock."""
    if later is Later.HOUR:
        return now + timedelta(hours=1)
    days = 1 if later is Later.TOMORROW else 7
    day = now.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, _MORNING, zone).astimezone(now.tzinfo)


def takes_answers(wave: Wave, *, now: datetime) -> bool:
    """Whether it is open: its time may be up before anybody has closed it."""
    return wave.state.takes_answers and now < wave.closes_at


def last_day(wave: Wave, zone: ZoneInfo) -> date:
    """The local day on which it takes its last answers, or took them where it ended earlier."""
    ended = min(wave.closes_at, wave.closed_at or wave.closes_at)
    return (ended - timedelta(microseconds=1)).astimezone(zone).date()


def stricter(one: Privacy, other: Privacy) -> Privacy:
    """Of two modes the one that keeps more to itself."""
    return max(one, other, key=_STRICTNESS.index)


def told_by(plan: CampaignPlan, notice: NoticeTurn, *, closes_on: date) -> NoticeTurn:
    """The notice in the words of the campaign, where it has its own."""
    return replace(
        notice,
        title=plan.title or notice.title,
        asked_by=plan.sender or notice.asked_by,
        purpose=plan.purpose or notice.purpose,
        closes_on=closes_on,
    )
