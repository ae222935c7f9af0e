"""What the invented answers tell: levels over time, in parts of 1 (shares) or 0 to 100 (index).

The story follows a real one: a shared service that starts badly and gets better, a payroll that
stumbles when it moves office, an HR system that is hard to use, members' IT that is put right, and
staff whose engagement rises a little, but for one department.
"""

from dataclasses import dataclass
from typing import Final

from api.demonstration.borough import MEMBERS, PRIMARY, SECONDARY
from survey.domain.records import EventKind

MONTHS: Final = 30
"""From the first month with answers to the current one."""

RELOCATION: Final = 14
"""The month, counted from the first, in which payroll moves to another office."""

HR_RELEASE: Final = 24
"""The month in which a new HR system comes."""

CHANGES: Final = (RELOCATION - 1, RELOCATION, HR_RELEASE - 1, HR_RELEASE)
"""The months in which people are asked whether they are ready for a change."""


EVENTS: Final = (
    (RELOCATION, EventKind.RELOCATION, "Payroll moved to another office", "payroll"),
    (HR_RELEASE, EventKind.GO_LIVE, "A new HR system", "hr"),
)
"""What happened: (month, kind, name, service)."""


@dataclass(frozen=True, slots=True)
class Level:
    """A share that moves in a straight line from the first month to the last."""

    first: float
    last: float

    def at(self, month: int) -> float:
        return self.first + (self.last - self.first) * month / (MONTHS - 1)


_SATISFIED: Final = {
    "customer_services": Level(0.55, 0.79),
    "estates": Level(0.53, 0.67),
    "finance": Level(0.58, 0.76),
    "hr": Level(0.38, 0.45),
    "it": Level(0.49, 0.74),
    "parking": Level(0.48, 0.62),
    "payroll": Level(0.60, 0.76),
    "pensions": Level(0.56, 0.73),
    "procurement": Level(0.50, 0.64),
    "revenues_benefits": Level(0.54, 0.77),
}
_EASY: Final = {"hr": Level(0.24, 0.31)}
_MOST_EASY: Final = Level(0.50, 0.68)
_RESOLVED: Final = {"hr": Level(0.26, 0.40)}
_MOST_RESOLVED: Final = Level(0.32, 0.62)

_UNIT_OFFSET: Final = {
    "environment": -0.06,
    "planning": 0.05,
    "public-health": 0.04,
    PRIMARY: 0.01,
    SECONDARY: -0.04,
    MEMBERS: -0.05,
}
CONTENT: Final = "customers-registrars"
"""A team in which everybody is satisfied, so that its share is shown as a band."""

_DIP: Final = ((0, -0.20), (1, -0.34), (2, -0.32), (3, -0.27), (4, -0.20), (5, -0.14), (6, -0.08))
_MEMBERS_IT: Final = Level(0.22, 0.78)


def satisfied(service: str, unit: str, group: str, month: int) -> float:
    """The share satisfied with a service; `group` is the unit above, which sets the tone too."""
    if unit == CONTENT:
        return 1.0
    if unit == MEMBERS and service == "it":
        return _MEMBERS_IT.at(month)
    level = _SATISFIED[service].at(month) + _UNIT_OFFSET.get(unit, _UNIT_OFFSET.get(group, 0.0))
    return _share(level + _stumble(service, month))


def easy(service: str, month: int) -> float:
    """The share who find it easy to handle their request."""
    return _share(_EASY.get(service, _MOST_EASY).at(month) + _stumble(service, month))


def resolved(service: str, month: int) -> float:
    """The share whose query is resolved the first time."""
    return _share(_RESOLVED.get(service, _MOST_RESOLVED).at(month) + _stumble(service, month))


def members_satisfied(month: int) -> float:
    """The share of members satisfied with their IT."""
    return _MEMBERS_IT.at(month)


def members_mail_works(month: int) -> float:
    """The share of members whose e-mail works on their devices."""
    return Level(0.45, 0.92).at(month)


def engagement(unit: str, month: int) -> float:
    """The mean staff engagement index of a unit, 0 to 100."""
    if unit.startswith("environment"):
        return Level(46, 40).at(month)
    if unit.startswith("children"):
        return Level(52, 61).at(month)
    return Level(50, 58).at(month)


def workload_acceptable(unit: str) -> float:
    return 0.35 if unit.startswith(("children", "environment")) else 0.55


def confidence(month: int) -> float:
    """The share of departments that trust the provider to deliver."""
    return Level(0.30, 0.62).at(month)


def ready(month: int) -> float:
    """The share who are ready for the change; the second one was prepared better."""
    return 0.34 if month <= RELOCATION else 0.56


def _stumble(service: str, month: int) -> float:
    return dict(_DIP).get(month - RELOCATION, 0.0) if service == "payroll" else 0.0


def _share(level: float) -> float:
    return min(0.97, max(0.03, level))
