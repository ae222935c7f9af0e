"""Firing: each slot once, late ones by the rule, none forgotten (A20, A21, B61, B62)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from survey.domain.audit import OPERATOR, Wanted
from survey.domain.campaign import CampaignState
from survey.domain.questionnaire import Privacy
from survey.domain.waves import PauseKind, Wave, WaveState
from tests.support.application import NOON, Running
from tests.survey.services.campaigning import campaign, hold, plan, put, the_campaign, waves_of

WEEKLY = {"start": "2026-05-14T14:00:00", "rrule": "FREQ=WEEKLY"}
DUE = NOON + timedelta(hours=1)  # 14:00 in London, a Thursday
WEEK = timedelta(days=7)


async def launched(
    here: Running, schedule: dict[str, Any], at: datetime = DUE, **more: Any
) -> None:
    await here.publish("people-pulse")
    planned = plan(schedule=schedule, **more)
    slot = schedule.get("start", "2026-05")[:16]
    await put(here, campaigns=[campaign(planned, next_slot=slot, next_at=at)])


def brief(waves: Sequence[Wave]) -> list[tuple[str, WaveState, str | None]]:
    return [(wave.slot, wave.state, wave.reason) for wave in waves]


async def test_a_wave_opens_when_its_time_has_come_and_not_before(here: Running) -> None:
    await launched(here, WEEKLY)

    here.clock.time = DUE - timedelta(seconds=1)
    early = await here.core.waves.fire_due()
    here.clock.time = DUE

    assert (early, await here.core.waves.fire_due()) == (0, 1)
    (wave,) = await waves_of(here)
    assert (wave.key, wave.slot, wave.state) == ("pulse.1", "2026-05-14T14:00", WaveState.OPEN)
    assert (wave.opens_at, wave.closes_at) == (DUE, DUE + timedelta(days=14))
    assert (wave.privacy, wave.floor, wave.version) == (Privacy.CONFIDENTIAL, 10, 1)


async def test_the_campaign_goes_on_to_its_next_slot_and_the_record_says_so(here: Running) -> None:
    await launched(here, WEEKLY)
    here.clock.time = DUE

    await here.core.waves.fire_due()

    after = await the_campaign(here)
    assert (after.next_slot, after.next_at) == ("2026-05-21T14:00", DUE + WEEK)
    async with here.core.begin.read() as work:
        entries = await work.audit.find(
            Wanted(action="wave."), newest_first=True, beyond=None, limit=9
        )
    assert [(each.action, each.subject) for each in entries] == [("wave.opened", "wave:pulse.1")]


async def test_a_slot_is_fired_once_however_often_it_is_looked_for(here: Running) -> None:
    await launched(here, WEEKLY)
    here.clock.time = DUE

    fired = [await here.core.waves.fire_due() for _ in range(5)]

    assert fired == [1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    "down",
    [timedelta(seconds=1), timedelta(seconds=4), timedelta(minutes=10), timedelta(days=3)],
    ids=str,
)
async def test_a_late_wave_opens_once_while_its_closing_is_still_ahead(
    here: Running, down: timedelta
) -> None:
    """A21. Closing counts from when it should have opened."""
    await launched(here, WEEKLY)
    here.clock.time = DUE + down

    fired = [await here.core.waves.fire_due() for _ in range(2)]

    (wave,) = await waves_of(here)
    assert fired == [1, 0]
    assert (wave.opens_at, wave.opened_at) == (DUE, DUE + down)
    assert wave.closes_at == DUE + timedelta(days=14)


@pytest.mark.parametrize("down", [timedelta(seconds=1), timedelta(days=2)], ids=str)
async def test_a_wave_whose_closing_has_passed_is_kept_as_missed_and_said_to_be(
    here: Running, down: timedelta
) -> None:
    """A21."""
    await launched(here, {"start": "2026-05-14T14:00:00"}, open_days=1)
    here.clock.time = DUE + timedelta(days=1) + down

    with capture_logs() as logged:
        opened = await here.core.waves.fire_due()

    assert opened == 0
    assert brief(await waves_of(here)) == [("2026-05-14T14:00", WaveState.MISSED, "late")]
    assert "wave_missed" in [each["event"] for each in logged]


async def test_of_several_late_slots_the_newest_opens_and_none_is_forgotten(here: Running) -> None:
    """A21: what was missed in an outage is there, each date in a row of its own."""
    await launched(here, WEEKLY)
    here.clock.time = DUE + 3 * WEEK + timedelta(days=1)

    opened = await here.core.waves.fire_due()

    assert opened == 1
    assert brief(await waves_of(here)) == [
        ("2026-06-04T14:00", WaveState.OPEN, None),
        ("2026-05-28T14:00", WaveState.MISSED, "overtaken"),
        ("2026-05-21T14:00", WaveState.MISSED, "late"),
        ("2026-05-14T14:00", WaveState.MISSED, "late"),
    ]
    assert (await the_campaign(here)).next_slot == "2026-06-11T14:00"


async def test_waves_overlap_where_the_plan_says_so(here: Running) -> None:
    await launched(here, WEEKLY)

    for _ in range(2):
        here.clock.time = (await the_campaign(here)).next_at or DUE
        await here.core.waves.fire_due()

    assert [wave.state for wave in await waves_of(here)] == [WaveState.OPEN] * 2


async def test_a_date_that_the_calendar_leaves_out_is_kept_with_the_reason(here: Running) -> None:
    """25 May 2026 is a bank holiday, on a Monday."""
    schedule = {"start": "2026-05-25T14:00:00", "when_closed": "skip"}
    due = datetime(2026, 5, 25, 13, tzinfo=UTC)
    await launched(here, schedule, due)
    here.clock.time = due

    await here.core.waves.fire_due()

    assert brief(await waves_of(here)) == [
        ("2026-05-25T14:00", WaveState.LEFT_OUT, "Spring bank holiday")
    ]


async def test_a_pause_set_a_minute_before_keeps_a_wave_from_opening(here: Running) -> None:
    """B62: it is a closed day like others, and the date moves as its rule says."""
    await launched(here, WEEKLY)
    here.clock.time = DUE - timedelta(minutes=1)
    await here.core.calendar.pause(
        kind=PauseKind.PRE_ELECTION,
        name="Election",
        begins_at=None,
        ends_at=DUE + timedelta(days=4),
        by=OPERATOR,
    )

    here.clock.time = DUE
    during = await here.core.waves.fire_due()
    here.clock.time = DUE + timedelta(days=4)
    after = await here.core.waves.fire_due()

    assert (during, after) == (0, 1)
    (wave,) = await waves_of(here)
    assert (wave.slot, wave.opens_at) == ("2026-05-14T14:00", DUE + timedelta(days=4))


async def test_what_is_late_when_a_pause_begins_waits_for_its_end(here: Running) -> None:
    """B62: nothing goes during it, not even what an outage has kept back."""
    await launched(here, WEEKLY)
    here.clock.time = DUE + timedelta(minutes=10)  # down over the due time, and then paused
    begins = here.clock.time
    await here.core.calendar.pause(
        kind=PauseKind.BEREAVEMENT,
        name="Mourning",
        begins_at=None,
        ends_at=begins + timedelta(days=2),
        by=OPERATOR,
    )

    during = await here.core.waves.fire_due()
    here.clock.time = begins + timedelta(days=2)

    assert (during, await here.core.waves.fire_due()) == (0, 1)


async def test_what_a_pause_outlasts_is_missed_because_of_it(here: Running) -> None:
    await launched(here, {"start": "2026-05-14T14:00:00"}, open_days=1)
    here.clock.time = DUE + timedelta(minutes=10)
    await here.core.calendar.pause(
        kind=PauseKind.BEREAVEMENT,
        name="Mourning",
        begins_at=None,
        ends_at=DUE + timedelta(days=3),
        by=OPERATOR,
    )
    await here.core.waves.fire_due()

    here.clock.time = DUE + timedelta(days=3)
    await here.core.waves.fire_due()

    assert brief(await waves_of(here)) == [("2026-05-14T14:00", WaveState.MISSED, "pause")]


async def test_a_restored_backup_fires_nothing_until_it_is_told_to(here: Running) -> None:
    """Then the rule for late waves holds."""
    await launched(here, WEEKLY)
    await hold(here)
    here.clock.time = DUE + timedelta(days=1)

    held = await here.core.waves.fire_due()
    async with here.core.begin() as work:
        await work.installation.release()
        await work.commit()

    assert (held, await here.core.waves.fire_due()) == (0, 1)


@pytest.mark.parametrize(
    "state", [each for each in CampaignState if each is not CampaignState.RUNNING]
)
async def test_only_a_running_campaign_fires(here: Running, state: CampaignState) -> None:
    await launched(here, WEEKLY)
    await put_in_state(here, state)
    here.clock.time = DUE

    assert await here.core.waves.fire_due() == 0
    assert not await waves_of(here)


async def put_in_state(here: Running, state: CampaignState) -> None:
    before = await the_campaign(here)
    async with here.core.begin() as work:
        assert await work.campaigns.save(
            replace(before, state=state), expected_revision=before.revision
        )
        await work.commit()


async def test_a_stop_between_looking_and_firing_wins(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B61: what was seen a moment ago is asked again under the lock."""
    await launched(here, WEEKLY)
    here.clock.time = DUE
    look = here.core.catalogue.get

    async def look_while_somebody_stops(key: str) -> object:
        await put_in_state(here, CampaignState.STOPPED)
        return await look(key)

    monkeypatch.setattr(here.core.waves._firing._catalogue, "get", look_while_somebody_stops)

    assert await here.core.waves.fire_due() == 0
    assert not await waves_of(here)


