"""All routes of staff."""

from typing import Final

from fastapi import APIRouter

from api.staff import (
    account,
    accounts,
    asking,
    audit,
    home,
    keys,
    looking_round,
    people,
    rights,
    signing,
    sso,
    trends,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    account.router,
    accounts.router,
    asking.router,
    audit.router,
    home.router,
    keys.router,
    looking_round.router,
    people.router,
    rights.router,
    signing.router,
    sso.router,
    trends.router,
)
