"""Keys for other systems: what is recorded of them, and for what they are used."""

from datetime import timedelta

import pytest

from survey.domain.audit import Actor
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
