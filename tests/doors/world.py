"""A body in which everything that is not everybody's carries a mark of its own.

Two departments with a school each, two services with a part each: whoever's roles reach one of a
kind does not reach the other. The rules are written here a second time, plainly, so that the
program is not measured by itself.
"""

import re
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from itertools import product
from typing import Final
from uuid import UUID

from analytics.chart_renderer import ChartRenderer
from analytics.charts import Chart
from analytics.figures import Figures
from survey.domain import case_acts as acts
from survey.domain.accounts import Account, Grant, Role
from survey.domain.audit import SERVICE, Note
from survey.domain.calendar import span
from survey.domain.campaign import CampaignState
from survey.domain.cases import Audience, CaseKind
from survey.domain.people import Person
from survey.domain.records import (
    CellKey,
    Event,
    EventKind,
    KeySide,
    Part,
    Period,
    PublishedCell,
    Service,
    Unit,
)
from survey.services.api_keys import Scope
from tests.support.application import NOON, Running
from tests.support.campaigns import PULSE, keep
from tests.support.cases import a_case, an_entry
from tests.support.staff import an_account

SURVEY: Final = "service-satisfaction"
PARENTS: Final = {"k-quartz": "k-north", "k-basalt": "k-south", "k-almond": "k-walnut"} | {
    "k-rowan": "k-cedar"
}
UNITS: Final = {
    "k-north": "Norrland",
    "k-quartz": "Quartz School",
    "k-south": "Sundmark",
    "k-basalt": "Basalt School",
}
SERVICES: Final = {
    "k-walnut": "Walnut desk",
    "k-almond": "Almond desk",
    "k-cedar": "Cedar desk",
    "k-rowan": "Rowan desk",
}
PEOPLE: Final = {unit: f"{unit.removeprefix('k-')}ling" for unit in UNITS}
"""The family name of the one person of each unit."""

CAMPAIGN: Final = PULSE.model_copy(
    update={"key": "k-campaign", "title": "Campaignmark", "questionnaire": SURVEY}
)

CASES: Final = {"inside": "Insidewail", "outside": "Outsidewail", "for few": "Fewwail"}
"""What somebody reported in each place; the last of them inside."""

TO_PROVIDERS: Final = {"inside": "Insideplea", "outside": "Outsideplea", "for few": "Fewplea"}
"""What staff wrote of each of these to whoever provides the service."""

INSIDE: Final = {"unit": "k-quartz", "service": "k-almond"}
OUTSIDE: Final = {"unit": "k-basalt", "service": "k-rowan"}


@dataclass(frozen=True, slots=True)
class Caller:
    """One of the kinds of caller; those with `account` are signed in to it.

    A key has a scope, or a secret and the grants to which it is bound.
    """

    name: str
    scope: Scope | None = None
    account: Account | None = None
    secret: str = ""
    bound: frozenset[Grant] = frozenset()

    @property
    def grants(self) -> frozenset[Grant]:
        return self.account.grants if self.account else frozenset()


@dataclass(frozen=True, slots=True)
class Mark:
    """What shows that something was read, and who may read it."""

    name: str
    pattern: re.Pattern[str]
    theirs: Callable[[Caller], bool]


@dataclass(frozen=True, slots=True)
class Planted:
    """The marks, and the people and accounts whose identifiers stand in addresses."""

    marks: tuple[Mark, ...]
    people: Mapping[str, Person]
    other: Account
    callers: tuple[Caller, ...]
    keys: Mapping[Scope, str]
    key_ids: tuple[UUID, ...]
    events: tuple[UUID, ...]
    cases: tuple[str, ...]


class Telling(ChartRenderer):
    """Writes out whatever a chart was given, and draws nothing."""

    async def svg(self, chart: Chart) -> str:
        return f'<svg xmlns="http://www.w3.org/2000/svg"><text>{escape(repr(chart))}</text></svg>'


def telling(figures: Figures) -> Figures:
    return replace(figures, charts=Telling())


# --- who may read what, said once more ---


def reaches(granted: str, key: str) -> bool:
    """Whether what was granted is this, or lies above it; nothing granted by name is all."""
    here: str | None = key
    while here:
        if here == granted:
            return True
        here = PARENTS.get(here)
    return not granted


def reads_figure(caller: Caller, unit: str, service: str) -> bool:
    return caller.scope is Scope.READ or any(
        grant.role not in (Role.CASE_WORKER, Role.PROVIDER)
        and reaches(grant.unit, unit)
        and reaches(grant.service, service)
        for grant in caller.grants
    )


