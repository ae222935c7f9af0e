"""Who looks at problem reports on a page of staff, and the names that stand on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends

from api.staff.audit_words import WHO
from api.staff.shell import Desk, staffed
from survey.domain.access import Action, may_somewhere
from survey.domain.accounts import Account
from survey.domain.addresses import address_of
from survey.domain.case_access import Looker, is_providers, may_see
from survey.domain.cases import Case, Entry
from survey.domain.language import N_
from survey.domain.named import account_of, person_of

PATH: Final = "/staff/cases"

TITLE: Final = N_("Problem reports")

Worker = Annotated[Desk, Depends(staffed(Action.WORK_CASES))]
Reader = Annotated[Desk, Depends(staffed(Action.READ_CASES))]


def looker_of(desk: Desk) -> Looker:
    """Whoever is at the desk, as the use cases of reports take them."""
    contact = address_of(desk.app.settings.data_protection_contact)
    return Looker(
        account=desk.account.id,
        grants=desk.caller.grants,
        trees=desk.caller.trees,
        is_contact=contact is not None and contact == address_of(desk.account.email),
    )


@dataclass(frozen=True, slots=True)
class Names:
    """What units, services, accounts and people of a page are called, by key or id."""

    units: Mapping[str, str]
    services: Mapping[str, str]
    accounts: Mapping[UUID, str]
    people: Mapping[UUID, str]

    def unit(self, key: str) -> str:
        return self.units.get(key, key)

    def service(self, key: str) -> str:
        return self.services.get(key, key)

    def owner(self, case: Case, desk: Desk) -> str:
        """Whose it is: the account, the team, both, or nobody yet."""
        account = ""
        if case.owner is not None:
            account = self.accounts.get(case.owner) or desk.say(N_("an account that is gone"))
        return " · ".join(filter(None, (account, case.team))) or desk.say(N_("Nobody yet"))

    def actor(self, actor: str, desk: Desk) -> str:
        """Who did something, as an entry names them."""
        if actor in WHO:
            return desk.say(WHO[actor])
        if account := account_of(actor):
            return self.accounts.get(account) or desk.say(N_("an account that is gone"))
        if person := person_of(actor):
            return self.people.get(person) or desk.say(N_("a person who is gone"))
        return desk.say(N_("Another system"))


async def names_for(
    desk: Desk, cases: Iterable[Case], timeline: Iterable[Entry] = (), accounts: bool = True
) -> Names:
    """The names that these cases and entries need."""
    units = await desk.app.organisation.known_units()
    services = await desk.app.organisation.services()
    people = {case.person for case in cases if case.person is not None}
    people |= {person for entry in timeline if (person := person_of(entry.actor))}
    async with desk.app.begin.read() as work:
        named = await work.people.names_of(people) if people else {}
    known = await desk.app.accounts.all() if accounts else ()
    return Names(
        units={each.key: each.name for each in units},
        services={each.key: each.called(desk.language) for each in services},
        accounts={each.id: each.name or each.email for each in known},
        people=named,
    )


def for_provider(account: Account, case: Case, desk: Desk) -> bool:
    """Whether they see this case once it is handed to the provider of its service."""
    looker = Looker(account.id, account.grants, desk.caller.trees)
    return account.ended_at is None and is_providers(looker, case)


def works_cases(account: Account) -> bool:
    """Whether there is any case at all that they may work."""
    return account.ended_at is None and may_somewhere(account.grants, Action.WORK_CASES)


def workers_of(case: Case, accounts: Iterable[Account], desk: Desk) -> list[Account]:
    """The accounts that may be given this case, by name: whose roles let them work it."""

    def can(account: Account) -> bool:
        looker = Looker(account.id, account.grants, desk.caller.trees)
        return works_cases(account) and may_see(looker, case, Action.WORK_CASES)

    return [each for each in accounts if can(each)]