async def test_a_campaign_changed_between_looking_and_firing_fires_as_it_is_now(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B61."""
    await launched(here, WEEKLY)
    here.clock.time = DUE
    look = here.core.catalogue.get

    async def look_while_somebody_changes(key: str) -> object:
        before = await the_campaign(here)
        longer = replace(before, plan=plan(schedule=WEEKLY, open_days=21))
        async with here.core.begin() as work:
            await work.campaigns.save(longer, expected_revision=before.revision)
            await work.commit()
        return await look(key)

    monkeypatch.setattr(here.core.waves._firing._catalogue, "get", look_while_somebody_changes)
    await here.core.waves.fire_due()

    (wave,) = await waves_of(here)
    assert wave.closes_at == DUE + timedelta(days=21)


async def test_a_late_firing_after_the_campaign_was_stopped_opens_nothing(here: Running) -> None:
    await launched(here, WEEKLY)
    await put_in_state(here, CampaignState.STOPPED)
    here.clock.time = DUE + timedelta(days=1)

    assert await here.core.waves.fire_due() == 0


async def test_nobody_is_asked_with_a_questionnaire_that_takes_no_answers(here: Running) -> None:
    await launched(here, WEEKLY)
    await here.core.catalogue.close("people-pulse")
    here.clock.time = DUE

    await here.core.waves.fire_due()

    assert brief(await waves_of(here)) == [("2026-05-14T14:00", WaveState.MISSED, "survey_closed")]


async def test_a_campaign_that_cannot_be_fired_keeps_no_other_back(here: Running) -> None:
    await launched(here, WEEKLY)
    broken = plan("broken", schedule={**WEEKLY, "rrule": "FREQ=SOMETIMES"})
    async with here.core.begin() as work:
        await work.campaigns.add(
            campaign(broken, next_slot="2026-05-14T14:00", next_at=DUE - timedelta(hours=1))
        )
        await work.commit()
    here.clock.time = DUE

    with capture_logs() as logged:
        assert await here.core.waves.fire_due() == 1
    assert "campaign_not_fired" in [each["event"] for each in logged]


async def test_the_same_local_time_fires_once_on_both_days_of_a_clock_change(
    here: Running,
) -> None:
    """A20: 01:30 comes twice on 25 October 2026, and not at all on 28 March 2027."""
    start = datetime(2026, 10, 24, 0, 30, tzinfo=UTC)
    schedule = {"start": "2026-10-24T01:30:00", "rrule": "FREQ=DAILY;COUNT=4"}
    here.clock.time = start - timedelta(hours=1)
    await launched(here, schedule, start, hours={"weekends": True})

    for _ in range(24 * 12):
        await here.core.waves.fire_due()
        here.clock.advance(timedelta(minutes=20))

    assert [(wave.slot, wave.opens_at) for wave in reversed(await waves_of(here))] == [
        ("2026-10-24T01:30", datetime(2026, 10, 24, 0, 30, tzinfo=UTC)),
        ("2026-10-25T01:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-26T01:30", datetime(2026, 10, 26, 1, 30, tzinfo=UTC)),
        ("2026-10-27T01:30", datetime(2026, 10, 27, 1, 30, tzinfo=UTC)),
    ]


async def test_a_wave_that_was_fired_already_is_not_fired_under_another_number(
    here: Running,
) -> None:
    """Somebody's change may bring back the slot that was fired while they made it."""
    await launched(here, WEEKLY)
    before = await the_campaign(here)
    here.clock.time = DUE
    await here.core.waves.fire_due()
    async with here.core.begin() as work:
        await work.campaigns.save(before, expected_revision=before.revision)
        await work.commit()

    assert await here.core.waves.fire_due() == 0
    assert len(await waves_of(here)) == 1
    assert (await the_campaign(here)).next_slot == "2026-05-21T14:00"
