"""A33: no caller reads what is not theirs, through whatever door.

Eight kinds of caller, every route that there is, a unit and a service within their scope and
outside it. What each may read is written down a second time in `world`.
"""

from collections.abc import AsyncIterator
from itertools import cycle, islice, product
from random import Random

import pytest

from api import access
from api.access import Access
from api.access import Caller as Known
from survey.domain.access import ALLOWED, Action, Trees
from survey.domain.accounts import Role
from survey.services import case_reading
from survey.services.api_keys import Scope
from tests.doors.reading import House, Reading, furnished, listed
from tests.doors.routes import Door, addresses, doors
from tests.doors.world import CASES, TO_PROVIDERS, Caller
from tests.support.application import Running
from tests.support.databases import DatabaseKind

_LOOKING = ("GET",)
_MANAGED = ("/staff/trends", "/staff/people")


@pytest.fixture
def database_kind() -> DatabaseKind:
    """What a role reaches is decided before any query: one database is enough."""
    return DatabaseKind.SQLITE


@pytest.fixture
async def house(here: Running) -> AsyncIterator[House]:
    async with furnished(here) as whole:
        yield whole


async def looked(house: House, caller: Caller, *only: str) -> list[tuple[Door, Reading]]:
    """Everything that this caller is shown by looking."""
    headers = await house.headers(caller)
    return [
        (door, await house.call(caller, door.method, address, headers))
        for door in doors(house.app)
        if door.method in _LOOKING and door.path.startswith(only or "/")
        for address in addresses(door, house.planted)
    ]


def wrong(house: House, caller: Caller, read: list[tuple[Door, Reading]]) -> list[str]:
    return [each for door, reading in read for each in house.wrong(reading, caller, door)]


@pytest.mark.parametrize("kind", ["anybody", "key", *Role])
async def test_a33_nobody_reads_what_is_not_theirs(kind: str, house: House) -> None:
    for caller in house.planted.callers:
        if not caller.name.startswith(kind):
            continue
        read = await looked(house, caller)
        found = wrong(house, caller, read)
        assert not found, listed(found)
        assert not [reading for _, reading in read if reading.status >= 500]
        rightly = any(
            mark.name.startswith("figure") and mark.pattern.search(reading.text)
            for _, reading in read
            for mark in house.planted.marks
        )
        assert rightly is reads_figures(caller), f"{caller.name} sees too little"


def reads_figures(caller: Caller) -> bool:
    return caller.scope is Scope.READ or any(
        grant.role not in (Role.CASE_WORKER, Role.PROVIDER) for grant in caller.grants
    )


@pytest.mark.parametrize(
    ("kind", "path", "read"),
    [
        ("key of staff ", "/api/v1/cases", ["Insidewail", "Insideplea"]),
        ("key of provider ", "/api/v1/cases", ["Insideplea"]),
        ("provider of ", "/staff/handed-over", ["Insideplea"]),
    ],
)
async def test_whoever_has_a_part_reads_what_is_theirs_in_it(
    kind: str, path: str, read: list[str], house: House
) -> None:
    """What nobody reads is told to nobody, and proves nothing."""
    theirs = [each for each in house.planted.callers if each.name.startswith(kind)]
    assert theirs
    for caller in theirs:
        text = "".join(reading.text for _, reading in await looked(house, caller, path))
        words = (*CASES.values(), *TO_PROVIDERS.values())
        assert [word for word in words if word in text] == read


@pytest.mark.parametrize("name", ["key of provider of k-quartz k-almond", "provider of k-north "])
async def test_a_provider_who_is_shown_all_of_a_report_is_found(
    name: str, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_reading, "entries_for", lambda _, __, timeline: tuple(timeline))
    caller = next(each for each in house.planted.callers if each.name == name)

    read = await looked(house, caller, "/api/v1/cases", "/staff/handed-over")

    assert [each for each in wrong(house, caller, read) if "case inside" in each]


async def test_a33_a_form_shows_nobody_what_is_not_theirs_and_changes_nothing_of_it(
    house: House,
) -> None:
    before = await _outside(house)
    found: list[str] = []
    for caller, door in product(house.planted.callers, doors(house.app)):
        if door.method in _LOOKING or reads_everything(caller):
            continue
        headers = await house.headers(caller)
        for address in addresses(door, house.planted, places=False):
            asked = f"{address}?unit=k-basalt&service=k-rowan"
            reading = await house.call(caller, door.method, asked, headers)
            found += house.wrong(reading, caller, door)
            assert reading.status < 500, reading

    assert not found, listed(found)
    assert await _outside(house) == before


def reads_everything(caller: Caller) -> bool:
    return caller.name == "administrator"


async def _outside(house: House) -> list[object]:
    """What nobody but an administrator of all reaches, as it is stored."""
    async with house.here.core.begin.read() as work:
        return [
            await work.people.get(house.planted.people["k-basalt"].id),
            await work.accounts.get(house.planted.other.id),
            [each for each in await work.organisation.units() if each.key == "k-basalt"],
            [each for each in await work.organisation.services() if each.key == "k-rowan"],
        ]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "QUERY"])
async def test_a33_no_other_method_opens_a_door(method: str, house: House) -> None:
    answered = {(door.method, door.path) for door in doors(house.app)}
    found: list[str] = []
    for caller in (house.planted.callers[0], house.planted.callers[4]):
        headers = await house.headers(caller)
        for door in doors(house.app):
            if (method, door.path) in answered:
                continue
            for address in addresses(door, house.planted, places=False):
                reading = await house.call(caller, method, address, headers)
                found += house.wrong(reading, caller, door)
                assert reading.status in (303, 400, 401, 403, 404, 405, 413, 415, 422), reading

    assert not found, listed(found)


# --- broken, it is seen ---


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("figures", "figure of"),
        ("trees", "figure of"),
        ("roles", "person of"),
        ("rule", "figure of"),
    ],
)
async def test_a_door_that_stands_open_is_found(
    broken: str, told: str, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "viewer of k-north "
    match broken:
        case "figures":
            monkeypatch.setattr(Known, "may_read_figure", lambda *_, **__: True)
        case "trees":
            monkeypatch.setattr(Trees, "covers", lambda *_, **__: True)
        case "roles":
            monkeypatch.setitem(ALLOWED, Action.READ_PEOPLE, frozenset(Role))
        case "rule":
            name = "anybody"
            monkeypatch.setattr(lock_of(house, "/staff/trends"), "rule", access.Rule.ANYBODY)
            monkeypatch.setattr(Known, "may_read_figure", lambda *_, **__: True)
    caller = next(each for each in house.planted.callers if each.name == name)

    found = wrong(house, caller, await looked(house, caller, *_MANAGED))

    assert [each for each in found if told in each], listed(found)


def lock_of(house: House, path: str) -> Access:
    """What guards a route."""
    return next(door.lock for door in doors(house.app) if door.path == path)


@pytest.mark.soak
async def test_a33_twenty_thousand_calls_read_nothing_wrong(house: House) -> None:
    everything = [
        (caller, door, address)
        for caller in house.planted.callers
        for door in doors(house.app)
        if door.method in _LOOKING
        for address in addresses(door, house.planted, every=True)
    ]
    Random(33).shuffle(everything)
    headers = {caller.name: await house.headers(caller) for caller in house.planted.callers}
    found: list[str] = []
    for caller, door, address in islice(cycle(everything), 20_000):
        reading = await house.call(caller, door.method, address, headers[caller.name])
        found += house.wrong(reading, caller, door)
        assert reading.status < 500, reading

    assert not found, listed(found)
