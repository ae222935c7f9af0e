"""All routes of staff."""

from typing import Final

from fastapi import APIRouter

from api.staff import (
    audit,
    home,
    importing,
    keys,
    people,
    people_changes,
    people_steps,
    trends,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    audit.router,
    home.router,
    importing.router,
    keys.router,
    people_changes.router,
    people_steps.router,
    people.router,
    trends.router,
)
