"""Virtual time, inside a test and for a process beside it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from survey.ports import Clock
from tests.bot.rig import presses, says
from tests.support.application import NOON, running
from tests.support.program import open_clock, program, settings_of
from tests.support.time import SharedClock, VirtualClock
from tests.telegram.server import FakeTelegram

DAY = timedelta(days=1)


async def test_waiting_lets_virtual_time_pass_at_once() -> None:
    clock: Clock = (virtual := VirtualClock())
    async with asyncio.timeout(5):
        await virtual.sleep(3600.5)
        await virtual.sleep(0)
    assert clock.now() == NOON + timedelta(hours=1, seconds=0.5)
    assert virtual.waited == [3600.5, 0]


def test_a_shared_clock_moves_for_everybody_who_has_its_file(tmp_path: Path) -> None:
    first = SharedClock.make(tmp_path / "clock")
    second = SharedClock(tmp_path / "clock")
    first.jump(13 * DAY)
    first.jump(timedelta(microseconds=-1))
    assert second.ahead == 13 * DAY - timedelta(microseconds=1)
    assert abs(second.now() - datetime.now(UTC) - 13 * DAY) < timedelta(minutes=1)


async def test_a_jump_ends_a_wait(tmp_path: Path) -> None:
    clock = SharedClock.make(tmp_path / "clock")
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(clock.sleep(3600))
        await clock.sleep(0.01)
        assert not waiting.done()
        clock.jump(DAY)


@pytest.mark.parametrize("days", [2, 13])
async def test_a_process_in_virtual_time_tells_who_was_away_how_far_they_came(
    tmp_path: Path, days: int
) -> None:
    url = f"sqlite:///{tmp_path / 'tellback.sqlite'}"
    clock, file = open_clock(tmp_path)
    async with running(url, tmp_path) as here:
        await here.publish("people-pulse")
    async with FakeTelegram() as telegram:
        sian = telegram.person(name="Siân")
        environment = settings_of(
            tmp_path, url, telegram_token=telegram.token, telegram_api_base=telegram.base_url
        )
        async with program(tmp_path, file, **environment) as serving:
            await says(sian, "/start s_people-pulse")
            await presses(sian, "Start")
            await says(sian, "oakfield")
            await presses(sian, "Oakfield Primary School")
            await presses(sian, "Agree")
            await presses(sian, "Agree")
            began = clock.now()
            clock.jump(days * DAY)
            shown = await says(sian, "/survey")
            assert await serving.stop() == 0

    local = began.astimezone(ZoneInfo("Europe/London"))
    day = f"{local:%A}." if days < 7 else f"{local:%A} {local.day} {local:%B}."
    assert f"You answered 2 of 8 on {day}" in shown.text
    assert telegram.ledger.repeated(sian.id) == ()


async def test_a_program_that_cannot_start_says_why(tmp_path: Path) -> None:
    _, file = open_clock(tmp_path)
    environment = settings_of(tmp_path, f"sqlite:///{tmp_path / 'nowhere' / 'x.sqlite'}")
    with pytest.raises(RuntimeError, match="directory of the file"):
        async with program(tmp_path, file, **environment):
            pytest.fail("it started")
