"""All routes of staff."""

from typing import Final

from fastapi import APIRouter

from api.staff import (
    account,
    account_changes,
    accounts,
    asking,
    audit,
    campaigns,
    events,
    home,
    importing,
    keys,
    looking_round,
    people,
    people_changes,
    people_steps,
    rights,
    service_changes,
    services,
    signing,
    slips,
    sso,
    trends,
    unit_changes,
    units,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    account.router,
    account_changes.router,
    accounts.router,
    asking.router,
    audit.router,
    campaigns.router,
    events.router,
    home.router,
    importing.router,
    keys.router,
    looking_round.router,
    people.router,
    people_changes.router,
    people_steps.router,
    rights.router,
    service_changes.router,
    services.router,
    signing.router,
    slips.router,
    sso.router,
    trends.router,
    unit_changes.router,
    units.router,
)
