"""Tellers that die: every reporter is told, and nobody twice but once for a kill.

A kill cuts a process from the database and from the channel at one point, as SIGKILL would.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from survey.domain import case_acts as acts
from survey.domain import reporter_acts
from survey.domain.campaign import ChannelName
from survey.domain.cases import Case
from survey.domain.waves import Outcome
from survey.services.telling import LEASE
from tests.support.application import Running, running
from tests.support.cases import a_case, an_entry
from tests.support.databases import DatabaseKind, fresh_database
from tests.support.sending import Mortal
from tests.support.soaking import Soak
from tests.support.telling import Heard, Through, a_teller, live, tellings_of

POINTS = {
    "before claim": ("begin 1", 0),
    "after claim": ("commit 1", 0),
    "before begin": ("begin 2", 0),
    "after begin": ("commit 2", 0),
    "before send": ("send 1", 0),
    "after send, before settle": ("sent 1", 1),
    "before settle": ("begin 3", 1),
    "after settle": ("commit 3", 0),
}


async def cases(here: Running, number: int) -> list[Case]:
    made = []
    for each in range(number):
        case = await a_case(here, chat=f"telegram:7:{each + 1}")
        made.append(await an_entry(here, case, acts.asked("Which month?")))
    return made


def times(heard: Heard) -> Counter[tuple[object, str]]:
    """How often each sentence about each case was told."""
    return Counter(
        (passage.case, line.quoted)
        for bulletin in heard.bulletins
        for passage in bulletin.passages
        for line in passage.lines
    )


async def all_told(here: Running, made: list[Case]) -> bool:
    told = [each for case in made for each in await tellings_of(here, case)]
    return bool(told) and all(each.outcome is Outcome.SENT for each in told)


@pytest.mark.parametrize("point", POINTS)
async def test_whatever_the_point_at_which_a_teller_dies_everybody_is_told(
    here: Running, point: str
) -> None:
    """A11 for reporters: one repeat at most, of what was under way, and it is counted."""
    made = await cases(here, 3)
    where, repeats = POINTS[point]
    heard = Heard(ChannelName.CHAT)
    process = Mortal(here.core, lambda passed: passed == where)
    await live(a_teller(here.core, Through(process, heard), clock=here.clock, begin=process))
    assert process.dead

    await live(a_teller(here.core, heard, clock=here.clock))
    here.clock.advance(LEASE)
    await live(a_teller(here.core, heard, clock=here.clock))

    assert await all_told(here, made)
    told = times(heard)
    assert set(told) == {(case.id, "Which month?") for case in made}
    assert sum(told.values()) - len(told) == repeats
    counted = [each.repeats for case in made for each in await tellings_of(here, case)]
    assert sum(counted) >= repeats


@dataclass
class Deaths:
    """So many kills, each after a number of points that chance says."""

    random: Random
    kills: int
    apart: int
    killed: int = 0

    def next(self) -> Callable[[str], bool]:
        left = self.random.randint(1, self.apart)

        def dies(_: str) -> bool:
            nonlocal left
            left -= 1
            if left or self.killed >= self.kills:
                return False
            self.killed += 1
            return True

        return dies


async def die_at_random(here: Running, *, number: int, kills: int, seed: int) -> int:
    """Reports and replies while three tellers die at any point; how many repeats."""
    deaths = Deaths(Random(seed), kills, apart=max(8, 6 * number // kills))
    heard, made = Heard(ChannelName.CHAT), await cases(here, number)

    async def process() -> None:
        for _ in range(kills + 1):
            own = Mortal(here.core, deaths.next())
            through = Through(own, heard)
            await live(a_teller(here.core, through, clock=here.clock, begin=own))
            if not own.dead:
                return

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(replies(here, made))
        for _ in range(3):
            tasks.create_task(process())
    while deaths.killed < kills or not await all_settled(here, made):
        here.clock.advance(LEASE)
        if deaths.killed < kills:
            await replies(here, made[:1])
        await process()

    told = times(heard)
    for number, case in enumerate(made):
        outcomes = [each.outcome for each in await tellings_of(here, case)]
        # What was answered before it could be asked was not asked.
        assert set(outcomes) <= {Outcome.SENT, Outcome.DROPPED}
        assert outcomes[-1] is Outcome.SENT
        assert told[case.id, f"And the year? ({number})"] >= 1
    repeats = sum(max(0, times - 1) for (_, said), times in told.items() if "(0)" not in said)
    assert repeats <= kills
    return repeats


async def replies(here: Running, made: list[Case]) -> None:
    for number, case in enumerate(made):
        await an_entry(here, case, reporter_acts.message("May"))
        await an_entry(here, case, acts.asked(f"And the year? ({number})"))


async def all_settled(here: Running, made: list[Case]) -> bool:
    found = [each for case in made for each in await tellings_of(here, case)]
    return all(each.outcome is not None for each in found)


@pytest.mark.parametrize("seed", [1, 2])
async def test_ten_kills_during_reports_and_replies_lose_nothing_and_repeat_one_a_kill(
    here: Running, seed: int
) -> None:
    """Issue 6, done when 3, at commit."""
    await die_at_random(here, number=25, kills=10, seed=seed)


@pytest.mark.soak
def test_five_hundred_reports_and_replies_and_fifty_kills(
    request: pytest.FixtureRequest, tmp_path: Path, soak: Soak
) -> None:
    """Issue 6, done when 3, at full scale: tellers are killed within this process."""

    def one(seed: int) -> Counter[str]:
        covered: Counter[str] = Counter()
        for kind in DatabaseKind:
            folder = tmp_path / f"{kind}-{seed}"
            folder.mkdir()
            with fresh_database(kind, folder, request) as url:
                repeats = asyncio.run(_round(url, folder, seed))
            covered += Counter({f"cases on {kind}": 500, "kills": 50, "repeats": repeats})
        return covered

    soak.play(one)


async def _round(url: str, folder: Path, seed: int) -> int:
    async with running(url, folder) as here:
        return await die_at_random(here, number=500, kills=50, seed=seed)


async def test_a_day_that_passes_with_a_dead_teller_ends_with_one_message(here: Running) -> None:
    case = await a_case(here, chat="telegram:7:1")
    await an_entry(here, case, acts.acknowledged())
    heard = Heard(ChannelName.CHAT)
    process = Mortal(here.core, lambda passed: passed == "commit 1")
    await live(a_teller(here.core, Through(process, heard), clock=here.clock, begin=process))
    await an_entry(here, case, acts.started())
    here.clock.advance(timedelta(days=1))

    await live(a_teller(here.core, heard, clock=here.clock))

    assert heard.said == [["Payroll has read your report.", "Payroll is working on this."]]
