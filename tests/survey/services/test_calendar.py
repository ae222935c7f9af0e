"""Closures and pauses as they are kept, on both databases; what campaigns wait for follows."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from survey.domain.audit import OPERATOR
from survey.domain.campaign import CampaignPlan, CampaignState, Hours, Schedule
from survey.domain.closures import ClosedSpan
from survey.domain.open_hours import Leave, may_leave
from survey.domain.waves import Campaign, Closure, HoldReason, Pause, PauseKind
from survey.errors import FieldsRejected, NotFound
from tests.support.application import Running

LONDON = ZoneInfo("Europe/London")
HALF_TERM = ClosedSpan(date(2026, 5, 25), date(2026, 5, 29), "schools", "Half-term")


def a_file(*rows: str, header: str = "day,until,unit,name") -> Callable[[], BytesIO]:
    return lambda: BytesIO("\n".join([header, *rows, ""]).encode())


async def kept(here: Running) -> list[Closure]:
    return list(await here.core.calendar.closures(since=date(2020, 1, 1), until=date(2040, 1, 1)))


async def leave(here: Running, *units: str) -> Leave:
    async with here.core.begin.read() as work:
        days = await here.core.calendar.days(work)
    now = here.clock.now()
    return may_leave(now, hours=Hours(), zone=LONDON, days=days, units=units)


async def recorded(here: Running) -> list[str]:
    async with here.core.begin.read() as work:
        entries = await work.audit.in_order(after=None, until=99, limit=99)
    return [each.action for each in entries if each.action.startswith(("closures", "pause"))]


async def test_a_span_of_closed_days_holds_messages_to_the_schools_below(here: Running) -> None:
    here.clock.time = datetime(2026, 5, 27, 9, tzinfo=UTC)

    changed = await here.core.calendar.close(HALF_TERM, by=OPERATOR)

    assert changed == 5
    assert (await leave(here, "oakfield")).hold is HoldReason.CLOSED_DAY
    assert (await leave(here, "adult-social-care")).ok
    assert (await leave(here)).ok
    assert (await leave(here, "oakfield")).until == datetime(2026, 6, 1, 7, tzinfo=UTC)


async def test_the_same_file_again_changes_nothing(here: Running) -> None:
    content = a_file("2026-10-26,2026-10-30,schools,Half-term", "2026-12-24,,,Shutdown")

    first = await here.core.calendar.import_closures(content, name="c.csv", by=OPERATOR)
    before = await kept(here)
    again = await here.core.calendar.import_closures(content, name="c.csv", by=OPERATOR)

    assert (first.listed, first.new, again.listed, again.new, again.renamed) == (6, 6, 6, 0, 0)
    assert await kept(here) == before
    assert await recorded(here) == ["closures.imported"]


async def test_a_file_gives_a_day_another_name(here: Running) -> None:
    for name in ("Inset day", "Training"):
        done = await here.core.calendar.import_closures(
            a_file(f"2026-09-01,schools,{name}", header="day,unit,name"), name="c", by=OPERATOR
        )

    assert (done.new, done.renamed) == (0, 1)
    assert [each.name for each in await kept(here)] == ["Training"]


async def test_one_faulty_row_keeps_a_whole_file_out(here: Running) -> None:
    content = a_file("2026-09-01,,schools,Inset day", "26/10/2026,,oakfeild,")

    with pytest.raises(FieldsRejected) as refused:
        await here.core.calendar.import_closures(content, name="c.csv", by=OPERATOR)

    assert [each.path for each in refused.value.faults] == [("c.csv", "3", "day")]
    assert await kept(here) == []


async def test_closures_are_taken_back_and_the_days_are_open_again(here: Running) -> None:
    await here.core.calendar.close(HALF_TERM, by=OPERATOR)

    removed = await here.core.calendar.open_again(
        HALF_TERM.first, HALF_TERM.last, "schools", by=OPERATOR
    )

    assert (removed, await kept(here)) == (5, [])
    with pytest.raises(NotFound):
        await here.core.calendar.open_again(HALF_TERM.first, HALF_TERM.last, "schools", by=OPERATOR)
    assert await recorded(here) == ["closures.added", "closures.removed"]


async def start_pause(
    here: Running,
    *,
    begins_at: datetime | None = None,
    ends_at: datetime | None = None,
    name: str = "Local elections",
) -> Pause:
    return await here.core.calendar.pause(
        kind=PauseKind.PRE_ELECTION, name=name, begins_at=begins_at, ends_at=ends_at, by=OPERATOR
    )


async def test_b62_a_pause_that_is_set_at_0859_holds_what_was_to_leave_at_0900(
    here: Running,
) -> None:
    here.clock.time = datetime(2026, 5, 14, 7, 59, tzinfo=UTC)
    assert (await leave(here)).ok

    pause = await start_pause(here)
    here.clock.advance(timedelta(minutes=1))

    assert await leave(here) == Leave(ok=False, hold=HoldReason.PAUSE, until=None)
    await here.core.calendar.end_pause(pause.id, by=OPERATOR)
    assert (await leave(here)).ok
    assert await recorded(here) == ["pause.started", "pause.ended"]


async def test_a_pause_that_has_ended_cannot_be_ended_again(here: Running) -> None:
    pause = await start_pause(here)
    await here.core.calendar.end_pause(pause.id, by=OPERATOR)

    for gone in (pause.id, uuid4()):
        with pytest.raises(NotFound):
            await here.core.calendar.end_pause(gone, by=OPERATOR)
    assert await here.core.calendar.pauses() == []


async def test_a_pause_needs_a_name_and_an_end_after_its_beginning(here: Running) -> None:
    with pytest.raises(FieldsRejected) as refused:
        await start_pause(here, name="", ends_at=here.clock.now())

    assert {each.path[0] for each in refused.value.faults} == {"name", "until"}


async def test_the_record_holds_no_name_of_a_pause_or_closure(here: Running) -> None:
    await start_pause(here, name="Funeral of Jo Bloggs")
    await here.core.calendar.close(HALF_TERM, by=OPERATOR)

    async with here.core.begin.read() as work:
        told = str(await work.audit.in_order(after=None, until=99, limit=99))

    assert "Bloggs" not in told
    assert "Half-term" not in told


async def a_campaign(here: Running, schedule: Schedule, next_at: datetime, slot: str) -> None:
    await here.publish("people-pulse")
    now = here.clock.now()
    campaign = Campaign(
        plan=CampaignPlan(key="pulse", questionnaire="people-pulse", schedule=schedule),
        state=CampaignState.RUNNING,
        revision=1,
        made_at=now,
        made_by="operator",
        launched_at=now,
        next_at=next_at,
        next_slot=slot,
    )
    async with here.core.begin() as work:
        await work.campaigns.add(campaign)
        await work.commit()


async def waits_for(here: Running) -> tuple[str | None, datetime | None]:
    async with here.core.begin.read() as work:
        found = await work.campaigns.get("pulse")
    assert found is not None
    return found.next_slot, found.next_at


FIRST_OF_JUNE = datetime(2026, 6, 1, 8, tzinfo=UTC)


async def test_a_campaign_waits_for_where_the_calendar_has_its_date_now(here: Running) -> None:
    once = Schedule(start=datetime.fromisoformat("2026-06-01T09:00"))
    await a_campaign(here, once, FIRST_OF_JUNE, "2026-06-01T09:00")
    closed = ClosedSpan(date(2026, 6, 1), date(2026, 6, 2), "", "Move of offices")

    await here.core.calendar.close(closed, by=OPERATOR)
    moved = await waits_for(here)
    await here.core.calendar.open_again(closed.first, closed.last, "", by=OPERATOR)

    assert moved == ("2026-06-01T09:00", FIRST_OF_JUNE + timedelta(days=2))
    assert await waits_for(here) == ("2026-06-01T09:00", FIRST_OF_JUNE)


async def test_a_pause_moves_what_campaigns_wait_for_and_its_end_brings_it_back(
    here: Running,
) -> None:
    once = Schedule(start=datetime.fromisoformat("2026-06-01T09:00"))
    await a_campaign(here, once, FIRST_OF_JUNE, "2026-06-01T09:00")

    pause = await start_pause(here, ends_at=datetime(2026, 6, 12, 12, tzinfo=UTC))
    during = await waits_for(here)
    await here.core.calendar.end_pause(pause.id, by=OPERATOR)

    assert during == ("2026-06-01T09:00", datetime(2026, 6, 15, 8, tzinfo=UTC))
    assert await waits_for(here) == ("2026-06-01T09:00", FIRST_OF_JUNE)


async def test_a_date_that_is_due_already_is_left_to_whoever_fires_it(here: Running) -> None:
    once = Schedule(start=datetime.fromisoformat("2026-06-01T09:00"))
    await a_campaign(here, once, FIRST_OF_JUNE, "2026-06-01T09:00")
    here.clock.time = FIRST_OF_JUNE

    await start_pause(here)

    assert await waits_for(here) == ("2026-06-01T09:00", FIRST_OF_JUNE)
