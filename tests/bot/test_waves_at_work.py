"""The worker's jobs of campaigns, one after the other."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.worker import Worker
from survey.domain.waves import InvitationState, WaveState
from tests.support.application import NOON, Running
from tests.survey.services.campaigning import campaign, person, plan, put, states, the_wave


def told_of(job: Callable[[], Awaitable[object]], once: asyncio.Event) -> Callable[[], object]:
    """The job; the event is set once it has done something."""

    async def watched() -> object:
        done = await job()
        if done:
            once.set()
        return done

    return watched


async def test_a_due_wave_opens_is_filled_and_closes_by_the_worker(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.publish("people-pulse")
    due = campaign(plan(), next_slot="2026-05-14T13:00", next_at=NOON)
    await put(here, campaigns=[due], people=[person(number) for number in range(1, 4)])
    filled, dropped = asyncio.Event(), asyncio.Event()
    waves = here.core.waves
    monkeypatch.setattr(waves, "expand_due", told_of(waves.expand_due, filled))
    monkeypatch.setattr(waves, "drop_unsent", told_of(waves.drop_unsent, dropped))

    async with asyncio.timeout(60), Worker(here.core, here.figures):
        await filled.wait()
        asked = await states(here)
        here.clock.advance(timedelta(days=21))
        await dropped.wait()

    assert asked == {InvitationState.WAITING: 3}
    assert (await the_wave(here)).state is WaveState.CLOSED
    assert await states(here) == {InvitationState.EXPIRED: 3}
