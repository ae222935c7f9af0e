"""Keys for other systems: what is recorded of them, and for what they are used."""

from datetime import timedelta

import pytest

from survey.domain.audit import Actor
from survey.domain.records import KeySide, Part
from survey.errors import Busy, FieldsRejected, Unknown
from survey.services.api_keys import Scope
from tests.support.application import NOON, Running
from tests.support.stored import audited

READ = frozenset({Scope.READ})


async def test_uses_of_a_key_are_counted_by_day_and_route_across_processes(here: Running) -> None:
    key = (await here.core.api_keys.add("payroll system", READ)).record
    for _ in range(3):
        here.core.api_keys.used(key, "/api/v1/trends")
    await here.core.api_keys.keep_uses()
    here.clock.advance(timedelta(minutes=5))
    here.core.api_keys.used(key, "/api/v1/trends")
    here.core.api_keys.used(key, "/api/v1/measures")
    await here.core.api_keys.keep_uses()

    uses = await here.core.api_keys.uses()

    assert [(use.route, use.times) for use in uses] == [
        ("/api/v1/measures", 1),
        ("/api/v1/trends", 4),
    ]
    assert uses[1].last_at == NOON + timedelta(minutes=5)


async def test_uses_that_could_not_be_kept_are_kept_with_the_next(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = (await here.core.api_keys.add("payroll system", READ)).record
    here.core.api_keys.used(key, "/api/v1/trends")
    with monkeypatch.context() as patched:
        patched.setattr(here.core.api_keys, "_begin", _busy)
        with pytest.raises(Busy):
            await here.core.api_keys.keep_uses()
    here.core.api_keys.used(key, "/api/v1/trends")

    await here.core.api_keys.keep_uses()

    assert [use.times for use in await here.core.api_keys.uses()] == [2]


def _busy() -> None:
    raise Busy("database")


async def test_making_and_ending_a_key_is_recorded_with_who_did_it(here: Running) -> None:
    administrator = Actor.account(here.core.ids.uuid())
    key = (await here.core.api_keys.add("payroll system", READ, by=administrator)).record

    await here.core.api_keys.revoke(key.id, by=administrator)

    assert [(entry.action, entry.actor, entry.subject) for entry in await audited(here)] == [
        ("key.added", str(administrator), f"key:{key.id}"),
        ("key.revoked", str(administrator), f"key:{key.id}"),
    ]


async def test_a_revoked_key_of_b42_stops_within_a_second_in_every_process(here: Running) -> None:
    made = await here.core.api_keys.add("payroll system", READ)
    await here.core.api_keys.known(made.secret)

    await here.core.api_keys.revoke(made.record.id)

    with pytest.raises(Unknown):
        await here.core.api_keys.known(made.secret)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "HR\0", "H\u202eR"])
async def test_a_key_without_a_name_that_tells_its_system_is_refused(
    here: Running, name: str
) -> None:
    with pytest.raises(FieldsRejected):
        await here.core.api_keys.add(name, READ)


CASES = frozenset({Scope.READ_CASES, Scope.WRITE_CASES})
PAYROLL = Part(service="payroll")


async def test_a_key_keeps_what_it_is_bound_to_and_the_record_tells_it(here: Running) -> None:
    parts = [Part("schools", "payroll"), PAYROLL]

    made = await here.core.api_keys.add("tickets", CASES, side=KeySide.PROVIDER, parts=parts)

    known = await here.core.api_keys.known(made.secret)
    assert (known.side, known.parts) == (KeySide.PROVIDER, frozenset(parts))
    (entry,) = [each for each in await audited(here) if each.action == "key.added"]
    assert entry.details == {
        "scopes": sorted(CASES),
        "side": "provider",
        "parts": [["", "payroll"], ["schools", "payroll"]],
    }


async def test_a_key_without_a_part_reaches_everything_as_before(here: Running) -> None:
    made = [
        await here.core.api_keys.add("tickets", CASES, parts=parts)
        for parts in ([], [Part()], [PAYROLL, Part()])
    ]

    for each in made:
        assert (await here.core.api_keys.known(each.secret)).parts == frozenset()


@pytest.mark.parametrize(
    ("scopes", "side", "parts", "fault"),
    [
        (CASES | READ, KeySide.STAFF, [PAYROLL], (("scopes", "figures:read"), "whole")),
        (CASES | READ, KeySide.PROVIDER, [PAYROLL], (("scopes", "figures:read"), "whole")),
        (CASES, KeySide.PROVIDER, [], (("parts", "0", "service"), "service")),
        (CASES, KeySide.PROVIDER, [Part("schools")], (("parts", "0", "service"), "service")),
        (CASES, KeySide.STAFF, [PAYROLL, Part("nowhere")], (("parts", "1", "unit"), "no_unit")),
        (CASES, KeySide.STAFF, [Part(service="pay")], (("parts", "0", "service"), "no_service")),
    ],
)
async def test_bounds_that_say_less_than_they_seem_to_are_refused(
    here: Running,
    scopes: frozenset[str],
    side: KeySide,
    parts: list[Part],
    fault: tuple[tuple[str, ...], str],
) -> None:
    with pytest.raises(FieldsRejected) as refused:
        await here.core.api_keys.add("tickets", scopes, side=side, parts=parts)

    assert [(each.path, each.code) for each in refused.value.faults] == [fault]
    assert await here.core.api_keys.all() == []
