"""All routes of staff."""

from typing import Final

from fastapi import APIRouter

from api.staff import (
    audit,
    events,
    home,
    keys,
    people,
    service_changes,
    services,
    trends,
    unit_changes,
    units,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    audit.router,
    events.router,
    home.router,
    keys.router,
    people.router,
    service_changes.router,
    services.router,
    trends.router,
    unit_changes.router,
    units.router,
)
