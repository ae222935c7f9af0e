"""All routes of staff."""

from typing import Final

from fastapi import APIRouter

from api.staff import (
    account,
    asking,
    audit,
    home,
    keys,
    looking_round,
    people,
    rights,
    signing,
    slips,
    sso,
    trends,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    account.router,
    asking.router,
    audit.router,
    home.router,
    keys.router,
    looking_round.router,
    people.router,
    rights.router,
    signing.router,
    slips.router,
    sso.router,
    trends.router,
)
