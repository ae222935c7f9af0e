"""Times of a wave by the local clock; all pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from survey.domain.campaign import Schedule


def zone_of(schedule: Schedule, zone: ZoneInfo) -> ZoneInfo:
    """The schedule's own time zone, else the body's."""
    return ZoneInfo(schedule.timezone) if schedule.timezone else zone


def days_ago(now: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same local time so many days earlier, whatever clock change lies between."""
    return days_later(now, -days, zone)


def days_later(now: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same local time so many days later."""
    return (now.astimezone(zone) + timedelta(days=days)).astimezone(UTC)
