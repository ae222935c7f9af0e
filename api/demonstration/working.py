"""Who reports and who works the reports of the demonstration: invented, and called by office."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import cycle
from types import MappingProxyType
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from survey.domain.accounts import Account, Grant, Role
from survey.domain.records import Unit
from survey.ports import UnitOfWork

_OFFICES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "people": ("Payroll and pensions team leader (invented)", ("payroll", "pensions")),
        "hr": ("HR operations manager (invented)", ("hr",)),
        "it": ("IT service manager (invented)", ("it",)),
        "money": ("Finance and procurement lead (invented)", ("finance", "procurement")),
        "places": ("Estates and parking supervisor (invented)", ("estates", "parking")),
        "residents": (
            "Customer services team leader (invented)",
            ("customer_services", "revenues_benefits"),
        ),
    }
)
"""What each is called, and whose services they work; the key is part of the address."""

_SPEAKS_FOR: Final = frozenset({"business manager", "member", "manager"})
"""Roles of people who report for their school or department. Whoever waits for help is not asked by
a campaign, so heads of schools are left to those."""


async def put_workers(work: UnitOfWork, *, now: datetime) -> Mapping[str, Account]:
    """Case workers with an account each, by the key of their service; nobody can sign in."""
    by_service = dict[str, Account]()
    for key, (name, services) in _OFFICES.items():
        email = f"{key}@demonstration.invalid"
        account = Account(
            id=uuid5(NAMESPACE_URL, f"mailto:{email}"),
            email=email,
            name=name,
            grants=frozenset(Grant(Role.CASE_WORKER, service=service) for service in services),
            created_at=now,
        )
        await work.accounts.put(account)
        by_service |= dict.fromkeys(services, account)
    return by_service


class Reporters:
    """Somebody of each school or department, another one each time where there are several."""

    def __init__(self, people: Mapping[str, Sequence[UUID]]) -> None:
        self._next: dict[str, Iterator[UUID]] = {
            unit: cycle(theirs) for unit, theirs in people.items()
        }

    def of(self, unit: str) -> UUID | None:
        return next(self._next[unit]) if unit in self._next else None


async def reporters(work: UnitOfWork, units: Sequence[Unit]) -> Reporters:
    found = defaultdict[str, list[UUID]](list)
    for unit in units:
        some = await work.people.find(units=[unit.key], limit=100)
        for person in some.people:
            if unit.key in person.units and _SPEAKS_FOR & set(person.roles):
                found[unit.key].append(person.id)
    return Reporters(found)
