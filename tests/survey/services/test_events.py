"""What changed for people on a day: noted, listed, removed, on the record."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from survey.domain.audit import Actor
from survey.domain.records import EventKind
from survey.errors import FieldsRejected, NotFound
from tests.support.application import Running
from tests.support.stored import audited

BY = Actor.account(UUID(int=7))
MOVE: dict[str, Any] = {
    "day": date(2026, 4, 1),
    "kind": EventKind.RELOCATION,
    "name": "Payroll moved to Belfast",
    "service": "payroll",
    "unit": "",
    "by": BY,
}


async def test_an_event_is_noted_listed_by_day_and_removed(here: Running) -> None:
    move = await here.core.events.add(**MOVE)
    election = await here.core.events.add(
        **MOVE | {"day": date(2026, 3, 1), "kind": EventKind.ELECTION, "service": ""}
    )

    assert await here.core.events.all() == [election, move]
    assert await here.core.events.get(move.id) == move
    assert await here.core.events.events_for(service="it") == [election]
    assert await here.core.events.events_for(service="payroll", first=date(2026, 3, 2)) == [move]
    await here.core.events.remove(move.id, by=BY)
    assert await here.core.events.all() == [election]
    for gone in (here.core.events.get(move.id), here.core.events.remove(move.id, by=BY)):
        with pytest.raises(NotFound):
            await gone


async def test_the_record_of_an_event_holds_no_word_that_somebody_wrote(here: Running) -> None:
    move = await here.core.events.add(**MOVE)
    await here.core.events.remove(move.id, by=BY)

    added, removed = await audited(here)
    assert (added.action, removed.action) == ("event.added", "event.removed")
    assert (
        added.details
        == removed.details
        == {"day": "2026-04-01", "kind": "relocation", "service": "payroll", "unit": ""}
    )


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": ""}, "required"),
        ({"name": "n" * 121}, "too_long"),
        ({"name": "a\0b"}, "bad_sign"),
        ({"day": date(1, 1, 1)}, "day"),
        ({"service": "atlantis"}, "no_service"),
        ({"unit": "atlantis"}, "no_unit"),
    ],
)
async def test_a_faulty_event_is_refused_and_not_recorded(
    wrong: dict[str, Any], code: str, here: Running
) -> None:
    with pytest.raises(FieldsRejected) as rejected:
        await here.core.events.add(**MOVE | wrong)

    assert [fault.code for fault in rejected.value.faults] == [code]
    assert await here.core.events.all() == []
    assert await audited(here) == []
