"""Waves by a date of each person, such as 90 days after they joined."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from survey.domain.people import Person
from survey.domain.waves import InvitationState, WaveState
from tests.support.application import Running
from tests.survey.services.campaigning import campaign, person, plan, put, the_campaign, waves_of

JOINED = {"after": {"attribute": "joined", "days": 90}}
DAY = timedelta(days=1)
MONDAY = datetime(2026, 5, 11, 8, 0, tzinfo=UTC)  # 09:00 in London


def joined(number: int, day: str) -> Person:
    """Somebody whose 90th day is this one."""
    start = date.fromisoformat(day) - timedelta(days=90)
    return person(number, attributes={"joined": start.isoformat()})


async def launched(here: Running, people: list[Person], **more: Any) -> None:
    await here.publish("people-pulse")
    here.clock.time = MONDAY - timedelta(hours=1)
    planned = plan(schedule={**JOINED, **more})
    running = campaign(planned, launched_at=here.clock.now(), next_slot="2026-05", next_at=MONDAY)
    await put(here, campaigns=[running], people=people)


async def run(here: Running, at: datetime) -> None:
    here.clock.time = at
    await here.core.waves.fire_due()
    while await here.core.waves.expand_due():
        pass


async def asked(here: Running, number: int = 1) -> list[UUID]:
    async with here.core.begin.read() as work:
        found = await work.invitations.listed(
            f"pulse.{number}", list(InvitationState), limit=1_000, after=None
        )
    return sorted(each.person for each in found if each.person)


def ids(*numbers: int) -> list[UUID]:
    return [UUID(int=number) for number in numbers]


async def test_each_is_asked_on_their_day_in_the_wave_of_the_month(here: Running) -> None:
    await launched(here, [joined(1, "2026-05-11"), joined(2, "2026-05-12"), person(3)])

    await run(here, MONDAY)
    first = await asked(here)
    await run(here, MONDAY + DAY)

    assert (first, await asked(here)) == (ids(1), ids(1, 2))
    (wave,) = await waves_of(here)
    assert (wave.slot, wave.state) == ("2026-05", WaveState.OPEN)


async def test_the_wave_of_a_month_closes_so_many_days_after_it(here: Running) -> None:
    """Who comes on its last day has as long as the first."""
    await launched(here, [])

    await run(here, MONDAY)

    (wave,) = await waves_of(here)
    assert wave.closes_at == datetime(2026, 6, 14, 23, 0, tzinfo=UTC)


async def test_whose_day_is_a_weekend_is_asked_on_monday(here: Running) -> None:
    await launched(here, [joined(1, "2026-05-16"), joined(2, "2026-05-17")])
    await run(here, MONDAY)

    await run(here, MONDAY + 4 * DAY)
    on_friday = await asked(here)
    await run(here, MONDAY + 7 * DAY)

    assert (on_friday, await asked(here)) == ([], ids(1, 2))


async def test_whose_day_is_closed_is_left_out_where_the_rule_says_so(here: Running) -> None:
    await launched(here, [joined(1, "2026-05-16")], when_closed="skip")

    for days in range(12):
        await run(here, MONDAY + days * DAY)

    assert await asked(here) == []


async def test_days_that_were_missed_are_caught_up(here: Running) -> None:
    """A21: down for three days, each is asked on the return."""
    await launched(here, [joined(number, f"2026-05-{10 + number}") for number in range(1, 5)])

    await run(here, MONDAY + 3 * DAY + timedelta(hours=2))

    assert await asked(here) == ids(1, 2, 3, 4)


async def test_an_outage_over_the_end_of_a_month_fills_both_waves(here: Running) -> None:
    await launched(here, [joined(1, "2026-05-29"), joined(2, "2026-06-02")])
    await run(here, MONDAY)

    await run(here, datetime(2026, 6, 3, 12, tzinfo=UTC))

    assert (await asked(here, 1), await asked(here, 2)) == (ids(1), ids(2))


async def test_a_wave_that_closed_in_an_outage_is_kept_as_missed(here: Running) -> None:
    await launched(here, [joined(1, "2026-05-29")])

    await run(here, datetime(2026, 7, 3, 12, tzinfo=UTC))

    assert [(wave.slot, wave.state) for wave in reversed(await waves_of(here))] == [
        ("2026-05", WaveState.MISSED),
        ("2026-06", WaveState.OPEN),
        ("2026-07", WaveState.OPEN),
    ]


async def test_nobody_is_asked_for_a_day_before_the_launch(here: Running) -> None:
    await launched(here, [joined(1, "2026-05-07")])

    await run(here, MONDAY)

    assert await asked(here) == []


async def test_nobody_is_asked_twice_however_often_the_month_is_looked_through(
    here: Running,
) -> None:
    """A10."""
    await launched(here, [joined(1, "2026-05-11")])

    for days in range(20):
        await run(here, MONDAY + days * DAY)

    assert await asked(here) == ids(1)


async def test_who_is_put_on_the_list_after_their_day_is_asked_within_the_month(
    here: Running,
) -> None:
    await launched(here, [])
    await run(here, MONDAY)
    await put(here, people=[joined(1, "2026-05-11")])

    await run(here, MONDAY + DAY)

    assert await asked(here) == ids(1)


@pytest.mark.parametrize("text", ["11/05/2026", "soon", "2026-13-01"])
async def test_dates_that_cannot_be_read_are_counted(here: Running, text: str) -> None:
    unclear = person(1, attributes={"joined": text})
    await launched(here, [unclear, joined(2, "2026-05-11"), person(3)])

    await run(here, MONDAY)

    assert await asked(here) == ids(2)
    assert await here.core.waves.unreadable_dates("pulse") == 1


async def test_the_campaign_waits_for_the_next_open_day(here: Running) -> None:
    await launched(here, [])

    await run(here, MONDAY + 4 * DAY)

    assert (await the_campaign(here)).next_at == MONDAY + 7 * DAY
