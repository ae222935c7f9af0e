"""Somebody who writes faster than anybody reads: all of it counts, little of it is answered."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.pace import AT_ONCE
from tests.bot.rig import house, newest, presses, says
from tests.telegram.ledger import SENT
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

FLOOD = 120
TOLD = "You write faster than I can answer. I have read it all."


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


async def _begun(person: Person) -> None:
    await says(person, "/start s_people-pulse")
    await presses(person, "Start")
    await says(person, "oak")
    await presses(person, "Oakfield Primary School")


async def test_a_flood_is_applied_whole_answered_a_little_and_holds_up_nobody_else(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    sian, tom = telegram.person(name="Siân"), telegram.person(name="Tom")
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await _begun(sian)
        await _begun(tom)
        before = len(telegram.ledger.sent_to(sian.id))
        for _ in range(FLOOD // 2):
            await sian.sends("dunno")
        tapped = await presses(tom, "Agree")
        for _ in range(FLOOD // 2):
            await sian.sends("dunno")
        await sian.sends("agree")
        await sian.until(lambda: "2 of 8" in newest(sian).text,
                         within=120)  # fmt: skip
        shown = [e for e in telegram.ledger.entries if e.chat == sian.id and e.method == SENT]
        replies = len(shown) - before
        async with here.core.begin.read() as work:
            waiting = await work.inbox.waiting(int(telegram.token.partition(":")[0]), limit=10)

    assert tapped.text.startswith("2 of 8")
    assert replies <= AT_ONCE + 5
    assert sum(TOLD in (entry.text or "") for entry in shown) == 1
    assert [row for row in waiting if row.user == sian.id] == []
