"""All routes of staff."""

from typing import Final

from fastapi import APIRouter

from api.staff import keys, trends

ROUTERS: Final[tuple[APIRouter, ...]] = (
    trends.router,
    keys.router,
)
