"""Roles in words, and where they hold."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from survey.domain.accounts import Grant, Role
from survey.domain.language import N_
from survey.domain.records import Service, Unit

ROLES: Final[Mapping[Role, tuple[str, str]]] = {
    Role.ADMINISTRATOR: (
        N_("Administrator"),
        N_("manages accounts, people, schools and departments, and reads everything"),
    ),
    Role.SURVEY_MANAGER: (
        N_("Survey manager"),
        N_("manages people and surveys, and reads figures"),
    ),
    Role.SERVICE_MANAGER: (
        N_("Service manager"),
        N_("manages services and reads their figures"),
    ),
    Role.CASE_WORKER: (N_("Case worker"), N_("works on reported problems")),
    Role.VIEWER: (N_("Viewer"), N_("reads figures")),
}
"""What a role is called, and what it is for."""

Say = Callable[[str], str]


def roles_told(
    grants: Iterable[Grant], say: Say, units: Sequence[Unit], services: Sequence[Service]
) -> list[str]:
    """Each grant as people say it: "Service manager: Payroll, in Schools"."""
    unit_names = {unit.key: unit.name for unit in units}
    service_names = {service.key: service.name for service in services}
    return [
        _told(
            grant,
            say,
            unit_names.get(grant.unit, grant.unit),
            service_names.get(grant.service, grant.service),
        )
        for grant in sorted(grants)
    ]


def _told(grant: Grant, say: Say, unit: str, service: str) -> str:
    named = {"role": say(ROLES[grant.role][0]), "unit": unit, "service": service}
    if unit and service:
        return say(N_("%(role)s: %(service)s, in %(unit)s")) % named
    if service:
        return say(N_("%(role)s: %(service)s, everywhere")) % named
    if unit:
        return say(N_("%(role)s: %(unit)s")) % named
    return say(N_("%(role)s: everything")) % named
