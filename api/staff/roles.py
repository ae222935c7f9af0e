"""Roles as people read them, and what each lets one do."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from survey.domain.accounts import Grant, Method, Role
from survey.domain.language import N_
from survey.domain.records import Service, Unit

ROLES: Final[Mapping[Role, str]] = {
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.SURVEY_MANAGER: N_("Survey manager"),
    Role.SERVICE_MANAGER: N_("Service manager"),
    Role.CASE_WORKER: N_("Case worker"),
    Role.VIEWER: N_("Viewer"),
    Role.PROVIDER: N_("Provider"),
}

DUTIES: Final[Mapping[Role, str]] = {
    Role.ADMINISTRATOR: N_(
        "everything: people, schools, services, figures, accounts, keys and the record"
    ),
    Role.SURVEY_MANAGER: N_("people and figures; invites people to the chat"),
    Role.SERVICE_MANAGER: N_("figures; notes what changed; sees no people"),
    Role.CASE_WORKER: N_("schools and services; sees no figures and no people"),
    Role.VIEWER: N_("figures, and changes nothing"),
    Role.PROVIDER: N_(
        "problem reports of its services that staff handed over, what is for the provider in them "
        "and nothing of who reported them; notes, and says whether they are fixed; nothing else"
    ),
}
"""What each role is for, as whoever gives it reads it; `survey.domain.access` decides."""

METHODS: Final[Mapping[Method, str]] = {
    Method.PASSWORD: N_("with your password"),
    Method.EMAIL: N_("by a link in an e-mail"),
    Method.CHAT: N_("by a link from the chat"),
    Method.SSO: N_("by single sign-on"),
    Method.LOOK_ROUND: N_("to look round"),
}


@dataclass(frozen=True, slots=True)
class Places:
    """How the page calls units and services, by key."""

    units: Mapping[str, str]
    services: Mapping[str, str]

    @classmethod
    def of(cls, units: Iterable[Unit], services: Iterable[Service], language: str) -> Self:
        return cls(
            {unit.key: unit.name for unit in units},
            {service.key: service.called(language) for service in services},
        )


def grants_in_words(
    grants: Iterable[Grant], say: Callable[[str], str], places: Places
) -> list[str]:
    """ "Viewer: Oakfield Primary School" and the others; a key that is not known stays."""
    return [_in_words(grant, say, places) for grant in sorted(grants)]


def _in_words(grant: Grant, say: Callable[[str], str], known: Places) -> str:
    role = say(ROLES[grant.role])
    places = [
        names.get(key, key)
        for key, names in ((grant.service, known.services), (grant.unit, known.units))
        if key
    ]
    return f"{role}: {', '.join(places)}" if places else f"{role}: {say(N_('everything'))}"
