"""All routes of staff."""

from typing import Final

from fastapi import APIRouter

from api.staff import (
    keys,
    people,
    trends,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    keys.router,
    people.router,
    trends.router,
)
