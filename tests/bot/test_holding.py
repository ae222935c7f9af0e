"""A held installation sends nothing until it is released."""

import asyncio
from datetime import timedelta

import pytest

from bot import holding
from bot.holding import while_released
from survey.domain.records import InstallationKind
from tests.support.application import Running

_PATIENCE = 20


class Talk:
    """Stands where the bot does."""

    def __init__(self) -> None:
        self.begun, self.ended = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        self.begun.set()
        self.ended.clear()
        try:
            await asyncio.Event().wait()
        finally:
            self.begun.clear()
            self.ended.set()


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "LOOK_AGAIN", timedelta(milliseconds=20))


async def hold(here: Running, *, on: bool) -> None:
    async with here.core.begin() as work:
        await work.installation.settle(InstallationKind.REAL)
        if on:
            await work.installation.hold(at=here.clock.now())
        else:
            await work.installation.release()
        await work.commit()


async def test_the_bot_talks_only_while_nothing_holds_it(here: Running) -> None:
    talk = Talk()
    await hold(here, on=True)
    async with asyncio.timeout(_PATIENCE), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(while_released(here.core, talk))
        async with here.core.begin.read() as work:
            await work.installation.held()
        begun_while_held = talk.begun.is_set()

        await hold(here, on=False)
        await talk.begun.wait()
        await hold(here, on=True)
        await talk.ended.wait()
        await hold(here, on=False)
        await talk.begun.wait()
        running.cancel()

    assert not begun_while_held
    assert talk.ended.is_set(), "a stop ends the talk too"


async def test_a_talk_that_ends_by_itself_is_over(here: Running) -> None:
    async def refused_token() -> None:
        return

    async with asyncio.timeout(_PATIENCE):
        await while_released(here.core, refused_token)


async def test_an_error_of_the_talk_is_not_swallowed(here: Running) -> None:
    async def broken() -> None:
        raise LookupError

    with pytest.raises(ExceptionGroup) as raised:
        async with asyncio.timeout(_PATIENCE):
            await while_released(here.core, broken)

    assert raised.group_contains(LookupError)
