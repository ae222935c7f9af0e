"""The two lanes in virtual time: nobody waits but the clock."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.pacing import A_SECOND, Blocked, Pacer
from tests.support.application import NOON, Running, TestClock

BOT = 7
Sleep = Callable[[float], Awaitable[None]]


def passing(clock: TestClock) -> Sleep:
    """Time that passes at once."""

    async def sleep(seconds: float) -> None:
        until = clock.now() + timedelta(seconds=seconds)
        await asyncio.sleep(0)
        clock.time = max(clock.time, until)

    return sleep


def pacer(here: Running, *, shared: bool = False, clock: TestClock | None = None) -> Pacer:
    clock = clock or here.clock
    return Pacer(
        here.core.begin,
        clock,
        bot=BOT,
        shared=shared,
        sleep=passing(clock),
        elapsed=clock.elapsed,
    )


async def starts(pace: Pacer, number: int, *, chat: int = 1_000) -> list[float]:
    """When so many messages to different people left, in seconds from the beginning."""
    begun, found = pace.now(), []
    for each in range(number):
        await pace.slot(chat + each)
        found.append(pace.now() - begun)
    return found


@pytest.mark.parametrize("shared", [False, True])
async def test_messages_start_on_a_grid_a_little_slower_than_the_limit(
    here: Running, shared: bool
) -> None:
    """A14: no second has more than thirty."""
    times = await starts(pacer(here, shared=shared), 90)

    assert times[-1] == pytest.approx(89 / A_SECOND, abs=0.001)
    assert max(sum(at <= each < at + 1 for each in times) for at in times) <= 30


@pytest.mark.parametrize("shared", [False, True])
async def test_several_at_once_have_a_start_time_each(here: Running, shared: bool) -> None:
    pace = pacer(here, shared=shared)

    async with asyncio.TaskGroup() as tasks:
        for chat in range(30):
            tasks.create_task(pace.slot(chat))

    assert (here.clock.now() - NOON).total_seconds() == pytest.approx(29 / A_SECOND, abs=0.001)


async def test_two_processes_share_one_grid(here: Running) -> None:
    one, other = pacer(here, shared=True), pacer(here, shared=True)

    for each in range(30):
        await one.slot(each)
        await other.slot(1_000 + each)

    assert (here.clock.now() - NOON).total_seconds() == pytest.approx(59 / A_SECOND, abs=0.001)


@pytest.mark.parametrize("shared", [False, True])
async def test_a_reply_waits_for_nothing_and_takes_a_start_time_from_the_campaigns(
    here: Running, shared: bool
) -> None:
    pace = pacer(here, shared=shared)
    await pace.slot(1)

    for chat in range(10):
        pace.replied(2_000 + chat)
    replied = pace.now()
    await pace.flush()
    await pace.slot(2)

    assert replied == NOON.timestamp()
    assert pace.now() - replied == pytest.approx(11 / A_SECOND, abs=0.001)


async def test_in_one_chat_messages_are_a_second_apart(here: Running) -> None:
    pace = pacer(here)
    await pace.slot(1)
    await pace.slot(1)
    pace.replied(2)
    await pace.slot(2)

    assert pace.now() - NOON.timestamp() == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("seconds", [1, 30, 3_600])
async def test_when_telegram_wants_patience_campaigns_are_silent_to_the_letter(
    here: Running, shared: bool, seconds: int
) -> None:
    """A15: early calls 0, also of another process and after a restart; replies go on."""
    pace, other = pacer(here, shared=shared), pacer(here, shared=shared)
    await pace.slot(1)
    await pace.block(seconds)

    for each in (pace, other, pacer(here, shared=shared)):
        with pytest.raises(Blocked) as blocked:
            await each.slot(2)
        assert blocked.value.seconds == pytest.approx(seconds, abs=0.001)
    pace.replied(3)
    here.clock.advance(timedelta(seconds=seconds))

    await pace.slot(4)


@pytest.mark.parametrize("shared", [False, True])
async def test_patience_asked_for_in_answer_to_a_reply_silences_campaigns_too(
    here: Running, shared: bool
) -> None:
    pace = pacer(here, shared=shared)
    pace.refused(5)
    await pace.flush()

    with pytest.raises(Blocked):
        await pacer(here, shared=shared).slot(1)
    with pytest.raises(Blocked):
        await pace.slot(1)
