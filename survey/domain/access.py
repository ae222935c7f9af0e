"""Who may do what, and where: the one function per thing that every door asks.

An account holds grants: a role on a unit and on a service, each with what lies below. What happens
without a sign-in (anybody, a linked person in chat, an API key's scopes) is declared at the doors.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from survey.domain.accounts import Grant, Role
from survey.domain.organisation import ancestors
from survey.domain.records import Service, Unit


class Action(StrEnum):
    """What a page, a command or a button does, as far as roles tell it apart."""

    READ_FIGURES = "read figures"
    READ_UNITS = "read units"
    EDIT_UNITS = "edit units"
    READ_SERVICES = "read services"
    EDIT_SERVICES = "edit services"
    READ_PEOPLE = "read people"
    EDIT_PEOPLE = "edit people"
    ACCOUNTS = "accounts"
    KEYS = "keys for other systems"
    AUDIT = "audit"
    RIGHTS = "export and erase a person"
    READ_CAMPAIGNS = "read campaigns"
    RUN_CAMPAIGNS = "run campaigns"
    READ_CASES = "read cases"
    WORK_CASES = "work cases"
    READ_RESTRICTED = "read restricted cases"
    ANSWER_HANDED_OVER = "answer cases that were handed over"
    """To the provider of a service: also to read what is for them."""


_EVERYBODY: Final = frozenset(Role) - {Role.PROVIDER}
"""Of the body itself."""
_ADMINISTRATOR: Final = frozenset({Role.ADMINISTRATOR})
_AT_CASES: Final = _ADMINISTRATOR | {Role.SERVICE_MANAGER, Role.CASE_WORKER}

ALLOWED: Final[Mapping[Action, frozenset[Role]]] = {
    Action.READ_FIGURES: _EVERYBODY - {Role.CASE_WORKER},
    Action.READ_UNITS: _EVERYBODY,
    Action.EDIT_UNITS: _ADMINISTRATOR,
    Action.READ_SERVICES: _EVERYBODY,
    Action.EDIT_SERVICES: _ADMINISTRATOR | {Role.SERVICE_MANAGER},
    Action.READ_PEOPLE: _ADMINISTRATOR | {Role.SURVEY_MANAGER},
    Action.EDIT_PEOPLE: _ADMINISTRATOR | {Role.SURVEY_MANAGER},
    Action.ACCOUNTS: _ADMINISTRATOR,
    Action.KEYS: _ADMINISTRATOR,
    Action.AUDIT: _ADMINISTRATOR,
    Action.RIGHTS: _ADMINISTRATOR,
    Action.READ_CAMPAIGNS: _ADMINISTRATOR | {Role.SURVEY_MANAGER, Role.SERVICE_MANAGER},
    Action.RUN_CAMPAIGNS: _ADMINISTRATOR | {Role.SURVEY_MANAGER},
    Action.READ_CASES: _AT_CASES,
    Action.WORK_CASES: _AT_CASES,
    Action.READ_RESTRICTED: _ADMINISTRATOR,
    Action.ANSWER_HANDED_OVER: frozenset({Role.PROVIDER}),
}
"""Which roles an action takes; where is told by the grant."""

OF_THE_WHOLE_BODY: Final = frozenset(
    {
        Action.ACCOUNTS,
        Action.KEYS,
        Action.AUDIT,
        Action.READ_CAMPAIGNS,
        Action.RUN_CAMPAIGNS,
        Action.READ_RESTRICTED,
    }
)
"""Done to everything or not at all: who could invite an account or make a key for a part of the
body could give themselves the rest; and a campaign asks across schools and departments."""


@dataclass(frozen=True, slots=True)
class Trees:
    """What lies below what: for each key itself and those above it, '' last."""

    units: Mapping[str, Collection[str]]
    services: Mapping[str, Collection[str]]

    @classmethod
    def of(cls, units: Sequence[Unit], services: Sequence[Service]) -> Self:
        return cls(units=ancestors(units), services=ancestors(services))

    def covers(self, grant: Grant, *, unit: str, service: str) -> bool:
        """Whether the grant reaches this unit and service; '' is all of them together.

        A key that does not exist lies below the whole body and nothing else.
        """
        return grant.unit in self.units.get(unit, ("",)) and grant.service in self.services.get(
            service, ("",)
        )


NOTHING_BELOW: Final = Trees(units={}, services={})


def may(
    grants: Iterable[Grant], action: Action, trees: Trees, *, unit: str = "", service: str = ""
) -> bool:
    """Whether the holder of these grants may do this to this unit and service.

    Left out, both stand for the whole body and all services: a figure of one school needs less
    than the same figure of everybody.
    """
    if action in OF_THE_WHOLE_BODY:
        unit = service = ""
    roles = ALLOWED[action]
    return any(
        grant.role in roles and trees.covers(grant, unit=unit, service=service) for grant in grants
    )


def may_somewhere(grants: Iterable[Grant], action: Action) -> bool:
    """Whether there is anything at all that they may do this to: for menus and list pages."""
    return any(
        grant.role in ALLOWED[action]
        and not (action in OF_THE_WHOLE_BODY and (grant.unit or grant.service))
        for grant in grants
    )


def units_for(grants: Collection[Grant], action: Action, trees: Trees) -> frozenset[str]:
    """All units to which they may do this, whatever the service; '' among them is the whole body.

    A grant on a service does not count: it opens no list of people or units.
    """
    return frozenset(unit for unit in ("", *trees.units) if may(grants, action, trees, unit=unit))


def services_for(grants: Collection[Grant], action: Action, trees: Trees) -> frozenset[str]:
    """All services to which they may do this in every unit; '' among them is all services."""
    return frozenset(
        service for service in ("", *trees.services) if may(grants, action, trees, service=service)
    )