def reads_people(caller: Caller, unit: str) -> bool:
    return any(
        grant.role in (Role.ADMINISTRATOR, Role.SURVEY_MANAGER)
        and reaches(grant.unit, unit)
        and not grant.service
        for grant in caller.grants
    )


def reads_accounts(caller: Caller) -> bool:
    return Grant(Role.ADMINISTRATOR) in caller.grants


def reads_campaigns(caller: Caller) -> bool:
    """They go across all units and services: a role on a part opens none."""
    roles = (Role.ADMINISTRATOR, Role.SURVEY_MANAGER, Role.SERVICE_MANAGER)
    return caller.scope is Scope.READ or any(Grant(role) in caller.grants for role in roles)


def reads_case(caller: Caller, case: str) -> bool:
    """What somebody reported."""
    if case == "for few":
        return Grant(Role.ADMINISTRATOR) in caller.grants
    staff = (Role.ADMINISTRATOR, Role.SERVICE_MANAGER, Role.CASE_WORKER)
    return caller.scope is Scope.READ_CASES or _at_case(caller, case, staff)


def reads_word_to_provider(caller: Caller, case: str) -> bool:
    return reads_case(caller, case) or (
        case != "for few" and _at_case(caller, case, (Role.PROVIDER,))
    )


def _at_case(caller: Caller, case: str, roles: Collection[Role]) -> bool:
    place = OUTSIDE if case == "outside" else INSIDE
    return any(
        grant.role in roles
        and reaches(grant.unit, place["unit"])
        and reaches(grant.service, place["service"])
        for grant in caller.grants | caller.bound
    )


def names_unit(caller: Caller, unit: str) -> bool:
    """A name is theirs with what lies in it, and with what it lies in."""
    return caller.scope is Scope.READ or any(
        reaches(grant.unit, unit) or reaches(unit, grant.unit) for grant in caller.grants
    )


def names_service(caller: Caller, service: str) -> bool:
    return caller.scope is Scope.READ or any(
        reaches(grant.service, service) or reaches(service, grant.service)
        for grant in caller.grants
    )


# --- planting ---


async def plant(here: Running) -> Planted:
    """Fill an empty installation; each thing once, each with its mark."""
    await here.publish(SURVEY)
    people = {
        unit: Person(
            id=here.core.ids.uuid(),
            key=f"p-{name}",
            name=f"Pernel {name.title()}",
            units=(unit,),
            created_at=NOON,
            email=f"{name}@barnet.example",
        )
        for unit, name in PEOPLE.items()
    }
    events = [
        Event(here.core.ids.uuid(), NOON.date(), EventKind.GO_LIVE, name, place["service"])
        for name, place in (("Moved inside", INSIDE), ("Moved outside", OUTSIDE))
    ]
    cells = list(_cells())
    async with here.core.begin() as work:
        await work.organisation.put_units(
            Unit(key, name, "school" if key in PARENTS else "department", PARENTS.get(key))
            for key, name in UNITS.items()
        )
        await work.organisation.put_services(
            Service(key, name, "Provider", PARENTS.get(key)) for key, name in SERVICES.items()
        )
        await work.people.put(people.values())
        for event in events:
            await work.events.add(event)
        await work.cells.put(cell for cell, _ in cells)
        note = Note(NOON, SERVICE, "unit.changed", "unit:k-basalt", {"auditmark": 1})
        await work.audit.add(note)
        await work.commit()
    await keep(here, CAMPAIGN, state=CampaignState.DRAFT, version=None)
    other = await an_account(
        here, Grant(Role.VIEWER, unit="k-south", service="k-cedar"), name="Ona Otherholm"
    )
    made = {
        scope: await here.core.api_keys.add(f"keymark {scope}", frozenset({scope}))
        for scope in Scope
    }
    callers = [caller async for caller in _callers(here)]
    callers += [caller async for caller in _bound_keys(here)]
    marks = (*_marks(cells), *_other_marks())
    cases = [
        await a_case(
            here,
            text=text,
            restricted=name == "for few",
            kind=CaseKind.OTHER,
            unit=place["unit"],
            service=place["service"],
        )
        for name, text in CASES.items()
        for place in [OUTSIDE if name == "outside" else INSIDE]
    ]
    for case, text in zip(cases, TO_PROVIDERS.values(), strict=True):
        await an_entry(here, case, acts.note(text, audience=Audience.PROVIDER))
    return Planted(
        marks=marks,
        people=people,
        other=other,
        callers=tuple(callers),
        keys={scope: new.secret for scope, new in made.items()},
        key_ids=tuple(new.record.id for new in made.values()),
        events=tuple(event.id for event in events),
        cases=tuple(case.reference for case in cases),
    )


