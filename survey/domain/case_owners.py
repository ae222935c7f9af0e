"""Whose a report is by default: as the service tree says it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from survey.domain.accounts import Account
from survey.domain.folding import folded
from survey.domain.records import Service


@dataclass(frozen=True, slots=True)
class Proposed:
    """An account, or a team by name; `said` is how the service names them, '' where it does not."""

    account: UUID | None = None
    team: str = ""
    said: str = ""


def proposed_owner(
    line: Iterable[str], services: Collection[Service], accounts: Collection[Account]
) -> Proposed:
    """Who answers for a service, or for the nearest one above it that says so.

    What stands there names an account by its name or address; anything else is a team.

    Args:
        line: the service and those above it, nearest first.
        accounts: those that may be given the report.
    """
    by_key = {each.key: each.owner.strip() for each in services}
    said = next((by_key[key] for key in line if by_key.get(key)), "")
    if not said:
        return Proposed()
    named = [each for each in accounts if folded(said) in (folded(each.name), folded(each.email))]
    if len(named) == 1:
        return Proposed(account=named[0].id, said=said)
    return Proposed(team=said, said=said)
