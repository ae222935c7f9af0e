"""The body that the demonstration is about: departments, teams, 30 schools, its elected members."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from survey.domain.records import Service, Unit

ORGANISATION: Final = "Example Borough Council"
PROVIDER: Final = "Example Services Partnership"

MEMBERS: Final = "members"
MEMBERS_IN_OFFICE: Final = 63

PRIMARY: Final = "primary-schools"
SECONDARY: Final = "secondary-schools"

_OWN_SERVICES: Final = frozenset({"parking", "other"})
"""What the council kept; the provider runs the rest."""

OWNERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("hr", "payroll", "pensions"), "People team"),
        **dict.fromkeys(("finance", "procurement", "revenues_benefits"), "Finance"),
        **dict.fromkeys(("estates", "parking"), "Environment and street scene"),
        "customer_services": "Customer and community services",
        "it": "Resources",
    }
)
_SYSTEMS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"hr": ("HR online",), "payroll": ("HR online", "Payslips online")}
)

_DEPARTMENTS: Final = (
    ("adults", "Adult social care"),
    ("children", "Children's services"),
    ("environment", "Environment and street scene"),
    ("housing", "Housing"),
    ("planning", "Planning and regeneration"),
    ("public-health", "Public health"),
    ("resources", "Resources"),
    ("customers", "Customer and community services"),
)
_TEAMS: Final = (
    ("adults-assessment", "Assessment and review", "adults"),
    ("adults-occupational-therapy", "Occupational therapy", "adults"),
    ("children-early-help", "Early help", "children"),
    ("children-placements", "Placements", "children"),
    ("environment-parks", "Parks and open spaces", "environment"),
    ("environment-waste", "Waste and recycling", "environment"),
    ("housing-repairs", "Housing repairs", "housing"),
    ("housing-options", "Housing options", "housing"),
    ("resources-legal", "Legal", "resources"),
    ("resources-finance", "Finance", "resources"),
    ("customers-libraries", "Libraries", "customers"),
    ("customers-registrars", "Registrars", "customers"),
)
_PRIMARIES: Final = (
    *(
        "Alder Grove",
        "Ashbrook",
        "Barley Lane",
        "Beechcroft",
        "Birchwood",
        "Brookside",
        "Cedar Park",
    ),
    *(
        "Elm Rise",
        "Fernhill",
        "Hawthorn Road",
        "Hazel Bank",
        "Heathside",
        "Larkfield",
        "Maple Street",
    ),
    *("Meadowbank", "Millbrook", "Oakfield", "Orchard Way", "Rowan Lea", "Willow Green"),
)
_SECONDARIES: Final = (
    *("Copthorne", "Eastbrook", "Highfield", "Kingsmead", "Longacre", "Northdown", "Parkside"),
    "Westbourne",
)
_SPECIALS: Final = ("Fairway", "Greenlands")


def units() -> Sequence[Unit]:
    """The organisation tree, parents first."""
    return (
        *(Unit(key, name, "department") for key, name in _DEPARTMENTS),
        *(Unit(key, name, "team", parent) for key, name, parent in _TEAMS),
        Unit(PRIMARY, "Primary schools", "school group"),
        Unit(SECONDARY, "Secondary and special schools", "school group"),
        *(_school(name, "Primary School", PRIMARY) for name in _PRIMARIES),
        *(_school(name, "School", SECONDARY) for name in _SECONDARIES),
        *(_school(name, "Special School", SECONDARY) for name in _SPECIALS),
        Unit(MEMBERS, "Members", "members' group"),
    )


def services(shipped: Sequence[Service]) -> Sequence[Service]:
    """The shipped services, with who runs each, who answers for it, and on what it runs."""
    return [
        replace(
            each,
            provider="" if each.key in _OWN_SERVICES else PROVIDER,
            owner=OWNERS.get(each.key, ""),
            systems=_SYSTEMS.get(each.key, ()),
        )
        for each in shipped
    ]


def _school(name: str, kind: str, group: str) -> Unit:
    return Unit(name.lower().replace(" ", "-"), f"{name} {kind}", "school", group)


_TEAM_SIZES: Final = (
    *(("adults", 5), ("adults-assessment", 6), ("adults-occupational-therapy", 4)),
    *(("children", 6), ("children-early-help", 5), ("children-placements", 2)),
    *(("environment", 4), ("environment-parks", 6), ("environment-waste", 8)),
    *(("housing", 4), ("housing-repairs", 6), ("housing-options", 4)),
    *(("planning", 9), ("public-health", 5)),
    *(("resources", 5), ("resources-legal", 2), ("resources-finance", 6)),
    *(("customers", 6), ("customers-libraries", 4), ("customers-registrars", 2)),
)
STAFF: Final[Mapping[str, int]] = MappingProxyType(dict(_TEAM_SIZES))
"""How many staff answer a pulse in a month; the smallest teams stay under the floor."""


def customers() -> Mapping[str, int]:
    """How many people of each unit rate a service in a month."""
    each: dict[str, int] = dict.fromkeys((key for key, _ in _DEPARTMENTS), 8)
    each["customers-registrars"] = 5
    each[MEMBERS] = 4
    for unit in units():
        if unit.kind == "school":
            each[unit.key] = 5 if unit.parent == SECONDARY else 4
    # A small school has a small office: what it says stays under the floor.
    each |= {"elm-rise": 2, "fernhill": 2, "rowan-lea": 1, "fairway": 2, "greenlands": 2}
    return each