async def _callers(here: Running) -> AsyncIterator[Caller]:
    """All kinds but the person in chat, who calls by other means."""
    yield Caller("anybody")
    for scope in Scope:
        yield Caller(f"key {scope}", scope=scope)
    for role in Role:
        for unit, service in (("k-north", ""), ("", "k-walnut"), ("k-quartz", "k-almond")):
            grant = Grant(role, unit, service)
            yield Caller(f"{role} of {unit} {service}", account=await an_account(here, grant))
    yield Caller("administrator", account=await an_account(here, Grant(Role.ADMINISTRATOR)))


async def _bound_keys(here: Running) -> AsyncIterator[Caller]:
    """Keys that reach what is inside, for staff and for a provider."""
    scopes = frozenset({Scope.READ_CASES, Scope.WRITE_CASES})
    for side, role in ((KeySide.STAFF, Role.CASE_WORKER), (KeySide.PROVIDER, Role.PROVIDER)):
        for unit, service in (("", "k-walnut"), ("k-quartz", "k-almond")):
            made = await here.core.api_keys.add(
                f"keymark {side}", scopes, side=side, parts=[Part(unit, service)]
            )
            yield Caller(
                f"key of {side} of {unit} {service}",
                secret=made.secret,
                bound=frozenset({Grant(role, unit, service)}),
            )


def _cells() -> Iterator[tuple[PublishedCell, tuple[str, str, int]]]:
    """A figure for each unit and service and all of them together; no two are alike."""
    places = product(("", *UNITS), ("", *SERVICES))
    for number, (unit, service) in enumerate(places):
        for by in (Period.MONTH, Period.QUARTER, Period.YEAR):
            when = span(date(2026, 4, 1), by, year_start=4)
            key = CellKey(SURVEY, 1, "satisfaction", unit, service, by, when.start)
            cell = PublishedCell(
                key=key,
                end=when.end,
                status="published",
                value=f"{41 + number}.7",
                value_band=None,
                n=731_001 + number,
                n_band=None,
                low=f"{41 + number}.3",
                high=f"{41 + number}.9",
                as_of=NOON,
                final=False,
                basis={},
            )
            yield cell, (unit, service, number)


def _marks(cells: list[tuple[PublishedCell, tuple[str, str, int]]]) -> Iterator[Mark]:
    for unit, service, number in {place for _, place in cells}:
        people = f"{731_001 + number:,}".replace(",", ",?")
        yield Mark(
            f"figure of {unit or 'all'} and {service or 'all'}",
            re.compile(rf"(?<![\d.]){41 + number}\.[379](?!\d)|{people}"),
            lambda caller, unit=unit, service=service: reads_figure(caller, unit, service),  # type: ignore[misc]
        )
    for unit, name in PEOPLE.items():
        yield Mark(
            f"person of {unit}",
            re.compile(name, re.IGNORECASE),
            lambda caller, unit=unit: reads_people(caller, unit),  # type: ignore[misc]
        )
    for unit, name in UNITS.items():
        yield Mark(
            f"name of {unit}",
            re.compile(re.escape(name)),
            lambda caller, unit=unit: names_unit(caller, unit),  # type: ignore[misc]
        )
    for service, name in SERVICES.items():
        yield Mark(
            f"name of {service}",
            re.compile(re.escape(name)),
            lambda caller, service=service: names_service(caller, service),  # type: ignore[misc]
        )


def _other_marks() -> Iterator[Mark]:
    for place, service in (("inside", INSIDE["service"]), ("outside", OUTSIDE["service"])):
        yield Mark(
            f"event of {service}",
            re.compile(f"Moved {place}"),
            lambda caller, service=service: names_service(caller, service),  # type: ignore[misc]
        )
    for name, text in CASES.items():
        yield Mark(
            f"case {name}",
            re.compile(text),
            lambda caller, name=name: reads_case(caller, name),  # type: ignore[misc]
        )
    for name, text in TO_PROVIDERS.items():
        yield Mark(
            f"word to the provider {name}",
            re.compile(text),
            lambda caller, name=name: reads_word_to_provider(caller, name),  # type: ignore[misc]
        )
    for name, pattern in (("account", "Otherholm"), ("key", "keymark"), ("record", "auditmark")):
        yield Mark(name, re.compile(pattern), reads_accounts)
    yield Mark("campaign", re.compile(CAMPAIGN.title), reads_campaigns)
