"""All routes of staff."""

from typing import Final

from fastapi import APIRouter

from api.staff import (
    audit,
    home,
    keys,
    people,
    trends,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    audit.router,
    home.router,
    keys.router,
    people.router,
    trends.router,
)
