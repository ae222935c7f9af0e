"""The accounts of a demonstration: whoever looks round signs in as one of them, without a password.

They are made at first use and always the same; nothing of theirs is anybody's name.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from survey.domain.accounts import Account, Grant, Role
from survey.ports import UnitOfWork


class Looker(StrEnum):
    """As whom one may look round."""

    MANAGER = "manager"
    SURVEY_MANAGER = "survey_manager"
    ADMINISTRATOR = "administrator"
    COUNCILLOR = "councillor"


_NAMES: Final[Mapping[Looker, str]] = {
    Looker.MANAGER: "A manager (invented)",
    Looker.SURVEY_MANAGER: "A survey manager (invented)",
    Looker.ADMINISTRATOR: "An administrator (invented)",
    Looker.COUNCILLOR: "A councillor (invented)",
}


async def account_of(work: UnitOfWork, looker: Looker, *, now: datetime) -> Account:
    """The account of this role, made where it is missing or has ended or changed."""
    grants = await _grants(work, looker)
    email = f"{looker}@demonstration.invalid"
    found = await work.accounts.by_email(email)
    if found is not None and found.ended_at is None and found.grants == grants:
        return found
    account = Account(
        id=found.id if found else uuid5(NAMESPACE_URL, f"mailto:{email}"),
        email=email,
        name=_NAMES[looker],
        grants=grants,
        created_at=now,
        generation=found.generation + 1 if found else 1,
    )
    await work.accounts.put(account)
    return account


async def _grants(work: UnitOfWork, looker: Looker) -> frozenset[Grant]:
    match looker:
        case Looker.SURVEY_MANAGER:
            return frozenset({Grant(Role.SURVEY_MANAGER)})
        case Looker.ADMINISTRATOR:
            return frozenset({Grant(Role.ADMINISTRATOR)})
        case Looker.COUNCILLOR:
            return frozenset({Grant(Role.VIEWER)})
        case Looker.MANAGER:
            unit = await _largest_department(work)
            return frozenset({Grant(Role.SERVICE_MANAGER, unit), Grant(Role.SURVEY_MANAGER, unit)})


async def _largest_department(work: UnitOfWork) -> str:
    """The department with the most units right below it; the whole body where there is none."""
    units = await work.organisation.units()
    below = Counter(unit.parent for unit in units)
    departments = sorted(unit.key for unit in units if unit.kind == "department")
    return max(departments, key=lambda key: below[key], default="")
